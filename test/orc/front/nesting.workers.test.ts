// The stack of workerd is enough for the deepest program that is taken.
import { expect, test } from "vitest";
import { compile } from "../../../worker/orc/compile.ts";
import { MAXIMUM_NESTING } from "../../../worker/orc/syntax/cursor.ts";
import { NESTED } from "./hostile.ts";
import { SMALL_PRELUDE } from "./prelude.ts";

test.each(Object.entries(NESTED))("%s", (_, program) => {
  const compiled = compile(program(MAXIMUM_NESTING - 2), { prelude: SMALL_PRELUDE });
  expect(compiled.ok ? [] : compiled.diagnostics).toEqual([]);
  const refused = compile(program(10_000), { prelude: SMALL_PRELUDE });
  expect(refused).toMatchObject({ ok: false, diagnostics: [{ code: "nesting" }] });
});
