// How many parts a task that could not be finished is cut into. Pure.
import { LIMITS } from "../limits.ts";

/** Parts of a task of which nothing is known but that it was too much. */
export const ARITY = 16;
/** Depth from which on a task is always cut into as many, so that none is cut over and over into a little less. */
const DEEP = 3;
/** Of a task's fuel, what a part is meant to need. */
const SHARE = 0.8;

/**
 * @param depth how often it was cut before
 * @param finished the share of it that was finished with all its fuel, 0 to 1
 * @returns parts for the rest: 1 to ARITY
 */
export function partsFor(depth: number, finished: number): number {
  if (depth >= DEEP || finished <= 0) return ARITY;
  const rest = (1 - finished) / finished / SHARE;
  return Math.min(ARITY, Math.max(1, Math.ceil(rest)));
}

/** Whether a task may be cut once more. */
export const mayCut = (depth: number): boolean => depth < LIMITS.jobDepth;
