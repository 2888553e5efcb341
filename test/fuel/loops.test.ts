// Counted loops of every form, comparison, width and step, with starts and bounds at the edges of the integers and so far
// apart that they are paid in strips. How often each turns is simulated here; endless ones must run out of fuel.
import { beforeAll, describe, expect, it } from "vitest";
import { meter } from "../../worker/fuel/index.ts";
import { expectFaithful } from "./compare.ts";
import { type Call, run } from "./harness.ts";
import { assemble } from "./wat.ts";

const RELATIONS = ["ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const OPPOSITES: Readonly<Record<string, string>> = { ne: "eq", lt: "ge", gt: "le", le: "gt", ge: "lt" };
const STEPS = [1, -1, 2, -2, 3, -7, 16, -4096, 12];
const WIDTHS = [32, 64] as const;
const FORMS = ["head", "exit", "foot", "swapped", "tee", "fixed"] as const;
type Width = (typeof WIDTHS)[number];
type Form = (typeof FORMS)[number];

interface Case {
  readonly form: Form;
  readonly relation: string;
  readonly width: Width;
  readonly step: number;
}

/** The bound that is a constant of the code. */
const FIXED = 120;

const nameOf = ({ form, relation, width, step }: Case): string => `${form} ${relation} i${width} ${step}`;
const opposite = (relation: string): string => OPPOSITES[relation.slice(0, 2)]! + relation.slice(2);

/** A function of (start, bound) that answers a digest of the turns. Every third turn costs more than the others. */
function functionOf(one: Case): string {
  const { form, relation, width, step } = one;
  const type = `i${width}`;
  const add =
    step < 0
      ? `(${type}.sub (local.get 0) (${type}.const ${-step}))`
      : `(${type}.add (local.get 0) (${type}.const ${step}))`;
  const turn = `(local.set 2 (i32.add (i32.mul (local.get 2) (i32.const 31)) (i32.const 1)))
    (if (i32.eqz (i32.rem_u (local.get 2) (i32.const 3))) (then (local.set 3 (i32.add (local.get 3) (local.get 2)))))`;
  const test = (name: string, left = "(local.get 0)", right = "(local.get 1)") => `(${type}.${name} ${left} ${right})`;
  const bodies: Record<Form, string> = {
    head: `(loop (if ${test(relation)} (then ${turn} (local.set 0 ${add}) (br 1))))`,
    exit: `(block (loop (br_if 1 ${test(opposite(relation))}) (local.set 0 ${add}) ${turn} (br 0)))`,
    foot: `(loop ${turn} (local.set 0 ${add}) (br_if 0 (i32.eqz ${test(opposite(relation))})))`,
    swapped: `(loop (if (i32.eqz ${test(opposite(exchanged(relation)), "(local.get 1)", "(local.get 0)")}) (then (local.set 0 ${add}) ${turn} (br 1))))`,
    tee: `(loop ${turn} (br_if 0 ${test(relation, `(local.tee 0 ${add})`)}) (local.set 2 (i32.add (local.get 2) (i32.const 5))))`,
    fixed: `(loop (if ${test(relation, "(local.get 0)", `(${type}.const ${FIXED})`)} (then ${turn} (local.set 0 ${add}) (br 1))))`,
  };
  return `(func (export "${nameOf(one)}") (param ${type} ${type}) (result i32 ${type}) (local i32 i32)
    ${bodies[form]} (i32.xor (local.get 2) (local.get 3)) (local.get 0))`;
}

const exchanged = (relation: string): string =>
  relation === "ne"
    ? "ne"
    : ({ lt: "gt", gt: "lt", le: "ge", ge: "le" } as Record<string, string>)[relation.slice(0, 2)]! + relation.slice(2);

const CASES: readonly Case[] = FORMS.flatMap((form) =>
  RELATIONS.flatMap((relation) => WIDTHS.flatMap((width) => STEPS.map((step) => ({ form, relation, width, step })))),
);

function holds(relation: string, width: Width, left: bigint, right: bigint): boolean {
  const as = (value: bigint) => (relation.endsWith("_s") ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value));
  const [a, b] = [as(left), as(right)];
  switch (relation.slice(0, 2)) {
    case "ne":
      return a !== b;
    case "lt":
      return a < b;
    case "gt":
      return a > b;
    case "le":
      return a <= b;
    default:
      return a >= b;
  }
}

/** More turns than this count as endless. */
const MANY = 250;

/** How often a loop turns, or Infinity. Longer runs than MANY are told by the distance alone. */
function turns({ form, relation, width, step }: Case, start: bigint, bound: bigint): number {
  const until = form === "fixed" ? BigInt(FIXED) : bound;
  let value = start;
  let count = 0;
  if (form === "foot" || form === "tee") {
    count++;
    value += BigInt(step);
  }
  while (count <= MANY) {
    if (!holds(relation, width, value, until)) return count;
    value += BigInt(step);
    count++;
  }
  return Infinity;
}

/** Starts and bounds: small ones, and around each edge. */
function pairs(width: Width): (readonly [bigint, bigint])[] {
  const half = 1n << BigInt(width - 1);
  const edges = [3n, 100n, half - 2n, half - 1n, -half, 5n - half, -1n];
  return edges.flatMap((start) => edges.map((bound) => [start, bound] as const));
}

const given = (width: Width, value: bigint): unknown =>
  width === 32 ? Number(BigInt.asIntN(32, value)) : BigInt.asIntN(64, value);
const callOf = (one: Case, start: bigint, bound: bigint): Call => ({
  export: nameOf(one),
  arguments: [given(one.width, start), given(one.width, bound)],
});

const sampled = <T>(list: readonly T[], every: number): T[] =>
  process.env["ORCADE_TORTURE"] ? [...list] : list.filter((_, at) => at % every === 0);

describe("counted loops", { timeout: process.env["ORCADE_TORTURE"] ? 900_000 : 60_000 }, () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = assemble(`(module ${CASES.map(functionOf).join("\n")})`);
  });

  const all = sampled(
    CASES.flatMap((one) => pairs(one.width).map(([start, bound]) => ({ one, start, bound }))),
    5,
  ).map((each) => ({ ...each, turns: turns(each.one, each.start, each.bound) }));

  it("turn as often as they do, and cost that", () => {
    const ending = all.filter((each) => each.turns < Infinity);
    expect(ending.length).toBeGreaterThan(all.length / 4);
    expectFaithful(
      bytes,
      sampled(ending, 5).map(({ one, start, bound }) => callOf(one, start, bound)),
    );
  });

  it("are paid in strips when they are long", () => {
    const long = CASES.filter(({ form }) => form !== "fixed").map((one) => {
      const far = BigInt(300_000 * Math.abs(one.step));
      const near = 10_000n;
      return one.step > 0 ? { one, start: near, bound: near + far } : { one, start: near + far, bound: near };
    });
    const within = long.filter(
      ({ one, start, bound }) => start < 1n << 31n && bound < 1n << 31n && stopsAfter(one, start, bound),
    );
    expect(within.length).toBeGreaterThan(100);
    expectFaithful(
      bytes,
      sampled(within, 3).map(({ one, start, bound }) => callOf(one, start, bound)),
    );
  });

  it("run out of fuel when they are endless", () => {
    const { module, fuelExport } = meter(bytes);
    const endless = all.filter((each) => each.turns === Infinity);
    expect(endless.length).toBeGreaterThan(1000);
    const ceiling = 30_000n;
    for (const { one, start, bound } of sampled(endless, 8)) {
      const { outcomes } = run(module, fuelExport, [callOf(one, start, bound)], { ceiling, slice: 5000n });
      expect(outcomes, `${nameOf(one)} from ${start} to ${bound}`).toEqual([{ exhausted: true }]);
    }
  });
});

/** Whether a long loop ends about when its distance says. */
function stopsAfter({ relation, step }: Case, start: bigint, bound: bigint): boolean {
  const upwards = step > 0 === bound > start;
  if (relation === "ne") return upwards && (bound - start) % BigInt(step) === 0n;
  return /^[lg]/.test(relation) && upwards && relation.startsWith("l") === step > 0;
}
