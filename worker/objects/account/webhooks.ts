// The secrets that an account's webhooks are signed with, sealed: the current one, and for a day the one before.
import { type WebhookSecretRow, webhookSecretStatements } from "../../../kv-schema/tables/errands.ts";
import type { Database } from "../../../kv-schema/database.ts";
import { LIMITS } from "../../limits.ts";
import type { Sealed } from "../../market/secrets.ts";

export interface WebhookSecret extends Sealed {
  readonly made: number;
  /** Until when it signs; null: the current one. */
  readonly until: number | null;
}

/** What the sealed text is bound to: the account, and a name that no secret of an algorithm has. */
export const webhookPlace = (account: string): string => `account:${account.toLowerCase()}`;
export const WEBHOOK_SECRET = "webhook";

export class WebhookSecrets {
  readonly #sql: ReturnType<typeof webhookSecretStatements>;

  constructor(db: Database) {
    this.#sql = webhookSecretStatements(db);
  }

  /** Those that sign now, newest first. */
  current(now: number): readonly WebhookSecret[] {
    return this.#sql
      .secrets(now)
      .map(({ sealer, nonce, sealed, made, until }: WebhookSecretRow) => ({ sealer, nonce, sealed, made, until }));
  }

  /** Makes one the current one, inside a transaction. */
  rotate({ sealer, nonce, sealed }: Sealed, now: number): void {
    this.#sql.sweep(now);
    this.#sql.retire(now + LIMITS.webhookOverlapMs);
    this.#sql.add({ sealer, nonce, sealed, made: now });
  }
}
