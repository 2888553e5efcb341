// Bounds of the front: the last program that is taken and the first one that is refused, and programs made to hurt.
import { describe, expect, test } from "vitest";
import { compile, type Compiled } from "../../../worker/orc/compile.ts";
import { MAXIMUM_NODES } from "../../../worker/orc/core/builder.ts";
import { MAXIMUM_CAPTURES, MAXIMUM_FINDINGS } from "../../../worker/orc/core/resolve.ts";
import { MAXIMUM_NESTING } from "../../../worker/orc/syntax/cursor.ts";
import { MAXIMUM_INCLUDES, MAXIMUM_TEXT } from "../../../worker/orc/syntax/parse.ts";
import { LONG, NESTED } from "./hostile.ts";
import { SMALL_PRELUDE } from "./prelude.ts";

const compiled = (text: string): Compiled => compile(text, { prelude: SMALL_PRELUDE });
const codes = (result: Compiled): string[] => (result.ok ? [] : result.diagnostics.map(({ code }) => code));

describe("nesting", () => {
  test("the program is one level, then so many brackets", () => {
    expect(codes(compiled("(".repeat(MAXIMUM_NESTING - 1) + "1" + ")".repeat(MAXIMUM_NESTING - 1)))).toEqual([]);
    const refused = compiled("(".repeat(MAXIMUM_NESTING) + "1" + ")".repeat(MAXIMUM_NESTING));
    expect(refused).toMatchObject({
      diagnostics: [{ code: "nesting", place: { line: 1, column: MAXIMUM_NESTING + 1 } }],
    });
  });

  test.each(Object.entries(NESTED))("%s, nearly as deep as may be and 10,000 deep", (_, program) => {
    expect(codes(compiled(program(MAXIMUM_NESTING - 2)))).toEqual([]);
    expect(codes(compiled(program(10_000)))).toEqual(["nesting"]);
  });

  test("a caller that has used up the stack gets a diagnostic, not an exception", () => {
    const program = NESTED["calls in sums"]?.(MAXIMUM_NESTING - 2) ?? "";
    const seen = new Set<string>();
    const attempt = (): Compiled | undefined => {
      try {
        return compiled(program);
      } catch {
        return undefined;
      }
    };
    // Down to the end of the stack, then a try at every 250th level of the way up, until there is room.
    const descend = (level: number): boolean => {
      try {
        if (descend(level + 1)) return true;
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      const result = level % 250 === 0 ? attempt() : undefined;
      if (result !== undefined) seen.add(codes(result)[0] ?? "compiled");
      return result?.ok === true;
    };
    expect(descend(1)).toBe(true);
    expect([...seen]).toEqual(["nesting", "compiled"]);
  });
});

describe("size", () => {
  test("texts of so many characters together", () => {
    const text = (size: number): string => `${" ".repeat(size - 1)}1`;
    expect(codes(compiled(text(MAXIMUM_TEXT)))).toEqual([]);
    expect(codes(compiled(text(MAXIMUM_TEXT + 1)))).toEqual(["too-large"]);
    const half = "-".repeat(MAXIMUM_TEXT / 2 - 20);
    const including = (last: string): Compiled =>
      compile(`include "a"\n${last}\n1`, { resolve: () => ({ name: "a", text: `--${half}` }) });
    expect(codes(including(`--${half}`))).toEqual([]);
    expect(codes(including(`--${half}${"-".repeat(40)}`))).toEqual(["too-large"]);
  });

  test("nodes of a program and its prelude", () => {
    const before = compiled("stop");
    const known = before.ok ? before.program.nodes.length - 1 : 0;
    const bars = (nodes: number): string => `1${"|1".repeat(nodes - 2)}`;
    expect(codes(compiled(bars(MAXIMUM_NODES - known)))).toEqual([]);
    expect(codes(compiled(bars(MAXIMUM_NODES - known + 1)))).toEqual(["too-large"]);
  });

  test.each(Object.entries(LONG))("%s: many of them are compiled or refused, without overflow", (_, program) => {
    const result = compiled(program(process.env["ORCADE_TORTURE"] === undefined ? 5000 : 100_000));
    expect(result.ok || result.diagnostics.length > 0).toBe(true);
  });

  test("files that include one another", () => {
    const chain = (length: number): Compiled =>
      compile('include "1"\n1', {
        resolve: (name) => ({ name, text: Number(name) < length ? `include "${Number(name) + 1}"` : "" }),
      });
    expect(codes(chain(MAXIMUM_INCLUDES))).toEqual([]);
    expect(codes(chain(MAXIMUM_INCLUDES + 1))).toEqual(["include"]);
  });
});

describe("captures and findings", () => {
  /** `depth` functions inside one another, the innermost of which mentions `count` variables of the program. */
  const capturing = (depth: number, count: number): string => {
    const names = Array.from({ length: count }, (_, at) => `a${at}`);
    const vals = names.map((name) => `val ${name} = Let(1)\n`).join("");
    return `${vals}${"def f() = ".repeat(depth)}stop ; ${names.join(" ; ")}${" f()".repeat(depth)}`;
  };

  test("captured variables of all functions together", () => {
    const depth = 100;
    expect(codes(compiled(capturing(depth, MAXIMUM_CAPTURES / depth - 1)))).toEqual([]);
    expect(codes(compiled(capturing(depth, MAXIMUM_CAPTURES / depth)))).toEqual(["too-large"]);
  });

  test("so many errors are reported, and so many warnings", () => {
    const errors = (count: number): string => Array.from({ length: count }, () => "a").join(" | ");
    expect(codes(compiled(errors(MAXIMUM_FINDINGS)))).toHaveLength(MAXIMUM_FINDINGS);
    expect(codes(compiled(errors(MAXIMUM_FINDINGS + 1)))).toHaveLength(MAXIMUM_FINDINGS);
  });
});
