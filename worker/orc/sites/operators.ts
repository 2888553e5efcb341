// The operators (orc.md §7): ordinary sites that the prelude binds to `(+)`, `(<:)`…
import { FAST, type HostSite, type Outcome } from "../engine/site.ts";
import type { Run } from "../engine/run.ts";
import {
  addNumbers,
  compare,
  divide,
  isNumeric,
  multiply,
  negate,
  power,
  remainder,
  round,
  subtract,
  wordsOf,
} from "../values/arith.ts";
import { BOUNDS, Exit, Overrun } from "../values/bounds.ts";
import { equal } from "../values/equal.ts";
import { argumentType } from "../values/failure.ts";
import { Cons, kindOf, Nil, Rec, recordOf, type Value } from "../values/kinds.ts";
import { plainText } from "../values/text.ts";
import { site1, site2 } from "./define.ts";

/** Charges work on long numbers: a product of n words by n words is taken for n^1.5. */
function charge(run: Run, a: Value, b: Value): void {
  if (typeof a === "number" && typeof b === "number") return;
  const words = wordsOf(a) + wordsOf(b);
  run.charge(Math.ceil((words * Math.sqrt(words)) / 64));
}

/** Counts a long number that was made. */
function counted(run: Run, out: Outcome): Outcome {
  if (typeof out === "bigint") run.made(8 * wordsOf(out));
  return out;
}

const arithmetic = (name: string, two: (a: Value, b: Value) => Outcome, fast = 0): HostSite =>
  site2(
    name,
    (run, a, b) => {
      charge(run, a, b);
      return counted(run, two(a, b));
    },
    fast,
  );

/** Numbers add; with a string on either side the text of the other is joined; records unite, the right side wins. */
function plus(run: Run, a: Value, b: Value): Outcome {
  if (isNumeric(a) && isNumeric(b)) {
    charge(run, a, b);
    return counted(run, addNumbers(a, b));
  }
  if (typeof a === "string" || typeof b === "string") return concatenate(run, a, b);
  if (a instanceof Rec && b instanceof Rec) {
    run.charge((a.keys.length + b.keys.length) >> 1);
    return recordOf([a, b].flatMap((side) => side.keys.map((key, at) => [key, side.values[at] as Value] as const)));
  }
  const second = isNumeric(a) || a instanceof Rec;
  return argumentType(second ? 1 : 0, a instanceof Rec ? "Record" : "Number", kindOf(second ? b : a));
}

/** Joins the texts of two values within the bound of a string. */
export function concatenate(run: Run, a: Value, b: Value): Outcome {
  charge(run, a, b);
  const left = plainText(a);
  const right = plainText(b);
  if (left instanceof Exit) return left;
  if (right instanceof Exit) return right;
  const length = left.length + right.length;
  if (length > BOUNDS.stringUnits) return new Overrun("string-too-long", `A string of ${length} units`);
  run.made(2 * length);
  return left + right;
}

/** @param holds what is true of a comparison: -1, 0, 1 or NaN */
const ordering = (name: string, holds: (order: number) => boolean, fast: number): HostSite =>
  site2(
    name,
    (run, a, b) => {
      charge(run, a, b);
      const order = compare(a, b);
      return typeof order === "number" ? holds(order) : order;
    },
    fast,
  );

const equality = (name: string, wanted: boolean, fast: number): HostSite =>
  site2(
    name,
    (run, a, b) => {
      charge(run, a, b);
      const out = equal(a, b, run);
      return out instanceof Exit ? out : out === wanted;
    },
    fast,
  );

const logic = (name: string, two: (a: boolean, b: boolean) => boolean): HostSite =>
  site2(name, (_, a, b) => {
    if (typeof a !== "boolean") return argumentType(0, "Boolean", kindOf(a));
    if (typeof b !== "boolean") return argumentType(1, "Boolean", kindOf(b));
    return two(a, b);
  });

export const OPERATORS: readonly HostSite[] = [
  site2("orc.lib.math.Add", plus, FAST.add),
  arithmetic("orc.lib.math.Sub", subtract, FAST.subtract),
  arithmetic("orc.lib.math.Mult", multiply),
  arithmetic("orc.lib.math.Div", divide),
  arithmetic("orc.lib.math.Mod", remainder),
  arithmetic("orc.lib.math.Exponent", power),
  site1("orc.lib.math.UMinus", (_, a) => negate(a)),
  site1("orc.lib.math.Floor", (_, a) => round(a, false)),
  site1("orc.lib.math.Ceil", (_, a) => round(a, true)),
  ordering("orc.lib.comp.Less", (order) => order < 0, FAST.less),
  ordering("orc.lib.comp.Leq", (order) => order <= 0, FAST.atMost),
  ordering("orc.lib.comp.Greater", (order) => order > 0, FAST.greater),
  ordering("orc.lib.comp.Greq", (order) => order >= 0, FAST.atLeast),
  equality("orc.lib.builtin.Eq", true, FAST.equal),
  equality("orc.lib.comp.Inequal", false, FAST.unequal),
  logic("orc.lib.bool.And", (a, b) => a && b),
  logic("orc.lib.bool.Or", (a, b) => a || b),
  site1("orc.lib.bool.Not", (_, a) => (typeof a === "boolean" ? !a : argumentType(0, "Boolean", kindOf(a)))),
  site2("orc.lib.builtin.structured.ConsConstructor", (_, head, tail) =>
    tail instanceof Cons || tail instanceof Nil ? new Cons(head, tail) : argumentType(1, "List", kindOf(tail)),
  ),
];
