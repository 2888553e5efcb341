// Roster: the jobs of one account, and how many batches each may have out, so that two jobs at once share what one account
// may have.
import { type EntryRow, ROSTER_MIGRATIONS, rosterStatements } from "../../../kv-schema/tables/roster.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Noun } from "../noun.ts";

export class Roster extends Noun {
  readonly #sql = rosterStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ROSTER_MIGRATIONS);
  }

  /** Enters a job; entered again before it is there it is as new, after that nothing changes. */
  enter(id: string, map: string): Result<null, "too-many"> {
    this.establish();
    if (!this.#sql.has(id) && this.#sql.open() >= LIMITS.jobsOpen) return err("too-many");
    this.#sql.add(id, map, Date.now());
    return ok(null);
  }

  /** Notes how a job stands. @returns how many batches it may have out */
  stands(id: string, state: string, open: boolean): number {
    if (!this.established) return 0;
    this.#sql.set(id, state, open);
    return Math.max(1, Math.floor(LIMITS.jobParallel / Math.max(1, this.#sql.running())));
  }

  /** Jobs that count as open. */
  opened(): readonly EntryRow[] {
    return this.established ? this.#sql.opened() : [];
  }

  remove(id: string): void {
    if (this.established) this.#sql.remove(id);
  }

  /** Removes what was left behind, unless it was entered anew since it was seen. @param made when it was entered, as seen (ms) */
  abandon(id: string, made: number): void {
    if (this.established) this.#sql.removeOf(id, made);
  }

  /** A page of jobs, newest first. @param before the last of the page before; null: the first page */
  list(before: { readonly made: number; readonly id: string } | null, limit: number): readonly EntryRow[] {
    if (!this.established) return [];
    return this.#sql.list(before?.made ?? Number.MAX_SAFE_INTEGER, before?.id ?? "", limit);
  }
}

export const rosterOf = (env: Env, account: string): DurableObjectStub<Roster> =>
  env.ROSTER.get(env.ROSTER.idFromName(account.toLowerCase()));
