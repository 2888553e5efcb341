// What becomes of prepared writes: whoever meets one waits until its call has settled or not, and when that takes too long the
// payer's ledger is asked, whose answer is for good.
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { accountOf } from "../account/object.ts";
import type { PreparedCall, PreparedCalls } from "./calls.ts";

/** What a store does when it is known whether a call has settled. Either again changes nothing. */
export interface Deciding {
  confirm(call: string): void | Promise<void>;
  drop(call: string): void | Promise<void>;
}

export class Fates {
  readonly #env: Env;
  readonly #calls: PreparedCalls;
  readonly #store: Deciding;

  constructor(env: Env, calls: PreparedCalls, store: Deciding) {
    this.#env = env;
    this.#calls = calls;
    this.#store = store;
  }

  /** Waits until nothing prepared is in the way, asking the ledger about what stays too long. */
  async clear(inTheWay: () => PreparedCall | undefined): Promise<void> {
    for (let found = inTheWay(); found !== undefined; found = inTheWay()) {
      const age = Date.now() - found.since;
      if (age < LIMITS.preparedAskMs) await this.#calls.gone(found.call, LIMITS.preparedAskMs - age);
      else if (!(await this.#resolve(found))) await this.#calls.gone(found.call, LIMITS.preparedAskMs);
    }
  }

  /** Resolves what nobody asked for since: calls whose isolate died. */
  async resolveOld(): Promise<void> {
    const old = this.#calls.all().filter(({ since }) => Date.now() - since >= LIMITS.preparedDecideMs);
    for (const prepared of old) await this.#resolve(prepared);
  }

  /**
   * Asks the payer's ledger what became of a call, and does what follows. One that is old is forbidden to settle.
   * @returns false when it is still open
   */
  async #resolve({ call, account, since }: PreparedCall): Promise<boolean> {
    const decide = Date.now() - since >= LIMITS.preparedDecideMs;
    const [fate] = await accountOf(this.#env, account).settled([call], decide);
    if (fate === "settled") await this.#store.confirm(call);
    if (fate === "never") await this.#store.drop(call);
    return fate !== "open";
  }
}
