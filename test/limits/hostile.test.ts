// The figures of test/hostile, which WAT and JSON must spell out, are those of worker/limits.ts: a limit that is changed
// fails here until the module that shows its last accepted and first refused value is changed too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIMITS, PAGE_BYTES } from "../../worker/limits.ts";
import { hostileExpectations } from "../hostile/load.ts";

const PAGES_PER_MIB = 1_048_576 / PAGE_BYTES;
const wordsOf = (name: string): readonly string[] =>
  readFileSync(join(import.meta.dirname, "..", "hostile", `${name}.wat`), "utf8")
    .replace(/^;;.*$/gmu, "")
    .split(/[\s()]+/u);

/** Name of a module, and the number in its text that shows the limit. */
const FIGURES: readonly (readonly [string, number])[] = [
  ["state-operations-at-the-limit", LIMITS.stateOperations],
  ["state-operations-over-limit", LIMITS.stateOperations + 1],
  ["state-reads-over-the-limit", LIMITS.stateOperations + 1],
  ["state-key-at-the-limit", LIMITS.stateKeyBytes],
  ["state-key-too-long", LIMITS.stateKeyBytes + 1],
  ["state-value-at-the-limit", LIMITS.stateValueBytes],
  ["state-value-too-long", LIMITS.stateValueBytes + 1],
  ["state-list-1000", LIMITS.stateListKeys],
  ["state-list-1001", LIMITS.stateListKeys + 1],
  ["memory-at-the-limit", LIMITS.memoryMiB * PAGES_PER_MIB],
  ["memory-over-the-limit", LIMITS.memoryMiB * PAGES_PER_MIB + 1],
  ["memory-at-the-maximum", LIMITS.memoryMiBMax * PAGES_PER_MIB],
  ["memory-over-the-maximum", LIMITS.memoryMiBMax * PAGES_PER_MIB + 1],
  ["table-at-the-limit", LIMITS.tableEntries],
  ["table-over-the-limit", LIMITS.tableEntries + 1],
  // Two quotes are part of the encoded answer.
  ["answer-at-the-limit", LIMITS.answerBytes - 2],
  ["answer-over-the-limit", LIMITS.answerBytes - 1],
];

describe("hostile figures", () => {
  test.for(FIGURES)("%s says %d", ([name, figure]) => {
    expect(wordsOf(name)).toContain(String(figure));
  });

  test("state writes: keys and values of the last accepted call come to the limit", () => {
    // Sixteen values of 1 MiB, each under a key of one byte; the last is shorter by the keys.
    const bytes = (name: string): number => {
      const values = wordsOf(name).filter((word) => /^10\d{5}$/u.test(word));
      return 15 * Number(values[0]) + Number(values[1]) + 16;
    };
    expect(bytes("state-writes-at-the-limit")).toBe(LIMITS.stateWriteBytes);
    expect(bytes("state-writes-over-the-limit")).toBe(LIMITS.stateWriteBytes + 1);
  });

  test("what a recipe or an expectation says in figures", () => {
    const all = hostileExpectations();
    expect(all["largest"]?.make).toMatchObject({ to: LIMITS.moduleBytes });
    expect(all["too-large"]?.make).toMatchObject({ to: LIMITS.moduleBytes + 1 });
    expect(all["answer-at-the-limit"]?.result_length).toBe(LIMITS.answerBytes - 2);
    expect(all["fail-huge"]?.message_bytes).toBe(LIMITS.failMessageBytes);
    expect(all["fail-huge-type"]?.error_type?.length).toBe(LIMITS.failTypeBytes);
  });
});
