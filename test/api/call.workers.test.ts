// A module is published and called, inside workerd, with the real bindings.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../worker/api/app.ts";
import type { Env } from "../../worker/env.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { testModule } from "../support/modules.ts";

const app = createApp();

async function fetchApp(path: string, init?: RequestInit): Promise<Response> {
  const ctx = createExecutionContext();
  const answer = await app.fetch(new Request(`http://orcade.test${path}`, init), env as unknown as Env, ctx);
  await waitOnExecutionContext(ctx);
  return answer;
}

let ada: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchApp, "ada");
});

describe("a published module", () => {
  test("answers its input, and says what it cost", async () => {
    const published = await ada.publish("ada", { name: "echo" }, testModule("echo"));
    expect(await published.json()).toMatchObject({ algorithm: "ada/echo", version: "1.0.0" });
    expect(published.status).toBe(201);
    const answer = await ada.call("ada/echo", Uint8Array.of(1, 2, 255));
    expect(await answer.json()).toMatchObject({ result: "AQL/", metadata: { content_type: "binary" } });
    expect(answer.headers.get("X-Orcade-Version")).toBe("1.0.0");
    expect(answer.headers.get("X-Orcade-Build")).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(answer.headers.get("X-Orcade-Fuel"))).toBeGreaterThan(0);
    const cost = Number(answer.headers.get("X-Orcade-Cost"));
    expect(cost).toBe(20_000 + Math.ceil(Number(answer.headers.get("X-Orcade-Fuel")) / 1_000));
  });

  test("counts in state, exactly, however many call at once", async () => {
    await ada.publish("ada", { name: "counter", permissions: ["state"] }, testModule("counter"));
    const answers = await Promise.all(Array.from({ length: 64 }, () => ada.call("ada/counter", new Uint8Array(0))));
    const counts = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { result: string }).result));
    const numbers = counts.map((text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer).getUint32(0, true));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
  });
});
