// What docs/fuel.md tells authors is true: its example costs what it says, its table is the cost table.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COST_TABLE } from "../../worker/fuel/index.ts";
import { entryWeight, WEIGHT_OF } from "../../worker/fuel/cost.ts";
import { OPCODES } from "../../worker/fuel/opcodes.ts";
import { expectFaithful } from "./compare.ts";
import { assemble } from "./wat.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/fuel.md"), "utf8");

/** Instructions that stand for each row of the page's table. */
const SAMPLES: Readonly<Record<number, readonly string[]>> = {
  0: ["nop", "block", "else", "end"],
  1: ["i32.const", "f64.const", "local.get", "local.tee", "drop"],
  2: ["i32.add", "i64.xor", "i32.lt_u", "i64.eqz", "br", "return", "loop"],
  3: ["select", "i8x16.add", "v128.and", "i32x4.eq", "f64.lt", "f32.neg"],
  4: ["if", "br_if", "f64.add", "f32.mul", "f64x2.mul"],
  6: [
    "i32.store",
    "i64.store8",
    "global.set",
    "i32.mul",
    "i64.clz",
    "i32.popcnt",
    "i8x16.shuffle",
    "i32x4.extract_lane",
  ],
  8: ["i32.load", "i64.load32_u", "global.get", "v128.load", "v128.store", "f64.min", "f32.max"],
  16: ["i64x2.mul", "i8x16.popcnt", "i8x16.shl"],
  24: ["call", "return_call", "f64.floor", "i32.trunc_f64_s", "f64.convert_i32_s"],
  32: ["br_table", "table.get"],
  40: ["i32x4.trunc_sat_f32x4_s", "f64x2.min", "f32x4.max"],
  60: ["i32.div_s", "i32.rem_u", "f64.div", "f32x4.div"],
  64: ["call_indirect", "ref.func"],
  100: ["i64.div_u", "f64.sqrt", "f64x2.sqrt"],
  320: ["memory.copy", "memory.fill", "memory.init", "table.copy", "table.fill", "table.init", "table.grow"],
  400: ["table.set"],
  32000: ["memory.grow"],
};

describe("docs/fuel.md", () => {
  it("names the cost table", () => expect(page).toContain(`\`${COST_TABLE}\``));

  it("has the weights of the cost table", () => {
    const rows = [...page.matchAll(/^\| ([\d,]+) \| .*\|$/gm)].map(([, weight]) => Number(weight!.replace(",", "")));
    expect(rows).toEqual(Object.keys(SAMPLES).map(Number));
    const weights = new Map(OPCODES.map(({ name, code }) => [name, WEIGHT_OF[code]]));
    for (const [weight, names] of Object.entries(SAMPLES)) {
      for (const name of names) expect(`${name} ${weights.get(name)}`).toBe(`${name} ${weight}`);
    }
    expect(entryWeight(2, 3)).toBe(16 + 5);
  });

  it("has an example that costs what it says", () => {
    const text = /```wat\n([\s\S]*?)```/.exec(page)![1]!;
    const [, each, once] = /`sum\(n\)` costs (\d+)n \+ (\d+)/.exec(page)!;
    const [, given, total] = /`sum\((\d+)\)` costs (\d+) fuel/.exec(page)!;
    const calls = [0, 1, Number(given)].map((n) => ({ export: "sum", arguments: [n] }));
    const { fuel } = expectFaithful(assemble(text), calls);
    const costs = fuel.map((value, at) => Number(value - (fuel[at - 1] ?? 0n)));
    expect(costs).toEqual([0, 1, Number(given)].map((n) => Number(each) * n + Number(once)));
    expect(costs.at(-1)).toBe(Number(total));
  });
});
