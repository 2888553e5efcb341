// Runs a module raw and metered, side by side: same calls, same imports, several ceilings and slice lengths.
import { REFUEL } from "../../worker/fuel/index.ts";
import { disassemble } from "./wat.ts";

// The Workers types say that a Worker compiles nothing; tests run in Node.
const Module = WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module;

export interface Call {
  readonly export: string;
  readonly arguments: readonly unknown[];
}

/** How one call ended: its values (as text that tells -0, NaN and bigint apart), or the text of its trap. */
export type Outcome = { readonly values: string } | { readonly trap: string } | { readonly exhausted: true };

export interface Run {
  readonly outcomes: Outcome[];
  /** What imported functions were called with, in order. */
  readonly log: string[];
  readonly memory: Uint8Array;
  /** Fuel charged after each call, from the first charge on; empty for raw modules. */
  readonly fuel: bigint[];
  readonly refuels: number;
}

export interface Budget {
  /** Fuel beyond which the run is ended. */
  readonly ceiling: bigint;
  /** Fuel granted at a time. */
  readonly slice: bigint;
}

export const ENDLESS: Budget = { ceiling: 1n << 60n, slice: 1n << 50n };

const show = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(show).join(", ")}]`
    : typeof value === "bigint"
      ? `${value}n`
      : Object.is(value, -0)
        ? "-0"
        : typeof value === "function"
          ? "function"
          : String(value);

/** Every import of a module: functions log their arguments and answer 0, others are made to fit. */
function importsFor(bytes: Uint8Array, module: WebAssembly.Module, log: string[]): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  const wanted = WebAssembly.Module.imports(module);
  const text = wanted.some(({ kind }) => kind !== "function") ? disassemble(bytes) : "";
  for (const { module: from, name, kind } of wanted) {
    const group = (imports[from] ??= {});
    group[name] =
      kind === "function" ? importedFunction(name, log) : importedThing(text, `(import "${from}" "${name}" `);
  }
  return imports;
}

/** A table, memory or global of the type that the text of an import declares. */
function importedThing(text: string, start: string): WebAssembly.ImportValue {
  const line = text.slice(text.indexOf(start) + start.length).split("\n")[0]!;
  const [, kind, rest = ""] = /^\((\w+) \(;\d+;\) (.*?)\)+$/.exec(line)!;
  const [initial, maximum] = (rest.match(/\d+/g) ?? []).map(Number);
  const limits = { initial: initial!, ...(maximum === undefined ? {} : { maximum }) };
  if (kind === "memory") return new WebAssembly.Memory(limits);
  const type = /(funcref|externref|i32|i64|f32|f64|v128)/.exec(rest)![1]!;
  const reference = type === "funcref" ? "anyfunc" : type;
  if (kind === "table") return new WebAssembly.Table({ element: reference as WebAssembly.TableKind, ...limits });
  const shape = { value: reference as WebAssembly.ValueType, mutable: rest.includes("mut") };
  return type === "v128" ? new WebAssembly.Global(shape) : new WebAssembly.Global(shape, someValue(type));
}

function importedFunction(name: string, log: string[]): () => unknown {
  const answer = name.endsWith("i64") ? 0n : 0;
  return (...given: unknown[]) => {
    log.push(`${name}(${given.map(show).join(", ")})`);
    return name.startsWith("log") ? undefined : answer;
  };
}

class Ledger {
  granted = 0n;
  refuels = 0;
  exhausted = false;
  private readonly budget: Budget;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  refuel = (balance: bigint): bigint => {
    this.refuels++;
    const { ceiling, slice } = this.budget;
    const used = this.granted - balance;
    if (used > ceiling) {
      this.exhausted = true;
      return balance;
    }
    // As many slices as bring the balance to 0 or more, but never more than the ceiling in all.
    const wanted = this.granted + ((-balance + slice - 1n) / slice) * slice;
    this.granted = wanted < ceiling ? wanted : ceiling;
    return this.granted - used;
  };
}

function perform(call: Call, exports: WebAssembly.Exports, ledger: Ledger): Outcome {
  try {
    const target = exports[call.export] as (...given: unknown[]) => unknown;
    return { values: show(target(...call.arguments)) };
  } catch (error) {
    if (ledger.exhausted) return { exhausted: true };
    // A TypeError: a v128 met the host, which JavaScript cannot hold. It ends the call like a trap.
    const ended = [WebAssembly.RuntimeError, RangeError, TypeError].some((kind) => error instanceof kind);
    if (ended) return { trap: (error as Error).message };
    throw error;
  }
}

/** Runs `calls` on a fresh instance, until fuel runs out. `fuelExport` is null for a raw module. */
export function run(bytes: Uint8Array, fuelExport: string | null, calls: readonly Call[], budget = ENDLESS): Run {
  const log: string[] = [];
  const outcomes: Outcome[] = [];
  const fuel: bigint[] = [];
  const ledger = new Ledger(budget);
  const module = new Module(bytes);
  const imports = importsFor(bytes, module, log);
  if (fuelExport !== null) imports[REFUEL.module] = { [REFUEL.name]: ledger.refuel };
  let exports: WebAssembly.Exports = {};
  try {
    exports = new WebAssembly.Instance(module, imports).exports;
  } catch (error) {
    // A start function that traps, or a v128 between the module and JavaScript.
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof TypeError)) throw error;
    outcomes.push(ledger.exhausted ? { exhausted: true } : { trap: error.message });
    return { outcomes, log, memory: new Uint8Array(), fuel, refuels: ledger.refuels };
  }
  for (const call of calls) {
    const outcome = perform(call, exports, ledger);
    outcomes.push(outcome);
    if (fuelExport !== null) fuel.push(ledger.granted - BigInt((exports[fuelExport] as WebAssembly.Global).value));
    if ("exhausted" in outcome) break;
  }
  const memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
  return { outcomes, log, memory: new Uint8Array(memory?.buffer.slice(0) ?? []), fuel, refuels: ledger.refuels };
}

const someValue = (type: string): unknown =>
  type === "i64" ? 7n : type.endsWith("ref") ? null : type.startsWith("f") ? 2.5 : 7;

/** Calls every exported function with some arguments; JavaScript cannot hold a v128, so functions with one are left out. */
export function callsOfAll(bytes: Uint8Array): Call[] {
  const lines = disassemble(bytes).split("\n");
  const functions = lines.filter((line) => /^ {2}\((import .*)?\(?func /.test(line));
  const calls: Call[] = [];
  for (const line of lines) {
    const [, name, index] = /^ {2}\(export "(.*)" \(func (\d+)\)\)/.exec(line) ?? [];
    const signature = functions[Number(index)];
    if (name === undefined || signature === undefined || signature.includes("v128")) continue;
    const types = /\(param ([^)]*)\)/.exec(signature)?.[1]?.split(" ") ?? [];
    calls.push({ export: name, arguments: types.map(someValue) });
  }
  return calls;
}
