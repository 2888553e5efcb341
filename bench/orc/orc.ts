// The tasks in Orc, compiled once, run by the language's own driver on real time.
import { compile, run, type Program } from "../../worker/orc/index.ts";
import { LONG_MS, type Name, NAMES, type System, WAIT_MS } from "./tasks.ts";

const SOURCES: Readonly<Record<Name, (size: number) => string>> = {
  loop: (n) => `def loop(n) = if n = 0 then 1 else loop(n - 1)  loop(${n})`,
  publish: (n) => `upto(${n}) >x> stop ; 1`,
  output: (n) => `upto(${n}) >x> x`,
  kill: (n) => `def kills(n) = if n = 0 then 1 else (x >> kills(n - 1) <x< (Rwait(${LONG_MS}) >> 0 | n))  kills(${n})`,
  channel: (n) => `
    val c = Channel()
    def put(n) = if n = 0 then stop else c.put(n) >> put(n - 1)
    def take(n, sum) = if n = 0 then sum else c.get() >x> take(n - 1, sum + x)
    put(${n}) | take(${n}, 0)`,
  leaves: (n) => `def leaves(n) = if n = 0 then 1 else (leaves(n - 1) | leaves(n - 1))  leaves(${n})`,
  wait: (n) => `upto(${n}) >x> Rwait(${WAIT_MS}) >> x`,
  timeout: (n) => `
    def ask(n, sum) = if n = 0 then sum else timeout(n, ${LONG_MS}) >Some(v)> ask(n - 1, sum + v)
    ask(${n}, 0)`,
};

const programs = new Map<string, Program>();

function programOf(source: string): Program {
  const known = programs.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  if (!compiled.ok) throw new Error(`${source}: ${JSON.stringify(compiled.diagnostics)}`);
  programs.set(source, compiled.program);
  return compiled.program;
}

/** The sum of all publications. */
async function sumOf(program: Program): Promise<number> {
  let sum = 0;
  for await (const output of run(program)) {
    if (output.type === "publication") sum += Number(output.value);
    else if (output.type !== "end" || output.end.state !== "halted") throw new Error(JSON.stringify(output));
  }
  return sum;
}

export const orc: System = Object.fromEntries(
  NAMES.map((name) => [name, (size: number) => sumOf(programOf(SOURCES[name](size)))]),
) as Record<Name, (size: number) => Promise<number>>;
