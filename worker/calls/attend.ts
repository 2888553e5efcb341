// While a call runs for more than a moment, its account's object knows of it and can have it ended, and so can the client by
// going away. A call that ends before costs neither of them anything, and needs no timer: what outlives its first slice, waits
// for its host, or waits long for its turn listens for a wish to cancel it, and only from then on is it looked after.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { accountOf } from "../objects/account/object.ts";
import type { Progress, RunningCall } from "../objects/account/running.ts";
import { Canceller } from "./cancel.ts";

/** Milliseconds after which an account's object that was lost is told again. */
const AGAIN_MS = 1_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Attendance {
  readonly canceller = new Canceller(() => this.#listens());
  readonly #env: Env;
  readonly #account: string;
  #call: RunningCall;
  #over = false;
  #known = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #client: (() => AbortSignal) | null;

  /** @param client aborts when it goes away: asked for only once the account knows of the call */
  constructor(env: Env, account: string, call: Omit<RunningCall, "progress">, client: (() => AbortSignal) | null) {
    this.#env = env;
    this.#account = account;
    this.#call = { ...call, progress: null };
    this.#client = client;
  }

  /** Its account knows of it when it has run for LIMITS.attendedMs. */
  #listens(): void {
    if (this.#over) return;
    const begin = (): void => {
      if (this.#client !== null) this.#watch(this.#client());
      void this.#attend();
    };
    this.#timer = setTimeout(begin, Math.max(0, this.#call.since + LIMITS.attendedMs - Date.now()));
  }

  /** How far the call says it is; who is told of the call later is told of that, too. Nobody waits for it. */
  said(progress: Progress): void {
    this.#call = { ...this.#call, progress };
    if (!this.#known || this.#over) return;
    void accountOf(this.#env, this.#account)
      .said(this.#call.call, progress)
      .catch(() => undefined);
  }

  /** Ends it. @returns when the account's object has heard; null: it never knew */
  end(): Promise<void> | null {
    this.#over = true;
    clearTimeout(this.#timer);
    return this.#known ? this.#leave() : null;
  }

  async #leave(): Promise<void> {
    await accountOf(this.#env, this.#account)
      .leave(this.#call.call)
      .catch(() => undefined);
  }

  #watch(client: AbortSignal): void {
    if (client.aborted) this.canceller.cancel();
    else client.addEventListener("abort", () => this.canceller.cancel(), { once: true });
  }

  /** The answer of the account's object comes when the call shall end, or has. */
  async #attend(): Promise<void> {
    while (!this.#over) {
      this.#known = true;
      try {
        const word = await accountOf(this.#env, this.#account).attend(this.#call);
        if (word === "cancel") this.canceller.cancel();
        return;
      } catch {
        // It was evicted, and forgot: tell it again.
        if (!this.#over) await pause(AGAIN_MS);
      }
    }
  }
}
