// Settlements of a durable run: each is on the run's own disk before the ledger hears of it, and is sent until the ledger has
// answered. The ledger takes one id once, so nothing is paid twice; what it took before the process died is found here again.
import type { Held } from "../calls/purse.ts";
import { type Opened, leaseFailure } from "../calls/purses.ts";
import { settle } from "../calls/settle.ts";
import type { Env } from "../env.ts";
import type { Failure } from "../market/failure.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Ceiling } from "./ceiling.ts";
import type { Debt, Store } from "./store.ts";

/** Milliseconds for which money is set aside to settle what is ready. */
const SETTLE_MS = 60_000;
const TRIES = 3;
const PAUSE_MS = 1_000;

/** How a settlement ended: `never`: the ledger refuses it for good; `unpaid`: there is no money for it. */
export type Outcome = "settled" | "never" | "unpaid";

/** @param cancel ends it early */
export const sleep = (ms: number, cancel?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
    cancel?.addEventListener("abort", () => resolve(), { once: true });
  });

export interface Payer {
  readonly env: Env;
  readonly account: string;
  readonly ceiling: Ceiling;
  readonly open: () => Promise<Result<Opened, Failure>>;
}

export class Debts {
  readonly #payer: Payer;
  readonly #store: Store;

  constructor(payer: Payer, store: Store) {
    this.#payer = payer;
    this.#store = store;
  }

  /** Sends what an earlier life of the run prepared. @returns numbers of calls that found no money */
  async recover(): Promise<ReadonlySet<number>> {
    const unpaid = new Set<number>();
    for (const debt of this.#store.debts()) {
      const outcome = await this.send(debt);
      if (outcome === "unpaid" && debt.call !== null) unpaid.add(debt.call);
    }
    return unpaid;
  }

  /** Settles what was prepared, with money of its own, and remembers how that went. */
  async send(debt: Debt): Promise<Outcome> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#once(debt);
      if (outcome === "again" && tries < TRIES) {
        await sleep(PAUSE_MS * tries);
        continue;
      }
      // What nobody knows is left as it is: a later life asks again.
      if (outcome === "again") throw new LedgerSilent();
      if (outcome === "settled") this.#store.settled(debt.id);
      else this.#store.unsettled(debt.id);
      return outcome;
    }
  }

  async #once({ settlement }: Debt): Promise<Outcome | "again"> {
    const { env, account } = this.#payer;
    const { total } = settlement;
    const held = await reserved(this.#payer, total, total, SETTLE_MS, true);
    if (!held.ok) return isPassing(held.error) ? "again" : "unpaid";
    let spent = 0;
    try {
      const settled = await settle(env, account, held.value.lease, settlement);
      if (settled.ok) spent = total;
      if (settled.ok) return "settled";
      const { error } = settled;
      return error === "unavailable" || error === "lease-expired" || error === "over-lease" ? "again" : "never";
    } finally {
      held.value.close(spent);
    }
  }
}

/** Whether it may be otherwise in a moment. */
export const isPassing = ({ code }: Failure): boolean => code === "rate-limited" || code === "busy";

/** The ledger did not answer: the attempt is given up, and begun again later. */
export class LedgerSilent extends Error {
  override readonly name = "LedgerSilent";
  constructor() {
    super("the ledger did not answer");
  }
}

/** Sets money aside under the run's ceiling. @param passing @see Ceiling.over */
export async function reserved(
  { env, ceiling, open }: Payer,
  least: number,
  want: number,
  ms: number,
  passing: boolean,
): Promise<Result<Held, Failure>> {
  const opened = await open();
  if (!opened.ok) return opened;
  const held = await ceiling.over(opened.value.purse, passing).reserve(env, least, want, Date.now() + ms);
  return held.ok ? ok(held.value) : err(leaseFailure(held.error));
}
