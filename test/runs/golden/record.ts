// Records golden journals: `node test/runs/golden/record.ts` writes a file for each program that has none for this release of
// the engine. What is there is never written again: journals of released engines have to be repeated by every later one.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Call,
  createRun,
  nextTimer,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "../../../worker/orc/engine/index.ts";
import { Run } from "../../../worker/orc/engine/run.ts";
import type { Program } from "../../../worker/orc/index.ts";
import { format } from "../../../worker/orc/index.ts";
import { portOf } from "../../../worker/orc/sites/core.ts";
import { writeAnswer } from "../../../worker/runs/answers.ts";
import { compileProgram } from "../../../worker/runs/compile.ts";
import { documentOf } from "../../../worker/runs/encode.ts";
import { ENGINE, type Event, take } from "../../../worker/runs/journal.ts";
import { randomFrom } from "../../support/random.ts";

export interface Golden {
  readonly engine: string;
  readonly seed: number;
  readonly source: string;
  readonly files: Readonly<Record<string, string>>;
  readonly events: readonly Event[];
  /** Documents, as they were said. */
  readonly said: readonly string[];
  readonly end: unknown;
  readonly steps: number;
  readonly turns: number;
}

export function compiledGolden({ source, files }: Pick<Golden, "source" | "files">): Program {
  const compiled = compileProgram(source, new Map(Object.entries(files)));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.program;
}

interface Pending {
  readonly at: number;
  readonly call: number;
  readonly answer: string;
}

/** A world of sites that answer their arguments after a while, sometimes with an error, sometimes never. */
function answerTo(call: Call, now: number, random: () => number): Pending | null {
  const { name, first } = portOf(call.site);
  const chance = random();
  const at = now + Math.floor(random() * 300);
  const [value = null] = call.args;
  if (chance < 0.05) return null;
  if (chance < 0.15)
    return {
      at,
      call: call.id,
      answer: writeAnswer({ type: "error", kind: "Trap", text: `${format(first[0] ?? name)}: trapped` }),
    };
  if (chance < 0.2) return { at, call: call.id, answer: writeAnswer({ type: "halt" }) };
  return { at, call: call.id, answer: writeAnswer({ type: "value", value }) };
}

/** Runs a program in a time of its own, with answers and slices of the generator's choice, and writes everything down. */
export function recorded(source: string, files: Golden["files"], seed: number): Golden {
  const program = compiledGolden({ source, files });
  const run = createRun(program, { seed });
  if (!(run instanceof Run)) throw new Error("the program cannot begin");
  const random = randomFrom(seed);
  const events: Event[] = [];
  const said: string[] = [];
  const pending: Pending[] = [];
  const note = (event: Event): void => {
    events.push(event);
    take(run, event);
  };
  let now = 0;
  while (run.end === null) {
    const more = step(run, 1 + Math.floor(random() * 3_000));
    said.push(...takeOutputs(run).map((output) => documentOf(program, output)));
    takeCancelled(run);
    for (const call of takeStarted(run)) pending.push(...[answerTo(call, now, random)].filter((each) => each !== null));
    if (run.end !== null) break;
    pending.sort((a, b) => a.at - b.at || a.call - b.call);
    const next = Math.min(nextTimer(run) ?? Infinity, pending[0]?.at ?? Infinity);
    if (!more && (next === Infinity || now > 40 * 86_400_000))
      note({ turns: run.turns, at: now, what: { type: "stop", stop: { state: "cancelled" } } });
    else if (!more || random() < 0.3) {
      now = more ? now + Math.floor(random() * 5) : Math.max(now, next);
      const due = pending[0];
      if (due !== undefined && due.at <= now) pending.shift();
      if (due !== undefined && due.at <= now && run.calls.has(due.call))
        note({ turns: run.turns, at: now, what: { type: "answer", call: due.call, answer: due.answer } });
      else note({ turns: run.turns, at: now, what: { type: "time" } });
    }
    if (events.length > 300) note({ turns: run.turns, at: now, what: { type: "stop", stop: { state: "timeout" } } });
  }
  said.push(...takeOutputs(run).map((output) => documentOf(program, output)));
  return { engine: ENGINE, seed, source, files, events, said, end: run.end, steps: run.steps, turns: run.turns };
}

/** Programs beside the stories of examples/orc. */
const PROGRAMS: Readonly<Record<string, string>> = {
  calls: `
def ask(n) = algo("ada/text@1")(n) ; "none"
def race(n) = Let(ask(n) | Rwait(100) >> ("late", n))
map(race, range(0, 30)) >all> each(all) | signal("go") >s> ("signal", s)`,
  state: `
val c = BoundedChannel(3)
val total = Ref(0)
val lock = Semaphore(1)
def add(n) = lock.acquire() >> algo("ada/same")(n) >m> total := total? + m >> lock.release() >> stop ; lock.release() >> stop #
(upto(20) >n> c.put(n) >> stop | repeat(c.get) >n> add(n) | Rwait(5000) >> total? | metronome(70) >> Random(6))`,
  kinds: `
type T = A(_, _) | B()
def f(A(x, y)) = [x, y, {. p = x .}]
def f(B()) = (0.1 + 0.2, 2 ** 70, -7 / 2, "tëxt\\n" + signal)
def class counted(n) = val r = Ref(n)  def inc() = r := r? + 1 >> r?  stop
each([A(1, 2.50), B(), A("x", null)]) >t> f(t)
| counted(3) >c> (c.inc(), c.inc())
| Vclock(IntegerTimeOrder) >> (Vawait(3) >> "v3" | Vawait(1) >> "v1")
| (3 | 4) >x> (Ift(x = 3) >> "three" ; "not three") | http.get("https://example.com") >r> r | data.list("data://.my/x")`,
  deep: `
def fib(n) = if n <: 2 then n else fib(n - 1) + fib(n - 2)
def sum(0) = 0
def sum(n) = n + sum(n - 1)
fib(15) | sum(3000) | (upto(200) >n> Rwait(n % 13) >> n)`,
};

/** Every program that has a golden journal, by the file's name without its release. */
export function sources(): Readonly<Record<string, Pick<Golden, "source" | "files">>> {
  const folder = join(import.meta.dirname, "../../../examples/orc");
  const files = { "sites.inc": readFileSync(join(folder, "sites.inc"), "utf8") };
  const stories = readdirSync(folder).filter((name) => name.endsWith(".orc"));
  return Object.fromEntries([
    ...stories.map((name) => [name.slice(0, -4), { source: readFileSync(join(folder, name), "utf8"), files }]),
    ...Object.entries(PROGRAMS).map(([name, source]) => [name, { source, files: {} }]),
  ]);
}

if (import.meta.main) {
  mkdirSync(import.meta.dirname, { recursive: true });
  for (const [name, { source, files }] of Object.entries(sources())) {
    const path = join(import.meta.dirname, `${name}-${ENGINE}.json`);
    if (existsSync(path)) continue;
    writeFileSync(path, `${JSON.stringify(recorded(source, files, 20_261_122), null, 1)}\n`);
  }
}
