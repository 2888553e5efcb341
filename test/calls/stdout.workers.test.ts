// What a module logs, as its author may see it with ?stdout=true (algorithmia-api §3), and nobody else.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { relay } from "./relay.ts";

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
