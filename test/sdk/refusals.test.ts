// What the build refuses: each case of refusals/*.txt names the place and the sentence. An expectation that ends in `...`
// is the beginning of what must come: the rest is said by other rooms.
import { describe, expect, it } from "vitest";
import { buildFiles, readTextCases } from "./support.ts";

describe("what cannot be built is refused with file, line, column and a sentence", () => {
  const cases = readTextCases("refusals");
  it("has cases", () => expect(cases.length).toBeGreaterThan(40));
  for (const { title, files, expected } of cases) {
    it(title, async () => {
      const result = await buildFiles(files);
      const message = result.ok ? "it was built" : result.error.message;
      const cut = expected.endsWith("...") ? expected.length - 3 : undefined;
      expect(message.slice(0, cut)).toBe(expected.slice(0, cut));
    });
  }
});
