// A job under faults: workerd (and its annex) killed at random, batches lost, doubled, slow and out of order. The same answer bytes as without,
// every task done, dispatches within their cap, what was burned twice not paid twice, and the ledger verifies.
// `npm run torture` does it at length, and holds time and fuel against a clean run.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { wrongInBooks } from "../support/books.ts";
import { invited } from "../support/invited.ts";
import { testModule } from "../support/modules.ts";
import { type System, TORTURE, randomFrom, seedOf, startSystem, untilHealthy } from "../support/server.ts";

const KILLS = 5;
const TASKS = 3_000;
/** Microcredits of five cents; and of the royalty of a mapper that makes many of few. */
const FIVE_CENTS = 500_000_000;
const ROYALTY = TORTURE ? 100_000 : 2_000_000;

/**
 * Beside the worker itself: what runs batches, which goes wrong for jobs whose arguments say how often. What is lost is silent for
 * ever, before or after it was done, or breaks; what is doubled is done twice; what is slow takes ten times as long.
 */
const MAIN = `
  import app, { Batches as Base } from "./index.js";
  export * from "./index.js";
  export default app;
  let drawn = 0;
  function draw(seed) {
    let state = (seed + Math.imul(++drawn, 0x6d2b79f5)) >>> 0;
    state = Math.imul(state ^ (state >>> 15), 1 | state);
    state = (state + Math.imul(state ^ (state >>> 7), 61 | state)) ^ state;
    return ((state ^ (state >>> 14)) >>> 0) / 4294967296;
  }
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  async function slowed(host, ms) {
    for (let left = ms; left > 0; left -= 1000) {
      await wait(Math.min(left, 1000));
      await host.beat();
    }
  }
  export class Batches extends Base {
    map(batch, host) {
      return this.faulty(batch, host, () => super.map(batch, host), ({ outcomes }) => outcomes);
    }
    reduce(batch, host) {
      return this.faulty(batch, host, () => super.reduce(batch, host), ({ reduced }) => reduced);
    }
    async faulty(batch, host, work, parts) {
      const faults = JSON.parse(batch.arguments)?.faults;
      const done = async () => {
        const answer = await work();
        if (answer.ok) console.log(JSON.stringify({ burned: parts(answer.value).reduce((sum, { fuel }) => sum + fuel, 0) }));
        return answer;
      };
      if (faults === undefined) return done();
      const { seed, lost, doubled, slow } = faults;
      const [which, how] = [draw(seed), draw(seed)];
      const began = Date.now();
      if (which < lost) {
        if (how < 0.3) throw new Error("it broke");
        if (how < 0.6) await done();
        await wait(600000);
      }
      if (which < lost + doubled) return (await Promise.all([done(), done()]))[0];
      const answer = await done();
      if (which < lost + doubled + slow) await slowed(host, 9 * (Date.now() - began));
      else await wait(50 * how);
      return answer;
    }
  }`;

let system: System;
let burned = 0;

beforeAll(async () => {
  const log = (_: string, line: string): void => {
    if (line.startsWith('{"burned"')) burned += (JSON.parse(line) as { burned: number }).burned;
  };
  system = await startSystem({ main: MAIN, annexes: 2, log });
  const bytes = { input: "bytes", output: "bytes" };
  await system.ada.publish("ada", { name: "same", ...bytes }, testModule("echo"));
  await system.ada.publish("ada", { name: "heavy", ...bytes, memory: 16 }, testModule("heavy"));
  await system.ada.publish("ada", { name: "join", ...bytes }, testModule("join"));
  // Another's: what it earns does not come back to the account that pays.
  const bob = await invited(system.ada, "bob");
  await bob.publish("bob", { name: "crumbs", ...bytes, royalty: ROYALTY }, testModule("crumbs"));
  await system.fetch("/v1/data/.my", { method: "POST", headers: headers(), body: '{"name":"texts"}' });
});
afterAll(() => system.end());
afterEach(async () => expect(await wrongInBooks(system.ada)).toEqual([]));

const headers = (): Record<string, string> => ({ Authorization: `Simple ${system.ada.key}` });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Books {
  readonly balance_microcredits: number;
  readonly reserved_microcredits: number;
}
const account = async (): Promise<Books> => (await system.ada.get("/v1/account")).json();
const balance = async (): Promise<number> => (await account()).balance_microcredits;
const expectNothingHeld = ({ reserved_microcredits }: Books): void => expect(reserved_microcredits).toBe(0);

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly tasks: { readonly total: number; readonly failed: number };
  readonly dispatches: number;
  readonly fuel: number;
  readonly spent_microcredits: number;
}

async function kill(): Promise<void> {
  const pid = system.server.workerdPid();
  if (pid !== undefined) process.kill(pid, "SIGKILL");
  await untilHealthy(system.fetch);
}

/** Makes a job over a text. @returns its id */
async function begin(name: string, text: string, request: object): Promise<string> {
  await system.fetch(`/v1/data/.my/texts/${name}`, { method: "PUT", headers: headers(), body: text });
  const made = await system.ada.post("/v1/jobs", {
    reduce: "ada/join@1.0.0",
    source: `data://.my/texts/${name}`,
    split: "lines",
    ...request,
  });
  expect(made.status, await made.clone().text()).toBe(202);
  return (await made.json<Shown>()).id;
}

const shown = async (id: string): Promise<Shown> => (await system.ada.get(`/v1/jobs/${id}`)).json();

/** Waits until it is over. @param ms so long at most */
async function over(id: string, ms: number): Promise<Shown> {
  for (const end = Date.now() + ms; ;) {
    const job = await shown(id);
    if (job.state !== "running" && job.state !== "planning") return job;
    expect(Date.now(), JSON.stringify(job)).toBeLessThan(end);
    await pause(100);
  }
}
const resultOf = async (id: string): Promise<string> => (await system.ada.get(`/v1/jobs/${id}/result`)).text();

const linesOf = (name: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `record ${name} ${index} ${"z".repeat(index % 50)}`).join("\n");

/** Every dispatch is counted, however often the process died, and there are not too many. */
function expectDispatches({ dispatches, tasks }: Shown): void {
  expect(dispatches).toBeGreaterThanOrEqual(tasks.total);
  expect(dispatches).toBeLessThanOrEqual(2 * tasks.total + LIMITS.jobDepth);
}

test.each(TORTURE ? Array.from({ length: 20 }, (_, round) => round) : [0])(
  "a job survives five kills with the same answer (%i)",
  async (round) => {
    const random = randomFrom(seedOf("jobs-kill"));
    const text = linesOf(`kill ${round}`, TASKS);
    // Some are killed while they are planned.
    const span = round % 3 === 1 ? 40 : 400;
    const target = round % 3 === 2 ? { seconds: 0.001 } : { bytes: 64 };
    const id = await begin(`kill-${round}.txt`, text, { map: "ada/same@1.0.0", target });
    for (let kills = 0; kills < KILLS; kills++) {
      await pause(random() * span + span / 8);
      const annex = system.server.annexes()[0]?.pid;
      if (annex !== undefined && random() < 0.3) process.kill(annex, "SIGKILL");
      await kill();
    }
    const job = await over(id, 60_000);
    expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
    expectDispatches(job);
    expect(await resultOf(id)).toBe(text);
  },
);

interface Round {
  readonly milliseconds: number;
  readonly burned: number;
  readonly spent: number;
  readonly job: Shown;
}

/** Runs a job, with workerd killed at shares of a time. */
async function played(text: string, bytes: number, args: object, kills: readonly number[]): Promise<Round> {
  const before = { burned, money: await balance() };
  const began = Date.now();
  const id = await begin("heavy.txt", text, { map: "ada/heavy@1.0.0", target: { bytes }, arguments: args });
  for (const at of kills) {
    await pause(Math.max(0, began + at - Date.now()));
    await kill();
  }
  const job = await over(id, 600_000);
  const milliseconds = Date.now() - began;
  expect(job).toMatchObject({ state: "done", tasks: { failed: 0 } });
  expect(await resultOf(id)).toBe(text);
  expectDispatches(job);
  const spent = before.money - (await balance());
  expect(job.spent_microcredits).toBe(spent);
  return { milliseconds, burned: burned - before.burned, spent, job };
}

describe("5 % lost, 5 % doubled, 5 % ten times slower, and out of order", () => {
  const FAULTS = TORTURE ? { lost: 0.05, doubled: 0.05, slow: 0.05 } : { lost: 0.1, doubled: 0.1, slow: 0.1 };
  const [text, bytes] = TORTURE ? [linesOf("heavy", 35_000), 1_000] : [linesOf("heavy", 450), 180];

  test("change no byte, and cost little more", { timeout: 900_000 }, async () => {
    const seed = seedOf("jobs-faults");
    const random = randomFrom(seed);
    const before = await played(text, bytes, { seed }, []);
    const at = Array.from({ length: TORTURE ? KILLS : 1 }, () => (0.1 + 0.8 * random()) * before.milliseconds);
    const kills = at.toSorted((a, b) => a - b);
    const faulty = await played(text, bytes, { seed, faults: { seed, ...FAULTS } }, kills);
    // The machine may have other work now than it had then.
    const clean = TORTURE ? [before, await played(text, bytes, { seed, again: true }, [])] : [before];
    const share = (of: (round: Round) => number): number =>
      Number(((of(faulty) * clean.length) / clean.reduce((sum, round) => sum + of(round), 0)).toFixed(3));
    const told = {
      makespan: share(({ milliseconds }) => milliseconds),
      fuel: share(({ job }) => job.fuel),
      burned: share((one) => one.burned),
      spent: share(({ spent }) => spent),
    };
    console.log(JSON.stringify({ ...told, clean, faulty }));
    expect(told.fuel).toBeLessThanOrEqual(1.2);
    expect(told.spent).toBeLessThanOrEqual(1.2);
    if (TORTURE) expect(told.makespan).toBeLessThanOrEqual(1.5);
  });
});

test("a mapper that splits for ever stops under a cap of five cents, and not a microcredit over it", async () => {
  const before = await balance();
  const id = await begin("crumbs.bin", "x".repeat(1_000_000), {
    map: "bob/crumbs@1.0.0",
    split: "bytes",
    target: { bytes: 100_000 },
    limits: { cost: FIVE_CENTS, fuelPerTask: 1_000_000, partial: "allow" },
  });
  const job = await over(id, 300_000);
  expect(job).toMatchObject({ state: "stopped", reason: { code: "CostCap" } });
  expect(job.spent_microcredits).toBeLessThanOrEqual(FIVE_CENTS);
  expect(job.spent_microcredits).toBeGreaterThan(FIVE_CENTS / 2);
  expect(before - (await balance())).toBe(job.spent_microcredits);
  expectNothingHeld(await account());
});

describe("a source that is changed while its job runs", () => {
  const change = (name: string, method: "PUT" | "DELETE"): Promise<Response> =>
    system.fetch(`/v1/data/.my/texts/${name}`, {
      method,
      headers: headers(),
      ...(method === "PUT" ? { body: linesOf("another", 3_000) } : {}),
    });

  test.each([
    ["replaced", "PUT", { bytes: 180 }],
    ["deleted", "DELETE", { bytes: 180 }],
    ["replaced under its sample", "PUT", { seconds: 0.001 }],
  ] as const)(
    "%s: the job has failed, has no result, and costs what was done until then",
    async (name, method, target) => {
      const before = await balance();
      const file = `${name.replaceAll(" ", "-")}.txt`;
      const text = linesOf(name, "bytes" in target ? 4_000 : 900);
      const id = await begin(file, text, { map: "ada/heavy@1.0.0", target, limits: { parallel: 1 } });
      await expect
        .poll(async () => (await shown(id)).spent_microcredits, { interval: 10, timeout: 20_000 })
        .toBeGreaterThan(0);
      expect((await change(file, method)).status).toBeLessThan(300);
      const job = await over(id, 60_000);
      expect(job).toMatchObject({ state: "failed", reason: { code: "SourceChanged" } });
      expect(job.reason?.message).toContain(file);
      expect((await system.ada.get(`/v1/jobs/${id}/result`)).status).toBe(409);
      expect(before - (await balance())).toBe(job.spent_microcredits);
      expectNothingHeld(await account());
      // As it is for good: trying again finds the same.
      await system.ada.post(`/v1/jobs/${id}/retry`, {});
      expect(await over(id, 60_000)).toMatchObject({ state: "failed", reason: { code: "SourceChanged" } });
    },
  );
});
