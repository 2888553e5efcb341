// Waiting for something that another request of this isolate does. Who waits looks again and again, by timers of its own. To
// be woken would be cheaper, and loses calls: where one request, or one object, resolves a promise that another one awaits,
// the runtime now and then goes on with it in the wrong context, and what is asked for there (an RPC, a timer) never comes,
// because it ends with the request that it was taken for. It was seen once in some ten thousand times, under load.

const LOOK_AGAIN_MS = 500;
/** Milliseconds between two looks: at first, and at most. */
const SOON_MS = 1;
const LATER_MS = 8;

interface Ticket {
  over: boolean;
}

export class Waiting {
  readonly #tickets = new Set<Ticket>();

  /** Whether anybody waits. */
  get any(): boolean {
    return this.#tickets.size > 0;
  }

  /** Waits until `wake`, at most a little while: what is waited for must be looked at again. */
  async wait(ms = LOOK_AGAIN_MS): Promise<void> {
    const ticket: Ticket = { over: false };
    this.#tickets.add(ticket);
    const end = Date.now() + ms;
    for (let pause = SOON_MS; !ticket.over && Date.now() < end; pause = Math.min(LATER_MS, 2 * pause))
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, ms)));
    this.#tickets.delete(ticket);
  }

  /** Lets everybody go on who waits now. */
  wake(): void {
    for (const ticket of this.#tickets) ticket.over = true;
    this.#tickets.clear();
  }
}
