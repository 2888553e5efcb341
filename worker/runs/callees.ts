// Calls of algorithms by a durable run. A call is begun under one id and, when its process died before it was settled, begun
// again under the same; its answer is on the run's disk before it is settled, and so enters the program whatever happens
// after. Only an id that the ledger refuses for good gives way to another.
import { releaseFor, type Target } from "../calls/target.ts";
import type { SettleError } from "../calls/settle.ts";
import type { Env } from "../env.ts";
import type { Failure } from "../market/failure.ts";
import { type Result, ok } from "../market/result.ts";
import { pauseAfter } from "../objects/task/ladder.ts";
import type { Value } from "../orc/values/kinds.ts";
import { writeAnswer } from "./answers.ts";
import { type Debts, LedgerSilent, sleep } from "./debts.ts";
import { type Algorithms, answerOf, type Care } from "./sites.ts";
import { answerName, type Store } from "./store.ts";

/** A call that fails on our side is begun again so often before the program hears of it. */
const LADDER = { first: 500, most: 10_000, tries: 6 };

const UNPAID = {
  type: "InsufficientCredits",
  message: "The account's credits ran out before the call could be paid",
  retry: false,
};

export interface Surroundings {
  readonly env: Env;
  readonly store: Store;
  readonly debts: Debts;
  readonly algorithms: Algorithms;
  /** Id of the run. */
  readonly run: string;
  /** Whether what this life of the run does is still taken. */
  readonly holds: () => boolean;
}

export class Callees {
  readonly #at: Surroundings;

  constructor(at: Surroundings) {
    this.#at = at;
  }

  /** Calls, or finds out how a call that an earlier life began went. @returns the answer as text; null: nobody is to have it */
  async ask(
    n: number,
    args: readonly (Value | undefined)[],
    cancel: AbortSignal,
    unpaid: boolean,
  ): Promise<string | null> {
    const { store, algorithms, holds } = this.#at;
    const [name] = args;
    if (unpaid) return writeAnswer(answerOf(name, { ok: false, error: UNPAID }));
    for (let failed = 1; ; failed++) {
      const known = store.call(n)?.state === "settled" ? store.text(answerName(n)) : undefined;
      if (known !== undefined) return known;
      const heard: { refused: SettleError | null } = { refused: null };
      const done = await algorithms.ask(args, cancel, this.#care(n, heard));
      if (!holds()) return null;
      const outcome = await this.#settled(n, heard.refused);
      if (outcome === "settled") return store.text(answerName(n)) ?? null;
      if (outcome === "unpaid") return writeAnswer(answerOf(name, { ok: false, error: UNPAID }));
      const pause =
        outcome === "never" || (!done.ok && done.error.retry) ? pauseAfter(LADDER, failed, Math.random()) : null;
      if (pause === null || cancel.aborted) return writeAnswer(answerOf(name, done));
      await sleep(pause, cancel);
    }
  }

  #care(n: number, heard: { refused: SettleError | null }): Care {
    const { store, holds } = this.#at;
    const id = store.call(n)?.id ?? `${this.#at.run}.${n}`;
    return {
      id,
      pin: (target, member) => this.pin(target, member),
      prepare: async (settlement, answer) => {
        if (!holds()) throw new LedgerSilent();
        store.prepare({ id, call: n, settlement }, writeAnswer(answer));
        await store.sync();
      },
      refused: (error) => (heard.refused = error),
    };
  }

  /** What became of the settlement that the call prepared; null: it prepared none. */
  async #settled(n: number, refused: SettleError | null): Promise<"settled" | "never" | "unpaid" | null> {
    const { store, debts, run } = this.#at;
    const call = store.call(n);
    const debt = call === undefined ? undefined : store.debts().find(({ id }) => id === call.id);
    if (call === undefined || debt === undefined) return null;
    if (refused === null) {
      store.settled(debt.id);
      return "settled";
    }
    // Whether it settled is not known: it is sent again as it is. What was refused ran for nothing, and its writes are gone.
    const outcome = refused === "unavailable" ? await debts.send(debt) : "never";
    if (outcome !== "settled") store.unsettled(debt.id);
    if (outcome === "never") store.sql.attempt(n, `${run}.${n}-${call.attempts + 1}`);
    return outcome;
  }

  /** The version that an algorithm's name means from its first use on, whatever is published or withdrawn later. */
  async pin(target: Target, member: boolean): Promise<Result<Target, Failure>> {
    const { env, store } = this.#at;
    const { owner, name, selector } = target;
    const key = `${owner}/${name}@${selector}`.toLowerCase();
    const version = store.sql.pin(key);
    if (version !== undefined) return ok({ owner, name, selector: version });
    const release = await releaseFor(env, target, member);
    if (!release.ok) return release;
    store.sql.putPin(key, release.value.version);
    return ok({ owner, name, selector: store.sql.pin(key) ?? release.value.version });
  }
}
