// When a call is far outside what its algorithm's calls use: "somebody hides a miner in the image filter". Pure.
//
// Compared is the logarithm of fuel per byte moved (input and output), among calls with inputs of about the same length. Per
// byte, because what a decoder does depends on its output more than on its input; in the logarithm, because fuel spreads by
// factors. Only more than usual is suspicious, never less. Duration is not judged: it is the machine's as much as the
// module's; nor are pages of memory, which are fixed when a module is instantiated.
import { type Histogram, binOf, quantileBin, robustDeviation } from "./histogram.ts";

/** Robust standard deviations beyond which a call, or a version's median, is flagged. */
const DEVIATIONS = 5;
/** A deviation is taken for no less than a quarter of an octave, in bins: equal inputs have none at all. */
const LEAST_DEVIATION = 4;
/** A call must also be half an octave beyond the largest of the baseline, so that the edge of what is usual may move. */
const BEYOND = 8;
/** Calls a baseline must have. */
export const LEAST_BASELINE = 30;
/** Calls a version must have before its median is judged. */
export const LEAST_VERSION = 20;
/** A version's median must be at least this far above the baseline's, in bins: 1.5 times. */
const LEAST_SHIFT = 9.4;
/** Bytes every call is taken to move beside its own: short inputs would make ratios of nothing. */
const BASE_BYTES = 64;

/** Inputs of one class are within a factor of two: 0, 1, 2-3, 4-7, ... @returns 0 to 24 */
export const sizeClass = (inputBytes: number): number => (inputBytes < 1 ? 0 : Math.floor(Math.log2(inputBytes)) + 1);

/** Fuel per KiB moved. */
export const rateOf = (fuel: number, inputBytes: number, outputBytes: number): number =>
  (fuel * 1024) / (inputBytes + outputBytes + BASE_BYTES);

/** What calls of a size class were like. */
export interface Baseline {
  readonly rate: Histogram;
}

const deviationOf = (baseline: Histogram): number => Math.max(LEAST_DEVIATION, robustDeviation(baseline));

/** The largest rate that is not flagged; infinite while the baseline is too small to judge. */
export function rateLimit(baseline: Histogram): number {
  if (baseline.count < LEAST_BASELINE) return Infinity;
  const usual = quantileBin(baseline, 0.5) + DEVIATIONS * deviationOf(baseline);
  return 2 ** (Math.max(usual, binOf(baseline.max) + BEYOND) / 16);
}

/**
 * Whether a version as a whole uses more than those before it: its median lies 1.5 times and five standard errors above.
 * @param before rates of earlier versions @param own rates of the version
 */
export function isShifted(before: Histogram, own: Histogram): boolean {
  if (before.count < LEAST_BASELINE || own.count < LEAST_VERSION) return false;
  const shift = quantileBin(own, 0.5) - quantileBin(before, 0.5);
  // Standard error of a median: 1.2533 σ / √n.
  const error = (1.2533 * deviationOf(before)) / Math.sqrt(Math.min(before.count, own.count));
  return shift > Math.max(LEAST_SHIFT, DEVIATIONS * error);
}
