// An account's asynchronous calls that have not ended: how many there may be, whose turn it is, and which request with an
// Idempotency-Key began which call.
import { type ErrandsRow, errandsStatements } from "../../../kv-schema/tables/errands.ts";
import type { Database } from "../../../kv-schema/database.ts";
import { LIMITS } from "../../limits.ts";

/** A request that came with an Idempotency-Key. */
export interface Once {
  /** SHA-256 of route and key. */
  readonly hash: string;
  /** SHA-256 of what was asked. */
  readonly print: string;
}

export interface ErrandWish {
  readonly call: string;
  /** Id of the key that pays. */
  readonly key: string;
  readonly algorithm: string;
  readonly version: string;
  readonly once: Once | null;
}

export type Entrusted =
  /** `go`: it may begin at once. */
  | { readonly is: "new"; readonly call: string; readonly go: boolean }
  /** The same was asked before. */
  | { readonly is: "known"; readonly call: string }
  /** Something else was asked with this key. */
  | { readonly is: "other" }
  | { readonly is: "full" };

/** Milliseconds after which one that has not begun, or whose object nobody reached, is looked for. */
const FORSAKEN_MS = 30_000;

export class Errands {
  readonly #sql: ReturnType<typeof errandsStatements>;

  constructor(db: Database) {
    this.#sql = errandsStatements(db);
  }

  /** Takes a call, inside a transaction. */
  entrust({ once, ...wish }: ErrandWish, now: number): Entrusted {
    const known = once === null ? undefined : this.#sql.once(once.hash);
    if (once !== null && known !== undefined && known.until > now) {
      return known.print === once.print ? { is: "known", call: known.call } : { is: "other" };
    }
    const { all, running } = this.#sql.counts();
    if (all >= LIMITS.errands) return { is: "full" };
    const go = running < LIMITS.errandsAtOnce;
    this.#sql.add({ ...wish, since: now, state: go ? "running" : "waiting" });
    this.#sql.sweepOnce(now);
    if (once !== null) this.#sql.putOnce({ ...once, call: wish.call, until: now + LIMITS.onceMs });
    return { is: "new", call: wish.call, go };
  }

  /** One has ended, inside a transaction. @param refused nothing was done, so its key may be used again @returns who is next */
  over(call: string, refused: boolean): readonly string[] {
    this.#sql.remove(call);
    if (refused) this.#sql.forgetOnce(call);
    const free = LIMITS.errandsAtOnce - this.#sql.counts().running;
    const next = this.#sql.waiting(Math.max(0, free)).map((row) => row.call);
    for (const each of next) this.#sql.run(each);
    return next;
  }

  find(call: string): ErrandsRow | undefined {
    return this.#sql.find(call);
  }

  /** Oldest first. */
  get all(): readonly ErrandsRow[] {
    return this.#sql.all();
  }

  /** Those who should have begun a while ago. */
  forsaken(now: number): readonly string[] {
    const late = ({ state, since }: ErrandsRow): boolean => state === "running" && since + FORSAKEN_MS < now;
    return this.#sql
      .all()
      .filter(late)
      .map(({ call }) => call);
  }
}
