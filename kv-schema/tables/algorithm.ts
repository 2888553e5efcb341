// Tables of objects/algorithm: the truth about one algorithm's versions.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/algorithm", readers: "objects/algorithm" };

export const ALGORITHM_ENTRIES: readonly Entry[] = [
  {
    name: "algorithm",
    example: "(1, 'c5c0…', 'genome/kmers', 1764000000000)",
    value: "one row: UUID, spelling of owner/name, created (ms)",
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
];

export const ALGORITHM_MIGRATIONS: readonly string[] = [
  `CREATE TABLE algorithm (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL);
   -- The small columns come first: a scan of them does not touch the pages that the long ones overflow to.
   CREATE TABLE version (rank TEXT PRIMARY KEY, text TEXT NOT NULL, build TEXT NOT NULL, public INTEGER NOT NULL,
     yanked INTEGER NOT NULL DEFAULT 0, royalty INTEGER NOT NULL, published INTEGER NOT NULL,
     release TEXT NOT NULL, notes TEXT NOT NULL, readme TEXT NOT NULL)`,
];

export type AlgorithmRow = { id: string; name: string; created: number };
export type VersionSummaryRow = {
  rank: string;
  text: string;
  build: string;
  public: number;
  yanked: number;
  royalty: number;
};
/** A version as lists show it: without the README, which may have 256 KiB. */
export type ListedRow = { rank: string; release: string; notes: string; published: number; yanked: number };
export type VersionRow = VersionSummaryRow & ListedRow & { readme: string };

const LISTED = "SELECT rank, release, notes, published, yanked FROM version";

export const algorithmStatements = (db: Database) => ({
  self: () => db.first<AlgorithmRow>("SELECT id, name, created FROM algorithm"),
  create: (id: string, name: string, now: number) =>
    db.run("INSERT OR IGNORE INTO algorithm (one, id, name, created) VALUES (1, ?, ?, ?)", id, name, now),
  version: (rank: string) => db.first<VersionRow>("SELECT * FROM version WHERE rank = ?", rank),
  listed: (rank: string) => db.first<ListedRow>(`${LISTED} WHERE rank = ?`, rank),
  readme: (rank: string) => db.first<{ readme: string }>("SELECT readme FROM version WHERE rank = ?", rank)?.readme,
  summaries: () =>
    db.all<VersionSummaryRow>("SELECT rank, text, build, public, yanked, royalty FROM version ORDER BY rank DESC"),
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
});

/** A version's place: six digits for each number, so that text order is version order. */
export const versionRank = (version: string): string =>
  version
    .split(".")
    .map((part) => part.padStart(6, "0"))
    .join("");

/** Above every rank. */
export const NEWEST = "~";
