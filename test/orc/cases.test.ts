// Every clause of the language's reference as cases in text files: test/orc/cases.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { caseFiles, say } from "./harness.ts";

for (const { name, cases } of caseFiles(join(import.meta.dirname, "cases"))) {
  describe(name, () => {
    test.each(cases.map((each) => [each.title, each] as const))("%s", async (_, each) => {
      const { lines, end } = await say(each.program);
      const sorted = (list: readonly string[]) => (each.anyOrder ? [...list].sort() : list);
      expect({ lines: sorted(lines), end }).toEqual({ lines: sorted(each.expected), end: each.end });
    });
  });
}
