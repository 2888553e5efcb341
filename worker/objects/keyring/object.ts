// Keyring: which account an API key belongs to. 256 objects, named by the first two hex digits of the key's SHA-256.
// It knows nothing of what a key may do: that is the account's.
import { KEYRING_MIGRATIONS, keyringStatements } from "../../../kv-schema/tables/keyring.ts";
import type { Env } from "../../env.ts";
import { Noun } from "../noun.ts";

export class Keyring extends Noun {
  readonly #sql = keyringStatements(this.db);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, KEYRING_MIGRATIONS);
  }

  /** @param hash 64 hex digits @returns the account, or null */
  owner(hash: string): string | null {
    return this.established ? (this.#sql.owner(hash) ?? null) : null;
  }

  /** Records a key for good; a hash that is known keeps its account. @returns the account it belongs to now */
  put(hash: string, account: string): string {
    this.establish();
    this.#sql.put(hash, account);
    return this.#sql.owner(hash) ?? account;
  }
}

export const keyringOf = (env: Env, hash: string): DurableObjectStub<Keyring> =>
  env.KEYRING.get(env.KEYRING.idFromName(hash.slice(0, 2)));
