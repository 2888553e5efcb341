// Table of objects/watch: what was flagged, for the operators.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

export const WATCH_ENTRIES: readonly Entry[] = [
  {
    name: "watched",
    example:
      "(1, 'alice/gunzip', '9f86d0…', '1.0.0', 'call', 10, 1764000000000, 1764000000500, 7, 'req-…', 900000, 120000)",
    value: "a flag of objects/profile (kv-schema/tables/profile.ts), with the algorithm it is about",
    writer: "objects/watch",
    readers: "objects/watch",
    retention: "until it is older than LIMITS.flagMs",
  },
];

export const WATCH_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
  CREATE TABLE watched (seq INTEGER PRIMARY KEY, algorithm TEXT NOT NULL, build TEXT NOT NULL,
  version TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  calls INTEGER NOT NULL, call TEXT NOT NULL, fuel INTEGER NOT NULL, expected INTEGER NOT NULL,
  UNIQUE (algorithm, build, kind, size));
  CREATE INDEX watched_last ON watched (last)`,
];

export type WatchedRow = {
  seq: number;
  algorithm: string;
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
};

export const watchStatements = (db: Database) => ({
  put: (row: Omit<WatchedRow, "seq">) =>
    db.run(
      `INSERT INTO watched (algorithm, build, version, kind, size, first, last, calls, call, fuel, expected)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (algorithm, build, kind, size) DO UPDATE SET last = excluded.last, calls = excluded.calls`,
      row.algorithm,
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
  below: (seq: number, limit: number) =>
    db.all<WatchedRow>("SELECT * FROM watched WHERE seq < ? ORDER BY seq DESC LIMIT ?", seq, limit),
  sweep: (before: number) => db.run("DELETE FROM watched WHERE last < ?", before),
});
