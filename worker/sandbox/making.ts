// Making an isolate takes tens of milliseconds in which nothing else runs. So of those that are asked for at the same time
// each is made in a turn of its own, and the network has its turn between them; one that is asked for alone waits for nothing.

/** Milliseconds after which who makes one is taken for lost: the runtime may end a request at any await. */
const LOST_MS = 100;

const MADE_KEPT = 10_000;

const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export class Making {
  readonly #made = new Set<string>();
  /** Until when one is being made, in ms since 1970. */
  #until = 0;

  /** Resolves when an isolate may be made, or was before. */
  async turn(name: string): Promise<void> {
    while (!this.#made.has(name)) {
      if (Date.now() >= this.#until) return this.#take(name);
      await nextTurn();
    }
  }

  #take(name: string): void {
    if (this.#made.size >= MADE_KEPT) this.#made.clear();
    this.#made.add(name);
    const until = Date.now() + LOST_MS;
    this.#until = until;
    // It is made before the network is looked at again, and only then do timers run out.
    setTimeout(() => {
      if (this.#until === until) this.#until = 0;
    }, 0);
  }
}
