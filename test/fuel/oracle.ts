// The plain per-block count, written against the text format and apart from worker/fuel's decoder and placement: at the
// beginning of each stretch, one addition to a global. Shares with worker/fuel nothing but the weights.
import { entryWeight, WEIGHT_OF, WEIGHTS_PER_FUEL } from "../../worker/fuel/cost.ts";
import { OPCODES } from "../../worker/fuel/opcodes.ts";
import { assemble, disassemble } from "./wat.ts";

export const ORACLE_EXPORT = "oracle";

const WEIGHTS = new Map(OPCODES.map(({ name, code }) => [name, WEIGHT_OF[code] ?? 0]));

interface Signature {
  readonly parameters: number;
  readonly results: number;
}

interface Context {
  readonly types: Signature[];
  readonly functions: Signature[];
  maximumPages: number;
  readonly maximumEntries: number[];
}

const words = (text: string): number => (text.trim() === "" ? 0 : text.trim().split(/\s+/).length);

function signature(text: string, types: Signature[]): Signature {
  const named = /\(type (\d+)\)/.exec(text);
  if (named !== null) return types[Number(named[1])]!;
  const count = (word: string) =>
    [...text.matchAll(new RegExp(`\\(${word}([^)]*)\\)`, "g"))].reduce((sum, [, list]) => sum + words(list ?? ""), 0);
  return { parameters: count("param"), results: count("result") };
}

function readContext(lines: string[]): Context {
  const context: Context = { types: [], functions: [], maximumPages: 65_536, maximumEntries: [] };
  for (const line of lines) {
    if (line.startsWith("(type ")) context.types.push(signature(line, []));
    else if (line.startsWith("(func") || (line.startsWith("(import") && line.includes("(func"))) {
      context.functions.push(signature(line, context.types));
    } else if (/^\(memory|^\(import.*\(memory/.test(line)) {
      context.maximumPages = Number(/\(memory\s+\d+ (\d+)/.exec(line)?.[1] ?? 65_536);
    } else if (/^\(table|^\(import.*\(table/.test(line)) {
      context.maximumEntries.push(Number(/\(table\s+\d+ (\d+)/.exec(line)?.[1] ?? 10_000_000));
    }
  }
  return context;
}

const add = (fuel: string): string[] => [fuel, "global.get $oracle", "i64.add", "global.set $oracle"];

/** What an operation costs by its length, which is on top of the stack and stays there. */
function lengthCharge(name: string, line: string, context: Context): string[] {
  const operands = line.split(" ").slice(1).map(Number);
  // `table.init ELEMENT` leaves out table 0.
  const table = name === "table.init" && operands.length < 2 ? 0 : (operands[0] ?? 0);
  const size = name.startsWith("memory.") ? "memory.size" : `table.size ${table}`;
  const length = ["local.get $length", "i64.extend_i32_u"];
  const bounds: Record<string, string[]> = {
    bytes: [...length, size, "i64.extend_i32_u", "i64.const 65536", "i64.mul", "i64.gt_u"],
    entries: [...length, size, "i64.extend_i32_u", "i64.gt_u"],
    pages: [...length, size, "i64.extend_i32_u", "i64.add", `i64.const ${context.maximumPages}`, "i64.gt_u"],
    room: [...length, size, "i64.extend_i32_u", "i64.add", `i64.const ${context.maximumEntries[table]}`, "i64.gt_u"],
  };
  const charge = (beyond: keyof typeof bounds, rate: string[]) => [
    "local.tee $length",
    ...bounds[beyond]!,
    "if",
    "else",
    ...length,
    ...rate,
    "global.get $oracle",
    "i64.add",
    "global.set $oracle",
    "end",
  ];
  if (/^memory\.(copy|fill|init)$/.test(name)) return charge("bytes", ["i64.const 16", "i64.div_u"]);
  if (/^table\.(copy|fill|init)$/.test(name)) return charge("entries", ["i64.const 64", "i64.mul"]);
  if (name === "memory.grow") return charge("pages", ["i64.const 16384", "i64.mul"]);
  if (name === "table.grow") return charge("room", ["i64.const 64", "i64.mul"]);
  return [];
}

const ENDS_STRETCH = new Set(["br", "br_if", "br_table", "return", "return_call", "return_call_indirect"]);
for (const name of ["unreachable", "if", "else", "end"]) ENDS_STRETCH.add(name);

/** Instruments the instructions of one function; the last element of `body` is its implicit end. */
function countBody(body: string[], own: Signature, locals: number, context: Context): string[] {
  const out: string[] = [];
  const labels: { branch: number; end: number }[] = [{ branch: own.results, end: own.results }];
  let start = 0;
  let weight = entryWeight(own.parameters, locals);
  const finish = () => {
    const fuel = Math.ceil(weight / WEIGHTS_PER_FUEL);
    if (fuel > 0) out.splice(start, 0, ...add(`i64.const ${fuel}`));
    weight = 0;
  };
  const moved = (name: string, line: string): number => {
    if (name === "end") return labels.pop()!.end;
    if (name === "br" || name === "br_if" || name === "br_table") {
      const depth = Number(line.trim().split(/\s+/).at(-1));
      return labels[labels.length - 1 - depth]!.branch;
    }
    if (name === "return") return own.results;
    if (name === "block" || name === "loop" || name === "if") {
      const { parameters, results } = signature(line, context.types);
      labels.push({ branch: name === "loop" ? parameters : results, end: results });
      return parameters;
    }
    const called =
      name === "call" || name === "return_call" ? context.functions[Number(line.split(" ")[1])] : undefined;
    const callee = called ?? (name.includes("call_indirect") ? signature(line, context.types) : undefined);
    return callee === undefined ? 0 : callee.parameters + callee.results;
  };
  for (const line of [...body, "end"]) {
    const name = line.split(" ")[0]!;
    const cost = WEIGHTS.get(name);
    if (cost === undefined) throw new RangeError(`no weight for ${line}`);
    if (name === "loop") finish();
    if (name === "loop") start = out.push(line);
    weight += cost + moved(name, line);
    if (name === "loop") continue;
    out.push(...lengthCharge(name, line, context));
    if (!ENDS_STRETCH.has(name)) out.push(line);
    else {
      finish();
      start = labels.length > 0 ? out.push(line) : out.length;
    }
  }
  return out;
}

/** Drops comments and what closes the function on its last line. */
function clean(line: string): string {
  const text = line
    .replaceAll(/\(;.*?;\)/g, "")
    .replace(/;;.*$/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") open++;
    if (text[at] === ")" && --open < 0) return text.slice(0, at).trim();
  }
  return text;
}

interface TextFunction {
  readonly head: string;
  readonly locals: string[];
  readonly body: string[];
}

/** Reads the function whose head is at `at`; wabt indents its lines by four and closes it on the last of them. */
function readFunction(lines: string[], head: string, at: number): TextFunction {
  if (isClosed(head)) return { head: head.slice(0, -1), locals: [], body: [] };
  let end = at + 1;
  while (lines[end]?.startsWith("    ")) end++;
  const inner = lines
    .slice(at + 1, end)
    .map(clean)
    .filter((text) => text !== "");
  const isLocal = (text: string) => text.startsWith("(local ");
  return { head, locals: inner.filter(isLocal), body: inner.filter((text) => !isLocal(text)) };
}

function isClosed(line: string): boolean {
  return line.split("(").length === line.split(")").length;
}

/** The same module with an exported global `oracle` (i64) that counts fuel up from 0. */
export function withOracle(bytes: Uint8Array): Uint8Array {
  const lines = disassemble(bytes).split("\n");
  const declared = lines.map((line) =>
    line
      .replaceAll(/\(;.*?;\)/g, "")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
  const context = readContext(declared);
  const out: string[] = [];
  let index = declared.filter((line) => line.startsWith("(import") && line.includes("(func")).length;
  for (let at = 0; at < lines.length; at++) {
    const line = declared[at]!;
    if (lines[at]!.startsWith("    ")) continue;
    if (!line.startsWith("(func")) {
      out.push(line);
      continue;
    }
    const { head, locals, body } = readFunction(lines, line, at);
    const count = locals.reduce((sum, text) => sum + words(text.slice(6, -1)), 0);
    const own = context.functions[index++]!;
    out.push(head, ...locals, "(local $length i32)", ...countBody(body, own, count, context), ")");
  }
  const text = out.join("\n");
  const global = `(global $oracle (mut i64) (i64.const 0))\n(export "${ORACLE_EXPORT}" (global $oracle))`;
  return assemble(`${text.slice(0, text.lastIndexOf(")"))}\n${global}\n)`);
}
