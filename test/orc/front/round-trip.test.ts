// What is printed is read again as it was: for any tree, with and without the parentheses it could do without.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Texts } from "../../../worker/orc/source/texts.ts";
import type { Expression } from "../../../worker/orc/syntax/ast.ts";
import { parseProgram } from "../../../worker/orc/syntax/parse.ts";
import { compile } from "../../../worker/orc/compile.ts";
import { expression } from "./arbitrary.ts";
import { SMALL_PRELUDE } from "./prelude.ts";
import { Printer } from "./print.ts";

const runs = { numRuns: process.env["ORCADE_TORTURE"] === undefined ? 300 : 5000 };

/** Trees without positions and numbers of occurrences; names are normalised. */
const bare = (e: Expression): unknown =>
  JSON.parse(
    JSON.stringify(e, (key, value: unknown) => {
      if (key === "start" || key === "end") return undefined;
      return key === "number" && typeof value === "number" ? undefined : value;
    }),
  );

function read(text: string): Expression {
  const parsed = parseProgram({ name: "p.orc", text, prelude: false }, new Texts(), () => undefined);
  if (!parsed.ok) throw new Error(`${parsed.finding.message}\n${text}`);
  return parsed.value.expression;
}

test("parse(print(tree)) is the tree", () => {
  fc.assert(
    fc.property(expression, (tree) => {
      expect(bare(read(new Printer(false).print(tree)))).toEqual(bare(tree));
    }),
    runs,
  );
});

test("blanks and comments between tokens change nothing", () => {
  const blanks = fc.constantFrom("\n", "\t", "{- -- {- x -} -}", " -- a comment\r\n", "\u2028", "\u200e \u000b\u0085");
  fc.assert(
    fc.property(expression, fc.array(blanks, { minLength: 1 }), (tree, filling) => {
      const text = new Printer(false).print(tree);
      if (text.includes('"')) return;
      let at = 0;
      const filled = text.replace(/ /g, () => filling[at++ % filling.length] ?? " ");
      expect(bare(read(filled))).toEqual(bare(read(text)));
    }),
    runs,
  );
});

test("what was grouped is grouped the same way again", () => {
  fc.assert(
    fc.property(expression, (tree) => {
      const once = new Printer(true).print(tree);
      expect(new Printer(true).print(read(once))).toBe(once);
    }),
    runs,
  );
});

test("whatever is printed compiles or is told why not, twice the same", () => {
  fc.assert(
    fc.property(expression, (tree) => {
      const text = new Printer(false).print(tree);
      const compiled = compile(text, { prelude: SMALL_PRELUDE });
      expect(compiled.ok || compiled.diagnostics.length > 0).toBe(true);
      expect(compile(text, { prelude: SMALL_PRELUDE })).toEqual(compiled);
    }),
    runs,
  );
});

test("any text at all is compiled or refused, with a place inside it", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...'val def if then else lambda stop ( ) [ ] {. .} , # < > | ; :: _ = x 1 " -- {- -} as type'.split(" "),
    ),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join(" ");
      const compiled = compile(text, { prelude: SMALL_PRELUDE });
      const lines = text.split(/\r\n|[\n\f\r\u0085\u2028\u2029]/);
      for (const { place } of compiled.ok ? compiled.warnings : compiled.diagnostics) {
        expect(lines[place.line - 1]).toBe(place.text);
        expect(place.column).toBeLessThanOrEqual(Array.from(place.text).length + 1);
      }
    }),
    runs,
  );
});
