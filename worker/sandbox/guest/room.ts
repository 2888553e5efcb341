// What the calls of this isolate hold of its memory: the one thing that they have in common here. Calls that end in one go
// follow one another however many are sent at once, so they are sent on trust; where others stay, and there is no room
// left beside them, such a call is refused before it has begun.
import { LIMITS } from "../../limits.ts";

/** A call whose end the runtime did not let us see is over by its deadline and this. */
const SLACK_MS = 10_000;

interface Held {
  readonly bytes: number;
  readonly until: number;
}

export class Room {
  readonly #limit: number;
  readonly #held = new Set<Held>();
  #sum = 0;

  /** @param limit bytes */
  constructor(limit: number = LIMITS.isolateBytes) {
    this.#limit = limit;
  }

  /**
   * Notes a call. @param until its deadline, ms since 1970 @param trusted whether it may be refused
   * @returns what notes its end; null: refused
   */
  take(bytes: number, until: number, trusted: boolean): (() => void) | null {
    if (trusted && !this.#fits(bytes)) return null;
    const held: Held = { bytes, until: until + SLACK_MS };
    this.#held.add(held);
    this.#sum += bytes;
    return () => this.#drop(held);
  }

  #fits(bytes: number): boolean {
    if (this.#sum + bytes <= this.#limit || this.#held.size === 0) return true;
    const now = Date.now();
    for (const held of this.#held) if (held.until < now) this.#drop(held);
    return this.#sum + bytes <= this.#limit || this.#held.size === 0;
  }

  #drop(held: Held): void {
    if (this.#held.delete(held)) this.#sum -= held.bytes;
  }
}
