// The retry ladder: pauses double up to the longest, chance spreads them from nothing to all of it, and it ends.
import fc from "fast-check";
import { expect, test } from "vitest";
import { pauseAfter } from "../../../worker/objects/task/ladder.ts";

test("the longest pauses double, and stay at the longest", () => {
  const ladder = { first: 1_000, most: 5_000, tries: 6 };
  expect([1, 2, 3, 4, 5].map((failed) => pauseAfter(ladder, failed, 1))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(pauseAfter(ladder, 6, 1)).toBeNull();
});

test("a pause is by chance anything from nothing to its longest, and never overflows", () => {
  const ladder = { first: 500, most: 3_600_000, tries: 10_000 };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9_999 }), fc.double({ min: 0, max: 1, noNaN: true }), (failed, chance) => {
      const pause = pauseAfter(ladder, failed, chance) ?? -1;
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(Math.min(3_600_000, 500 * 2 ** Math.min(failed - 1, 40)));
      expect(Number.isSafeInteger(pause)).toBe(true);
    }),
  );
});
