// Tables of objects/state: what the calls of one algorithm by one account remember.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/state", readers: "objects/state" };

export const STATE_ENTRIES: readonly Entry[] = [
  {
    name: "entry",
    example: "(x'636f756e74', x'3432', 17)",
    value: "key (at most 512 bytes), value (at most 1 MiB), revision of the store that wrote it",
    ...common,
    retention: "until the algorithm deletes it",
  },
  {
    name: "store",
    example: "(1, 17, 2048)",
    value: "one row: revision of the newest commit, bytes of all keys and values",
    ...common,
    retention: "for good",
  },
];

export const STATE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE entry (key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, bytes INTEGER NOT NULL);
   INSERT INTO store (one, revision, bytes) VALUES (1, 0, 0)`,
];

export type EntryRow = { key: ArrayBuffer; value: ArrayBuffer; revision: number };
export type StoreRow = { revision: number; bytes: number };

export const stateStatements = (db: Database) => ({
  entry: (key: ArrayBuffer) =>
    db.first<{ value: ArrayBuffer; revision: number }>("SELECT value, revision FROM entry WHERE key = ?", key),
  revision: (key: ArrayBuffer) =>
    db.first<{ revision: number; bytes: number }>(
      "SELECT revision, length(key) + length(value) AS bytes FROM entry WHERE key = ?",
      key,
    ),
  put: (key: ArrayBuffer, value: ArrayBuffer, revision: number) =>
    db.run("INSERT OR REPLACE INTO entry (key, value, revision) VALUES (?, ?, ?)", key, value, revision),
  remove: (key: ArrayBuffer) => db.run("DELETE FROM entry WHERE key = ?", key),
  /** Keys from `from` (after it, when `after` is set) and below `below`, in byte order. */
  range: (from: ArrayBuffer, below: ArrayBuffer | null, after: boolean, limit: number) =>
    db.all<{ key: ArrayBuffer; revision: number }>(
      `SELECT key, revision FROM entry WHERE key ${after ? ">" : ">="} ? ${below === null ? "AND ? IS NULL" : "AND key < ?"}
       ORDER BY key LIMIT ?`,
      from,
      below,
      limit,
    ),
  store: () => db.first<StoreRow>("SELECT revision, bytes FROM store") ?? { revision: 0, bytes: 0 },
  setStore: (revision: number, bytes: number) => db.run("UPDATE store SET revision = ?, bytes = ?", revision, bytes),
});
