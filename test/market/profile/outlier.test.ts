// Histograms against sorted lists, and what is far outside.
import fc from "fast-check";
import { expect, test } from "vitest";
import { EMPTY, add, merge, quantile, robustDeviation } from "../../../worker/market/profile/histogram.ts";
import {
  LEAST_BASELINE,
  LEAST_VERSION,
  isShifted,
  rateLimit,
  sizeClass,
} from "../../../worker/market/profile/outlier.ts";

const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 ** 52 })), {
  minLength: 1,
  maxLength: 200,
});

test("a quantile is at or above the true one, by 4.5 % and the rounding to a whole number at most", () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
      const sorted = list.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(list.length * share)) - 1] ?? 0;
      const found = quantile(add(EMPTY, list), share);
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(Math.max(2, Math.ceil(exact * 2 ** (1 / 16))));
    }),
  );
});

test("adding in parts and merging give what adding at once gives", () => {
  fc.assert(
    fc.property(values, values, (one, two) => {
      const whole = add(EMPTY, [...one, ...two]);
      expect(add(add(EMPTY, one), two)).toEqual(whole);
      expect(merge([add(EMPTY, one), add(EMPTY, two)])).toEqual(whole);
    }),
  );
});

test("a twentieth of wild values moves the deviation of the rest less than double", () => {
  const calm = Array.from({ length: 950 }, (_, i) => 1_000 * 2 ** ((i % 32) / 16));
  const alone = robustDeviation(add(EMPTY, calm));
  const wild = Array.from({ length: 9 }, () => 1_000_000_000);
  expect(robustDeviation(add(EMPTY, [...calm, ...wild]))).toBeLessThan(alone * 2);
});

test("size classes begin at powers of two", () => {
  expect([0, 1, 2, 3, 4, 1023, 1024, 10 * 2 ** 20].map(sizeClass)).toEqual([0, 1, 2, 2, 3, 10, 11, 24]);
});

const equal = (count: number, value: number): ReturnType<typeof add> => add(EMPTY, Array<number>(count).fill(value));

test("nothing is judged before the baseline has its calls", () => {
  expect(rateLimit(equal(LEAST_BASELINE - 1, 1_000))).toBe(Infinity);
  expect(rateLimit(equal(LEAST_BASELINE, 1_000))).toBeLessThan(3_000);
  expect(isShifted(equal(LEAST_BASELINE, 1_000), equal(LEAST_VERSION - 1, 9_000))).toBe(false);
  expect(isShifted(equal(LEAST_BASELINE, 1_000), equal(LEAST_VERSION, 9_000))).toBe(true);
});

test("a version that uses two fifths more is not shifted, one that uses twice as much is", () => {
  expect(isShifted(equal(200, 1_000), equal(100, 1_400))).toBe(false);
  expect(isShifted(equal(200, 1_000), equal(100, 2_000))).toBe(true);
});
