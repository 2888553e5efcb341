// What a module logs, as its author may see it with ?stdout=true (algorithmia-api §3) and afterwards, and nobody else.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import type { Log } from "../../worker/sandbox/protocol.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import type { Invocation } from "../../worker/calls/invocation.ts";
import { keptLogs } from "../../worker/calls/said.ts";
import { relay } from "./relay.ts";

type Line = Log["lines"][number];

let ada: Client;
let bob: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 1_000_000_000);
  await ada.publish("ada", { name: "logs", output: "text" }, testModule("logs"));
  await ada.publish("ada", { name: "relay", permissions: ["call"] }, testModule("relay"));
});

async function stdout(client: Client, target: string, input: string | Uint8Array): Promise<unknown> {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const answer = await client.call(target, bytes);
  const { metadata } = await answer.json<{ metadata: { stdout?: string } }>();
  return metadata.stdout;
}

describe("stdout", () => {
  test("has the lines in order, also of a call that failed", async () => {
    expect(await stdout(ada, "ada/logs?stdout=true", "grüße")).toBe("grüße\ndone\n");
    expect(await stdout(ada, "ada/logs?stdout=true", "x")).toBe("x\ndone\n");
  });

  test("is not there unless it is asked for, or for others than the author", async () => {
    expect(await stdout(ada, "ada/logs", "hello")).toBeUndefined();
    expect(await stdout(bob, "ada/logs?stdout=true", "hello")).toBeUndefined();
  });

  test("has what the algorithm itself said, not its callees", async () => {
    expect(await stdout(ada, "ada/relay?stdout=true", relay("ada/logs", new TextEncoder().encode("inner")))).toBe("");
  });

  test("ends after LIMITS.logBytes and says so", async () => {
    const most = await stdout(ada, "ada/logs?stdout=true", "l".repeat(LIMITS.logBytes));
    expect(most).toBe(`${"l".repeat(LIMITS.logBytes)}\n(4 bytes more were not kept)\n`);
  });
});

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const HELLO = [
  { level: "info", text: "inner" },
  { level: "warn", text: "done" },
];

/** Calls without waiting, and waits for the end. @returns the call's id */
async function later(client: Client, target: string, input: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await client.call(target, input, { Prefer: "respond-async" });
  const { id } = await answer.json<{ id: string }>();
  const headers = { Authorization: `Simple ${client.key}`, Prefer: "wait=20" };
  expect((await client.fetch(`/v1/calls/${id}/result`, { headers })).status).toBe(200);
  return id;
}

async function logOf(client: Client, id: string): Promise<unknown> {
  const answer = await client.get(`/v1/calls/${id}/log`);
  return answer.status === 200 ? (await answer.json<{ nodes: unknown }>()).nodes : answer.status;
}

describe("the log of a call", () => {
  test("is there after an asynchronous call, the callees' too, for who called and wrote them", async () => {
    const id = await later(ada, "ada/relay", relay("ada/logs", bytes("inner")));
    const node = { id: `${id}/1`, algorithm: "ada/logs", version: "1.0.0", lines: HELLO, dropped: 0 };
    expect(await logOf(ada, id)).toEqual([node]);
    expect(await logOf(bob, id)).toBe(404);
    expect(await logOf(ada, "req-00000000-0000-4000-8000-000000000000")).toBe(404);
  });

  test("is there after a call that failed, and one that asked for it", async () => {
    const failed = await later(ada, "ada/logs", bytes("x"));
    expect(await logOf(ada, failed)).toMatchObject([{ id: failed, lines: [{ text: "x" }, { text: "done" }] }]);
    const called = await ada.call("ada/relay?stdout=true", relay("ada/logs", bytes("inner")));
    expect(await logOf(ada, called.headers.get("X-Orcade-Call") ?? "")).toMatchObject([{ lines: HELLO }]);
    const silent = await ada.call("ada/relay", relay("ada/logs", bytes("inner")));
    expect(await logOf(ada, silent.headers.get("X-Orcade-Call") ?? "")).toEqual([]);
  });

  test("shows a caller nothing of others' algorithms, and their author nothing of the caller's", async () => {
    await bob.publish("bob", { name: "relay", permissions: ["call"] }, testModule("relay"));
    await bob.publish("bob", { name: "logs", output: "text" }, testModule("logs"));
    const others = await later(bob, "bob/relay", relay("ada/logs", bytes("private")));
    expect([await logOf(bob, others), await logOf(ada, others)]).toEqual([[], 404]);
    const mixed = await later(bob, "ada/relay", relay("bob/logs", bytes("inner")));
    expect(await logOf(bob, mixed)).toMatchObject([{ algorithm: "bob/logs", lines: HELLO }]);
    expect(await logOf(ada, mixed)).toBe(404);
  });

  test("keeps LIMITS.keptLogBytes of a tree, whole lines from the beginning, and nothing of who knows secrets", () => {
    const release = { algorithm: "ada/logs", version: "1.0.0" } as Invocation["release"];
    const line = (length: number): Line => ({ level: "info", text: "l".repeat(length) });
    const around = JSON.stringify(line(0)).length + 1;
    const half = LIMITS.keptLogBytes / 2 - around;
    const said = (id: string, lines: readonly Line[], knowsSecrets = false) => ({
      id,
      release,
      knowsSecrets,
      log: { lines, dropped: 1 },
    });
    const grant = { account: "Ada", organisations: [] };
    const kept = (last: number) =>
      keptLogs([said("a", [line(half)]), said("s", [line(9)], true), said("b", [line(last), line(3)])], grant).map(
        ({ node, lines, dropped }) => [node, lines.length, dropped],
      );
    const room = half - around - 3;
    expect(kept(room)).toEqual([
      ["a", 1, 1],
      ["b", 2, 1],
    ]);
    expect(kept(room + 1)).toEqual([
      ["a", 1, 1],
      ["b", 1, 4],
    ]);
    expect(keptLogs([said("a", [line(1)])], { account: "bob", organisations: ["ad"] })).toEqual([]);
    expect(keptLogs([said("a", [])], grant)).toEqual([]);
  });
});
