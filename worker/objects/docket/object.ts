// Docket: the durable runs of one account. Runs tell of themselves, by revision, again and again until they were heard.
import { DOCKET_MIGRATIONS, type DocketRow, docketStatements } from "../../../kv-schema/tables/docket.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Noun } from "../noun.ts";

export type Told = Omit<DocketRow, "seq">;

/** A place that is kept for a run which never tells of itself is given back after this many ms. */
const KEPT_MS = 60_000;

export class Docket extends Noun {
  readonly #sql = docketStatements(this.db);
  /** Places kept for runs that are being begun, by id: until when. What is lost with the process was never begun. */
  readonly #kept = new Map<string, number>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, DOCKET_MIGRATIONS);
  }

  /** Keeps a place for a run; one that is known has its own. */
  admit(id: string): Result<null, "too-many"> {
    const now = Date.now();
    if (this.established && this.#sql.entry(id) !== undefined) return ok(null);
    for (const [other, until] of this.#kept) if (until <= now) this.#kept.delete(other);
    const others = this.#kept.size - (this.#kept.has(id) ? 1 : 0);
    if ((this.established ? this.#sql.live() : 0) + others >= LIMITS.runs) return err("too-many");
    this.#kept.set(id, now + KEPT_MS);
    return ok(null);
  }

  /** Gives the place of a run back that was not begun. */
  dismiss(id: string): void {
    this.#kept.delete(id);
  }

  /** Takes note of a run; what is older than what is known changes nothing. */
  tell(row: Told): void {
    this.establish();
    this.#sql.tell(row);
    this.#kept.delete(row.id);
  }

  forget(id: string): void {
    if (this.established) this.#sql.forget(id);
  }

  /** A page, newest first. @param below a `seq`; older ones are answered */
  page(below: number, name: string | null, state: string | null, limit: number): readonly DocketRow[] {
    return this.established ? this.#sql.page(below, name, state, limit) : [];
  }
}

export const docketOf = (env: Env, account: string): DurableObjectStub<Docket> =>
  env.DOCKET.get(env.DOCKET.idFromName(account.toLowerCase()));
