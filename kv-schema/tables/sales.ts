// Tables of an account's sales (objects/account): what calls of its algorithms came to it with transfers. The calls
// themselves lie in the ledger's parcels; here is where to find them, and what they sum to.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/account", readers: "objects/account" };

export const SALES_ENTRIES: readonly Entry[] = [
  {
    name: "sold",
    example: "('alice/tags', '1.0.0', 20417, 1000, 3, 35000000)",
    value:
      "of one version of an algorithm (lower case) and one day (since 1970, UTC): completed and failed calls, and what " +
      "this account received for them, less refunds (microcredits)",
    ...common,
    retention: "for good",
  },
  {
    name: "sold_in",
    example: "('alice/tags', 9)",
    value: "which parcels hold calls of an algorithm",
    ...common,
    retention: "as the parcel",
  },
  {
    name: "sold_call",
    example: "('req-1c0a…', 9)",
    value: "which parcels hold nodes of a call tree",
    ...common,
    retention: "as the parcel",
  },
  {
    name: "pseudonym_key",
    example: "(1, x'9f86…')",
    value: "one row: the secret that turns callers into pseudonyms for this account (HMAC-SHA256)",
    ...common,
    retention: "for good",
  },
];

export const SALES_TABLES = `
  CREATE TABLE sold (algorithm TEXT NOT NULL, version TEXT NOT NULL, day INTEGER NOT NULL, completed INTEGER NOT NULL,
    failed INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (algorithm, day, version)) WITHOUT ROWID;
  CREATE TABLE sold_in (algorithm TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (algorithm, seq)) WITHOUT ROWID;
  CREATE TABLE sold_call (call TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (call, seq)) WITHOUT ROWID;
  CREATE TABLE pseudonym_key (one INTEGER PRIMARY KEY CHECK (one = 1), secret BLOB NOT NULL)`;

export type SoldRow = {
  algorithm: string;
  version: string;
  day: number;
  completed: number;
  failed: number;
  amount: number;
};

export const salesStatements = (db: Database) => ({
  sell: (row: SoldRow) =>
    db.run(
      `INSERT INTO sold (algorithm, version, day, completed, failed, amount) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (algorithm, day, version) DO UPDATE SET completed = completed + excluded.completed,
         failed = failed + excluded.failed, amount = amount + excluded.amount`,
      row.algorithm,
      row.version,
      row.day,
      row.completed,
      row.failed,
      row.amount,
    ),
  note: (algorithm: string, seq: number) =>
    db.run("INSERT OR IGNORE INTO sold_in (algorithm, seq) VALUES (?, ?)", algorithm, seq),
  noteCall: (call: string, seq: number) =>
    db.run("INSERT OR IGNORE INTO sold_call (call, seq) VALUES (?, ?)", call, seq),
  sold: (algorithm: string, from: number, until: number) =>
    db.all<SoldRow>(
      "SELECT * FROM sold WHERE algorithm = ? AND day >= ? AND day < ? ORDER BY day, version",
      algorithm,
      from,
      until,
    ),
  /** Parcels that hold calls of an algorithm, at or below a place, newest first. */
  parcelsOf: (algorithm: string, upTo: number, limit: number) =>
    db.all<{ seq: number; items: string; id: string }>(
      `SELECT parcel.seq, parcel.items, entry.id FROM sold_in JOIN parcel USING (seq) JOIN entry USING (seq)
       WHERE algorithm = ? AND sold_in.seq <= ? ORDER BY sold_in.seq DESC LIMIT ?`,
      algorithm,
      upTo,
      limit,
    ),
  parcelsWith: (call: string) =>
    db.all<{ seq: number; items: string; id: string }>(
      `SELECT parcel.seq, parcel.items, entry.id FROM sold_call JOIN parcel USING (seq) JOIN entry USING (seq)
       WHERE call = ? ORDER BY sold_call.seq`,
      call,
    ),
  secret: () => db.first<{ secret: ArrayBuffer }>("SELECT secret FROM pseudonym_key")?.secret,
  keepSecret: (secret: ArrayBuffer) =>
    db.run("INSERT OR IGNORE INTO pseudonym_key (one, secret) VALUES (1, ?)", secret),
});
