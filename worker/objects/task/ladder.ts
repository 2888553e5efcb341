// How long a task that failed waits before it is tried again: longer each time, and by chance, so that tasks which failed
// together do not come back together (full jitter: Brooker, "Exponential Backoff and Jitter", AWS 2015). Pure.

export interface Ladder {
  /** Milliseconds the first pause lasts at most; each further one twice as long. */
  readonly first: number;
  /** Milliseconds of the longest pause. */
  readonly most: number;
  /** Tries in all, the first included; then the task has failed. */
  readonly tries: number;
}

/**
 * @param failed how often it has failed in a row, 1 or more
 * @param chance 0 to 1
 * @returns milliseconds to wait, or null when it was tried often enough
 */
export function pauseAfter({ first, most, tries }: Ladder, failed: number, chance: number): number | null {
  if (failed >= tries) return null;
  return Math.floor(chance * Math.min(most, first * 2 ** (failed - 1)));
}
