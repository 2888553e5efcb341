// Table of objects/account for an author's fault budget: what failures of its algorithms it answered for, by day.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const FAULT_ENTRIES: readonly Entry[] = [
  {
    name: "fault",
    example: "(20417, 'alice/tags@1.0.0', 'bob', 12, 840000)",
    value:
      "calls of a version that failed by its own fault on a day (since 1970, UTC) and that its author's fault budget bore, by " +
      "who called: how many, and what they would have cost (microcredits)",
    writer: "objects/account",
    readers: "objects/account",
    retention: "seven days",
  },
];

export const FAULT_TABLE = `CREATE TABLE fault (day INTEGER NOT NULL, version TEXT NOT NULL, caller TEXT NOT NULL,
  calls INTEGER NOT NULL, cost INTEGER NOT NULL, PRIMARY KEY (day, version, caller)) WITHOUT ROWID`;

export type FaultyRow = { version: string; calls: number; cost: number };

const SUM = "SELECT coalesce(sum(cost), 0) AS cost FROM fault WHERE day = ?";

export const faultStatements = (db: Database) => ({
  add: (day: number, version: string, caller: string, calls: number, cost: number) =>
    db.run(
      `INSERT INTO fault (day, version, caller, calls, cost) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (day, version, caller) DO UPDATE SET calls = calls + excluded.calls, cost = cost + excluded.cost`,
      day,
      version,
      caller,
      calls,
      cost,
    ),
  /** Microcredits of a day's faults. */
  all: (day: number) => db.first<{ cost: number }>(SUM, day)?.cost ?? 0,
  ofCaller: (day: number, caller: string) =>
    db.first<{ cost: number }>(`${SUM} AND caller = ?`, day, caller)?.cost ?? 0,
  /** The version whose faults of a day cost most. */
  worst: (day: number) =>
    db.first<FaultyRow>(
      `SELECT version, sum(calls) AS calls, sum(cost) AS cost FROM fault WHERE day = ?
       GROUP BY version ORDER BY sum(cost) DESC, version LIMIT 1`,
      day,
    ),
  forgive: (version: string) => db.run("DELETE FROM fault WHERE version = ?", version),
  sweep: (before: number) => db.run("DELETE FROM fault WHERE day < ?", before),
});
