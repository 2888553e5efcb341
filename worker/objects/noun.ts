// What every Durable Object here is: a noun with a database that exists only once something was written to it, so that
// asking for an algorithm, account or store that does not exist leaves nothing behind.
import { DurableObject } from "cloudflare:workers";
import { type Database, database, migrate } from "../../kv-schema/database.ts";
import type { Env } from "../env.ts";

export abstract class Noun extends DurableObject<Env> {
  protected readonly db: Database;
  readonly #migrations: readonly string[];
  #established: boolean;

  constructor(ctx: DurableObjectState, env: Env, migrations: readonly string[]) {
    super(ctx, env);
    this.db = database(ctx.storage.sql);
    this.#migrations = migrations;
    this.#established = this.db.first("SELECT 1 AS one FROM sqlite_master WHERE name = 'migration'") !== undefined;
    if (this.#established) migrate(ctx.storage, migrations);
  }

  /** Whether anything was ever written: before that no table exists, and readers must answer "absent". */
  protected get established(): boolean {
    return this.#established;
  }

  /** Makes the tables; every writer calls it first. */
  protected establish(): void {
    if (this.#established) return;
    migrate(this.ctx.storage, this.#migrations);
    this.#established = true;
  }

  /** Forgets everything, tables included. */
  protected async erase(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#established = false;
  }

  /** Runs writes that belong together: a throw rolls all of them back. */
  protected transaction<T>(work: () => T): T {
    return this.ctx.storage.transactionSync(work);
  }
}
