// A fair lock in an object's memory: first come, first served, and nobody keeps it for ever. It orders work, it protects
// nothing: the commit's own check does that, so losing the lock (eviction, time-out) costs a re-run, never a wrong sum.

interface Waiter {
  readonly holder: string;
  readonly wake: () => void;
}

export class Hold {
  readonly #limitMs: number;
  #holder: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #waiting: Waiter[] = [];

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Waits for the turn, then holds. Taking again what one holds succeeds at once. */
  async take(holder: string): Promise<void> {
    if (this.#holder === null || this.#holder === holder) this.#grant(holder);
    else await new Promise<void>((wake) => this.#waiting.push({ holder, wake }));
  }

  /** Gives the turn to who has waited longest; takes a waiter that gave up out of the queue. */
  release(holder: string): void {
    const waiting = this.#waiting.findIndex((waiter) => waiter.holder === holder);
    if (waiting >= 0) this.#waiting.splice(waiting, 1)[0]?.wake();
    if (this.#holder !== holder) return;
    clearTimeout(this.#timer);
    this.#holder = null;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#grant(next.holder);
    next.wake();
  }

  #grant(holder: string): void {
    clearTimeout(this.#timer);
    this.#holder = holder;
    this.#timer = setTimeout(() => this.release(holder), this.#limitMs);
  }
}
