// kill -9 of workerd at random moments between lease, settlement, outbox and delivery: every settlement that was
// acknowledged is in the ledger once, every other one whole or not at all, and no microcredit is lost or doubled.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ask } from "../../cli/ledger/reader.ts";
import { verify } from "../../cli/ledger/verify.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import type { Result } from "../../worker/market/result.ts";
import type { Lease, Settled, Settlement } from "../../worker/objects/account/protocol.ts";
import { treeOf } from "../objects/account/trees.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const KILLS = TORTURE ? 30 : 2;
const PAYERS = ["pay1", "pay2", "pay3"];
const AUTHORS = ["alice", "bob"];
const MONEY = 50_000_000_000;

/** Beside the worker itself: a way to the account objects' own methods, which only other objects have. */
const MAIN = `
  import app from "./index.js";
  export * from "./index.js";
  export default {
    async fetch(request, env, ctx) {
      if (new URL(request.url).pathname !== "/test/object") return app.fetch(request, env, ctx);
      const { binding, name, method, values } = await request.json();
      const stub = env[binding].get(env[binding].idFromName(name));
      return Response.json({ answer: (await stub[method](...values)) ?? null });
    },
  };`;

let system: System;

beforeAll(async () => {
  system = await startSystem({ main: MAIN });
  for (const name of [...PAYERS, ...AUTHORS]) {
    await object("DIRECTORY", "directory", "claim", name, "user", name);
    await object("ACCOUNT", name, "create", name, "user", false);
    await object("ACCOUNT", name, "addKey", sha256OfText(name), "first key");
    await object("ACCOUNT", name, "grantMoney", { id: "start", amount: MONEY, by: "tests", note: "" });
  }
});
afterAll(() => system.end());

async function object(binding: string, name: string, method: string, ...values: readonly unknown[]): Promise<unknown> {
  const body = JSON.stringify({ binding, name, method, values });
  const answer = await system.fetch("/test/object", { method: "POST", body });
  if (answer.status !== 200) throw new Error(`${method} answered ${answer.status}`);
  const given: { readonly answer: unknown } = await answer.json();
  return given.answer;
}

interface Attempt {
  readonly payer: string;
  readonly settlement: Settlement;
  acknowledged: boolean;
}

/** Settles one call after another as an isolate would, with a lease of its own, until told to stop. */
async function isolate(n: number, random: () => number, over: () => boolean, attempts: Attempt[]): Promise<void> {
  const payer = PAYERS[n % PAYERS.length] ?? "";
  let lease: Lease | undefined;
  for (let call = 0; !over(); call++) {
    const leaves = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
      algorithm: `${AUTHORS[Math.floor(random() * 2)] ?? ""}/tags`,
      compute: Math.floor(random() * 1_000),
      royalty: Math.floor(random() * 50_001),
      failed: random() < 0.05,
    }));
    const attempt = { payer, settlement: treeOf(payer, `req-${n}-${call}`, leaves), acknowledged: false };
    try {
      lease ??= await newLease(payer, `isolate-${n}-${call}`);
      attempts.push(attempt);
      const [settled] = (await object("ACCOUNT", payer, "settle", lease.id, [
        attempt.settlement,
      ])) as readonly Settled[];
      attempt.acknowledged = settled?.ok === true;
      if (!attempt.acknowledged) lease = undefined;
    } catch {
      // The answer is lost: whether it settled is not known here. As after a crash of the isolate, its lease is forgotten.
      lease = undefined;
      await untilHealthy(system.fetch);
    }
  }
}

async function newLease(payer: string, name: string): Promise<Lease> {
  const request = { isolate: name, key: sha256OfText(payer), want: 5_000_000, least: 1_000_000, calls: 0, until: 0 };
  const lease = (await object("ACCOUNT", payer, "lease", request)) as Result<Lease, unknown>;
  if (!lease.ok) throw new Error("no lease");
  return lease.value;
}

/** Two flushes and a few seconds of pauses between tries. */
const DRAIN_MS = 60_000;

test("kill -9 loses no microcredit", async () => {
  const random = randomFrom(seedOf("ledger-kill"));
  const attempts: Attempt[] = [];
  let killing = true;
  const killer = async (): Promise<void> => {
    for (let kills = 0; kills < KILLS; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 1_600));
      const pid = system.server.workerdPid();
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await untilHealthy(system.fetch);
    }
    killing = false;
  };
  const ask: Ask = async (path) => {
    const answer = await system.ada.get(path);
    if (answer.status !== 200 && answer.status !== 404) throw new Error(`${path} answered ${answer.status}`);
    return answer.status === 404 ? null : answer.json();
  };
  /** Reads all books while money moves through them: whatever it sees of that must fit together. */
  const verifier = async (): Promise<number> => {
    let times = 0;
    while (killing) {
      try {
        expect((await verify(ask)).findings).toEqual([]);
        times++;
      } catch (error) {
        if (error instanceof Error && error.name === "AssertionError") throw error;
        await untilHealthy(system.fetch);
      }
    }
    return times;
  };
  const isolates = Array.from({ length: 6 }, (_, n) => isolate(n, random, () => !killing, attempts));
  const [verified] = await Promise.all([verifier(), killer(), ...isolates]);
  expect(verified).toBeGreaterThan(0);

  // The first look is at money on its way; in the end all of it has come.
  expect((await verify(ask)).findings).toEqual([]);
  let verdict = await verify(ask);
  for (const end = Date.now() + DRAIN_MS; verdict.inTransit !== 0n && Date.now() < end; verdict = await verify(ask)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const acknowledged = attempts.filter((attempt) => attempt.acknowledged);
  console.log(
    `ledger-kill: ${KILLS} kills, ${acknowledged.length} of ${attempts.length} settlements acknowledged, verified ${verified} times meanwhile`,
  );
  expect({ ...verdict, entries: 0 }).toMatchObject({ findings: [], inTransit: 0n });
  expect(verdict.balances).toBe(verdict.granted);
  expect(acknowledged.length).toBeGreaterThan(50);

  let settled = 0;
  for (const { payer, settlement, acknowledged: known } of attempts) {
    const call = (await object("ACCOUNT", payer, "call", settlement.call)) as { cost: number; record: string } | null;
    if (call !== null) settled++;
    if (known) expect(call).toMatchObject({ cost: settlement.total, record: settlement.record });
    // What nobody heard of is there whole, or not at all.
    else if (call !== null) expect(call).toMatchObject({ cost: settlement.total, record: settlement.record });
  }
  expect(verdict.calls).toBe(settled);
}, 900_000);
