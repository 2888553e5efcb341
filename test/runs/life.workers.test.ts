// One life of a durable run after another, on the tables of a real object, in a time of the test's own: snapshots keep the
// journal short, a run is repeated from any of its places, what was bounded ends, what was lost is asked again.
import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { database, migrate } from "../../kv-schema/database.ts";
import { RUN_MIGRATIONS, type RunRow, runStatements } from "../../kv-schema/tables/run.ts";
import { LIMITS } from "../../worker/limits.ts";
import { createRun, snapshot, step } from "../../worker/orc/engine/index.ts";
import { Run } from "../../worker/orc/engine/run.ts";
import type { Program } from "../../worker/orc/index.ts";
import { failure } from "../../worker/market/failure.ts";
import { err } from "../../worker/market/result.ts";
import { Ceiling } from "../../worker/runs/ceiling.ts";
import { Debts } from "../../worker/runs/debts.ts";
import { Pieces } from "../../worker/runs/pieces.ts";
import { compileProgram } from "../../worker/runs/compile.ts";
import { ENGINE } from "../../worker/runs/journal.ts";
import { Diverged, Life, type Rest, type Services } from "../../worker/runs/life.ts";
import { Store } from "../../worker/runs/store.ts";
import { env } from "../support/inside.ts";

interface Desk {
  readonly program: Program;
  readonly store: Store;
  readonly services: Services;
  /** Answers calls: by their numbers, as text. */
  readonly answers: Map<number, string>;
  readonly asked: number[];
  /** Milliseconds since 1970. */
  now: number;
  /** What every look at the clock adds. */
  tick: number;
  row(): RunRow;
  /** Goes on until the run ends or sleeps. */
  live(until?: number): Promise<Rest>;
  begin(): Life;
  /** Texts of what was said. */
  said(): string[];
}

const POOR = failure("insufficient-credits", "There are none.");
const BEGAN = 1_764_000_000_000;

function desk(storage: DurableObjectStorage, source: string): Desk {
  migrate(storage, RUN_MIGRATIONS);
  const compiled = compileProgram(source);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  const sql = runStatements(database(storage.sql));
  const store = new Store(
    sql,
    () => Promise.resolve(),
    (work) => storage.transactionSync(work),
  );
  const common = { id: "run-1", account: "ada", key: "", name: "", made: BEGAN, seed: 7, engine: ENGINE };
  sql.make({ ...common, program: "", ceiling: 10 ** 9, deadline: BEGAN + 10 ** 12, state: "running" });
  const answers = new Map<number, string>();
  const asked: number[] = [];
  const row = (): RunRow => {
    const found = sql.run();
    if (found === undefined) throw new Error("no run");
    return found;
  };
  const services: Services = {
    recover: () => Promise.resolve(new Set()),
    ask: ({ id }) => {
      asked.push(id);
      return Promise.resolve(answers.get(id) ?? null);
    },
    pay: () => Promise.resolve(null),
    finish: () => Promise.resolve(),
    rest: () => undefined,
  };
  const made: Desk = {
    program: compiled.program,
    store,
    services,
    answers,
    asked,
    now: BEGAN,
    tick: 0,
    row,
    begin: () => {
      const life = Life.begin(row(), {
        store,
        program: compiled.program,
        services,
        now: () => (made.now += made.tick),
        holds: () => true,
        until: Number.MAX_SAFE_INTEGER,
        changed: () => undefined,
      });
      if (!(life instanceof Life)) throw new Error("it did not begin");
      return life;
    },
    live: () => made.begin().live(),
    said: () =>
      store.outputs(0, 100_000, 10 ** 9).map(({ document }) => (JSON.parse(document) as { text: string }).text),
  };
  return made;
}

const inside = (name: string, source: string, work: (desk: Desk) => Promise<void>): Promise<void> =>
  runInDurableObject(env.STATE.get(env.STATE.idFromName(`life-${name}`)), (_, { storage }) =>
    work(desk(storage, source)),
  );

describe("what a run repeats", () => {
  const TICKS = 3_700;

  test(
    "a metronome of many ticks goes on from a short journal",
    () =>
      inside("metronome", `def tick(0) = "done"  def tick(n) = Rwait(1) >> tick(n - 1)  tick(${TICKS})`, async (at) => {
        at.tick = 1;
        const end = BEGAN + TICKS;
        expect((await at.live()).state).toBe("over");
        expect(at.said()).toEqual(['"done"']);
        expect(at.now).toBeGreaterThanOrEqual(end);
        const kept = [...at.store.events(at.store.sql.snapshot()?.events ?? 0)].length;
        expect(kept).toBeLessThanOrEqual(LIMITS.runSnapshotEvents);
        expect((at.store.text("snapshot") ?? "").length).toBeLessThan(20_000);
        at.tick = 0;
        const began = Date.now();
        at.begin();
        console.log(`a metronome of ${TICKS} ticks goes on after ${Date.now() - began} ms, of ${kept} events`);
      }),
    600_000,
  );

  test("a sleeping run asks for nothing until its time, and is repeated then", () =>
    inside("sleep", "Rwait(86400000) >> Random(1000) >x> (x >= 0) | 1", async (at) => {
      expect(await at.live()).toEqual({ state: "sleeps", until: BEGAN + 86_400_000 });
      expect(await at.live()).toEqual({ state: "sleeps", until: BEGAN + 86_400_000 });
      expect(at.said()).toEqual(["1"]);
      at.now = BEGAN + 86_400_000;
      expect((await at.live()).state).toBe("over");
      expect([at.said(), at.row().state]).toEqual([["1", "true"], "halted"]);
    }));

  test("calls in flight are asked again by the next life, those that were answered never", () =>
    inside(
      "flight",
      'algo("a/b")(1) >x> ("one", x) | algo("a/b")(2) >x> ("two", x) | signal("go") >s> ("go", s)',
      async (at) => {
        at.answers.set(2, "v22");
        await at.live();
        expect(at.asked).toEqual([1, 2]);
        expect(at.said()).toEqual(['("two", 22)']);
        at.answers.set(1, "v11");
        await at.live();
        expect(at.asked).toEqual([1, 2, 1]);
        at.store.sql.addSignal("go", null, "", '"now"', BEGAN);
        expect((await at.live()).state).toBe("over");
        expect(at.asked).toEqual([1, 2, 1]);
        expect(at.said()).toEqual(['("two", 22)', '("one", 11)', '("go", "now")']);
        expect(at.store.sql.calls(0, 10).map(({ state }) => state)).toEqual(["answered", "answered", "answered"]);
      },
    ));

  test("an answer that comes twice, or after its kill, is nobody's", () =>
    inside("late", 'x <x< (algo("a/b")(1) | Rwait(10) >> "timer")', async (at) => {
      const answered: ((text: string) => void)[] = [];
      const slow: Desk["services"] = { ...at.services, ask: () => new Promise((resolve) => answered.push(resolve)) };
      Object.assign(at.services, slow);
      const over = at.live();
      await expect.poll(() => answered.length).toBe(1);
      at.now += 10;
      await expect.poll(() => at.said()).toEqual(['"timer"']);
      for (const resolve of answered) resolve('v"late"');
      expect((await over).state).toBe("over");
      expect(at.said()).toEqual(['"timer"']);
      expect(at.store.sql.calls(0, 10)).toMatchObject([{ state: "killed" }]);
    }));

  test("a run that is another one than its journal says is noticed before it says anything", () =>
    inside("diverged", "Rwait(10000) >> Random(1000000)", async (at) => {
      await at.live();
      at.now += 10_000;
      await at.live();
      at.store.sql.append(99, 20, null, null);
      at.store.sql.stand("running", null, null, null);
      expect(() => at.begin()).toThrow(Diverged);
    }));
});

describe("what is bounded", () => {
  test(
    "a storm of publications ends at LIMITS.runOutputs, and a reader takes it page by page",
    () =>
      inside("storm", "upto(10000000)", async (at) => {
        at.store.sql.said(0, LIMITS.runOutputBytes - 2_000_000, 0);
        expect((await at.live()).state).toBe("over");
        expect(at.row()).toMatchObject({ state: "failed", code: "too-much-output" });
        expect(at.row().bytes).toBeLessThan(LIMITS.runOutputBytes + 4_000_000);
        expect(at.store.outputs(0, 500, 1_000).length).toBeLessThan(30);
        expect(at.store.outputs(at.row().outputs - 1, 500, 1_000)).toHaveLength(1);
        expect(LIMITS.runOutputs).toBeGreaterThan(at.row().outputs);
      }),
    60_000,
  );

  test("LIMITS.runCalls: one more is refused in the program", () =>
    inside(
      "calls",
      'Rwait(1) >> (algo("a/b")(1) ; "refused") >x> (algo("a/b")(2) ; "refused") >y> (x, y)',
      async (at) => {
        const run = createRun(at.program, { seed: 7 });
        if (!(run instanceof Run)) throw new Error("it cannot begin");
        step(run, 1_000);
        run.nextCall = LIMITS.runCalls;
        at.store.putSnapshot(JSON.stringify(snapshot(run)), 0, 0);
        at.answers.set(LIMITS.runCalls, "v1");
        at.now += 1;
        await at.live();
        expect(at.asked).toEqual([LIMITS.runCalls]);
        expect(at.said()).toEqual([expect.stringMatching(/^Error|CallCount|A run makes/), '(1, "refused")']);
      },
    ));

  test("fuel is settled in pieces of LIMITS.runPieceFuel, and ends at LIMITS.runFuel", async () => {
    expect(LIMITS.runPieceFuel).toBeLessThan(LIMITS.runFuel);
    await inside("fuel", "stop", async (at) => {
      const nobody = { env, account: "ada", ceiling: new Ceiling(10 ** 9), open: () => Promise.resolve(err(POOR)) };
      const debts = new Debts(nobody, at.store);
      const pieces = new Pieces(nobody, at.store, debts, { id: "run-1", key: "k", program: "stop", made: BEGAN });
      expect(await pieces.pay(LIMITS.runFuel)).toMatchObject({ state: "failed", code: "out-of-fuel" });
      expect(await pieces.pay(LIMITS.runFuel - 1)).toMatchObject({ state: "failed", code: "insufficient-credits" });
      expect(at.store.debts()).toEqual([]);
    });
  });

  test("a publication longer than a row is kept in parts", () =>
    inside("long", 'def d(s, n) = if n = 0 then s else d(s + s, n - 1)  d("0123456789abcdef", 17)', async (at) => {
      await at.live();
      const [text = ""] = at.said();
      expect(text.length).toBe(2 + 16 * 2 ** 17);
    }));
});
