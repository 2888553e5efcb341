// Golden journals: runs recorded under released engines are repeated by this one, bit for bit: what was said, in order, how
// they ended, after how many steps and turns; also when the run is written down and restored between any two events.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  createRun,
  restore,
  snapshot,
  type Snapshot,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "../../worker/orc/engine/index.ts";
import { Run } from "../../worker/orc/engine/run.ts";
import { documentOf } from "../../worker/runs/encode.ts";
import { ENGINE, ENGINES, repeat } from "../../worker/runs/journal.ts";
import { compiledGolden, type Golden, recorded, sources } from "./golden/record.ts";

const folder = join(import.meta.dirname, "golden");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const goldenOf = (name: string): Golden => JSON.parse(readFileSync(join(folder, name), "utf8")) as Golden;

/** @param every events between two trips of the run through JSON; undefined: none */
function repeated(golden: Golden, every?: number): Pick<Golden, "said" | "end" | "steps" | "turns"> {
  const program = compiledGolden(golden);
  let run = createRun(program, { seed: golden.seed });
  if (!(run instanceof Run)) throw new Error("the program cannot begin");
  const said: string[] = [];
  const listen = (): void => {
    said.push(...takeOutputs(run as Run).map((output) => documentOf(program, output)));
    takeStarted(run as Run);
    takeCancelled(run as Run);
  };
  for (const [place, event] of golden.events.entries()) {
    expect(repeat(run, event, listen), `event ${place} of ${golden.events.length}`).toBe(true);
    listen();
    if (every === undefined || place % every > 0 || run.end !== null) continue;
    run = restore(program, JSON.parse(JSON.stringify(snapshot(run))) as Snapshot);
    if (!(run instanceof Run)) throw new Error("the run cannot be restored");
  }
  while (run.end === null && step(run, 10_000)) listen();
  listen();
  const { end, steps, turns } = run;
  return { said, end, steps, turns };
}

test("every release of the engine has its journals, and every program is among those of the last", () => {
  for (const engine of ENGINES) expect(files.some((name) => name.endsWith(`-${engine}.json`))).toBe(true);
  const own = files.filter((name) => name.endsWith(`-${ENGINE}.json`)).map((name) => name.slice(0, -ENGINE.length - 6));
  expect(own.sort((a, b) => (a < b ? -1 : 1))).toEqual(Object.keys(sources()).sort((a, b) => (a < b ? -1 : 1)));
});

test.each(files)("%s", (name) => {
  const golden = goldenOf(name);
  const { said, end, steps, turns } = golden;
  expect(repeated(golden)).toEqual({ said, end, steps, turns });
  const every = golden.events.length > 200 ? 97 : 1;
  expect(repeated(golden, every)).toEqual({ said, end, steps, turns });
});

test.each([1])("other worlds than the golden ones, too (%d)", (seed) => {
  for (const { source, files: texts } of Object.values(sources())) {
    const made = recorded(source, texts, seed);
    const { said, end, steps, turns } = made;
    expect(repeated(made, 13)).toEqual({ said, end, steps, turns });
  }
});

test("a journal that is not the run's is noticed", () => {
  const golden = goldenOf(`fork-join-${ENGINE}.json`);
  const program = compiledGolden({ source: "stop", files: {} });
  const run = createRun(program, { seed: golden.seed }) as Run;
  const [event] = golden.events;
  if (event === undefined) throw new Error("no event");
  expect(repeat(run, { ...event, turns: 9 }, () => undefined)).toBe(false);
});
