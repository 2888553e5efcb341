// Laws of the combinators (J. Misra, W. Cook, "Computation Orchestration", 2007), on programs made at random: both sides publish the
// same values at the same times, in whatever order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { say } from "./harness.ts";

const RUNS = process.env.ORCADE_TORTURE === undefined ? 25 : 2_000;

/** Expressions over the given variables. Times are apart, so that races have one outcome. */
function expressions(variables: readonly string[], depth: number): fc.Arbitrary<string> {
  const leaves: fc.Arbitrary<string>[] = [
    fc.nat(9).map(String),
    fc.constant("stop"),
    fc.tuple(fc.nat(9), fc.nat(9)).map(([time, value]) => `Rwait(${7 * time + 1}) >> ${value}`),
    fc.nat(3).map((n) => `Ift(${n} = 1)`),
    fc.nat(2).map((n) => `upto(${n})`),
    ...(variables.length === 0
      ? []
      : [fc.constantFrom(...variables), fc.constantFrom(...variables).map((v) => `[${v}]`)]),
  ];
  if (depth === 0) return fc.oneof(...leaves).map((leaf) => `(${leaf})`);
  const part = expressions(variables, depth - 1);
  const bound = expressions([...variables, "b"], depth - 1);
  return fc.oneof(
    ...leaves.map((leaf) => leaf.map((text) => `(${text})`)),
    fc.tuple(part, part).map(([f, g]) => `(${f} | ${g})`),
    fc.tuple(part, bound).map(([f, g]) => `(${f} >b> ${g})`),
    fc.tuple(bound, part).map(([f, g]) => `(${f} <b< ${g})`),
    fc.tuple(part, part).map(([f, g]) => `(${f} ; ${g})`),
    fc.tuple(part, part).map(([f, g]) => `(${f}, ${g})`),
  );
}

const plain = expressions([], 3);
const withX = expressions(["x"], 3);
const withY = expressions(["y"], 3);
const withXY = expressions(["x", "y"], 2);

async function trace(expression: string): Promise<readonly string[]> {
  const { lines, end } = await say(`(${expression}) >result> (result, Rtime())`);
  return [...lines].sort().concat(end);
}

function law(
  name: string,
  parts: readonly fc.Arbitrary<string>[],
  sides: (...texts: string[]) => [string, string],
): void {
  test(name, async () => {
    const property = fc.asyncProperty(fc.tuple(...parts), async (texts) => {
      const [left, right] = sides(...texts);
      expect(await trace(right)).toEqual(await trace(left));
    });
    await fc.assert(property, { numRuns: RUNS });
  });
}

law("| is commutative", [plain, plain], (f, g) => [`${f} | ${g}`, `${g} | ${f}`]);
law("| is associative", [plain, plain, plain], (f, g, h) => [`(${f} | ${g}) | ${h}`, `${f} | (${g} | ${h})`]);
law("stop is the unit of |", [plain], (f) => [`stop | ${f}`, f]);
law("Let is a left unit of >x>", [fc.nat(9).map(String), withX], (v, f) => [
  `Let(${v}) >x> ${f}`,
  `(val x = ${v} # ${f})`,
]);
law("Let is a right unit of >x>", [plain], (f) => [`${f} >x> Let(x)`, f]);
law("stop is a left zero of >x>", [withX], (f) => [`stop >x> ${f}`, "stop"]);
law(">x> is associative", [plain, withX, withY], (f, g, h) => [`(${f} >x> ${g}) >y> ${h}`, `${f} >x> (${g} >y> ${h})`]);
law(">x> distributes over | on its left", [plain, plain, withX], (f, g, h) => [
  `(${f} | ${g}) >x> ${h}`,
  `(${f} >x> ${h}) | (${g} >x> ${h})`,
]);
law("<x< distributes over |", [withX, plain, plain], (f, g, h) => [`(${f} | ${g}) <x< ${h}`, `(${f} <x< ${h}) | ${g}`]);
law("<x< passes >y>", [withX, withY, plain], (f, g, h) => [`(${f} >y> ${g}) <x< ${h}`, `(${f} <x< ${h}) >y> ${g}`]);
law("<x< and <y< commute", [withXY, plain, plain], (f, g, h) => [
  `(${f} <x< ${g}) <y< ${h}`,
  `(${f} <y< ${h}) <x< ${g}`,
]);
law("a variable that nobody reads changes nothing but the end", [plain, plain], (f, g) => [
  `${f} <x< ${g}`,
  `${f} | (${g} >> stop)`,
]);
law("; is associative", [plain, plain, plain], (f, g, h) => [`(${f} ; ${g}) ; ${h}`, `${f} ; (${g} ; ${h})`]);
law("stop is the left unit of ;", [plain], (f) => [`stop ; ${f}`, f]);
law("stop is the right unit of ;", [plain], (f) => [`${f} ; stop`, f]);
law("what publishes needs no otherwise", [fc.nat(9).map(String), plain], (v, f) => [`${v} ; ${f}`, v]);
law("val is <x<", [withX, plain], (f, g) => [`${f} <x< ${g}`, `(val x = ${g} # ${f})`]);
law("an argument is a val", [plain, plain], (f, g) => [`(${f}, ${g})`, `(val x = ${f}  val y = ${g} # (x, y))`]);
