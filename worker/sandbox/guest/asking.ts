// Asking the host: not longer than the call may last, and never while a module is only tried. What fails on the host's side
// is no fault of the module's.
import type { GuestHost } from "../protocol.ts";
import { HostFailure, Stop, stop } from "./stop.ts";

export class Asking {
  readonly #host: GuestHost | null;
  readonly #deadline: number;
  /** One timer for all questions of the call: each costs as much as the question. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #late: Promise<never> | undefined;

  /**
   * @param host null while a module is only tried
   * @param deadline ms since 1970
   */
  constructor(host: GuestHost | null, deadline: number) {
    this.#host = host;
    this.#deadline = deadline;
  }

  async ask<T>(question: (host: GuestHost) => Promise<T>): Promise<T> {
    if (this.#host === null) {
      throw stop("StateLimit", "the host can be asked by `apply`, not while the module is tried");
    }
    this.#late ??= this.#watch();
    try {
      return await Promise.race([question(this.#host), this.#late]);
    } catch (error) {
      throw error instanceof Stop ? error : new HostFailure(error);
    }
  }

  /** The call is over. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #watch(): Promise<never> {
    const late = new Promise<never>((_, reject) => {
      this.#timer = setTimeout(() => reject(stop("TimeoutError", "")), Math.max(0, this.#deadline - Date.now()));
    });
    // It may come when nobody asks any more.
    late.catch(() => undefined);
    return late;
  }
}
