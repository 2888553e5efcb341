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
  #waiting: Waiter[] = [];

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Waits for the turn, then holds. Taking again what one holds succeeds at once. */
  async take(holder: string): Promise<void> {
    if (this.#holder !== holder && this.#holder !== null) {
      await new Promise<void>((wake) => this.#waiting.push({ holder, wake }));
    }
    this.#grant(holder);
  }

  /** Waits until nobody else holds; does not hold. */
  async pass(holder: string): Promise<void> {
    while (this.#holder !== null && this.#holder !== holder) {
      await new Promise<void>((wake) => this.#waiting.push({ holder: "", wake }));
    }
  }

  release(holder: string): void {
    if (this.#holder === holder) this.#next();
  }

  #grant(holder: string): void {
    clearTimeout(this.#timer);
    this.#holder = holder;
    this.#timer = setTimeout(() => this.release(holder), this.#limitMs);
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#holder = null;
    // Those who only pass go on together; the first who takes gets the turn, and the rest wait behind it.
    while (this.#holder === null) {
      const waiter = this.#waiting.shift();
      if (waiter === undefined) return;
      if (waiter.holder !== "") this.#grant(waiter.holder);
      waiter.wake();
    }
  }
}
