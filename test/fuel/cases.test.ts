// Runs every file of cases/: a module in the text format whose comments hold the calls and what they answer, as JSON.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { meter } from "../../worker/fuel/index.ts";
import { OPCODES, PREFIX_FC, PREFIX_FD } from "../../worker/fuel/opcodes.ts";
import { expectFaithful } from "./compare.ts";
import { type Call, callsOfAll, type Outcome, run } from "./harness.ts";
import { padded } from "./padded.ts";
import { assemble } from "./wat.ts";

interface Expected {
  readonly call?: string;
  readonly arguments?: readonly unknown[];
  /** The values, as the harness shows them. */
  readonly result?: string;
  /** What the trap's text begins with. */
  readonly trap?: string;
  readonly fuel?: number;
  /** What the trap of instantiation begins with. */
  readonly instantiate?: string;
}

const directory = join(import.meta.dirname, "cases");
const files = readdirSync(directory).filter((name) => name.endsWith(".wat"));

function readCases(text: string): Expected[] {
  const lines = text.split("\n").filter((line) => line.startsWith(";; {"));
  return lines.map((line) => JSON.parse(line.slice(2)) as Expected);
}

const argument = (value: unknown): unknown =>
  typeof value === "string" && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;

function expectOutcome(outcome: Outcome | undefined, expected: Expected): void {
  const trap = expected.trap ?? expected.instantiate;
  if (trap === undefined) expect(outcome).toEqual({ values: expected.result });
  else expect(outcome).toEqual({ trap: expect.stringMatching(`^${trap}`) });
}

describe("text cases", () => {
  it.each(files)("%s", (file) => {
    const text = readFileSync(join(directory, file), "utf8");
    const expected = readCases(text);
    expect(expected.length).toBeGreaterThan(0);
    const wanted = expected.filter(({ call }) => call !== undefined);
    const calls: Call[] = wanted.map((one) => ({ export: one.call!, arguments: (one.arguments ?? []).map(argument) }));
    const { outcomes, fuel } = expectFaithful(assemble(text), calls);
    expected.forEach((one, at) => {
      expectOutcome(outcomes[at], one);
      if (one.fuel !== undefined)
        expect(`${one.call}: ${fuel[at]! - (fuel[at - 1] ?? 0n)}`).toBe(`${one.call}: ${one.fuel}`);
    });
  });
});

describe("numbers written at length", () => {
  it.each(files)("%s: the same module, the same fuel", (file) => {
    const bytes = assemble(readFileSync(join(directory, file), "utf8"));
    const long = padded(bytes);
    expect(long.length).toBeGreaterThan(bytes.length * 2);
    expect(WebAssembly.validate(long.slice())).toBe(true);
    const calls = callsOfAll(bytes);
    const [short, padding] = [bytes, long].map((each) => {
      const { module, fuelExport } = meter(each);
      return run(module, fuelExport, calls, { ceiling: 10_000_000n, slice: 5000n });
    });
    expect(padding?.outcomes).toEqual(short?.outcomes);
    expect(padding?.fuel).toEqual(short?.fuel);
  });
});

// Behind `unreachable` any operands are there, so one text fits every instruction.
const LANES = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15";
const OPERANDS: Readonly<Record<string, string>> = {
  "i8x16.shuffle": LANES,
  "v128.const": `i8x16 ${LANES}`,
  "i32.const": "-2147483648",
  "i64.const": "-9223372036854775808",
  "f32.const": "nan:0x200001",
  "f64.const": "-inf",
  "ref.null": "extern",
  "ref.func": "$f",
  call: "$f",
  return_call: "$f",
  call_indirect: "(param i32)",
  return_call_indirect: "(param i32)",
  br: "0",
  br_if: "0",
  br_table: "0 0 0",
  "memory.init": "0",
  "data.drop": "0",
  "table.init": "0",
  "elem.drop": "0",
  "local.get": "0",
  "local.set": "0",
  "local.tee": "0",
  "global.get": "0",
  "global.set": "0",
};
const ENCLOSED: Readonly<Record<string, string>> = {
  block: "block end",
  loop: "loop end",
  if: "if end",
  else: "if else end",
  end: "block end",
};

function sample(name: string): string {
  if (ENCLOSED[name] !== undefined) return ENCLOSED[name];
  return `${name} ${OPERANDS[name] ?? (name.includes("_lane") ? "1" : "")}`;
}

function encoding(code: number): number[] {
  if (code < PREFIX_FC) return [code];
  if (code < PREFIX_FD) return [0xfc, code - PREFIX_FC];
  const rest = code - PREFIX_FD;
  return rest < 0x80 ? [0xfd, rest] : [0xfd, (rest & 0x7f) | 0x80, rest >> 7];
}

describe("each instruction", () => {
  it("of the table is encoded as wabt encodes it, and metered", () => {
    const around = (code: string) =>
      assemble(`(module (memory 1) (data "a") (table 1 funcref) (elem func $f) (global (mut i32) (i32.const 0))
        (func $f (param i32) unreachable ${code} unreachable))`);
    for (const { name, code } of OPCODES) {
      const bytes = around(name === "select" && code === 0x1c ? "select (result i32)" : sample(name));
      expect(() => meter(bytes), name).not.toThrow();
      // No locals, `unreachable`, the instruction; `else` and `end` stand behind what they close.
      const start = name === "else" || name === "end" ? "" : ",0,0,";
      expect(`,${bytes.join(",")},`, name).toContain(`${start}${encoding(code).join(",")},`);
    }
    // WebAssembly 2.0: 183 of one byte, 18 behind 0xfc, 236 behind 0xfd; and the two tail calls.
    expect(OPCODES.length).toBe(183 + 2 + 18 + 236);
  });

  it("of the table has a class with a weight", () => {
    const free = OPCODES.filter(({ costClass }) => costClass === "free").map(({ name }) => name);
    expect(free).toEqual(["nop", "block", "else", "end"]);
  });
});
