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
    example: "(1000000000000, '1.0.0', '9f86d0…', 1, 0, '{…}', 'First release.', '# K-mers…', 1764000000000)",
    value:
      "one published version: order (major·10^12 + minor·10^6 + patch), text, build, public, yanked, JSON of its Release, " +
      "release notes, README, published (ms)",
    ...common,
    retention: "for good: a published version never changes",
  },
  {
    name: "processor_time",
    example: "('9f86d0…', 1200, 3400, 2900000000)",
    value: "per build: calls that the tail worker saw, their cpuTime (ms) as Cloudflare measured it, their fuel",
    ...common,
    retention: "for good",
  },
];

export const ALGORITHM_MIGRATIONS: readonly string[] = [
  `CREATE TABLE algorithm (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL);
   CREATE TABLE version (number INTEGER PRIMARY KEY, text TEXT NOT NULL, build TEXT NOT NULL, public INTEGER NOT NULL,
     yanked INTEGER NOT NULL DEFAULT 0, release TEXT NOT NULL, notes TEXT NOT NULL, readme TEXT NOT NULL, published INTEGER NOT NULL);
   CREATE TABLE processor_time (build TEXT PRIMARY KEY, calls INTEGER NOT NULL, cpu_ms REAL NOT NULL, fuel REAL NOT NULL) WITHOUT ROWID`,
];

export type AlgorithmRow = { id: string; name: string; created: number };
export type VersionSummaryRow = { number: number; text: string; build: string; public: number; yanked: number };
export type VersionRow = VersionSummaryRow & { release: string; notes: string; readme: string; published: number };
export type ProcessorTimeRow = { build: string; calls: number; cpu_ms: number; fuel: number };

export const algorithmStatements = (db: Database) => ({
  self: () => db.first<AlgorithmRow>("SELECT id, name, created FROM algorithm"),
  create: (id: string, name: string, now: number) =>
    db.run("INSERT OR IGNORE INTO algorithm (one, id, name, created) VALUES (1, ?, ?, ?)", id, name, now),
  version: (number: number) => db.first<VersionRow>("SELECT * FROM version WHERE number = ?", number),
  summaries: () => db.all<VersionSummaryRow>("SELECT number, text, build, public, yanked FROM version ORDER BY number DESC"),
  page: (before: number, limit: number) =>
    db.all<VersionRow>("SELECT * FROM version WHERE number < ? ORDER BY number DESC LIMIT ?", before, limit),
  publish: (row: Omit<VersionRow, "yanked">) =>
    db.run(
      "INSERT INTO version (number, text, build, public, release, notes, readme, published) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      row.number, row.text, row.build, row.public, row.release, row.notes, row.readme, row.published,
    ),
  addProcessorTime: (build: string, calls: number, milliseconds: number, fuel: number) =>
    db.run(
      `INSERT INTO processor_time (build, calls, cpu_ms, fuel) VALUES (?, ?, ?, ?) ON CONFLICT (build) DO UPDATE SET
         calls = calls + excluded.calls, cpu_ms = cpu_ms + excluded.cpu_ms, fuel = fuel + excluded.fuel`,
      build, calls, milliseconds, fuel,
    ),
  processorTime: (build: string) => db.first<ProcessorTimeRow>("SELECT * FROM processor_time WHERE build = ?", build),
});
