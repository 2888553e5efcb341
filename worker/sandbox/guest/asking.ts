// Asking the host: not longer than the call may last, and never while a module is only tried. What fails on the host's side
// is no fault of the module's.
import type { GuestHost } from "../protocol.ts";
import { HostFailure, Stop, stop } from "./stop.ts";

export class Asking {
  readonly #host: GuestHost | null;
  readonly #deadline: number;

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
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(stop("TimeoutError", "")), Math.max(0, this.#deadline - Date.now()));
    });
    try {
      return await Promise.race([question(this.#host), late]);
    } catch (error) {
      throw error instanceof Stop ? error : new HostFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }
}
