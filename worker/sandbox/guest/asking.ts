// Asking the host: not longer than the call may last or is wanted, and never while a module is only tried. What fails on the host's side
// is no fault of the module's.
import { LIMITS } from "../../limits.ts";
import type { GuestHost } from "../protocol.ts";
import { HostFailure, Stop, stop } from "./stop.ts";

export class Asking {
  readonly #host: GuestHost | null;
  readonly #deadline: number;
  /** One timer for all questions of the call: first until the host is asked to say when it is not wanted any more. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #late: Promise<never> | undefined;
  #asked = 0;

  /**
   * @param host null while a module is only tried
   * @param deadline ms since 1970
   */
  constructor(host: GuestHost | null, deadline: number) {
    this.#host = host;
    this.#deadline = deadline;
  }

  /** @param questions how many these are @throws Stop, HostFailure */
  async ask<T>(question: (host: GuestHost) => Promise<T>, questions = 1): Promise<T> {
    if (this.#host === null) {
      throw stop("StateLimit", "the host can be asked by `apply`, not while the module is tried");
    }
    this.#asked += questions;
    if (this.#asked > LIMITS.hostCalls) throw stop("HostLimit", `the limit is ${LIMITS.hostCalls}`);
    this.#late ??= this.#watch(this.#host);
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

  #watch(host: GuestHost): Promise<never> {
    const late = new Promise<never>((_, reject) => {
      const expire = (): void => reject(stop("TimeoutError", ""));
      // Who is late is late, even where its caller has given it up for that.
      const end = (): void => (Date.now() >= this.#deadline ? expire() : reject(stop("Cancelled", "")));
      const left = (): number => Math.max(0, this.#deadline - Date.now());
      const attend = (): void => {
        this.#timer = setTimeout(expire, left());
        // A host that cannot say so does not cancel.
        void host.cancelled().then(end, () => undefined);
      };
      this.#timer = left() <= LIMITS.attendedMs ? setTimeout(expire, left()) : setTimeout(attend, LIMITS.attendedMs);
    });
    // It may come when nobody asks any more.
    late.catch(() => undefined);
    return late;
  }
}
