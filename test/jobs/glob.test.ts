import { performance } from "node:perf_hooks";
import { expect, test } from "vitest";
import { globOf } from "../../worker/jobs/glob.ts";

test.each([
  ["*", "", true],
  ["*", "a.fa", true],
  ["*.fa", "a.fa", true],
  ["*.fa", "a.fa.gz", false],
  ["*.fa", "afa", false],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["ab*ba", "aba", false],
  ["ab*ba", "abba", true],
  ["a*b*c", "aXbXbXc", true],
  ["a*b*c", "aXcXb", false],
  ["**", "x", true],
  ["*ab*ab", "abab", true],
  ["*ab*ab", "aab", false],
  ["chr[1]*", "chr[1].fa", true],
  ["chr[1]*", "chr1.fa", false],
  ["*\u{1f9ec}*", "a\u{1f9ec}b", true],
  ["plain", "plain", true],
  ["plain", "plain2", false],
])("%s on %s: %s", (pattern, name, matches) => {
  expect(globOf(pattern)(name)).toBe(matches);
});

test("a pattern of a thousand stars is no more work than the name is long", () => {
  const matches = globOf(`${"*a".repeat(990)}*b`);
  const begun = performance.now();
  expect(matches("a".repeat(1_000))).toBe(false);
  expect(performance.now() - begun).toBeLessThan(100);
});
