// Waiting for something that another request of this isolate does. That request may be ended at any await without a word,
// and the runtime ends requests that wait for nothing: so who waits is woken, and looks again by itself.
//
// A Durable Object must not be woken by another's doing: the runtime lets no promise of one object be resolved in the
// context of another. What runs in an object (`inObject`) looks every few milliseconds instead.
import { AsyncLocalStorage } from "node:async_hooks";

const LOOK_AGAIN_MS = 500;
const LOOK_MS = 8;

const objects = new AsyncLocalStorage<true>();

/** Runs something in an object that waits for what others of the isolate do. */
export const inObject = <T>(work: () => Promise<T>): Promise<T> => objects.run(true, work);

interface Ticket {
  woken: boolean;
}

export class Waiting {
  readonly #wakes = new Set<() => void>();
  readonly #tickets = new Set<Ticket>();

  /** Whether anybody waits. */
  get any(): boolean {
    return this.#wakes.size + this.#tickets.size > 0;
  }

  /** Waits until `wake`, at most a little while: what is waited for must be looked at again. */
  async wait(ms = LOOK_AGAIN_MS): Promise<void> {
    if (objects.getStore() === true) return this.#look(ms);
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

  async #look(ms: number): Promise<void> {
    const ticket: Ticket = { woken: false };
    this.#tickets.add(ticket);
    for (const end = Date.now() + ms; !ticket.woken && Date.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, ms)));
    this.#tickets.delete(ticket);
  }

  /** Wakes everybody. */
  wake(): void {
    for (const ticket of this.#tickets) ticket.woken = true;
    this.#tickets.clear();
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }
}
