// Tables of an account's ledger (objects/account): append-only entries whose postings sum to zero, the call trees they pay
// for, the leases that hold money, and the outbox. Amounts are microcredits, times ms since 1970, days since 1970 in UTC.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/account", readers: "objects/account" };

export const LEDGER_ENTRIES: readonly Entry[] = [
  {
    name: "entry",
    example: "(17, 'req-1c0a…', 1764000000000, 3, -70120, 70120, 0, 9929880, NULL, '6f1e…')",
    value:
      "one movement: place, idempotency id, when, source, its postings on balance, transit and external (they sum to " +
      "zero), the balance after it, for what is no call a JSON of who and why, for a call the lease it was settled under. " +
      "Rows are never changed",
    ...common,
    retention: "for good",
  },
  {
    name: "source",
    example: "(3, 'call', 'genome/kmers', '1.0.0', 'key-7Qx…')",
    value: "what entries come from: kind (call, refund, transfer, grant), algorithm, version, key; empty where none",
    ...common,
    retention: "for good",
  },
  {
    name: "usage",
    example: "(3, 20417, 120, -8414400)",
    value:
      "a source's entries of one day, up to the last entry that is counted: how many, and the sum of their postings on balance",
    ...common,
    retention: "for good",
  },
  {
    name: "tree",
    example: '(17, \'completed\', \'[{"to":"orcade",…}]\', \'{"id":"req-1c0a…",…}\')',
    value:
      "of a call's entry: how it ended, who gets what of it, and its CallRecord (worker/market/record.ts; empty once it " +
      "is too old); of a refund's entry: who gives back what",
    ...common,
    retention: "for good; the CallRecord for LIMITS.recordMs",
  },
  {
    name: "lease",
    example: "('6f1e…', 'isolate-5b…', 'key-7Qx…', 5000000, 70120, 1764000300000)",
    value:
      "money held for an isolate and a key: granted and not given back, spent of it by entries that are counted, when it expires",
    ...common,
    retention: "until it expires or is given back",
  },
  {
    name: "never",
    example: "('req-9b7c…', 1764000300000)",
    value: "a call that somebody was told will never settle, and until when some lease could have settled it",
    ...common,
    retention: "until then",
  },
  {
    name: "outbox",
    example: "(1, 17, 17, 0)",
    value:
      "one row: the last entry whose shares are in transfers, the last one that usage and leases have counted, and the " +
      "last one whose CallRecord was dropped",
    ...common,
    retention: "for good",
  },
  {
    name: "transfer",
    example: "(4, 'genome', 35000, 12, 17, NULL, 1764000000000, 1764000000900)",
    value:
      "one delivery: number, beneficiary (lower case), amount, first and last entry it is of, JSON of its items until " +
      "it is delivered, when made, when acknowledged (NULL: not yet)",
    ...common,
    retention: "for good",
  },
  {
    name: "parcel",
    example: '(9, \'[{"call":"req-1c0a…",…}]\')',
    value: "what came with a transfer: its entry here, and JSON of the calls it pays for, as their author may see them",
    ...common,
    retention: "for good",
  },
];

export const LEDGER_TABLES = `
  CREATE TABLE entry (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, source INTEGER NOT NULL,
    balance INTEGER NOT NULL, transit INTEGER NOT NULL, external INTEGER NOT NULL, after INTEGER NOT NULL, detail TEXT,
    CHECK (balance + transit + external = 0));
  CREATE INDEX entry_source ON entry (source);
  CREATE TABLE source (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, algorithm TEXT NOT NULL, version TEXT NOT NULL,
    key TEXT NOT NULL, UNIQUE (kind, algorithm, version, key));
  CREATE TABLE usage (source INTEGER NOT NULL, day INTEGER NOT NULL, entries INTEGER NOT NULL, amount INTEGER NOT NULL,
    PRIMARY KEY (source, day)) WITHOUT ROWID;
  CREATE TABLE tree (seq INTEGER PRIMARY KEY, status TEXT NOT NULL, shares TEXT NOT NULL, record TEXT NOT NULL);
  CREATE TABLE lease (id TEXT PRIMARY KEY, isolate TEXT NOT NULL, key TEXT NOT NULL, granted INTEGER NOT NULL,
    spent INTEGER NOT NULL, expires INTEGER NOT NULL, CHECK (spent <= granted)) WITHOUT ROWID;
  CREATE TABLE never (call TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE outbox (one INTEGER PRIMARY KEY CHECK (one = 1), packed INTEGER NOT NULL);
  INSERT INTO outbox (one, packed) VALUES (1, 0);
  CREATE TABLE transfer (number INTEGER PRIMARY KEY, beneficiary TEXT NOT NULL, amount INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, items TEXT, made INTEGER NOT NULL, delivered INTEGER);
  CREATE INDEX transfer_open ON transfer (beneficiary) WHERE delivered IS NULL;
  CREATE TABLE parcel (seq INTEGER PRIMARY KEY, items TEXT NOT NULL)`;

/** What follows from entries is counted now and then, so that a settlement writes its entry and its tree and nothing else. */
export const LEDGER_COUNTED = `
  ALTER TABLE entry ADD COLUMN lease TEXT;
  ALTER TABLE outbox ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
  UPDATE outbox SET counted = (SELECT coalesce(max(seq), 0) FROM entry)`;

/** Records have an end. */
export const LEDGER_TRIMMED = "ALTER TABLE outbox ADD COLUMN trimmed INTEGER NOT NULL DEFAULT 0";

export type EntryRow = {
  seq: number;
  id: string;
  at: number;
  source: number;
  balance: number;
  transit: number;
  external: number;
  after: number;
  detail: string | null;
  lease: string | null;
};
export type SourceRow = { id: number; kind: string; algorithm: string; version: string; key: string };
export type UsageRow = { source: number; day: number; entries: number; amount: number };
export type UnpackedRow = { seq: number; id: string; at: number; shares: string };
export type TreeRow = { seq: number; status: string; shares: string; record: string };
export type LeaseRow = { id: string; isolate: string; key: string; granted: number; spent: number; expires: number };
export type TransferRow = {
  number: number;
  beneficiary: string;
  amount: number;
  first: number;
  last: number;
  items: string | null;
  made: number;
  delivered: number | null;
};

/** An entry as it is added; its place is the last one's plus one. */
export type NewEntry = Omit<EntryRow, "external">;

const entryStatements = (db: Database) => ({
  tip: () => db.first<EntryRow>("SELECT * FROM entry ORDER BY seq DESC LIMIT 1"),
  /** The entry with this id; undefined when there is none. */
  entry: (id: string) => db.first<EntryRow>("SELECT * FROM entry WHERE id = ?", id),
  /** The first entry at or after a place. */
  entryFrom: (seq: number) => db.first<EntryRow>("SELECT * FROM entry WHERE seq >= ? ORDER BY seq LIMIT 1", seq),
  /** @returns whether it was added: an id that is there stays as it is */
  addEntry: (row: NewEntry) =>
    db.run(
      `INSERT INTO entry (seq, id, at, source, balance, transit, external, after, detail, lease)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      row.seq,
      row.id,
      row.at,
      row.source,
      row.balance,
      row.transit,
      -row.balance - row.transit || 0,
      row.after,
      row.detail,
      row.lease,
    ) > 0,
  entries: (after: number, limit: number) =>
    db.all<EntryRow>("SELECT * FROM entry WHERE seq > ? ORDER BY seq LIMIT ?", after, limit),
  entriesBefore: (before: number, from: number, limit: number) =>
    db.all<EntryRow>("SELECT * FROM entry WHERE seq < ? AND seq >= ? ORDER BY seq DESC LIMIT ?", before, from, limit),
  placesBefore: (source: number, before: number, from: number, limit: number) =>
    db
      .all<{ seq: number }>(
        "SELECT seq FROM entry WHERE source = ? AND seq < ? AND seq >= ? ORDER BY seq DESC LIMIT ?",
        source,
        before,
        from,
        limit,
      )
      .map(({ seq }) => seq),
});

const sourceStatements = (db: Database) => ({
  sources: () => db.all<SourceRow>("SELECT * FROM source"),
  sourceOf: (id: number) => db.first<SourceRow>("SELECT * FROM source WHERE id = ?", id),
  addSource: (kind: string, algorithm: string, version: string, key: string) =>
    db.run("INSERT INTO source (kind, algorithm, version, key) VALUES (?, ?, ?, ?)", kind, algorithm, version, key),
  source: (kind: string, algorithm: string, version: string, key: string) =>
    db.first<SourceRow>(
      "SELECT * FROM source WHERE kind = ? AND algorithm = ? AND version = ? AND key = ?",
      kind,
      algorithm,
      version,
      key,
    ),
});

/** Entries that `usage` and `lease` have not counted yet. */
const UNCOUNTED = "entry.seq > (SELECT counted FROM outbox)";
const DAY = "entry.at / 86400000";

const usageStatements = (db: Database) => ({
  counted: () => db.first<{ counted: number }>("SELECT counted FROM outbox")?.counted ?? 0,
  /** Adds the entries that are not counted yet to `usage`; `setCounted` belongs to it. */
  countUsage: () =>
    db.run(
      `INSERT INTO usage (source, day, entries, amount)
       SELECT source, ${DAY}, count(*), sum(balance) FROM entry WHERE ${UNCOUNTED} GROUP BY 1, 2
       ON CONFLICT (source, day) DO UPDATE SET entries = entries + excluded.entries, amount = amount + excluded.amount`,
    ),
  setCounted: (seq: number) => db.run("UPDATE outbox SET counted = ?", seq),
  /** The days of all sources from one day up to and without another. */
  usage: (from: number, until: number) =>
    db.all<UsageRow>(
      `SELECT source, day, sum(entries) AS entries, sum(amount) AS amount FROM (
         SELECT usage.* FROM source CROSS JOIN usage ON usage.source = source.id AND day >= ?1 AND day < ?2
         UNION ALL
         SELECT source, ${DAY} AS day, 1, balance FROM entry WHERE ${UNCOUNTED} AND ${DAY} >= ?1 AND ${DAY} < ?2
       ) GROUP BY source, day`,
      from,
      until,
    ),
  usageBySource: () =>
    db.all<{ source: number; entries: number; amount: number }>(
      `SELECT source, sum(entries) AS entries, sum(amount) AS amount FROM (
         SELECT source, entries, amount FROM usage
         UNION ALL SELECT source, 1, balance FROM entry WHERE ${UNCOUNTED}
       ) GROUP BY source`,
    ),
  /** What a key's calls cost in all and on one day. */
  spent: (key: string, day: number) =>
    db.first<{ total: number; today: number }>(
      `SELECT -coalesce(sum(amount), 0) AS total, -coalesce(sum(CASE WHEN day = ?1 THEN amount END), 0) AS today FROM (
         SELECT day, amount FROM source CROSS JOIN usage ON usage.source = source.id
         WHERE source.kind = 'call' AND source.key = ?2
         UNION ALL
         SELECT ${DAY}, balance FROM entry CROSS JOIN source ON source.id = entry.source
         WHERE ${UNCOUNTED} AND source.kind = 'call' AND source.key = ?2
       )`,
      day,
      key,
    ) ?? { total: 0, today: 0 },
});

const treeStatements = (db: Database) => ({
  addTree: (seq: number, status: string, shares: string, record: string) =>
    db.run("INSERT INTO tree (seq, status, shares, record) VALUES (?, ?, ?, ?)", seq, status, shares, record),
  tree: (seq: number) => db.first<TreeRow>("SELECT * FROM tree WHERE seq = ?", seq),
  trimmed: () => db.first<{ trimmed: number }>("SELECT trimmed FROM outbox")?.trimmed ?? 0,
  /** Drops the records behind a place, up to and with another. */
  trim: (from: number, to: number) => db.run("UPDATE tree SET record = '' WHERE seq > ? AND seq <= ?", from, to),
  setTrimmed: (seq: number) => db.run("UPDATE outbox SET trimmed = ?", seq),
  trees: (after: number, limit: number) =>
    db.all<TreeRow>("SELECT * FROM tree WHERE seq > ? ORDER BY seq LIMIT ?", after, limit),
  /** Shares that no transfer holds yet, with the entries they are of. */
  unpacked: (packed: number, limit: number) =>
    db.all<UnpackedRow>(
      `SELECT tree.seq, entry.id, entry.at, tree.shares FROM tree CROSS JOIN entry ON entry.seq = tree.seq
       WHERE tree.seq > ? ORDER BY tree.seq LIMIT ?`,
      packed,
      limit,
    ),
});

const leaseStatements = (db: Database) => ({
  leases: () => db.all<LeaseRow>("SELECT * FROM lease"),
  putLease: ({ id, isolate, key, granted, spent, expires }: LeaseRow) =>
    db.run(
      "INSERT OR REPLACE INTO lease (id, isolate, key, granted, spent, expires) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      isolate,
      key,
      granted,
      spent,
      expires,
    ),
  /** What calls spent of each lease since their rows were counted. */
  uncounted: () =>
    db.all<{ lease: string; spent: number }>(
      `SELECT lease, -sum(balance) AS spent FROM entry WHERE ${UNCOUNTED} AND lease IS NOT NULL GROUP BY lease`,
    ),
  spend: (id: string, spent: number) => db.run("UPDATE lease SET spent = ? WHERE id = ?", spent, id),
  dropLease: (id: string) => db.run("DELETE FROM lease WHERE id = ?", id),
});

const fateStatements = (db: Database) => ({
  forbidden: () => db.all<{ call: string; until: number }>("SELECT * FROM never"),
  forbid: (call: string, until: number) =>
    db.run("INSERT OR REPLACE INTO never (call, until) VALUES (?, ?)", call, until),
  allow: (now: number) => db.run("DELETE FROM never WHERE until <= ?", now),
});

const outboxStatements = (db: Database) => ({
  packed: () => db.first<{ packed: number }>("SELECT packed FROM outbox")?.packed ?? 0,
  setPacked: (seq: number) => db.run("UPDATE outbox SET packed = ?", seq),
  addTransfer: (row: Omit<TransferRow, "number" | "delivered">) =>
    db.run(
      "INSERT INTO transfer (beneficiary, amount, first, last, items, made) VALUES (?, ?, ?, ?, ?, ?)",
      row.beneficiary,
      row.amount,
      row.first,
      row.last,
      row.items,
      row.made,
    ),
  /** Who has not acknowledged a transfer. */
  openBeneficiaries: () =>
    db
      .all<{ beneficiary: string }>("SELECT DISTINCT beneficiary FROM transfer WHERE delivered IS NULL")
      .map(({ beneficiary }) => beneficiary),
  openTo: (beneficiary: string) =>
    db.first<TransferRow>(
      "SELECT * FROM transfer WHERE delivered IS NULL AND beneficiary = ? ORDER BY number LIMIT 1",
      beneficiary,
    ),
  /** Closes a transfer: what came with it is the beneficiary's now. */
  close: (number: number, now: number) =>
    db.run("UPDATE transfer SET delivered = ?, items = NULL WHERE number = ? AND delivered IS NULL", now, number),
  newestTransfer: () => db.first<{ number: number }>("SELECT max(number) AS number FROM transfer")?.number ?? 0,
  transfers: (after: number, limit: number) =>
    db.all<TransferRow>("SELECT * FROM transfer WHERE number > ? ORDER BY number LIMIT ?", after, limit),
});

const parcelStatements = (db: Database) => ({
  addParcel: (seq: number, items: string) => db.run("INSERT INTO parcel (seq, items) VALUES (?, ?)", seq, items),
});

export const ledgerStatements = (db: Database) => ({
  ...entryStatements(db),
  ...sourceStatements(db),
  ...usageStatements(db),
  ...treeStatements(db),
  ...leaseStatements(db),
  ...fateStatements(db),
  ...outboxStatements(db),
  ...parcelStatements(db),
});

export type LedgerStatements = ReturnType<typeof ledgerStatements>;
