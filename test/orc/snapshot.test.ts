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
