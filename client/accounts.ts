// Who the key's bearer is, the account's book, and its keys.
import { Pages } from "./pages.ts";
import { type Transport, queryOf } from "./transport.ts";
import type { Account, Key, KeyWish, LedgerEntry, ListedKey } from "./types.ts";

export interface LedgerFilter {
  readonly kind?: LedgerEntry["kind"];
  /** `owner/name`. */
  readonly algorithm?: string;
  readonly key?: string;
  /** YYYY-MM-DD, UTC. */
  readonly day?: string;
}

export class Accounts {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(): Promise<Account> {
    return this.#transport.json<Account>({ path: "/v1/account" });
  }

  /** The book, newest first. */
  ledger(filter: LedgerFilter = {}): Pages<LedgerEntry> {
    return new Pages(this.#transport, `/v1/account/ledger${queryOf({ limit: 100, ...filter })}`);
  }
}

export class Keys {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Keys, revoked ones too, newest first. */
  list(): Pages<ListedKey> {
    return new Pages(this.#transport, "/v1/keys?limit=100");
  }

  /** Makes a key. `key` is shown this once. */
  create(wish: KeyWish = {}): Promise<Key & { readonly key: string }> {
    return this.#transport.post("/v1/keys", wish);
  }

  /** Changes what is said of a key. */
  change(id: string, wish: Omit<KeyWish, "scopes"> & { readonly scopes?: Key["scopes"] }): Promise<Key> {
    return this.#transport.post(`/v1/keys/${encodeURIComponent(id)}`, wish, { method: "PATCH" });
  }

  async revoke(id: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", path: `/v1/keys/${encodeURIComponent(id)}`, accept: [204] });
  }
}
