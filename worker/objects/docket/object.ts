// Docket: the durable runs of one account. Runs tell of themselves, by revision, again and again until they were heard.
import { DOCKET_MIGRATIONS, type DocketRow, docketStatements } from "../../../kv-schema/tables/docket.ts";
import type { Env } from "../../env.ts";
import { Noun } from "../noun.ts";

export type Told = Omit<DocketRow, "seq">;

export class Docket extends Noun {
  readonly #sql = docketStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, DOCKET_MIGRATIONS);
  }

  /** Takes note of a run; what is older than what is known changes nothing. */
  tell(row: Told): void {
    this.establish();
    this.#sql.tell(row);
  }

  forget(id: string): void {
    if (this.established) this.#sql.forget(id);
  }

  /** How many have not ended. */
  live(): number {
    return this.established ? this.#sql.live() : 0;
  }

  /** A page, newest first. @param below a `seq`; older ones are answered */
  page(below: number, name: string | null, state: string | null, limit: number): readonly DocketRow[] {
    return this.established ? this.#sql.page(below, name, state, limit) : [];
  }
}

export const docketOf = (env: Env, account: string): DurableObjectStub<Docket> =>
  env.DOCKET.get(env.DOCKET.idFromName(account.toLowerCase()));
