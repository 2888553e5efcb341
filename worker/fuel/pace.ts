// How much is done in one step of a generator before others may run: items that take some half a microsecond each.

/** Items of a section that are read or written in one step: some 2 ms. */
export const STEP_ITEMS = 4_096;

export class Pace {
  private left = STEP_ITEMS;

  /** Counts an item. @returns whether a step is over */
  over(): boolean {
    if (--this.left > 0) return false;
    this.left = STEP_ITEMS;
    return true;
  }
}
