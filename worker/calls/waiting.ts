// Waiting for something that another request of this isolate does. That request may be ended at any await without a word,
// and the runtime ends requests that wait for nothing: so who waits is woken, and looks again by itself.

const LOOK_AGAIN_MS = 500;

export class Waiting {
  readonly #wakes = new Set<() => void>();

  /** Whether anybody waits. */
  get any(): boolean {
    return this.#wakes.size > 0;
  }

  /** Waits until `wake`, at most a little while: what is waited for must be looked at again. */
  async wait(ms = LOOK_AGAIN_MS): Promise<void> {
    let wake: (() => void) | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.#wakes.add(resolve);
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    if (wake !== undefined) this.#wakes.delete(wake);
  }

  /** Wakes everybody. */
  wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }
}
