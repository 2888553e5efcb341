// Watch: what profiles flagged, all algorithms together, for the operators. One object; it hears of a flag at most once a
// second and algorithm.
import { WATCH_MIGRATIONS, type WatchedRow, watchStatements } from "../../../kv-schema/tables/watch.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";

const SWEEP = "sweep";
const DAY_MS = 86_400_000;

export type Watched = Omit<WatchedRow, "seq">;

export class Watch extends Noun {
  readonly #sql = watchStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, WATCH_MIGRATIONS);
  }

  /** Takes note of flags; a flag that is known is brought up to date. */
  async report(flags: readonly Watched[]): Promise<void> {
    this.establish();
    this.transaction(() => {
      for (const flag of flags) this.#sql.put(flag);
    });
    if (this.#agenda.empty) await this.#agenda.plan(SWEEP, "", Date.now() + DAY_MS);
  }

  /** A page of flags, newest first. @param before a `seq`; older ones are answered */
  flags(before: number, limit: number): readonly WatchedRow[] {
    return this.established ? this.#sql.below(before, limit) : [];
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), async () => {
      this.#sql.sweep(Date.now() - LIMITS.flagMs);
      await this.#agenda.plan(SWEEP, "", Date.now() + DAY_MS);
    });
  }
}

export const watchOf = (env: Env): DurableObjectStub<Watch> => env.WATCH.get(env.WATCH.idFromName("watch"));
