// One ceiling over all that a run costs: its own evaluation and every call, which settle one by one. Each sets money aside
// under the ceiling before it takes it from the account's purse; who finds nothing left waits as long as others may still
// give some back.
import type { Held, MoneySource } from "../calls/purse.ts";
import { Waiting } from "../calls/waiting.ts";
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { LeaseRefusal } from "../objects/account/protocol.ts";

export class Ceiling {
  /** Microcredits. */
  readonly limit: number;
  /** Microcredits that were settled. */
  spent = 0;
  /** Whether something was refused because of this ceiling, not for want of credits. */
  reached = false;
  #held = 0;
  readonly #changed = new Waiting();
  /** Those that will end by themselves, and so give back what they do not spend. */
  readonly #passing = new Set<Capped>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Microcredits that nobody holds. */
  get rest(): number {
    return this.limit - this.spent - this.#held;
  }

  /** @param passing whether what is set aside comes back before the run ends: true for calls */
  over(purse: MoneySource, passing = true): MoneySource {
    return {
      reserve: async (env, least, want, deadline) => {
        if (!(await this.#await(least, deadline, null))) return err({ code: "insufficient-credits", available: 0 });
        return this.#reserve(env, purse, { least, want, deadline, passing });
      },
    };
  }

  async #reserve(
    env: Env,
    purse: MoneySource,
    { least, want, deadline, passing }: { least: number; want: number; deadline: number; passing: boolean },
  ): Promise<Result<Held, LeaseRefusal>> {
    const wanted = Math.min(want, this.rest);
    this.#held += wanted;
    const got = await purse.reserve(env, least, wanted, deadline);
    this.free(wanted);
    if (!got.ok) return got;
    this.#held += got.value.amount;
    const capped = new Capped(this, got.value, deadline);
    if (passing) this.#passing.add(capped);
    return ok(capped);
  }

  /** Waits until so much is free. @returns false when it never will be */
  async #await(least: number, deadline: number, asker: Capped | null): Promise<boolean> {
    while (this.rest < least) {
      const hope = [...this.#passing].some((other) => other !== asker && !other.waits);
      if (!hope || Date.now() > deadline) {
        this.reached = true;
        return false;
      }
      await this.#changed.wait();
    }
    return true;
  }

  /** @see Held.extend */
  async extend(env: Env, capped: Capped, inner: Held, missing: number): Promise<number> {
    capped.waits = true;
    const free = await this.#await(1, capped.deadline, capped);
    capped.waits = false;
    if (!free) return 0;
    const wanted = Math.min(missing, this.rest);
    this.#held += wanted;
    const added = await inner.extend(env, wanted);
    this.free(wanted - added);
    return added;
  }

  close(capped: Capped, amount: number, spent: number): void {
    this.#passing.delete(capped);
    this.spent += spent;
    this.free(amount);
  }

  /** Gives back what was held. */
  free(amount: number): void {
    this.#held -= amount;
    this.#changed.wake();
  }
}

class Capped implements Held {
  /** Whether its call waits for more, and so gives none back. */
  waits = false;
  readonly deadline: number;
  readonly #ceiling: Ceiling;
  readonly #inner: Held;

  constructor(ceiling: Ceiling, inner: Held, deadline: number) {
    this.#ceiling = ceiling;
    this.#inner = inner;
    this.deadline = deadline;
  }

  get lease(): string {
    return this.#inner.lease;
  }

  get amount(): number {
    return this.#inner.amount;
  }

  extend(env: Env, missing: number): Promise<number> {
    return this.#ceiling.extend(env, this, this.#inner, missing);
  }

  close(spent: number): void {
    this.#ceiling.close(this, this.#inner.amount, spent);
    this.#inner.close(spent);
  }
}
