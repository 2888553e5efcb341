// Tables of objects/errand: one asynchronous call, what it was given, what its attempts came to, and its webhook.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";
import { TASK_TABLES, taskEntries } from "./task.ts";

const common = { writer: "objects/errand", readers: "objects/errand" };
const retention = "LIMITS.errandKeptMs after the call ended";

export const ERRAND_ENTRIES: readonly Entry[] = [
  {
    name: "errand",
    example: `(1, 'req-1c0a…', 'ada', '{"algorithm":"ada/work",…}', 1764000000000, 0, NULL, NULL)`,
    value:
      "one row: the call's id, who pays, JSON of what is to be done, when it was taken (ms), whether it shall be cancelled " +
      "(0 or 1), when it ended (ms), JSON of what it came to",
    ...common,
    retention,
  },
  {
    name: "prepared",
    example: `(1, 'req-1c0a…', '{"status":"completed",…}')`,
    value:
      "what an attempt came to, written before it was settled: its number, the id it settles under, JSON; it counts once the " +
      "ledger says that it settled",
    ...common,
    retention,
  },
  {
    name: "chunk",
    example: "(0, 0, x'68656c6c6f')",
    value: "at most 1 MiB of the input (attempt 0), or of an attempt's answer: attempt, part, bytes",
    ...common,
    retention,
  },
  ...taskEntries(retention),
];

export const ERRAND_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE}; ${TASK_TABLES};
   CREATE TABLE errand (one INTEGER PRIMARY KEY CHECK (one = 1), call TEXT NOT NULL, account TEXT NOT NULL,
     facts TEXT NOT NULL, made INTEGER NOT NULL, cancelled INTEGER NOT NULL, ended INTEGER, outcome TEXT);
   CREATE TABLE prepared (attempt INTEGER PRIMARY KEY, call TEXT NOT NULL, outcome TEXT NOT NULL);
   CREATE TABLE chunk (attempt INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL,
     PRIMARY KEY (attempt, part)) WITHOUT ROWID`,
];

export type ErrandRow = {
  call: string;
  account: string;
  facts: string;
  made: number;
  cancelled: number;
  ended: number | null;
  outcome: string | null;
};
export type PreparedRow = { attempt: number; call: string; outcome: string };

export const errandStatements = (db: Database) => ({
  errand: () => db.first<ErrandRow>("SELECT call, account, facts, made, cancelled, ended, outcome FROM errand"),
  take: (call: string, account: string, facts: string, made: number) =>
    db.run(
      "INSERT INTO errand (one, call, account, facts, made, cancelled, ended, outcome) VALUES (1, ?, ?, ?, ?, 0, NULL, NULL)",
      call,
      account,
      facts,
      made,
    ),
  cancel: () => db.run("UPDATE errand SET cancelled = 1"),
  end: (ended: number, outcome: string) => db.run("UPDATE errand SET ended = ?, outcome = ?", ended, outcome),
  prepare: ({ attempt, call, outcome }: PreparedRow) =>
    db.run("INSERT OR REPLACE INTO prepared (attempt, call, outcome) VALUES (?, ?, ?)", attempt, call, outcome),
  prepared: (attempt: number) => db.first<PreparedRow>("SELECT * FROM prepared WHERE attempt = ?", attempt),
  addChunk: (attempt: number, part: number, bytes: ArrayBuffer) =>
    db.run("INSERT OR REPLACE INTO chunk (attempt, part, bytes) VALUES (?, ?, ?)", attempt, part, bytes),
  chunks: (attempt: number) =>
    db.all<{ bytes: ArrayBuffer }>("SELECT bytes FROM chunk WHERE attempt = ? ORDER BY part", attempt),
  dropChunks: (attempt: number) => db.run("DELETE FROM chunk WHERE attempt = ?", attempt),
});
