// A run that is written down and restored after every few steps says what a run says that is not.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  advance,
  createRun,
  deliver,
  nextTimer,
  type Output,
  restore,
  type Run,
  snapshot,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "../../worker/orc/engine/index.ts";
import { format, type Program } from "../../worker/orc/index.ts";
import { caseFiles, compiled } from "./harness.ts";

const FUEL = 30_000_000;
/** Short turns: a run is written down between two turns. */
const TURN = 7;

/** Through JSON text and back: what a store would do. */
function reloaded(run: Run, program: Program): Run {
  return restore(program, JSON.parse(JSON.stringify(snapshot(run)))) as Run;
}

const lineOf = (output: Output): string =>
  output.type === "publication"
    ? format(output.value)
    : output.type === "text"
      ? output.text
      : output.kind + output.text;

/** @param every steps between two reloads; undefined: none */
function linesOf(program: Program, every?: number): string[] {
  let run = createRun(program, { fuel: FUEL }) as Run;
  const lines: string[] = [];
  while (run.end === null) {
    const more = step(run, every ?? 10_000, TURN);
    lines.push(...takeOutputs(run).map(lineOf));
    for (const call of takeStarted(run)) deliver(run, call.id, { type: "halt" });
    const due = nextTimer(run);
    if (!more && run.end === null && due !== undefined) advance(run, due);
    if (every !== undefined && run.end === null) run = reloaded(run, program);
  }
  return [...lines, JSON.stringify(run.end.state), String(run.steps)];
}

describe("every case, reloaded after every few steps", () => {
  for (const { name, cases } of caseFiles(join(import.meta.dirname, "cases"))) {
    test(name, () => {
      for (const each of cases.filter(({ end }) => end === "halted" || end === "blocked")) {
        const program = compiled(each.program);
        const whole = linesOf(program);
        if (Number(whole.at(-1)) > 20_000) continue;
        const every = Number(whole.at(-1)) > 500 ? 997 : 7;
        const pieces = linesOf(program, every);
        expect({ title: each.title, lines: pieces }).toEqual({ title: each.title, lines: whole });
      }
    });
  }
});

test("the same steps give the same run", () => {
  const program = compiled("val c = Channel()  upto(20) >n> c.put(Random(100)) >> stop ; c.getAll()");
  expect(linesOf(program)).toEqual(linesOf(program));
});

test("a snapshot of a metronome does not grow with its ticks", () => {
  const program = compiled("metronome(10) >> stop");
  const run = createRun(program) as Run;
  const sizeAfter = (ticks: number): number => {
    for (let tick = 0; tick < ticks; tick++) {
      while (step(run, 1_000));
      advance(run, nextTimer(run) ?? 0);
    }
    return JSON.stringify(snapshot(run)).length;
  };
  const few = sizeAfter(10);
  expect(sizeAfter(10_000)).toBeLessThan(few + 100);
});

const ASKING = `import site Ask = "ask"
def rounds(0) = stop
def rounds(n) = Let(Ask(n) | Rwait(n % 7) >> "late") >x> (x | rounds(n - 1))
val c = Channel() #
(rounds(30) | Ask("once") >x> c.put(x) >> c.get() | upto(3) >n> Ask(n) + Random(10)) ; "end"`;

/** What came from outside, and after how many steps. */
type Entry = { readonly steps: number; readonly id?: number; readonly time?: number };

/** Lets answers and time come at moments of its own choosing, and writes them down. */
function recorded(program: Program): { readonly lines: string[]; readonly journal: Entry[] } {
  const run = createRun(program, { seed: 5, fuel: FUEL }) as Run;
  const lines: string[] = [];
  const journal: Entry[] = [];
  const open: number[] = [];
  for (let round = 0; run.end === null; round++) {
    step(run, 50 * (round % 5), TURN);
    lines.push(...takeOutputs(run).map(lineOf));
    open.push(...takeStarted(run).map(({ id }) => id));
    const id = round % 3 === 0 ? open.splice(round % Math.max(1, open.length), 1)[0] : undefined;
    if (id !== undefined && deliver(run, id, { type: "value", value: id })) journal.push({ steps: run.steps, id });
    if (round % 2 === 0) {
      advance(run, run.now + 1);
      journal.push({ steps: run.steps, time: run.now });
    }
  }
  return { lines, journal };
}

/** Goes through the journal, one turn at a time, with a reload before every entry. */
function replayed(program: Program, journal: readonly Entry[]): string[] {
  let run = createRun(program, { seed: 5, fuel: FUEL }) as Run;
  const lines: string[] = [];
  for (const { steps, id, time } of journal) {
    while (run.steps < steps) step(run, 1, TURN);
    lines.push(...takeOutputs(run).map(lineOf));
    run = reloaded(run, program);
    if (id !== undefined) expect(deliver(run, id, { type: "value", value: id })).toBe(true);
    if (time !== undefined) advance(run, time);
  }
  while (run.end === null) step(run, 1_000, TURN);
  return [...lines, ...takeOutputs(run).map(lineOf)];
}

test("a journal of answers and times, each after so many steps, gives the same run", () => {
  const program = compiled(ASKING, ["ask"]);
  const { lines, journal } = recorded(program);
  expect(lines.length).toBeGreaterThan(30);
  expect(replayed(program, journal)).toEqual(lines);
});

test("calls in flight survive under their ids, and can be given up after", () => {
  const program = compiled('import site Ask = "ask"\nLet(Ask(1) | Ask(2)) >x> [x]', ["ask"]);
  const run = createRun(program) as Run;
  step(run, 1_000);
  expect(takeStarted(run).map(({ id }) => id)).toEqual([1, 2]);
  const again = reloaded(run, program);
  expect(takeStarted(again)).toEqual([]);
  deliver(again, 1, { type: "value", value: "one" });
  step(again, 1_000);
  expect([takeOutputs(again).map(lineOf), takeCancelled(again), again.end]).toEqual([
    ['["one"]'],
    [2],
    { state: "halted" },
  ]);
});
