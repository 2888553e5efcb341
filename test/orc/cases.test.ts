// Every clause of the language's reference as cases in text files: test/orc/cases.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { caseFiles, sayAll } from "./harness.ts";

for (const { name, cases } of caseFiles(join(import.meta.dirname, "cases"))) {
  describe(name, () => {
    const said = sayAll(cases.map(({ program }) => program));
    test.each(cases.map((each, at) => [each.title, each, at] as const))("%s", (_, each, at) => {
      const sorted = (list: readonly string[]) => (each.anyOrder ? [...list].sort() : list);
      const { lines, end } = said[at] ?? { lines: [], end: "" };
      expect({ lines: sorted(lines), end }).toEqual({ lines: sorted(each.expected), end: each.end });
    });
  });
}
