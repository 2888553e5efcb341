// Tables of objects/profile: what calls of one algorithm use, by build and length of input.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

const common = { writer: "objects/profile", readers: "objects/profile" };

export const PROFILE_ENTRIES: readonly Entry[] = [
  {
    name: "build",
    example: "('9f86d0…', '1.0.0', 1764000000000, 120, 3)",
    value: "a build that was called: its version, first call (ms), completed and failed calls",
    ...common,
    retention: "for good",
  },
  {
    name: "bucket",
    example: "('9f86d0…', 10, '{\"fuel\":{…},…}')",
    value: "histograms of one build's completed calls with inputs of one size class (market/profile/outlier.ts)",
    ...common,
    retention: "for good",
  },
  {
    name: "callee",
    example: "('9f86d0…', 'alice/tags', '1.0.0', 50000, 117)",
    value: "what calls of a build called: algorithm, version, royalty (microcredits), how often",
    ...common,
    retention: "for good",
  },
  {
    name: "flag",
    example: "(1, '9f86d0…', '1.0.0', 'call', 10, 1764000000000, 1764000000500, 7, 'req-…', 900000, 120000, 0)",
    value:
      "calls (kind call) or a version as a whole (kind version) far outside: size class, first and last (ms), how " +
      "often, the first call, its fuel, the fuel that would not have been flagged, whether the operators know",
    ...common,
    retention: "for good",
  },
  {
    name: "quote",
    example: "('quo-…', 'ada', '9f86d0…', '1.0.0', 1024, 300000, 1764000600000)",
    value: "a firm ceiling: account, build, version, longest input (bytes), ceiling (microcredits), expiry (ms)",
    ...common,
    retention: "until it has expired, or a call passed it",
  },
];

export const PROFILE_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
  CREATE TABLE build (build TEXT PRIMARY KEY, version TEXT NOT NULL, first INTEGER NOT NULL, completed INTEGER NOT NULL,
    failed INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE bucket (build TEXT NOT NULL, size INTEGER NOT NULL, histograms TEXT NOT NULL, PRIMARY KEY (build, size)) WITHOUT ROWID;
  CREATE TABLE callee (build TEXT NOT NULL, algorithm TEXT NOT NULL, version TEXT NOT NULL, royalty INTEGER NOT NULL,
    calls INTEGER NOT NULL, PRIMARY KEY (build, algorithm, version)) WITHOUT ROWID;
  CREATE TABLE flag (seq INTEGER PRIMARY KEY, build TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, calls INTEGER NOT NULL, call TEXT NOT NULL, fuel INTEGER NOT NULL,
    expected INTEGER NOT NULL, reported INTEGER NOT NULL DEFAULT 0, UNIQUE (build, kind, size));
  CREATE TABLE quote (id TEXT PRIMARY KEY, account TEXT NOT NULL, build TEXT NOT NULL, version TEXT NOT NULL, bytes INTEGER NOT NULL,
    ceiling INTEGER NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX quote_expires ON quote (expires)`,
];

export type BuildRow = { build: string; version: string; first: number; completed: number; failed: number };
export type BucketRow = { build: string; size: number; histograms: string };
export type CalleeRow = { algorithm: string; version: string; royalty: number; calls: number };
export type FlagRow = {
  seq: number;
  build: string;
  version: string;
  kind: string;
  size: number;
  first: number;
  last: number;
  calls: number;
  call: string;
  fuel: number;
  expected: number;
  reported: number;
};
export type QuoteRow = {
  id: string;
  account: string;
  build: string;
  version: string;
  bytes: number;
  ceiling: number;
  expires: number;
};

export const profileStatements = (db: Database) => ({
  build: (build: string) => db.first<BuildRow>("SELECT * FROM build WHERE build = ?", build),
  builds: () => db.all<BuildRow>("SELECT * FROM build ORDER BY first DESC LIMIT 100"),
  count: (build: string, version: string, now: number, completed: number, failed: number) =>
    db.run(
      `INSERT INTO build (build, version, first, completed, failed) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (build) DO UPDATE SET completed = completed + excluded.completed, failed = failed + excluded.failed`,
      build,
      version,
      now,
      completed,
      failed,
    ),
  bucket: (build: string, size: number) =>
    db.first<BucketRow>("SELECT * FROM bucket WHERE build = ? AND size = ?", build, size),
  buckets: (build: string) => db.all<BucketRow>("SELECT * FROM bucket WHERE build = ? ORDER BY size", build),
  /** The same size class of builds that were called before this one was. */
  earlier: (build: string, size: number) =>
    db.all<BucketRow>(
      `SELECT bucket.* FROM build JOIN bucket ON bucket.build = build.build AND bucket.size = ?
       WHERE build.first < coalesce((SELECT first FROM build WHERE build = ?), ${Number.MAX_SAFE_INTEGER}) ORDER BY build.first DESC LIMIT 10`,
      size,
      build,
    ),
  putBucket: ({ build, size, histograms }: BucketRow) =>
    db.run("INSERT OR REPLACE INTO bucket (build, size, histograms) VALUES (?, ?, ?)", build, size, histograms),
  callees: (build: string) =>
    db.all<CalleeRow>(
      "SELECT algorithm, version, royalty, calls FROM callee WHERE build = ? ORDER BY calls DESC LIMIT 20",
      build,
    ),
  addCallee: (build: string, algorithm: string, version: string, royalty: number, calls: number) =>
    db.run(
      `INSERT INTO callee (build, algorithm, version, royalty, calls) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (build, algorithm, version) DO UPDATE SET calls = calls + excluded.calls`,
      build,
      algorithm,
      version,
      royalty,
      calls,
    ),
  flag: (row: Omit<FlagRow, "seq" | "reported">) =>
    db.run(
      `INSERT INTO flag (build, version, kind, size, first, last, calls, call, fuel, expected)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (build, kind, size) DO UPDATE SET calls = calls + excluded.calls, last = excluded.last, reported = 0`,
      row.build,
      row.version,
      row.kind,
      row.size,
      row.first,
      row.last,
      row.calls,
      row.call,
      row.fuel,
      row.expected,
    ),
  flags: () => db.all<FlagRow>("SELECT * FROM flag ORDER BY seq DESC LIMIT 100"),
  unreported: () => db.all<FlagRow>("SELECT * FROM flag WHERE reported = 0 ORDER BY seq LIMIT 50"),
  /** Only what was told: a flag that grew meanwhile is told again. */
  reported: (seq: number, calls: number) =>
    db.run("UPDATE flag SET reported = 1 WHERE seq = ? AND calls = ?", seq, calls),
  quote: (id: string) => db.first<QuoteRow>("SELECT * FROM quote WHERE id = ?", id),
  addQuote: (row: QuoteRow) =>
    db.run(
      "INSERT INTO quote (id, account, build, version, bytes, ceiling, expires) VALUES (?, ?, ?, ?, ?, ?, ?)",
      row.id,
      row.account,
      row.build,
      row.version,
      row.bytes,
      row.ceiling,
      row.expires,
    ),
  removeQuote: (id: string) => db.run("DELETE FROM quote WHERE id = ?", id),
  sweepQuotes: (now: number) => db.run("DELETE FROM quote WHERE expires < ?", now),
  nextQuote: () => db.first<{ expires: number | null }>("SELECT min(expires) AS expires FROM quote")?.expires ?? null,
});
