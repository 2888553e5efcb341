// The scheduler itself, over a runner that only says what would come of a task: it ends whatever happens, gives the same
// answer, and stays below its caps.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SHARD_MIGRATIONS, shardStatements } from "../../kv-schema/tables/shard.ts";
import { LIMITS } from "../../worker/limits.ts";
import type { JobAnswer } from "../../worker/jobs/answers.ts";
import type { TaskOutcome } from "../../worker/jobs/outcome.ts";
import { layOut, shardCount, shardTasks } from "../../worker/jobs/plan.ts";
import type { Flight, Task } from "../../worker/jobs/flights.ts";
import { Work } from "../../worker/jobs/work.ts";
import { CLEAN, type Outcome, type Simulated, memoryDatabase, simulate } from "./simulate.ts";
import { TORTURE } from "../support/torture.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const text = (value: string): JobAnswer => ({ kind: "text", bytes: encoder.encode(value) });
/** Associative, and not commutative: order shows. */
const join = (items: readonly JobAnswer[]): JobAnswer => text(items.map(({ bytes }) => decoder.decode(bytes)).join(""));

const spans = ({ from, below }: Task): TaskOutcome => ({
  kind: "answered",
  answer: text(`[${from},${below})`),
  fuel: 1_000 + (below - from),
});
const one = (size: number): Simulated["parts"] => [{ size, borders: null }];
const rootOf = ({ root }: Outcome): string => decoder.decode(root?.bytes);

/** What all spans of a size come to, in order. */
const whole = (size: number, chunk: number): string =>
  Array.from(
    { length: Math.ceil(size / chunk) },
    (_, index) => `[${index * chunk},${Math.min(size, (index + 1) * chunk)})`,
  ).join("");

const HARSH = { lost: 0.05, doubled: 0.05, slow: 0.05, kills: [7, 21, 33, 54, 90] };

/** All of them when there is time (`npm run torture`); else the small ones, those about the tree's edges, and some others. */
const LEAVES = Array.from({ length: 2_000 }, (_, index) => index + 1).filter(
  (leaves) => TORTURE || leaves <= 140 || Math.abs((leaves % LIMITS.jobArity ** 2) - 1) <= 1 || leaves % 149 === 0,
);

describe("every number of leaves", () => {
  test("from 1 to 2,000 ends with every answer in its place", { timeout: 300_000 }, () => {
    for (const leaves of LEAVES) {
      const parts = one(leaves * 10 - (leaves % 10));
      const faults = leaves % 7 === 0 ? HARSH : CLEAN;
      const ran = simulate({ parts, chunk: 10, run: spans, reduce: join, faults, seed: leaves });
      expect(ran, `${leaves} leaves`).toMatchObject({ tasks: leaves, done: leaves, failed: 0, ended: true });
      expect(rootOf(ran), `${leaves} leaves`).toBe(whole(parts[0]?.size ?? 0, 10));
    }
  });

  test("their chunks are spread over no more shards than there may be, all of them, each once", () => {
    for (const tasks of [1, 31, 128, 129, 4_096, 100_000, LIMITS.jobTasks]) {
      const shards = Array.from({ length: shardCount(tasks) }, (_, shard) => shardTasks(tasks, shard));
      expect(shards.length).toBeLessThanOrEqual(LIMITS.jobShards);
      expect(shards.reduce((next, { first, below }) => (first === next && below > first ? below : -1), 0)).toBe(tasks);
      for (const { first } of shards) expect(first % LIMITS.jobArity).toBe(0);
    }
  });
});

describe("what is lost, doubled, slow, reordered and killed", () => {
  const wanted: Simulated = {
    parts: one(1_000_000),
    chunk: 1_000,
    run: (task) => ({ ...spans(task), fuel: 5_000_000 }),
    reduce: join,
  };

  test("changes no byte of the answer; time, fuel and dispatches stay near those of a clean run", () => {
    const clean = simulate(wanted);
    for (const seed of [1, 2, 3, 4, 5]) {
      const ran = simulate({ ...wanted, faults: { ...HARSH, kills: [97, 256, 480, 701, 930] }, seed });
      expect(rootOf(ran)).toBe(rootOf(clean));
      expect(ran.done).toBe(1_000);
      expect(ran.dispatches).toBeLessThanOrEqual(2 * ran.tasks + LIMITS.jobDepth);
    }
  });

  test("what came twice is paid once", () => {
    const clean = simulate(wanted);
    const doubled = simulate({ ...wanted, faults: { ...CLEAN, doubled: 1 } });
    const fees = (ran: Outcome): number => ran.spent - 1_000 * 5_000;
    expect(fees(clean) % 20_000).toBe(0);
    expect(fees(doubled) % 20_000).toBe(0);
    expect(doubled.done).toBe(1_000);
  });

  test("what was lost for good is missing in the answer, and nothing else is", () => {
    const faults = { ...CLEAN, lost: 0.6 };
    const ran = simulate({ ...wanted, parts: one(80_000), faults, partial: true, seed: 3, terms: { retries: 1 } });
    expect(ran).toMatchObject({ ended: true });
    expect(ran.failed).toBeGreaterThan(0);
    expect(ran.done).toBeGreaterThan(0);
    expect(ran.root).not.toBeNull();
    const dispatched = simulate({ ...wanted, faults: { ...CLEAN, lost: 0.7 }, partial: true, terms: { retries: 20 } });
    expect(dispatched.failed).toBeGreaterThan(0);
    expect(dispatched.root).not.toBeNull();
  });

  test("a batch that never comes is given up as often as it may be, then named", () => {
    const ran = simulate({ ...wanted, parts: one(3_000), faults: { ...CLEAN, lost: 1 }, partial: true });
    expect(ran).toMatchObject({ done: 0, failed: 3, ended: true });
    expect(ran.dispatches).toBeLessThanOrEqual(2 * 3 + LIMITS.jobDepth);
  });
});

describe("a batch", () => {
  /** Tasks of the first batch of a shard of many tasks of 64 bytes, which cost next to nothing. */
  const first = (besideBytes: number, unitBytes: 0 | 1 = 1): number => {
    const sql = shardStatements(memoryDatabase(SHARD_MIGRATIONS));
    const parts = one(64 * 2_000);
    sql.create("{}", 0, 2_000);
    const terms = { parts, layout: layOut(parts, 64), retries: 0, fuelPerTask: 1e9, royalty: 0, perUnit: 1 };
    const work = new Work(sql, { ...terms, unitBytes, besideBytes, mostTasks: 1e6, slack: 0 });
    return work.take(0, { money: 1e12, parallel: 1 })?.tasks.length ?? 0;
  };

  test("reads no more than passes in one message, what its tasks overlap by counted", () => {
    expect(first(0)).toBe(LIMITS.jobBatchTasks);
    expect(first(LIMITS.jobOverlap)).toBe(Math.floor(LIMITS.jobBatchBytes / (64 + LIMITS.jobOverlap)));
    const all = LIMITS.jobBatchBytes / LIMITS.jobBatchTasks - 64;
    expect(first(Math.floor(all))).toBe(LIMITS.jobBatchTasks);
    expect(first(Math.ceil(all))).toBe(LIMITS.jobBatchTasks - 1);
    expect(first(0, 0)).toBe(LIMITS.jobBatchTasks);
  });
});

describe("cutting", () => {
  /** Records of 10 units; `heavy` ones burn more than a task may. */
  const burns =
    (heavy: (record: number) => boolean, limit: number) =>
    (task: Task): TaskOutcome => {
      const records = Array.from(
        { length: Math.ceil((task.below - task.from) / 10) },
        (_, index) => task.from / 10 + index,
      );
      const fuel = records.reduce((sum, record) => sum + (heavy(record) ? limit : 1_000), 0);
      if (fuel < limit) return { ...spans(task), fuel };
      const error = { type: "FuelExhausted", message: "" };
      if (records.length === 1) return { kind: "failed", error, fuel: limit, paid: true };
      const cuts = Array.from(
        { length: 15 },
        (_, index) => task.from + Math.floor((records.length * (index + 1)) / 16) * 10,
      );
      return {
        kind: "cut",
        done: null,
        cuts: [...new Set(cuts)].filter((cut) => cut > task.from),
        error,
        fuel: limit,
        paid: true,
      };
    };

  test("parts are strictly smaller, few levels deep, and only what is too heavy by itself fails", () => {
    const most = TORTURE ? 3_000 : 300;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: most }),
        fc.integer({ min: 1, max: most }),
        fc.integer({ min: 1, max: 97 }),
        (records, chunk, every) => {
          const heavy = (record: number): boolean => record % every === 0;
          const ran = simulate({
            parts: one(records * 10),
            chunk: chunk * 10,
            run: burns(heavy, 10_000_000),
            partial: true,
          });
          expect(ran.ended).toBe(true);
          expect(ran.failed).toBe(Math.ceil(records / every));
          expect(ran.depth).toBeLessThanOrEqual(Math.log2(ran.tasks) + 2);
          expect(ran.dispatches).toBeLessThanOrEqual(2 * ran.tasks + LIMITS.jobDepth);
        },
      ),
      { numRuns: 60, examples: [[TORTURE ? 3_000 : 1_000, 700, 10]] },
    );
  });

  test("what is finished of a task is kept, and only the rest runs again", () => {
    const ran = simulate({
      parts: one(1_000),
      chunk: 1_000,
      reduce: join,
      run: (task) => {
        const length = task.below - task.from;
        if (length <= 400) return spans(task);
        const to = task.from + 400;
        return {
          kind: "cut",
          done: { to, answer: text(`[${task.from},${to})`) },
          cuts: [],
          error: { type: "FuelExhausted", message: "" },
          fuel: 1_000,
          paid: true,
        };
      },
    });
    expect(rootOf(ran)).toBe("[0,400)[400,800)[800,1000)");
    expect(ran).toMatchObject({ tasks: 3, done: 3, failed: 0, depth: 2, dispatches: 3 });
  });

  test("a task that is finished to its end although it ran dry is done", () => {
    const error = { type: "FuelExhausted", message: "" };
    const run = (task: Task): TaskOutcome => ({
      kind: "cut",
      done: { to: task.below, answer: text("x") },
      cuts: [],
      error,
      fuel: 1,
      paid: true,
    });
    expect(simulate({ parts: one(30), chunk: 10, run, reduce: join })).toMatchObject({ tasks: 3, done: 3, failed: 0 });
  });

  test("what cuts for ever ends at its depth, its tasks, its dispatches and its money", () => {
    const run = (task: Task): TaskOutcome => {
      const length = task.below - task.from;
      const cuts = Array.from({ length: 15 }, (_, index) => task.from + (length * (index + 1)) / 16);
      return {
        kind: "cut",
        done: null,
        cuts,
        error: { type: "FuelExhausted", message: "" },
        fuel: 1_000_000,
        paid: true,
      };
    };
    const wanted: Simulated = { parts: one(2 ** 40), chunk: 2 ** 40, run };
    const tasks = simulate({ ...wanted, terms: { mostTasks: 500 } });
    expect(tasks.tasks).toBeLessThanOrEqual(500);
    expect(tasks).toMatchObject({ done: 0, ended: true, failed: tasks.tasks });
    const money = simulate({ ...wanted, money: 5_000_000 });
    expect(money.spent).toBeLessThanOrEqual(5_000_000);
    expect(money.ended).toBe(false);
    const deep = simulate({
      ...wanted,
      parts: one(2 ** 50),
      chunk: 2 ** 50,
      run: (task) => {
        const half = (task.from + task.below) / 2;
        return task.from > 0
          ? { ...spans(task), fuel: 1 }
          : { kind: "cut", done: null, cuts: [half], error: { type: "Trap", message: "" }, fuel: 1, paid: true };
      },
    });
    expect(deep.depth).toBe(LIMITS.jobDepth);
    expect(deep).toMatchObject({ ended: true, failed: 1 });
  });
});

describe("copies of slow batches", () => {
  const ROOM = { money: 1e12, parallel: 8 };
  const NO_BYTES = { input: 0, output: 0 };
  const DONE: TaskOutcome = { kind: "answered", answer: null, fuel: 1e7 };

  /** A hundred tasks, all done but those of one batch, of which a copy is out. */
  function copied() {
    const sql = shardStatements(memoryDatabase(SHARD_MIGRATIONS));
    const parts = one(10_000);
    sql.create("{}", 0, 100);
    const limits = { retries: 20, fuelPerTask: 1e10, mostTasks: 1e6, slack: LIMITS.jobDepth };
    const costs = { royalty: 0, perUnit: 1e5, unitBytes: 1, besideBytes: 0 } as const;
    const work = new Work(sql, { parts, layout: layOut(parts, 100), ...limits, ...costs });
    const flights: Flight[] = [];
    for (let flight = work.take(1_000, ROOM); flight !== null; flight = work.take(1_000, ROOM)) flights.push(flight);
    const last = flights.pop();
    const land = (flight: Flight, now: number): void =>
      work.land(
        flight,
        flight.tasks.map(() => DONE),
        now,
        NO_BYTES,
      );
    for (const flight of flights) land(flight, 1_010);
    const copy = work.backup(60_000, ROOM);
    if (last === undefined || copy === null) throw new Error("there is no copy");
    return { work, last, copy, land };
  }

  test("a task that is cut meanwhile: its first piece is another task than the copy has", () => {
    const { work, last, copy, land } = copied();
    const [first] = last.tasks;
    const error = { type: "FuelExhausted", message: "" };
    const cut = { kind: "cut", done: null, cuts: [(first?.from ?? 0) + 50], error, fuel: 1e7, paid: true } as const;
    work.land(last, [cut], 60_001, NO_BYTES);
    const pieces = work.take(60_002, ROOM);
    if (pieces === null) throw new Error("there are no pieces");
    work.lose(pieces, 60_003, true);
    land(copy, 60_004);
    for (let now = 120_000; !work.over && now < 130_000; now++) {
      const flight = work.take(now, ROOM);
      if (flight !== null) land(flight, now);
    }
    expect(work).toMatchObject({ over: true, standing: { tasks: 101, done: 101 } });
  });

  test("a copy that was lost is replaced, once", () => {
    const { work, copy } = copied();
    expect(work.backup(60_100, ROOM)).toBe(null);
    work.lose(copy, 60_200, true);
    const again = work.backup(60_300, ROOM);
    expect(again).toMatchObject({ generation: 2, tasks: copy.tasks });
    work.lose(again as Flight, 60_400, true);
    expect(work.backup(600_000, ROOM)).toBe(null);
  });
});

describe("money", () => {
  test("never a microcredit more than there is, wherever it ends", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3_000_000 }),
        fc.integer({ min: 1, max: 900_000_000 }),
        fc.integer({ min: 0, max: 50_000 }),
        (money, fuel, royalty) => {
          const ran = simulate({
            parts: one(200),
            chunk: 1,
            money,
            run: (task) => ({ ...spans(task), fuel }),
            terms: { royalty },
            faults: HARSH,
          });
          expect(ran.spent).toBeLessThanOrEqual(money);
        },
      ),
      { numRuns: 40 },
    );
  });
});
