// Long bodies are read only when this isolate has room for them; until then they wait, and in the end they are told to come back.
import { beforeAll, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { bytesHeld } from "../../worker/sandbox/held.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "echo" }, testModule("echo"));
});

const until = (): number => Date.now() + 60_000;
const body = new Uint8Array(100_000);
/** As a client on the wire says how much it sends: what does not say so may be as long as any. */
const call = (target: string, sent: Uint8Array): Promise<Response> =>
  ada.call(target, sent, { "Content-Length": String(sent.length) });

test("a call waits for room, then is refused with a code and when to try again; nothing stays held", async () => {
  const holding = bytesHeld.note(LIMITS.heldBytes - body.length + 1, until());
  const refused = await call("ada/echo?timeout=0.1", body);
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "2"]);
  expect(await refused.json()).toMatchObject({ error: { code: "busy" } });
  holding.set(LIMITS.heldBytes - body.length);
  expect((await call("ada/echo?timeout=5", body)).status).toBe(200);
  const waiting = call("ada/echo", new Uint8Array(body.length + 1));
  setTimeout(() => holding.end(), 100);
  expect((await waiting).status).toBe(200);
  expect(bytesHeld.sum).toBe(0);
});

test("so does a publish, for five times what it may send, and a quote", async () => {
  const module = testModule("echo");
  const holding = bytesHeld.note(10 * 1_048_576, until());
  const publishing = ada.publish("ada", { name: "echo", version: "1.0.1" }, module);
  let done = false;
  void publishing.then(() => (done = true));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(done).toBe(false);
  holding.end();
  expect((await publishing).status).toBe(201);
  const quote = await ada.fetch("/v1/quote/ada/echo", {
    method: "POST",
    headers: { Authorization: `Simple ${ada.key}`, "Content-Type": "application/octet-stream" },
    body,
  });
  expect([quote.status, bytesHeld.sum]).toEqual([200, 0]);
});
