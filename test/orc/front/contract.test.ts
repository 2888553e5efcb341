// The core of every case, of the prelude and of programs at random is what its contract says.
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../../worker/orc/compile.ts";
import { compile as compileBehindPrelude } from "../../../worker/orc/index.ts";
import { expression } from "./arbitrary.ts";
import { caseFiles } from "./harness.ts";
import { SMALL_PRELUDE } from "./prelude.ts";
import { Printer } from "./print.ts";
import { problemsOf } from "./verify.ts";

test("the prelude", () => {
  const compiled = compileBehindPrelude("1");
  expect(compiled.ok ? problemsOf(compiled.program) : compiled.diagnostics).toEqual([]);
});

describe.each(caseFiles(join(import.meta.dirname, "cases")).filter(({ name }) => name.startsWith("core")))(
  "$name",
  ({ cases }) => {
    test.each(cases.map(({ title, program }) => [title, program] as const))("%s", (_, program) => {
      const compiled = compile(program, { prelude: SMALL_PRELUDE });
      expect(compiled.ok ? problemsOf(compiled.program) : []).toEqual([]);
    });
  },
);

/** Every name that the arbitrary trees mention: variables, so that everything captures and nothing is known. */
const BINDINGS = "x y' Node class site f1 été 名前 ΔΣ 𝒳"
  .split(" ")
  .map((name) => `val ${name} = Rwait(1)\n`)
  .join("");

test("programs at random; a program is the same after a trip through JSON", () => {
  let compiledOnes = 0;
  fc.assert(
    fc.property(expression, (tree) => {
      const text = BINDINGS + new Printer(false).print(tree);
      const compiled = compile(text, { prelude: SMALL_PRELUDE });
      if (!compiled.ok) return;
      compiledOnes++;
      expect(problemsOf(compiled.program)).toEqual([]);
      expect(JSON.parse(JSON.stringify(compiled.program))).toEqual(compiled.program);
    }),
    { numRuns: process.env["ORCADE_TORTURE"] === undefined ? 400 : 5000 },
  );
  // Others repeat a name in a pattern, or give a function clauses of two lengths.
  expect(compiledOnes).toBeGreaterThan(100);
});
