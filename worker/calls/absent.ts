// What a call tree was told is not there, so that a module that asks again and again is not looked up each time. Only its own
// tree believes that, and not for long: who calls from outside always asks, and sees what was published at once. Pure.
import type { Failure } from "../market/failure.ts";
import type { Result } from "../market/result.ts";

/** Milliseconds that it is believed: a tree may wait for an algorithm that is just being published. */
export const ABSENT_MS = 1_000;
/** How much one tree remembers, some 40 KiB: a module may make up names for ever. */
export const MOST_ABSENT = 100;

interface Told {
  readonly failure: Failure;
  readonly until: number;
}

export class Absent {
  readonly #told = new Map<string, Told>();

  /** Looks for something, unless this tree was told lately that it is not there. @param key names what is looked for, and by whom */
  async find<T>(key: string, look: () => Promise<Result<T, Failure>>): Promise<Result<T, Failure>> {
    const known = this.#told.get(key);
    if (known !== undefined && Date.now() < known.until) return { ok: false, error: known.failure };
    const found = await look();
    if (found.ok) this.#told.delete(key);
    else this.#keep(key, found.error);
    return found;
  }

  #keep(key: string, failure: Failure): void {
    this.#told.delete(key);
    // The oldest goes.
    for (const oldest of this.#told.keys()) {
      if (this.#told.size < MOST_ABSENT) break;
      this.#told.delete(oldest);
    }
    this.#told.set(key, { failure, until: Date.now() + ABSENT_MS });
  }
}
