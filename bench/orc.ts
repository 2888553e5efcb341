// How fast is Orc beside what a TypeScript user would take instead? The same programs in Orc, Effect (fibers, race,
// timeout), RxJS (mergeMap, race, timeout) and plain promises, in one process, one after another in every round, answers
// checked equal. Rates are by CPU time (the machine may have other work), waits by the clock; medians of the rounds.
// At last: how long compiling takes, behind the compiled prelude and with it.
import { compile } from "../worker/orc/compile.ts";
import { PRELUDE } from "../worker/orc/prelude/index.ts";
import { readOptions } from "./fuel/options.ts";
import { effect } from "./orc/effect.ts";
import { orc } from "./orc/orc.ts";
import { promises } from "./orc/promises.ts";
import { rxjs } from "./orc/rxjs.ts";
import { type Name, NAMES, type Solve, type System, TASKS, unitsOf } from "./orc/tasks.ts";

const SYSTEMS: Readonly<Record<string, System>> = { orc, effect, rxjs, promises };
const SYSTEM_NAMES = Object.keys(SYSTEMS);

interface Took {
  readonly answer: number;
  /** Milliseconds: of the clock, and of this process on a CPU. */
  readonly wall: number;
  readonly cpu: number;
}

async function timed(solve: Solve, size: number): Promise<Took> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const answer = await solve(size);
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { answer, wall, cpu: (user + system) / 1_000 };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Every system once a round, each round beginning with another; the first round only warms up. */
async function measure(name: Name, size: number, rounds: number): Promise<ReadonlyMap<string, readonly Took[]>> {
  const took = new Map<string, Took[]>(SYSTEM_NAMES.map((system) => [system, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [i] of SYSTEM_NAMES.entries()) {
      const system = SYSTEM_NAMES[(i + round) % SYSTEM_NAMES.length] ?? "";
      const solve = SYSTEMS[system]?.[name];
      if (solve === undefined) continue;
      globalThis.gc?.();
      const one = await timed(solve, size);
      if (round > 0) took.get(system)?.push(one);
    }
  }
  return took;
}

function checkAnswers(name: Name, took: ReadonlyMap<string, readonly Took[]>): void {
  const answers = [...took].map(([system, all]) => [system, ...new Set(all.map(({ answer }) => answer))].join(" "));
  const different = new Set([...took.values()].flat().map(({ answer }) => answer));
  if (different.size !== 1) throw new Error(`${name}: the answers differ: ${answers.join("; ")}`);
}

const perSecond = (units: number, ms: number): number => (units / ms) * 1_000;
const rate = (value: number): string => Math.round(value / 1_000).toLocaleString("en");

function report(name: Name, size: number, took: ReadonlyMap<string, readonly Took[]>): void {
  const { title, target } = TASKS[name];
  const units = unitsOf(name, size);
  const byWall = target !== null && "ms" in target;
  const free = byWall ? target.free : 0;
  console.log(`\n${units.toLocaleString("en")} ${title}`);
  console.log(`  ${"".padEnd(12)}${"cpu ms".padStart(10)}${"wall ms".padStart(10)}${"thousand/s".padStart(14)}`);
  for (const [system, all] of took) {
    const cpu = median(all.map((each) => each.cpu));
    const wall = median(all.map((each) => each.wall));
    const cells = [cpu.toFixed(1).padStart(10), wall.toFixed(1).padStart(10), rate(perSecond(units, cpu)).padStart(14)];
    console.log(`  ${system.padEnd(12)}${cells.join("")}`);
  }
  const ours = took.get("orc") ?? [];
  if (target === null) return;
  const got = byWall
    ? median(ours.map((each) => each.wall)) - free
    : perSecond(units, median(ours.map((each) => each.cpu)));
  const wanted = byWall ? target.ms : target.perSecond;
  const reached = byWall ? got <= wanted : got >= wanted;
  const say = (value: number): string => (byWall ? `${value.toFixed(0)} ms` : `${rate(value)} thousand/s`);
  const bound = byWall ? `at most ${say(wanted)}${free > 0 ? ` beyond the wait` : ""}` : `at least ${say(wanted)}`;
  console.log(`  ${reached ? "reached" : "MISSED"}: ${say(got)}, ${bound}`);
}

/** A program as people write them: some 30 lines with clauses, patterns and combinators. */
const PROGRAM = `
def quote(name, low) = Rwait(low) >> {. name = name, price = low * 3 .}
def best([]) = stop
def best([one]) = one
def best(a:b:rest) = if a.price <= b.price then best(a:rest) else best(b:rest)
def ask(names) = collect(lambda() = each(names) >name> timeout(quote(name, length(names)), 100) >Some(q)> q)
def primes(n) = if n <: 2 then stop else primes(n - 1) | (all(lambda(d) = n % d /= 0, range(2, n)) >p> Ift(p) >> n)
val answers = Channel()
val lock = Semaphore(1)
type Tree = Node(_, _, _) | Empty()
def insert(x, Empty()) = Node(Empty(), x, Empty())
def insert(x, Node(l, v, r)) = if x <: v then Node(insert(x, l), v, r) else Node(l, v, insert(x, r))
def class Account(start) =
  val balance = Ref(start)
  def pay(n) = withLock(lock, lambda() = balance := balance? + n)
  def now() = balance?
  stop
val mine = Account(100) #
( primes(40) >p> answers.put(p) >> stop
| ask(["a", "b", "c"]) >qs> best(qs) >{. name = n .}> Println(n + " it is") >> stop
| mine.pay(10) >> Println(mine.now()) >> stop
; answers.getAll() >xs> foldl(lambda(t, x) = insert(x, t), Empty(), xs) )
`;

/** @param preludes how the prelude comes: the same list is compiled once */
function compileMs(rounds: number, preludes: () => typeof PRELUDE): number {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const prelude = preludes();
    const cpu = process.cpuUsage();
    const compiled = compile(PROGRAM, { prelude });
    const { user, system } = process.cpuUsage(cpu);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
    took.push((user + system) / 1_000);
  }
  return median(took.slice(Math.floor(rounds / 3)));
}

function reportCompile(): void {
  const whole = compileMs(30, () => [...PRELUDE]);
  const behind = compileMs(30, () => PRELUDE);
  console.log(`\ncompile a program of ${PROGRAM.trim().split("\n").length} lines (CPU ms, warm)`);
  console.log(`  with the prelude's text ${whole.toFixed(2)}; behind the compiled prelude ${behind.toFixed(2)}`);
  console.log(`  ${whole <= 20 ? "reached" : "MISSED"}: ${whole.toFixed(1)} ms, at most 20 ms`);
}

/** @param args `--tasks` names, `--rounds` (default 5), `--scale` of all sizes (default 1) */
export async function run(args: string[]): Promise<void> {
  const options = readOptions(args, ["tasks", "rounds", "scale"], []);
  const rounds = options.number("rounds", 5);
  const scale = options.number("scale", 1);
  console.log(`Orc beside Effect 4.1.0, RxJS 7.8.2 and plain promises; Node ${process.version}, medians of ${rounds}`);
  for (const name of options.list("tasks", NAMES)) {
    const size = name === "leaves" ? TASKS[name].size : Math.max(1, Math.round(TASKS[name].size * scale));
    const took = await measure(name, size, rounds);
    checkAnswers(name, took);
    report(name, size, took);
  }
  reportCompile();
}
