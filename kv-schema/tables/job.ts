// Tables of objects/job: one job, the files of its source as they were when it was planned, and its shards as they stand.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

const common = {
  writer: "objects/job",
  readers: "objects/job",
  retention: "LIMITS.jobKeptMs after the job was last used",
};

export const JOB_ENTRIES: readonly Entry[] = [
  {
    name: "job",
    example:
      "(1, '{\"id\":\"job-…\"}', 'running', NULL, 1764000000000, NULL, 2097152, 300, 300, 0.9, 'lease-…', NULL, …)",
    value:
      "one row: JSON of its terms, state, why it is in it, when it began to run and ended (ms), units of a chunk, tasks by the " +
      "plan, fuel of a unit in the sample and its error, the lease of the account that pays, a warning, when it was last used (ms), " +
      "microcredits it may cost, whether it is a quote, whether it was deleted (1; 2: and is out of its account's list), " +
      "when it last began to run (ms), and units it had run until then",
    ...common,
  },
  {
    name: "source",
    example: '(0, \'{"uri":"data://…"}\', NULL)',
    value: "a file (or the range) of the source: number, JSON of what is known of it, JSON of its borders (json-array)",
    ...common,
  },
  {
    name: "shard",
    example: "(0, 'shard-9f86…', 'working', '{\"done\":12}', 40000000, 1764000000000)",
    value:
      "a shard: index (-1: the sample), name of its object, state, JSON of its last report, microcredits granted, last heard of (ms)",
    ...common,
  },
];

export const JOB_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
   CREATE TABLE job (one INTEGER PRIMARY KEY CHECK (one = 1), terms TEXT NOT NULL, state TEXT NOT NULL, reason TEXT,
     began INTEGER, ended INTEGER, chunk INTEGER NOT NULL, tasks INTEGER NOT NULL, per_unit REAL NOT NULL,
     error REAL NOT NULL, lease TEXT, warning TEXT, used INTEGER NOT NULL, cost INTEGER NOT NULL);
   CREATE TABLE source (number INTEGER PRIMARY KEY, file TEXT NOT NULL, borders TEXT);
   CREATE TABLE shard (number INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, report TEXT,
     granted INTEGER NOT NULL, heard INTEGER NOT NULL)`,
  `ALTER TABLE job ADD COLUMN quote INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE job ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
   UPDATE job SET quote = 1, reason = NULL WHERE state = 'planning' AND reason = 'quote'`,
  `ALTER TABLE job ADD COLUMN resumed INTEGER;
   ALTER TABLE job ADD COLUMN processed INTEGER NOT NULL DEFAULT 0`,
];

export type JobRow = {
  terms: string;
  state: string;
  reason: string | null;
  began: number | null;
  ended: number | null;
  chunk: number;
  tasks: number;
  per_unit: number;
  error: number;
  lease: string | null;
  warning: string | null;
  used: number;
  cost: number;
  quote: number;
  removed: number;
  resumed: number | null;
  processed: number;
};
export type SourceRow = { number: number; file: string; borders: string | null };
export type JobShardRow = {
  number: number;
  name: string;
  state: string;
  report: string | null;
  granted: number;
  heard: number;
};

export const jobStatements = (db: Database) => ({
  self: () => db.first<JobRow>("SELECT * FROM job"),
  create: (terms: string, quote: boolean, cost: number, now: number) =>
    db.run(
      `INSERT INTO job (one, terms, state, reason, began, ended, chunk, tasks, per_unit, error, lease, warning, used, cost,
         quote) VALUES (1, ?, 'planning', NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, ?, ?, ?)`,
      terms,
      now,
      cost,
      quote ? 1 : 0,
    ),
  setState: (state: string, reason: string | null) => db.run("UPDATE job SET state = ?, reason = ?", state, reason),
  /** @param processed units that were run before */
  setBegan: (now: number, processed: number) =>
    db.run("UPDATE job SET began = coalesce(began, ?), ended = NULL, resumed = ?, processed = ?", now, now, processed),
  /** @param ended ms; null: it goes on */
  setEnded: (ended: number | null) => db.run("UPDATE job SET ended = ?, used = coalesce(?, used)", ended, ended),
  setPlan: (chunk: number, tasks: number, perUnit: number, error: number) =>
    db.run("UPDATE job SET chunk = ?, tasks = ?, per_unit = ?, error = ?", chunk, tasks, perUnit, error),
  setLease: (lease: string | null) => db.run("UPDATE job SET lease = ?", lease),
  setWarning: (warning: string) => db.run("UPDATE job SET warning = ?", warning),
  setCost: (cost: number) => db.run("UPDATE job SET cost = ?", cost),
  setRemoved: (now: number) => db.run("UPDATE job SET removed = 1, ended = coalesce(ended, ?) WHERE removed = 0", now),
  setUnlisted: () => db.run("UPDATE job SET removed = 2 WHERE removed = 1"),
  setUsed: (now: number) => db.run("UPDATE job SET used = ?", now),

  addSource: (number: number, file: string) =>
    db.run("INSERT INTO source (number, file, borders) VALUES (?, ?, NULL)", number, file),
  sources: () => db.all<SourceRow>("SELECT * FROM source ORDER BY number"),
  setBorders: (number: number, borders: string) =>
    db.run("UPDATE source SET borders = ? WHERE number = ?", borders, number),

  addShard: (number: number, name: string) =>
    db.run(
      "INSERT OR IGNORE INTO shard (number, name, state, report, granted, heard) VALUES (?, ?, 'waiting', NULL, 0, 0)",
      number,
      name,
    ),
  shards: () => db.all<JobShardRow>("SELECT * FROM shard ORDER BY number"),
  shard: (number: number) => db.first<JobShardRow>("SELECT * FROM shard WHERE number = ?", number),
  putShard: ({ number, name, state, report, granted, heard }: JobShardRow) =>
    db.run(
      "INSERT OR REPLACE INTO shard (number, name, state, report, granted, heard) VALUES (?, ?, ?, ?, ?, ?)",
      number,
      name,
      state,
      report,
      granted,
      heard,
    ),
});
