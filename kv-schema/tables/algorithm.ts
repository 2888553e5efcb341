// Tables of objects/algorithm: the truth about one algorithm's versions.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

const common = { writer: "objects/algorithm", readers: "objects/algorithm" };

export const ALGORITHM_ENTRIES: readonly Entry[] = [
  {
    name: "algorithm",
    example: "(1, 'c5c0…', 'genome/kmers', 1764000000000, NULL)",
    value: "one row: UUID, spelling of owner/name, created (ms), deleted (ms or NULL)",
    ...common,
    retention: "for good",
  },
  {
    name: "version",
    example: "('000001000000000000', '1.0.0', '9f86d0…', 1, 0, 0, 1764000000000, '{…}', 'First release.', '# K-mers…')",
    value:
      "one published version: rank (its numbers, six digits each, so that text order is version order), text, build, " +
      "public, yanked, royalty (microcredits), published (ms), JSON of its Release, release notes, README",
    ...common,
    retention: "for good: a published version never changes",
  },
  {
    name: "standing",
    example: "('000001000000000000', 'Use 2.0.0.', NULL)",
    value: "what has changed about a version: its deprecation and its suspension, each the reason, or NULL",
    ...common,
    retention: "for good",
  },
  {
    name: "sample_run",
    example: "('000001000000000000', '{\"status\":\"completed\",…}')",
    value: "what a version made of its sample when it was published (worker/market/sample.ts)",
    ...common,
    retention: "for good",
  },
  {
    name: "announced",
    example: "(1, 3, 2)",
    value: "one row: how often what the catalogue shows has changed, and the change it knows",
    ...common,
    retention: "for good",
  },
];

export const ALGORITHM_MIGRATIONS: readonly string[] = [
  `CREATE TABLE algorithm (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL);
   -- The small columns come first: a scan of them does not touch the pages that the long ones overflow to.
   CREATE TABLE version (rank TEXT PRIMARY KEY, text TEXT NOT NULL, build TEXT NOT NULL, public INTEGER NOT NULL,
     yanked INTEGER NOT NULL DEFAULT 0, royalty INTEGER NOT NULL, published INTEGER NOT NULL,
     release TEXT NOT NULL, notes TEXT NOT NULL, readme TEXT NOT NULL)`,
  `${AGENDA_TABLE};
   CREATE TABLE standing (rank TEXT PRIMARY KEY, deprecated TEXT, suspended TEXT) WITHOUT ROWID;
   CREATE TABLE sample_run (rank TEXT PRIMARY KEY, run TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE fault (rank TEXT NOT NULL, day INTEGER NOT NULL, calls INTEGER NOT NULL, cost INTEGER NOT NULL,
     PRIMARY KEY (rank, day)) WITHOUT ROWID;
   CREATE TABLE announced (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, known INTEGER NOT NULL);
   INSERT INTO announced (one, revision, known) VALUES (1, 0, 0)`,
  "ALTER TABLE algorithm ADD COLUMN deleted INTEGER",
  // Faults are counted where all of an author's are: in its account.
  "DROP TABLE fault",
];

export type AlgorithmRow = { id: string; name: string; created: number };
export type VersionSummaryRow = {
  rank: string;
  text: string;
  build: string;
  public: number;
  yanked: number;
  royalty: number;
  /** Why it is suspended; null: it is not. */
  suspended: string | null;
};
/** A version as lists show it: without the README, which may have 256 KiB. */
export type ListedRow = { rank: string; release: string; notes: string; published: number; yanked: number };
export type VersionRow = Omit<VersionSummaryRow, "suspended"> & ListedRow & { readme: string };
export type StandingRow = { deprecated: string | null; suspended: string | null };

const LISTED = "SELECT rank, release, notes, published, yanked FROM version";

export const algorithmStatements = (db: Database) => ({
  self: () => db.first<AlgorithmRow>("SELECT id, name, created FROM algorithm"),
  create: (id: string, name: string, now: number) =>
    db.run("INSERT OR IGNORE INTO algorithm (one, id, name, created) VALUES (1, ?, ?, ?)", id, name, now),
  deleted: () => db.first("SELECT 1 AS one FROM algorithm WHERE deleted IS NOT NULL") !== undefined,
  remove: (now: number) => db.run("UPDATE algorithm SET deleted = ?", now),
  version: (rank: string) => db.first<VersionRow>("SELECT * FROM version WHERE rank = ?", rank),
  listed: (rank: string) => db.first<ListedRow>(`${LISTED} WHERE rank = ?`, rank),
  readme: (rank: string) => db.first<{ readme: string }>("SELECT readme FROM version WHERE rank = ?", rank)?.readme,
  summaries: () =>
    db.all<VersionSummaryRow>(
      `SELECT rank, text, build, public, yanked, royalty, suspended FROM version LEFT JOIN standing USING (rank)
       ORDER BY rank DESC`,
    ),
  /** The newest version below a rank. @param hidden 1: a private one too */
  below: (before: string, hidden: number) =>
    db.first<ListedRow>(
      `${LISTED} WHERE rank < ? AND (public = 1 OR ? = 1) ORDER BY rank DESC LIMIT 1`,
      before,
      hidden,
    ),
  publish: (row: Omit<VersionRow, "yanked">) =>
    db.run(
      `INSERT INTO version (rank, text, build, public, royalty, published, release, notes, readme)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.rank,
      row.text,
      row.build,
      row.public,
      row.royalty,
      row.published,
      row.release,
      row.notes,
      row.readme,
    ),
  ...standingStatements(db),
});

const standingStatements = (db: Database) => ({
  standing: (rank: string) => db.first<StandingRow>("SELECT deprecated, suspended FROM standing WHERE rank = ?", rank),
  yank: (rank: string, yanked: boolean) => db.run("UPDATE version SET yanked = ? WHERE rank = ?", yanked ? 1 : 0, rank),
  deprecate: (rank: string, reason: string | null) =>
    db.run(
      `INSERT INTO standing (rank, deprecated) VALUES (?, ?)
       ON CONFLICT (rank) DO UPDATE SET deprecated = excluded.deprecated`,
      rank,
      reason,
    ),
  suspend: (rank: string, reason: string | null) =>
    db.run(
      `INSERT INTO standing (rank, suspended) VALUES (?, ?)
       ON CONFLICT (rank) DO UPDATE SET suspended = excluded.suspended`,
      rank,
      reason,
    ),
  sampleRun: (rank: string) => db.first<{ run: string }>("SELECT run FROM sample_run WHERE rank = ?", rank)?.run,
  putSampleRun: (rank: string, run: string) =>
    db.run("INSERT OR REPLACE INTO sample_run (rank, run) VALUES (?, ?)", rank, run),
  announced: () => db.first<{ revision: number; known: number }>("SELECT revision, known FROM announced"),
  change: () => db.run("UPDATE announced SET revision = revision + 1"),
  know: (revision: number) => db.run("UPDATE announced SET known = max(known, ?)", revision),
});

/** A version's place: six digits for each number, so that text order is version order. */
export const versionRank = (version: string): string =>
  version
    .split(".")
    .map((part) => part.padStart(6, "0"))
    .join("");

/** Above every rank. */
export const NEWEST = "~";
