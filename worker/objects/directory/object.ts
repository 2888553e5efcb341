// Directory: which names are taken. One object for the whole platform, touched only when a name is claimed.
import { DIRECTORY_MIGRATIONS, directoryStatements } from "../../../kv-schema/tables/directory.ts";
import type { Env } from "../../env.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Noun } from "../noun.ts";

export type NameKind = "user" | "organisation";
export interface ClaimedName {
  /** The canonical spelling: that of the first claim. */
  readonly name: string;
  readonly founder: string;
}

export class Directory extends Noun {
  readonly #sql = directoryStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, DIRECTORY_MIGRATIONS);
  }

  /**
   * Takes a name for good. Claiming again what the same founder claimed as the same kind succeeds.
   * @param name as spelled by the caller; `Ada` and `ada` are one name
   * @param founder the account that owns it (for a user: itself)
   */
  claim(name: string, kind: NameKind, founder: string): Result<ClaimedName, "taken"> {
    this.establish();
    const id = name.toLowerCase();
    const row = this.#sql.name(id);
    if (row === undefined) {
      this.#sql.claim(id, name, kind, founder, Date.now());
      return ok({ name, founder });
    }
    const same = row.kind === kind && row.founder.toLowerCase() === founder.toLowerCase();
    return same ? ok({ name: row.spelling, founder: row.founder }) : err("taken");
  }

  /**
   * Decides who the first operator is; only the first answer counts, and giving it again succeeds.
   * @param keyHash SHA-256 of the operator's key, 64 hex digits
   */
  bootstrap(account: string, keyHash: string): Result<ClaimedName, "bootstrapped" | "taken"> {
    this.establish();
    return this.transaction(() => {
      const row = this.#sql.bootstrapped();
      if (row !== undefined && (row.account !== account || row.key_hash !== keyHash)) return err("bootstrapped");
      const claimed = this.claim(account, "user", account);
      if (!claimed.ok) return claimed;
      if (row === undefined) this.#sql.bootstrap(account, keyHash);
      return claimed;
    });
  }
}
