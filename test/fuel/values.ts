// The constants of scripts as arguments and expected results. Floats and vectors are compared by their bits, which
// JavaScript cannot hold: a module made for each call passes the arguments on and stores the results.
import { assemble } from "./wat.ts";
import { type Node, word } from "./sexpr.ts";

const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

/** A result that a script expects; `text` is how the script spells it. */
export interface Expected {
  readonly type: string;
  readonly node: Node;
  readonly text: string;
}

const typeOf = (node: Node): string => {
  const [head] = word(node, 0).split(".");
  if (head !== "ref") return head ?? "";
  const kind = `${word(node, 0)} ${word(node, 1)}`;
  return kind.includes("func") ? "funcref" : "externref";
};

const spelled = (node: Node): string => (node.text !== "" ? node.text : `(${node.items.map(spelled).join(" ")})`);

export const expectedOf = (node: Node): Expected => ({ type: typeOf(node), node, text: spelled(node) });

const isNumber = (type: string): boolean => /^(i32|i64|f32|f64|v128)$/.test(type);
const hasBits = (type: string): boolean => /^(f32|f64|v128)$/.test(type);

/** Whether a call must not go through JavaScript's numbers. */
export function needsBits(given: readonly Node[], expected: readonly Expected[]): boolean {
  const types = [...given.map(typeOf), ...expected.map(({ type }) => type)];
  return types.some(hasBits) && types.every(isNumber);
}

/** A constant of a script as JavaScript passes it. */
export function argumentOf(node: Node): unknown {
  const value = word(node, 1).replaceAll("_", "");
  switch (word(node, 0)) {
    case "i32.const":
      return Number(BigInt.asIntN(32, integer(value)));
    case "i64.const":
      return BigInt.asIntN(64, integer(value));
    case "ref.null":
      return null;
    case "ref.extern":
    case "ref.host":
      return `host-${value}`;
    default:
      return valueOfFloat(value);
  }
}

const integer = (text: string): bigint =>
  text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text.replace("+", ""));

/** Good enough for arguments of calls that trap; those whose results count go by `callThrough`. */
function valueOfFloat(text: string): number {
  if (text.includes("nan")) return Number.NaN;
  if (text.includes("inf")) return text.startsWith("-") ? -Infinity : Infinity;
  const hex = /^([+-]?)0x([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:p([+-]?\d+))?$/.exec(text);
  if (hex === null) return Number(text);
  const [, sign, whole = "", part = "", power = "0"] = hex;
  const value = Number.parseInt(`0${whole}${part}`, 16) * 2 ** (Number(power) - 4 * part.length);
  return sign === "-" ? -value : value;
}

export function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(" ");
  if (value === undefined) return "";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "function";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return typeof value === "string" ? value : "null";
}

const SIZES: Readonly<Record<string, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };

/** Calls by way of a module of its own. @returns the bits of the results, "type:bits" each */
export function callThrough(
  target: (...values: unknown[]) => unknown,
  given: readonly Node[],
  expected: readonly Expected[],
): string {
  const results = expected.map(({ type }) => type);
  const locals = results.map((type) => `(local ${type})`).join(" ");
  const sets = results.map((_, at) => `local.set ${results.length - 1 - at}`).join(" ");
  let offset = 0;
  const places = results.map((type) => {
    const at = offset;
    offset += SIZES[type] ?? 0;
    return at;
  });
  const stores = results.map((type, at) => `i32.const ${places[at]} local.get ${at} ${type}.store`).join(" ");
  const types = given.map(typeOf).join(" ");
  const bytes = assemble(`(module (import "m" "f" (func $f (param ${types}) (result ${results.join(" ")})))
    (memory (export "memory") 1)
    (func (export "run") ${locals} ${given.map(spelled).join(" ")} call $f ${sets} ${stores}))`);
  const { exports } = new WebAssembly.Instance(new Module(bytes), { m: { f: target } });
  (exports["run"] as () => void)();
  const memory = Buffer.from((exports["memory"] as WebAssembly.Memory).buffer);
  const bits = (at: number, size: number): string => memory.subarray(at, at + size).toString("hex");
  return results.map((type, at) => `${type}:${bits(places[at] ?? 0, SIZES[type] ?? 0)}`).join(" ");
}

/** The bits of a constant, little-endian in hexadecimal. */
function bitsOf(node: Node): string {
  const type = typeOf(node);
  const bytes = assemble(`(module (memory (export "memory") 1)
    (func (export "run") i32.const 0 ${spelled(node)} ${type}.store))`);
  const { exports } = new WebAssembly.Instance(new Module(bytes), {});
  (exports["run"] as () => void)();
  const memory = exports["memory"] as WebAssembly.Memory;
  return Buffer.from(memory.buffer, 0, SIZES[type] ?? 0).toString("hex");
}

/** Whether little-endian bits are of a NaN: canonical, or any that is quiet. */
function isNaNOf(kind: string, hex: string): boolean {
  const double = hex.length === 16;
  const value = [...Buffer.from(hex, "hex")].reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const [quiet, mask] = double ? [0x7ff8n << 48n, (1n << 63n) - 1n] : [0x7fcn << 20n, (1n << 31n) - 1n];
  return kind === "nan:canonical" ? (value & mask) === quiet : (value & quiet) === quiet;
}

function matchesOne(said: string, { type, node }: Expected): boolean {
  if (type === "funcref" || type === "externref") {
    if (word(node, 0) === "ref.null") return said === "null";
    return word(node, 0) === "ref.func"
      ? said === "function"
      : said === show(argumentOf(node)) || node.items.length < 2;
  }
  const hex = said.split(":")[1];
  if (hex === undefined) return said === show(argumentOf(node));
  const lanes = node.items.slice(type === "v128" ? 2 : 1).map(({ text }) => text);
  if (!lanes.some((lane) => /^nan:(canonical|arithmetic)$/.test(lane))) return hex === bitsOf(node);
  const size = hex.length / lanes.length;
  const lane = type === "v128" ? word(node, 1).split("x")[0] : type;
  return lanes.every((text, at) => {
    const own = hex.slice(at * size, (at + 1) * size);
    if (/^nan:(canonical|arithmetic)$/.test(text)) return isNaNOf(text, own);
    const items = [
      { ...node, text: `${lane}.const`, items: [] },
      { ...node, text, items: [] },
    ];
    return own === bitsOf({ ...node, items });
  });
}

/** Whether what a call said is what the script expects. */
export function matches(said: string, expected: readonly Expected[]): boolean {
  if (said.startsWith("left out")) return true;
  const parts = said.split(" ");
  if (expected.length === 0) return said === "";
  return parts.length === expected.length && expected.every((one, at) => matchesOne(parts[at] ?? "", one));
}
