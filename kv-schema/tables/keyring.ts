// Table of objects/keyring: which account an API key belongs to. 256 objects, by the first two digits of the hash.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const KEYRING_ENTRIES: readonly Entry[] = [
  {
    name: "key_owner",
    example: "('5f70bf18...', 'ada')",
    value: "SHA-256 of an API key (64 hex digits) and the account it belongs to",
    writer: "objects/keyring",
    readers: "objects/keyring",
    retention: "for good: a revoked key is still known as revoked by its account",
  },
];

export const KEYRING_MIGRATIONS: readonly string[] = [
  "CREATE TABLE key_owner (hash TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID",
];

export const keyringStatements = (db: Database) => ({
  owner: (hash: string) => db.first<{ account: string }>("SELECT account FROM key_owner WHERE hash = ?", hash)?.account,
  put: (hash: string, account: string) =>
    db.run("INSERT OR IGNORE INTO key_owner (hash, account) VALUES (?, ?)", hash, account),
});
