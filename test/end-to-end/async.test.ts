// Asynchronous calls on a started server whose workerd is killed on the way: each ends exactly once, is charged once, and its
// webhook arrives, at least once and under one id, signed as Standard Webhooks say.
import { type IncomingMessage, type Server as Receiver, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { relay } from "../calls/relay.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const CALLS = TORTURE ? 100 : 9;
const KILLS = 2;
/** What each call computes: long enough that a kill meets some of them. */
const TURNS = 150_000_000;

interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let system: System;
let receiver: Receiver;
let hook: string;
let secret: string;
const received: Received[] = [];
/** What the worker logged. */
const said: string[] = [];
/** How many messages the receiver fails to take first. */
let failing = 0;

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

beforeAll(async () => {
  receiver = createServer((message, answer) => {
    void textOf(message).then((body) => {
      if (message.url === "/hook/gone") return answer.writeHead(410).end();
      if (message.url === "/hook/moved") return answer.writeHead(302, { Location: hook }).end();
      if (message.method !== "POST") return answer.writeHead(204).end();
      const takes = failing-- <= 0;
      if (takes) received.push({ headers: message.headers as Record<string, string>, body });
      return answer.writeHead(takes ? 204 : 503).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const key = Buffer.alloc(32, 7).toString("base64");
  const vars = { ORCADE_SECRET_KEYS: `k1:${key}`, ORCADE_WEBHOOK_LOOPBACK: "on" };
  system = await startSystem({ vars, log: (_, line) => said.push(line) });
  const { ada } = system;
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
  await ada.publish("ada", { name: "echo" }, testModule("echo"));
  await ada.publish("ada", { name: "counter", permissions: ["state"] }, testModule("counter"));
  await ada.publish("ada", { name: "relay", permissions: ["call"] }, testModule("relay"));
  const made = await ada.post("/v1/account/webhook-secret", {});
  expect(made.status).toBe(201);
  ({ secret } = (await made.json()) as { secret: string });
});
afterAll(async () => {
  await system.end();
  receiver.close();
});

const turns = (count: number): Uint8Array => new Uint8Array(Uint32Array.of(count).buffer);

interface Standing {
  readonly id: string;
  readonly state: string;
  readonly status?: string;
  readonly attempts: number;
  readonly record: string | null;
  readonly cost_microcredits?: number;
  readonly webhook: { readonly state: string; readonly attempts: number } | null;
}

const standing = async (id: string): Promise<Standing> => (await system.ada.get(`/v1/calls/${id}`)).json();

async function begin(target: string, input: Uint8Array, headers: Record<string, string> = {}): Promise<string> {
  const answer = await system.ada.call(target, input, { Prefer: "respond-async", ...headers });
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as { id: string };
  expect(answer.headers.get("Location")).toBe(`/v1/calls/${id}`);
  return id;
}

/** Waits for a call's end. */
async function ended(id: string): Promise<Standing> {
  for (const end = Date.now() + 200_000; Date.now() < end;) {
    const found = await standing(id).catch(() => undefined);
    if (found !== undefined && ["completed", "failed", "refused"].includes(found.state)) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new RangeError(`${id} has not ended`);
}

/** Counts one more. */
async function count(): Promise<number> {
  const answer: { result: string } = await (await system.ada.call("ada/counter", turns(0))).json();
  return Buffer.from(answer.result, "base64").readUInt32LE(0);
}

/** Ids of all calls in the ledger. */
async function ledger(): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let marker: string | null = ""; marker !== null;) {
    const page: { results: { id: string }[]; marker: string | null } = await (
      await system.ada.get(`/v1/calls?limit=100${marker === "" ? "" : `&marker=${marker}`}`)
    ).json();
    ids.push(...page.results.map(({ id }) => id));
    ({ marker } = page);
  }
  return ids;
}

describe("asynchronous calls", () => {
  test("are answered at once, keep their result, and can be waited for", async () => {
    const id = await begin("ada/echo", Uint8Array.of(1, 2, 3));
    expect(await ended(id)).toMatchObject({ id, state: "completed", attempts: 1, record: id });
    const result = await system.ada.get(`/v1/calls/${id}/result`);
    expect(result.status).toBe(200);
    expect(result.headers.get("X-Orcade-Call")).toBe(id);
    expect(await result.json()).toMatchObject({ result: "AQID", metadata: { content_type: "binary" } });
    const waited = await system.ada.call("ada/echo", Uint8Array.of(4), { Prefer: "respond-async, wait=20" });
    expect(waited.status).toBe(200);
    expect(await waited.json()).toMatchObject({ result: "BA==" });
    const unknown = await system.ada.get("/v1/calls/req-00000000-0000-4000-8000-000000000000/result");
    expect(unknown.status).toBe(404);
  });

  test("one whose receiver fails first is told again, under the same id", async () => {
    failing = 1;
    const id = await begin("ada/echo", Uint8Array.of(9), { "X-Orcade-Webhook": hook });
    await expect.poll(() => received.some(({ body }) => body.includes(id)), { timeout: 20_000 }).toBe(true);
    await expect.poll(async () => (await standing(id)).webhook?.state).toBe("done");
  });

  test("a receiver that is gone is told once; one that sends on elsewhere has not been told", async () => {
    const gone = await begin("ada/echo", Uint8Array.of(1), { "X-Orcade-Webhook": `${hook}/gone` });
    await expect.poll(async () => (await standing(gone)).webhook?.state, { timeout: 20_000 }).toBe("failed");
    expect((await standing(gone)).webhook).toMatchObject({ attempts: 1 });
    const moved = await begin("ada/echo", Uint8Array.of(1), { "X-Orcade-Webhook": `${hook}/moved` });
    await expect.poll(async () => (await standing(moved)).webhook?.attempts, { timeout: 20_000 }).toBeGreaterThan(0);
    await expect.poll(async () => (await standing(moved)).webhook?.state, { timeout: 20_000 }).toBe("waiting");
  });

  test("a call that was begun by way of us tells its receiver how often, and nobody when that is too often", async () => {
    const count = received.length;
    const once = await begin("ada/echo", Uint8Array.of(1), { "X-Orcade-Webhook": hook, "Orcade-Hops": "3" });
    await expect.poll(() => received.length, { timeout: 20_000 }).toBe(count + 1);
    expect(received.at(-1)?.headers).toMatchObject({ "webhook-id": `msg_${once}`, "orcade-hops": "4" });
    const looped = await begin("ada/echo", Uint8Array.of(1), { "X-Orcade-Webhook": hook, "Orcade-Hops": "4" });
    await expect
      .poll(async () => (await standing(looped)).webhook, { timeout: 20_000 })
      .toMatchObject({ state: "failed", attempts: 1 });
    expect(await ended(looped)).toMatchObject({ state: "completed" });
    expect(received).toHaveLength(count + 1);
    received.splice(count);
  });

  test("cancelled ones end as cancelled, whether they run or wait", async () => {
    const id = await begin("ada/work", turns(4_000_000_000));
    await expect.poll(async () => (await standing(id)).state, { timeout: 10_000 }).toBe("running");
    const told = await system.fetch(`/v1/calls/${id}`, {
      method: "DELETE",
      headers: { Authorization: `Simple ${system.ada.key}` },
    });
    expect(told.status).toBe(202);
    expect(await ended(id)).toMatchObject({ state: "failed", error: { type: "Cancelled" } });
    const result = (await (await system.ada.get(`/v1/calls/${id}/result`)).json()) as { error: { error_type: string } };
    expect(result.error.error_type).toBe("Cancelled");
  });

  test("an Idempotency-Key begins one call, whoever repeats it, at once or later", async () => {
    const send = (body: number): Promise<Response> =>
      system.ada.call("ada/counter", Uint8Array.of(body), { "Idempotency-Key": "order-17" });
    const [first, second] = await Promise.all([send(1), send(1)]);
    const third = await send(1);
    const answers = (await Promise.all([first, second, third].map((answer) => answer.json()))) as { result: string }[];
    expect(new Set(answers.map(({ result }) => result)).size).toBe(1);
    expect(answers[0]?.result).toBeDefined();
    const ids = [first, second, third].map(({ headers }) => headers.get("X-Orcade-Call"));
    expect(new Set(ids).size).toBe(1);
    const other = await send(2);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ error: { code: "idempotency-mismatch" } });
    expect((await ledger()).filter((id) => id === ids[0])).toHaveLength(1);
  });

  test("end exactly once each, whatever is killed on the way", async () => {
    const random = randomFrom(seedOf("async"));
    received.length = 0;
    const counted = await count();
    const before = new Set(await ledger());
    const begun: string[] = [];
    for (let n = 0; n < CALLS; n++) {
      // A third also writes state, which is prepared before it is settled; a third calls another algorithm.
      // The last one is long, so that a kill finds something running on a fast machine, too.
      const work = turns((n === CALLS - 1 ? 16 : 1) * TURNS + n);
      const kinds = [
        ["ada/counter", turns(0)] as const,
        ["ada/work", work] as const,
        ["ada/relay", relay("ada/work", work)] as const,
      ];
      const [target, input] = kinds[n % 3] ?? ["ada/work", work];
      begun.push(await begin(target, input, { "X-Orcade-Webhook": hook }));
    }
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 150 + random() * 600));
      const pid = system.server.workerdPid();
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await untilHealthy(system.fetch);
    }
    // Nobody asks for them for a while: what died comes back by itself.
    if (TORTURE) await new Promise((resolve) => setTimeout(resolve, 30_000));
    const over = await Promise.all(begun.map(ended));
    const lost = over.filter(({ attempts }) => attempts > 1).length;
    console.log(`async: ${CALLS} calls, ${KILLS} kills, ${lost} calls had more than one attempt`);
    expect(lost).toBeGreaterThan(0);
    for (const call of over) expect(call).toMatchObject({ state: "completed" });

    // Charged once each: of every call one entry, whichever attempt it is of, and no other entry.
    const settled = (await ledger()).filter((id) => !before.has(id));
    expect(settled).toHaveLength(CALLS);
    expect(new Set(settled.map((id) => id.split(".")[0]))).toEqual(new Set(begun));
    expect(new Set(settled)).toEqual(new Set(over.map(({ record }) => record)));

    // What they wrote is there once each.
    expect(await count()).toBe(counted + begun.filter((_, n) => n % 3 === 0).length + 1);

    // Calls of many objects share purses and settlements; none may go on in another's name.
    expect(said.filter((line) => line.includes("on behalf of a different"))).toEqual([]);

    await expect
      .poll(() => new Set(received.map(({ headers }) => headers["webhook-id"])).size, { timeout: 100_000 })
      .toBe(CALLS);
    const verifier = new Webhook(secret);
    for (const { headers, body } of received) {
      const told = verifier.verify(body, headers) as { type: string; data: { id: string; status: string } };
      expect(headers["webhook-id"]).toBe(`msg_${told.data.id}`);
      expect(told).toMatchObject({ type: "call.completed", data: { status: "completed" } });
    }
    expect(new Set(received.map(({ headers }) => headers["webhook-id"]))).toEqual(
      new Set(begun.map((id) => `msg_${id}`)),
    );
  });

  test("by the wire contract: output=void answers the request's id", async () => {
    const answer = await system.ada.call("ada/echo?output=void", Uint8Array.of(1));
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as { async: string; request_id: string };
    expect(Object.keys(body).sort()).toEqual(["async", "request_id"]);
    expect(body.async).toBe("void");
    expect(await ended(body.request_id)).toMatchObject({ state: "completed" });
  });
});
