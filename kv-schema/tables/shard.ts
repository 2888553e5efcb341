// Tables of objects/shard: a stretch of a job's tasks, what became of them, and what is owed for them. A task that has not been
// begun has no row: its number is at or above `next`, or it is among those that run.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

const common = {
  writer: "objects/shard",
  readers: "objects/shard",
  retention: "as long as a job uses it",
};

export const SHARD_ENTRIES: readonly Entry[] = [
  {
    name: "shard",
    example: "(1, '{\"job\":\"job-…\"}', 'running', 0, 1024, 50, …)",
    value:
      "one row: JSON of what its tasks are and for which job it does them (ShardTerms), state, first number and below, next number to begin, counters: " +
      "tasks, done, failed, deepest cut, how often it came back without an answer, dispatches, reductions, units, fuel, spent and granted microcredits",
    ...common,
  },
  {
    name: "span",
    example: "(12, 25165824, 27262976, 0, 1, 0, 0, 1843002, 2, x'00…', NULL, NULL)",
    value:
      "a task or a part of one: number, where it begins and ends, how often it was cut, state (0 queued, 1 done, 2 failed, " +
      "3 dispatched again), tries, when due (ms), fuel, kind of its answer, the answer (up to 1,024 bytes; else the id of its " +
      "pieces), JSON of its error",
    ...common,
  },
  {
    name: "node",
    example: "(1, 0, 2, x'00…', NULL, NULL)",
    value:
      "a node of the reduce tree: level, index, kind of its answer, the answer or the id of its pieces, JSON of its error",
    ...common,
  },
  {
    name: "user",
    example: "('job-…', '{\"index\":0}', '9f86…', 112151, 112151, 92150100, 52428800, 50, 1)",
    value:
      "a job that uses it: JSON of what it is told of its tasks (ShardTerms without parts and files), the key of its answer in " +
      "`crown`, and, while another is at it, what it came to: microcredits spent and settled, fuel, units, dispatches, reductions",
    ...common,
  },
  {
    name: "crown",
    example: "('9f86…', 2, x'00…', NULL, NULL)",
    value:
      "a job's answer: SHA-256 of the answers of the shards it was made of, in order, its kind, it or the id of its pieces, " +
      "a warning about the reducer",
    ...common,
  },
  {
    name: "piece",
    example: "(7, 0, x'00…')",
    value: "at most 1 MiB of a longer answer: its id, number, bytes",
    ...common,
  },
  {
    name: "owed",
    example: "('map', 50, 1, 92150100, 92151, 20000, 0, 104857600, 819200, 1764000000000)",
    value:
      "what ran and is in no bill: role (map or reduce), tasks, batches, fuel, microcredits of compute, fees and royalties, " +
      "bytes in and out, since when (ms)",
    ...common,
  },
  {
    name: "bill",
    example: "('req-…', '{\"call\":\"req-…\"}', 112151, 0)",
    value: "a settlement (JSON): its call's id, microcredits, whether it is settled",
    ...common,
  },
];

export const SHARD_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
   CREATE TABLE shard (one INTEGER PRIMARY KEY CHECK (one = 1), terms TEXT NOT NULL, state TEXT NOT NULL,
     first INTEGER NOT NULL, below INTEGER NOT NULL, next INTEGER NOT NULL, tasks INTEGER NOT NULL, done INTEGER NOT NULL,
     failed INTEGER NOT NULL, depth INTEGER NOT NULL, revived INTEGER NOT NULL, dispatches INTEGER NOT NULL, reductions INTEGER NOT NULL,
     units INTEGER NOT NULL, fuel INTEGER NOT NULL, spent INTEGER NOT NULL, granted INTEGER NOT NULL);
   CREATE TABLE span (number INTEGER NOT NULL, start INTEGER NOT NULL, below INTEGER NOT NULL, depth INTEGER NOT NULL,
     state INTEGER NOT NULL, tries INTEGER NOT NULL, due INTEGER NOT NULL, fuel INTEGER NOT NULL, kind INTEGER NOT NULL,
     answer BLOB, pieces INTEGER, error TEXT, PRIMARY KEY (number, start)) WITHOUT ROWID;
   CREATE INDEX span_queued ON span (due) WHERE state = 0;
   CREATE TABLE node (level INTEGER NOT NULL, place INTEGER NOT NULL, kind INTEGER NOT NULL, answer BLOB, pieces INTEGER,
     error TEXT, PRIMARY KEY (level, place)) WITHOUT ROWID;
   CREATE TABLE piece (id INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, number));
   CREATE TABLE owed (role TEXT PRIMARY KEY, tasks INTEGER NOT NULL, batches INTEGER NOT NULL, fuel INTEGER NOT NULL,
     compute INTEGER NOT NULL, call INTEGER NOT NULL, royalty INTEGER NOT NULL, input INTEGER NOT NULL,
     output INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE bill (call TEXT PRIMARY KEY, settlement TEXT NOT NULL, total INTEGER NOT NULL,
     settled INTEGER NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE user (job TEXT PRIMARY KEY, terms TEXT NOT NULL, crown TEXT, spent INTEGER NOT NULL, settled INTEGER NOT NULL,
     fuel INTEGER NOT NULL, units INTEGER NOT NULL, dispatches INTEGER NOT NULL, reductions INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE crown (of TEXT PRIMARY KEY, kind INTEGER NOT NULL, answer BLOB, pieces INTEGER, warning TEXT) WITHOUT ROWID;
   INSERT INTO crown SELECT 'before', kind, answer, pieces, NULL FROM node WHERE level = 1000 AND error IS NULL;
   INSERT INTO user SELECT json_extract(terms, '$.job.id'), json_remove(terms, '$.parts', '$.files'),
     (SELECT of FROM crown), 0, 0, 0, 0, 0, 0 FROM shard;
   UPDATE shard SET state = 'over' WHERE state = 'crowned'`,
];

export const SPAN = { queued: 0, done: 1, failed: 2, out: 3 } as const;

export type ShardRow = {
  terms: string;
  state: string;
  first: number;
  below: number;
  next: number;
  tasks: number;
  done: number;
  failed: number;
  depth: number;
  revived: number;
  dispatches: number;
  reductions: number;
  units: number;
  fuel: number;
  spent: number;
  granted: number;
};
/** A shard of which nothing is known. */
export const NO_SHARD: ShardRow = {
  terms: "",
  state: "new",
  first: 0,
  below: 0,
  next: 0,
  tasks: 0,
  done: 0,
  failed: 0,
  depth: 0,
  revived: 0,
  dispatches: 0,
  reductions: 0,
  units: 0,
  fuel: 0,
  spent: 0,
  granted: 0,
};

export type SpanRow = {
  number: number;
  start: number;
  below: number;
  depth: number;
  state: number;
  tries: number;
  due: number;
  fuel: number;
  kind: number;
  answer: ArrayBuffer | null;
  pieces: number | null;
  error: string | null;
};
export type NodeRow = {
  level: number;
  place: number;
  kind: number;
  answer: ArrayBuffer | null;
  pieces: number | null;
  error: string | null;
};
export type OwedRow = {
  role: string;
  tasks: number;
  batches: number;
  fuel: number;
  compute: number;
  call: number;
  royalty: number;
  input: number;
  output: number;
  since: number;
};
export type BillRow = { call: string; settlement: string; total: number; settled: number };

/** What a job has come to in a shard. */
export type UserCounts = {
  spent: number;
  settled: number;
  fuel: number;
  units: number;
  dispatches: number;
  reductions: number;
};
export type UserRow = UserCounts & { job: string; terms: string; crown: string | null };
export type CrownRow = {
  of: string;
  kind: number;
  answer: ArrayBuffer | null;
  pieces: number | null;
  warning: string | null;
};

const COUNTERS = ["tasks", "done", "failed", "dispatches", "reductions", "units", "fuel", "spent"] as const;
/** What is added to a shard's counters. */
export type Counted = { [Counter in (typeof COUNTERS)[number]]: number };

const selfStatements = (db: Database) => ({
  self: () => db.first<ShardRow>("SELECT * FROM shard"),
  create: (terms: string, first: number, below: number) =>
    db.run(
      `INSERT INTO shard (one, terms, state, first, below, next, tasks, done, failed, depth, revived, dispatches, reductions, units,
         fuel, spent, granted) VALUES (1, ?, 'new', ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`,
      terms,
      first,
      below,
      first,
      below - first,
    ),
  setTerms: (terms: string) => db.run("UPDATE shard SET terms = ?", terms),
  setState: (state: string) => db.run("UPDATE shard SET state = ?", state),
  setNext: (next: number) => db.run("UPDATE shard SET next = ?", next),
  setGranted: (granted: number) => db.run("UPDATE shard SET granted = ?", granted),
  setRevived: (revived: number) => db.run("UPDATE shard SET revived = ?", revived),
  deepen: (depth: number) => db.run("UPDATE shard SET depth = max(depth, ?)", depth),
  count: (by: Partial<Counted>) => {
    const changed = COUNTERS.filter((counter) => (by[counter] ?? 0) !== 0);
    if (changed.length === 0) return;
    const sets = changed.map((counter) => `${counter} = ${counter} + ?`).join(", ");
    db.run(`UPDATE shard SET ${sets}`, ...changed.map((counter) => by[counter] ?? 0));
  },
});

/** Rows of one statement: 8 values each, 100 at most (LIMITS.boundParameters). */
const DONE_ROWS = 12;

const spanWrites = (db: Database) => ({
  /** Writes a span over what stood there. */
  putSpan: (row: SpanRow) =>
    db.run(
      `INSERT OR REPLACE INTO span (number, start, below, depth, state, tries, due, fuel, kind, answer, pieces, error)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.number,
      row.start,
      row.below,
      row.depth,
      row.state,
      row.tries,
      row.due,
      row.fuel,
      row.kind,
      row.answer,
      row.pieces,
      row.error,
    ),
  /** Writes spans that are done and whose answers stand in their rows, over what stood there. */
  putDone: (rows: readonly SpanRow[]) => {
    for (let at = 0; at < rows.length; at += DONE_ROWS) {
      const some = rows.slice(at, at + DONE_ROWS);
      const values = some.map(() => "(?, ?, ?, ?, 1, ?, 0, ?, ?, ?, NULL, NULL)").join(", ");
      db.run(
        `INSERT OR REPLACE INTO span (number, start, below, depth, state, tries, due, fuel, kind, answer, pieces, error)
         VALUES ${values}`,
        ...some.flatMap((row) => [
          row.number,
          row.start,
          row.below,
          row.depth,
          row.tries,
          row.fuel,
          row.kind,
          row.answer,
        ]),
      );
    }
  },
});

const spanStatements = (db: Database) => ({
  span: (number: number, start: number) =>
    db.first<SpanRow>("SELECT * FROM span WHERE number = ? AND start = ?", number, start),
  /** What stands of a stretch of numbers. */
  stand: (first: number, below: number) =>
    db.all<Pick<SpanRow, "number" | "start" | "below" | "state">>(
      "SELECT number, start, below, state FROM span WHERE number >= ? AND number < ?",
      first,
      below,
    ),
  /** Spans that wait for their turn, those that are due first. */
  queued: (now: number, limit: number) =>
    db.all<SpanRow>("SELECT * FROM span WHERE state = 0 AND due <= ? ORDER BY due LIMIT ?", now, limit),
  nextDue: () => db.first<{ due: number | null }>("SELECT min(due) AS due FROM span WHERE state = 0")?.due ?? null,
  out: () => db.all<SpanRow>("SELECT * FROM span WHERE state = 3"),
  /** What had been dispatched again when the object was last alive waits again. @returns how many spans those are */
  recall: (): number => {
    const count = db.first<{ count: number }>("SELECT count(*) AS count FROM span WHERE state = 3")?.count ?? 0;
    if (count > 0) db.run("UPDATE span SET state = 0 WHERE state = 3");
    return count;
  },
  /** Numbers of a stretch that have a row. */
  numbers: (first: number, below: number) =>
    db.all<{ number: number }>(
      "SELECT DISTINCT number FROM span WHERE number >= ? AND number < ? ORDER BY number",
      first,
      below,
    ),
  /** Whether all of a stretch of numbers that have rows are over; and how many numbers those are. */
  standing: (first: number, below: number) =>
    db.first<{ numbers: number; open: number; failed: number }>(
      `SELECT count(DISTINCT number) AS numbers, coalesce(sum(state IN (0, 3)), 0) AS open,
         coalesce(sum(state = 2), 0) AS failed FROM span WHERE number >= ? AND number < ?`,
      first,
      below,
    ) ?? { numbers: 0, open: 0, failed: 0 },
  /** Answers of a stretch, in order. */
  answered: (first: number, below: number) =>
    db.all<SpanRow>(
      "SELECT * FROM span WHERE number >= ? AND number < ? AND state = 1 ORDER BY number, start",
      first,
      below,
    ),
  /** Spans in a state after a place, in order. */
  listed: (state: number, number: number, start: number, limit: number) =>
    db.all<SpanRow>(
      "SELECT * FROM span WHERE state = ? AND (number, start) > (?, ?) ORDER BY number, start LIMIT ?",
      state,
      number,
      start,
      limit,
    ),
});

const answerStatements = (db: Database) => ({
  node: (level: number, place: number) =>
    db.first<NodeRow>("SELECT * FROM node WHERE level = ? AND place = ?", level, place),
  nodes: (level: number, first: number, below: number) =>
    db.all<NodeRow>(
      "SELECT * FROM node WHERE level = ? AND place >= ? AND place < ? ORDER BY place",
      level,
      first,
      below,
    ),
  putNode: ({ level, place, kind, answer, pieces, error }: NodeRow) =>
    db.run(
      "INSERT OR IGNORE INTO node (level, place, kind, answer, pieces, error) VALUES (?, ?, ?, ?, ?, ?)",
      level,
      place,
      kind,
      answer,
      pieces,
      error,
    ),
  removeNode: (level: number, place: number) => db.run("DELETE FROM node WHERE level = ? AND place = ?", level, place),
  newPieces: () => (db.first<{ id: number | null }>("SELECT max(id) AS id FROM piece")?.id ?? 0) + 1,
  putPiece: (id: number, number: number, bytes: ArrayBuffer) =>
    db.run("INSERT INTO piece (id, number, bytes) VALUES (?, ?, ?)", id, number, bytes),
  pieces: (id: number) => db.all<{ bytes: ArrayBuffer }>("SELECT bytes FROM piece WHERE id = ? ORDER BY number", id),
  pieceBytes: (id: number) =>
    db.first<{ bytes: number | null }>("SELECT sum(length(bytes)) AS bytes FROM piece WHERE id = ?", id)?.bytes ?? 0,
  removePieces: (id: number) => db.run("DELETE FROM piece WHERE id = ?", id),
});

const moneyStatements = (db: Database) => ({
  owe: ({ role, tasks, batches, fuel, compute, call, royalty, input, output, since }: OwedRow) =>
    db.run(
      `INSERT INTO owed (role, tasks, batches, fuel, compute, call, royalty, input, output, since)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (role) DO UPDATE SET tasks = tasks + excluded.tasks,
         batches = batches + excluded.batches, fuel = fuel + excluded.fuel, compute = compute + excluded.compute,
         call = call + excluded.call, royalty = royalty + excluded.royalty, input = input + excluded.input,
         output = output + excluded.output`,
      role,
      tasks,
      batches,
      fuel,
      compute,
      call,
      royalty,
      input,
      output,
      since,
    ),
  owed: () => db.all<OwedRow>("SELECT * FROM owed ORDER BY role"),
  clearOwed: () => db.run("DELETE FROM owed"),
  addBill: ({ call, settlement, total }: Omit<BillRow, "settled">) =>
    db.run("INSERT INTO bill (call, settlement, total, settled) VALUES (?, ?, ?, 0)", call, settlement, total),
  settled: () =>
    db.first<{ total: number | null }>("SELECT sum(total) AS total FROM bill WHERE settled = 1")?.total ?? 0,
  /** Forgets bills that are settled; what those of another job came to stands for them. */
  resetBills: (settled: number) => {
    db.run("DELETE FROM bill WHERE settled = 1");
    if (settled > 0) db.run("INSERT INTO bill (call, settlement, total, settled) VALUES ('before', '', ?, 1)", settled);
  },
  openBills: () => db.all<BillRow>("SELECT * FROM bill WHERE settled = 0"),
  closeBill: (call: string) => db.run("UPDATE bill SET settled = 1, settlement = '' WHERE call = ?", call),
});

const userStatements = (db: Database) => ({
  users: () => db.all<UserRow>("SELECT * FROM user ORDER BY job"),
  user: (job: string) => db.first<UserRow>("SELECT * FROM user WHERE job = ?", job),
  /** Adds one; again changes nothing. */
  addUser: (job: string, terms: string) =>
    db.run(
      `INSERT OR IGNORE INTO user (job, terms, crown, spent, settled, fuel, units, dispatches, reductions)
       VALUES (?, ?, NULL, 0, 0, 0, 0, 0, 0)`,
      job,
      terms,
    ),
  removeUser: (job: string) => db.run("DELETE FROM user WHERE job = ?", job),
  setUserCounts: (job: string, { spent, settled, fuel, units, dispatches, reductions }: UserCounts) =>
    db.run(
      "UPDATE user SET spent = ?, settled = ?, fuel = ?, units = ?, dispatches = ?, reductions = ? WHERE job = ?",
      spent,
      settled,
      fuel,
      units,
      dispatches,
      reductions,
      job,
    ),
  /** The counters are another's from now on. */
  setCounts: ({ spent, fuel, units, dispatches, reductions }: UserCounts) =>
    db.run(
      "UPDATE shard SET spent = ?, granted = ?, fuel = ?, units = ?, dispatches = ?, reductions = ?",
      spent,
      spent,
      fuel,
      units,
      dispatches,
      reductions,
    ),
  setCrown: (job: string, of: string) => db.run("UPDATE user SET crown = ? WHERE job = ?", of, job),
  crown: (of: string) => db.first<CrownRow>("SELECT * FROM crown WHERE of = ?", of),
  putCrown: ({ of, kind, answer, pieces, warning }: CrownRow) =>
    db.run(
      "INSERT OR REPLACE INTO crown (of, kind, answer, pieces, warning) VALUES (?, ?, ?, ?, ?)",
      of,
      kind,
      answer,
      pieces,
      warning,
    ),
});

export const shardStatements = (db: Database) => ({
  ...selfStatements(db),
  ...spanWrites(db),
  ...spanStatements(db),
  ...answerStatements(db),
  ...moneyStatements(db),
  ...userStatements(db),
});

export type ShardStatements = ReturnType<typeof shardStatements>;
