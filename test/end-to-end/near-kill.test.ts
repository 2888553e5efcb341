// kill -9 of workerd while calls run from the objects that hold what they read: what was acknowledged is there and paid once,
// what was not is there and paid, or neither.
import { afterAll, beforeAll, expect, test } from "vitest";
import { SCRIPTED, script } from "../calls/script.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const KILLS = TORTURE ? 15 : 2;
const encoder = new TextEncoder();

let system: System;

beforeAll(async () => {
  system = await startSystem();
  const { ada } = system;
  const near = { runs: "near-state" };
  await ada.publish("ada", { name: "counter", permissions: ["state"], more: near }, testModule("counter"));
  await ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
  await ada.publish("ada", { name: "reader", permissions: ["data"] }, testModule("reader"));
  await ada.post("/v1/data/.my", { name: "near" });
  await put("log", "");
  await put("file", "x".repeat(100_000));
});
afterAll(() => system.end());

async function put(name: string, body: string): Promise<void> {
  const headers = { Authorization: `Simple ${system.ada.key}` };
  const answer = await system.fetch(`/v1/data/.my/near/${name}`, { method: "PUT", headers, body });
  expect(answer.status).toBe(200);
}

const balance = async (): Promise<number> => {
  const account = (await (await system.ada.get("/v1/account")).json()) as { balance_microcredits: number };
  return account.balance_microcredits;
};

interface Told {
  readonly id: string;
  readonly cost: number;
  readonly bytes: Buffer;
}

/** @returns null: nothing was acknowledged */
async function call(target: string, input: Uint8Array): Promise<Told | null> {
  try {
    const answer = await system.ada.call(target, input);
    const body = (await answer.json()) as { result?: string };
    if (answer.status !== 200 || body.result === undefined) return null;
    const id = answer.headers.get("X-Orcade-Call") ?? "";
    return { id, cost: Number(answer.headers.get("X-Orcade-Cost")), bytes: Buffer.from(body.result, "base64") };
  } catch {
    return null;
  }
}

async function ranOf(id: string): Promise<string | undefined> {
  const found: { root?: { ran?: string } } = await (await system.ada.get(`/v1/calls/${id}`)).json();
  return found.root?.ran;
}

async function running(): Promise<readonly { readonly id: string }[]> {
  const found: { results: { id: string }[] } = await (await system.ada.get("/v1/calls?state=running")).json();
  return found.results;
}

/** Reads the file, then turns for about so many ms. */
function longRead(ms: number): Uint8Array {
  const path = encoder.encode("data://.my/near/file");
  return Uint8Array.of(...new Uint8Array(Uint32Array.of(65_536, ms * 250_000).buffer), path.length, ...path);
}

async function kill(): Promise<void> {
  const pid = system.server.workerdPid();
  if (pid !== undefined) process.kill(pid, "SIGKILL");
  await untilHealthy(system.fetch);
}

const append = script(["append", "data://.my/near/log", "x"], ["increment", "log"]);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("nothing that was acknowledged is lost, nothing is paid twice", async () => {
  const random = randomFrom(seedOf("near-kill"));
  const before = await balance();
  const counts: number[] = [];
  const told: Told[] = [];
  const tried = { counts: 0, appends: 0 };
  let killing = true;
  const again = async (target: string, input: Uint8Array, each: (told: Told) => void): Promise<void> => {
    while (killing) {
      tried[target === "ada/counter" ? "counts" : "appends"]++;
      const done = await call(target, input);
      if (done === null) await untilHealthy(system.fetch);
      else {
        told.push(done);
        each(done);
      }
    }
  };
  let appended = 0;
  const workers = [
    again("ada/counter", new Uint8Array(0), ({ bytes }) => counts.push(bytes.readUInt32LE(0))),
    again("ada/counter", new Uint8Array(0), ({ bytes }) => counts.push(bytes.readUInt32LE(0))),
    again("ada/script", append, () => appended++),
  ];
  for (let n = 0; n < KILLS; n++) {
    await pause(200 + random() * 600);
    await kill();
  }
  await pause(300);
  killing = false;
  await Promise.all(workers);

  const places = await Promise.all(told.slice(-20).map(({ id }) => ranOf(id)));
  console.log(
    `near-kill: ${KILLS} kills, ${told.length} of ${tried.counts + tried.appends} calls acknowledged; ` +
      `of the last ${places.length}, ${places.filter((ran) => ran !== undefined).length} ran near`,
  );
  expect(places.some((ran) => ran?.startsWith("near-"))).toBe(true);
  expect(new Set(counts).size).toBe(counts.length);
  const last = await call("ada/counter", new Uint8Array(0));
  expect(last?.bytes.readUInt32LE(0)).toBeGreaterThan(Math.max(...counts));
  expect(last?.bytes.readUInt32LE(0)).toBeLessThanOrEqual(tried.counts + 1);
  const log = await (await system.ada.get("/v1/data/.my/near/log")).text();
  expect(log.length).toBeGreaterThanOrEqual(appended);
  expect(log.length).toBeLessThanOrEqual(tried.appends);
  // File and count grew together.
  expect((await call("ada/script", append))?.bytes.at(-1)).toBe((log.length + 1) % 256);
  // What was acknowledged was paid, and nothing more than every call once.
  const paid = before - (await balance());
  const cost = told.reduce((sum, each) => sum + each.cost, 0);
  const dearest = Math.max(...told.map((each) => each.cost));
  expect(paid).toBeGreaterThanOrEqual(cost);
  expect(paid).toBeLessThanOrEqual(cost + (tried.counts + tried.appends - told.length + 2) * (dearest + 1_000));
});

test("a call that is killed in the middle costs nothing; one that nobody waits for ends once", async () => {
  const before = await balance();
  const lost = call("ada/reader", longRead(8_000));
  await pause(500);
  await kill();
  expect([await lost, await balance()]).toEqual([null, before]);

  const headers = { Prefer: "respond-async" };
  const accepted = await system.ada.call("ada/reader", longRead(1_500), headers);
  expect(accepted.status).toBe(202);
  const { location } = Object.fromEntries(accepted.headers);
  await pause(500);
  await kill();
  const answer = await system.fetch(`${location}/result`, {
    headers: { Authorization: `Simple ${system.ada.key}`, Prefer: "wait=60" },
  });
  expect(answer.status).toBe(200);
  const done = (await (await system.ada.get(location ?? "")).json()) as {
    state: string;
    cost_microcredits: number;
    root: { ran?: string };
  };
  expect(done).toMatchObject({ state: "completed", root: { ran: "near-data" } });
  expect(before - (await balance())).toBe(done.cost_microcredits);
});

test("a call that runs near its data is cancelled, and ends in time, like any other", async () => {
  const late = await system.ada.call("ada/reader?timeout=0.5", longRead(10_000));
  expect(await late.json()).toMatchObject({ error: { error_type: "TimeoutError" } });
  const going = system.ada.call("ada/reader", longRead(16_000));
  await expect.poll(async () => (await running()).length, { timeout: 20_000 }).toBe(1);
  const [one] = await running();
  const began = performance.now();
  const headers = { Authorization: `Simple ${system.ada.key}` };
  await system.fetch(`/v1/calls/${one?.id}`, { method: "DELETE", headers });
  expect(await (await going).json()).toMatchObject({ error: { error_type: "Cancelled" } });
  expect(performance.now() - began).toBeLessThan(2_000);
});
