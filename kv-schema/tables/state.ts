// Tables of objects/state: what the calls of one algorithm by one account remember.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

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
  {
    name: "prepared",
    example: "('req-7c7b…', 'ada', 1764000000000, 12)",
    value: "a call whose writes wait for its settlement: id, the account that pays, since when (ms), bytes it will add",
    ...common,
    retention: "until the call has settled or is known never to: a minute or two at most",
  },
  {
    name: "prepared_write",
    example: "('req-7c7b…', x'636f756e74', x'3433')",
    value: "a write of a prepared call: its id, key, value (NULL: deletes)",
    ...common,
    retention: "as its call's row in prepared",
  },
];

export const STATE_MIGRATIONS: readonly string[] = [
  `CREATE TABLE entry (key BLOB PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE store (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, bytes INTEGER NOT NULL);
   INSERT INTO store (one, revision, bytes) VALUES (1, 0, 0)`,
  `${AGENDA_TABLE};
   CREATE TABLE prepared (call TEXT PRIMARY KEY, account TEXT NOT NULL, since INTEGER NOT NULL, growth INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE prepared_write (call TEXT NOT NULL, key BLOB NOT NULL, value BLOB, PRIMARY KEY (call, key)) WITHOUT ROWID`,
];

export type EntryRow = { key: ArrayBuffer; value: ArrayBuffer; revision: number };
export type StoreRow = { revision: number; bytes: number };
export type PreparedRow = { call: string; account: string; since: number; growth: number };
export type PreparedWriteRow = { key: ArrayBuffer; value: ArrayBuffer | null };

export const stateStatements = (db: Database) => ({
  entry: (key: ArrayBuffer) =>
    db.first<{ value: ArrayBuffer; revision: number }>("SELECT value, revision FROM entry WHERE key = ?", key),
  revision: (key: ArrayBuffer) =>
    db.first<{ revision: number; bytes: number }>(
      "SELECT revision, length(key) + length(value) AS bytes FROM entry WHERE key = ?",
      key,
    ),
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

  prepare: ({ call, account, since, growth }: PreparedRow) =>
    db.run("INSERT INTO prepared (call, account, since, growth) VALUES (?, ?, ?, ?)", call, account, since, growth),
  prepareWrite: (call: string, key: ArrayBuffer, value: ArrayBuffer | null) =>
    db.run("INSERT INTO prepared_write (call, key, value) VALUES (?, ?, ?)", call, key, value),
  prepared: () => db.all<PreparedRow>("SELECT call, account, since, growth FROM prepared"),
  preparedKeys: (call: string) => db.all<{ key: ArrayBuffer }>("SELECT key FROM prepared_write WHERE call = ?", call),
  /** Makes a prepared call's writes the store's. */
  apply: (call: string, revision: number) => {
    db.run("DELETE FROM entry WHERE key IN (SELECT key FROM prepared_write WHERE call = ? AND value IS NULL)", call);
    db.run(
      `INSERT OR REPLACE INTO entry (key, value, revision)
       SELECT key, value, ? FROM prepared_write WHERE call = ? AND value IS NOT NULL`,
      revision,
      call,
    );
  },
  forget: (call: string) => {
    db.run("DELETE FROM prepared_write WHERE call = ?", call);
    db.run("DELETE FROM prepared WHERE call = ?", call);
  },
});
