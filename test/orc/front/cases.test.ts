// Every production of the grammar and every clause of the translation, as cases in text files: test/orc/front/cases.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { actual, caseFiles } from "./harness.ts";

for (const { name, cases } of caseFiles(join(import.meta.dirname, "cases"))) {
  describe(name, () => {
    test.each(cases.map((each) => [each.title, each] as const))("%s", (_, { program, expected }) => {
      expect(actual(name, program)).toBe(expected);
    });
  });
}
