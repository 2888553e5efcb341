// Tables of objects/run: one durable run of a program in Orc. What came to it from outside (`event`), what it said (`output`),
// whom it called (`call`), and where it stood lately (`snapshot`), from which the later events lead to where it stands now.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_ENTRIES, AGENDA_TABLE } from "./agenda.ts";
import { TASK_TABLES, taskEntries } from "./task.ts";

const RETENTION = "LIMITS.runKeptMs after the run ended";
const common = { writer: "objects/run", readers: "objects/run", retention: RETENTION };

export const RUN_ENTRIES: readonly Entry[] = [
  ...AGENDA_ENTRIES,
  ...taskEntries(RETENTION),
  {
    name: "run",
    example:
      "(1, 'run-1c0a…', 'ada', '9f86d0…', 'books', 1764000000000, …, 'running', NULL, NULL, NULL, 12, 3, 0, 240000, 1)",
    value:
      "one row: id, account, SHA-256 of the key that began it, name, when it was made (ms), seed of its chance, engine, " +
      "SHA-256 of its compiled program, most it may cost, deadline (ms), state, code and text of its end, when it ended, " +
      "outputs and bytes of them, publications, pieces of evaluation settled, microcredits settled, revision",
    ...common,
  },
  {
    name: "text",
    example: "('program', 0, '{\"program\":\"…')",
    value:
      "a part of a long text: its name (program, compiled, request, wish, snapshot, answer:N, settlement:ID, output:N), place of the part, " +
      "at most 500,000 characters. Answers go when a snapshot covers them, settlements when they are settled",
    ...common,
  },
  {
    name: "event",
    example: "(7, 31, 60012, 3, NULL)",
    value:
      "what came from outside, in order, before it took effect: after how many turns of the engine, ms since the run began, " +
      "number of the call that was answered and its answer (NULL: it is the text answer:N), or else what happened, as JSON. Those that a snapshot covers go",
    ...common,
  },
  {
    name: "snapshot",
    example: "(1, 1000, 3000, 3000)",
    value: "how much the text snapshot covers: events, outputs, publications",
    ...common,
  },
  {
    name: "call",
    example: "(3, 'ada/text@1.0.0', 'run-1c0a….3', 1, 'answered', 21000, 1764000000000, 1764000000100, NULL)",
    value:
      "a call the run made: number, what was called, id of its last attempt, how many began, state (running, prepared, " +
      "settled, answered, killed), microcredits, begun and ended (ms), error",
    ...common,
  },
  {
    name: "debt",
    example: "('run-1c0a….3', 3, 21000)",
    value:
      "a settlement (text settlement:ID) that may not have reached the ledger yet: id, number of its call or NULL, microcredits",
    ...common,
    retention: "until the ledger answered",
  },
  {
    name: "output",
    example: '(5, \'publication\', \'{"type":"publication","value":1,"text":"1"}\')',
    value: "what the run said, in order: kind and document; NULL: it is the text output:N",
    ...common,
  },
  {
    name: "signal",
    example: "(1, 'answer', 'my-key-1', '9f86d0…', '\"yes\"', 1764000000000, 3)",
    value:
      "what somebody sent: name, the sender's idempotency key, SHA-256 of name and JSON, the JSON until it was taken, when (ms), " +
      "number of the call that took it",
    ...common,
  },
  {
    name: "pin",
    example: "('ada/text', '1.0.0')",
    value: "which version an algorithm and selector mean throughout the run",
    ...common,
  },
];

export const RUN_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE}; ${TASK_TABLES};
   CREATE TABLE run (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, account TEXT NOT NULL, key TEXT NOT NULL,
     name TEXT NOT NULL, made INTEGER NOT NULL, seed INTEGER NOT NULL, engine TEXT NOT NULL, program TEXT NOT NULL,
     ceiling INTEGER NOT NULL, deadline INTEGER NOT NULL, state TEXT NOT NULL, code TEXT, text TEXT, ended INTEGER,
     outputs INTEGER NOT NULL, bytes INTEGER NOT NULL, publications INTEGER NOT NULL, pieces INTEGER NOT NULL,
     spent INTEGER NOT NULL, fuel INTEGER NOT NULL, revision INTEGER NOT NULL);
   CREATE TABLE text (name TEXT NOT NULL, part INTEGER NOT NULL, piece TEXT NOT NULL, PRIMARY KEY (name, part));
   CREATE TABLE event (seq INTEGER PRIMARY KEY, turns INTEGER NOT NULL, at INTEGER NOT NULL, call INTEGER, what TEXT);
   CREATE TABLE snapshot (one INTEGER PRIMARY KEY CHECK (one = 1), events INTEGER NOT NULL, outputs INTEGER NOT NULL,
     publications INTEGER NOT NULL);
   CREATE TABLE call (n INTEGER PRIMARY KEY, target TEXT NOT NULL, id TEXT NOT NULL, attempts INTEGER NOT NULL,
     state TEXT NOT NULL, cost INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER, error TEXT);
   CREATE TABLE debt (id TEXT PRIMARY KEY, call INTEGER, cost INTEGER NOT NULL);
   CREATE TABLE output (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, document TEXT);
   CREATE TABLE signal (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, sender TEXT UNIQUE, digest TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
     call INTEGER);
   CREATE TABLE pin (name TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID`,
];

export type RunRow = {
  id: string;
  account: string;
  key: string;
  name: string;
  made: number;
  seed: number;
  engine: string;
  program: string;
  ceiling: number;
  deadline: number;
  state: string;
  code: string | null;
  text: string | null;
  ended: number | null;
  outputs: number;
  bytes: number;
  publications: number;
  pieces: number;
  spent: number;
  fuel: number;
  revision: number;
};

export type EventRow = { seq: number; turns: number; at: number; call: number | null; what: string | null };
export type SnapshotRow = { events: number; outputs: number; publications: number };
export type RunCallState = "running" | "prepared" | "settled" | "answered" | "killed";
export type RunCallRow = {
  n: number;
  target: string;
  id: string;
  attempts: number;
  state: RunCallState;
  cost: number;
  began: number;
  ended: number | null;
  error: string | null;
};
export type DebtRow = { id: string; call: number | null; cost: number };
export type OutputRow = { seq: number; kind: string; document: string | null };
export type SignalRow = {
  seq: number;
  name: string;
  sender: string | null;
  digest: string;
  value: string;
  at: number;
  call: number | null;
};

type NewRun = Omit<
  RunRow,
  "code" | "text" | "ended" | "outputs" | "bytes" | "publications" | "pieces" | "spent" | "fuel" | "revision"
>;

const runStatementsOf = (db: Database) => ({
  run: () => db.first<RunRow>("SELECT * FROM run"),
  make: (row: NewRun) =>
    db.run(
      `INSERT INTO run (one, id, account, key, name, made, seed, engine, program, ceiling, deadline, state, code, text, ended,
         outputs, bytes, publications, pieces, spent, fuel, revision)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 1)`,
      row.id,
      row.account,
      row.key,
      row.name,
      row.made,
      row.seed,
      row.engine,
      row.program,
      row.ceiling,
      row.deadline,
      row.state,
    ),
  stand: (state: string, code: string | null, text: string | null, ended: number | null) =>
    db.run(
      "UPDATE run SET state = ?, code = ?, text = ?, ended = ?, revision = revision + 1",
      state,
      code,
      text,
      ended,
    ),
  said: (outputs: number, bytes: number, publications: number) =>
    db.run("UPDATE run SET outputs = ?, bytes = bytes + ?, publications = ?", outputs, bytes, publications),
  burned: (fuel: number) => db.run("UPDATE run SET fuel = ?", fuel),
  spend: (cost: number, pieces: number) =>
    db.run("UPDATE run SET spent = spent + ?, pieces = pieces + ?", cost, pieces),
  pin: (name: string) => db.first<{ version: string }>("SELECT version FROM pin WHERE name = ?", name)?.version,
  putPin: (name: string, version: string) =>
    db.run("INSERT OR IGNORE INTO pin (name, version) VALUES (?, ?)", name, version),
  pins: () => db.all<{ name: string; version: string }>("SELECT name, version FROM pin ORDER BY name"),
});

const textStatementsOf = (db: Database) => ({
  parts: (name: string) =>
    db.all<{ piece: string }>("SELECT piece FROM text WHERE name = ? ORDER BY part", name).map(({ piece }) => piece),
  putPart: (name: string, part: number, piece: string) =>
    db.run("INSERT OR REPLACE INTO text (name, part, piece) VALUES (?, ?, ?)", name, part, piece),
  dropText: (name: string) => db.run("DELETE FROM text WHERE name = ?", name),
});

const eventStatementsOf = (db: Database) => ({
  append: (turns: number, at: number, call: number | null, what: string | null) =>
    db.run("INSERT INTO event (turns, at, call, what) VALUES (?, ?, ?, ?)", turns, at, call, what),
  events: (after: number, limit: number) =>
    db.all<EventRow>("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", after, limit),
  lastEvent: () => db.first<{ seq: number | null }>("SELECT max(seq) AS seq FROM event")?.seq ?? 0,
  answeredBefore: (seq: number) =>
    db.all<{ call: number }>("SELECT call FROM event WHERE seq <= ? AND call IS NOT NULL", seq).map(({ call }) => call),
  /** The last one stays, so that numbers go on where they stopped. */
  dropEvents: (before: number) => db.run("DELETE FROM event WHERE seq < ?", before),
  snapshot: () => db.first<SnapshotRow>("SELECT events, outputs, publications FROM snapshot"),
  putSnapshot: (events: number, outputs: number, publications: number) =>
    db.run(
      "INSERT OR REPLACE INTO snapshot (one, events, outputs, publications) VALUES (1, ?, ?, ?)",
      events,
      outputs,
      publications,
    ),
});

const callStatementsOf = (db: Database) => ({
  call: (n: number) => db.first<RunCallRow>("SELECT * FROM call WHERE n = ?", n),
  addCall: (n: number, target: string, id: string, began: number) =>
    db.run(
      "INSERT OR IGNORE INTO call (n, target, id, attempts, state, cost, began) VALUES (?, ?, ?, 1, 'running', 0, ?)",
      n,
      target,
      id,
      began,
    ),
  attempt: (n: number, id: string) =>
    db.run("UPDATE call SET id = ?, attempts = attempts + 1, state = 'running' WHERE n = ?", id, n),
  callState: (n: number, state: RunCallState) => db.run("UPDATE call SET state = ? WHERE n = ?", state, n),
  callTarget: (n: number, target: string) => db.run("UPDATE call SET target = ? WHERE n = ?", target, n),
  endCall: (n: number, state: RunCallState, ended: number, error: string | null) =>
    db.run("UPDATE call SET state = ?, ended = coalesce(ended, ?), error = ? WHERE n = ?", state, ended, error, n),
  costCall: (n: number, cost: number) => db.run("UPDATE call SET cost = cost + ? WHERE n = ?", cost, n),
  calls: (after: number, limit: number) =>
    db.all<RunCallRow>("SELECT * FROM call WHERE n > ? ORDER BY n LIMIT ?", after, limit),
  /** Targets of calls that wait for a signal, the first ones. */
  awaited: () =>
    db
      .all<{ target: string }>(
        "SELECT target FROM call WHERE ended IS NULL AND target LIKE 'orcade.signal %' ORDER BY n LIMIT 100",
      )
      .map(({ target }) => target),
  callCount: () => db.first<{ count: number }>("SELECT count(*) AS count FROM call")?.count ?? 0,
  callCosts: () => db.first<{ cost: number | null }>("SELECT sum(cost) AS cost FROM call")?.cost ?? 0,
  debt: (id: string) => db.first<DebtRow>("SELECT * FROM debt WHERE id = ?", id),
  debts: () => db.all<DebtRow>("SELECT * FROM debt ORDER BY id"),
  addDebt: (id: string, call: number | null, cost: number) =>
    db.run("INSERT OR REPLACE INTO debt (id, call, cost) VALUES (?, ?, ?)", id, call, cost),
  dropDebt: (id: string) => db.run("DELETE FROM debt WHERE id = ?", id),
});

const outputStatementsOf = (db: Database) => ({
  output: (seq: number) => db.first<OutputRow>("SELECT * FROM output WHERE seq = ?", seq),
  addOutput: (seq: number, kind: string, document: string | null) =>
    db.run("INSERT INTO output (seq, kind, document) VALUES (?, ?, ?)", seq, kind, document),
  outputs: (after: number, limit: number) =>
    db.all<OutputRow>("SELECT * FROM output WHERE seq > ? ORDER BY seq LIMIT ?", after, limit),
});

const signalStatementsOf = (db: Database) => ({
  sentBy: (sender: string) => db.first<SignalRow>("SELECT * FROM signal WHERE sender = ?", sender),
  addSignal: (name: string, sender: string | null, digest: string, value: string, at: number) =>
    db.run(
      "INSERT INTO signal (name, sender, digest, value, at) VALUES (?, ?, ?, ?, ?)",
      name,
      sender,
      digest,
      value,
      at,
    ),
  kept: () => db.all<SignalRow>("SELECT * FROM signal WHERE call IS NULL ORDER BY seq"),
  keptCount: () => db.first<{ count: number }>("SELECT count(*) AS count FROM signal WHERE call IS NULL")?.count ?? 0,
  signalCount: () => db.first<{ count: number }>("SELECT count(*) AS count FROM signal")?.count ?? 0,
  takeSignal: (seq: number, call: number) => db.run("UPDATE signal SET call = ?, value = '' WHERE seq = ?", call, seq),
});

export const runStatements = (db: Database) => ({
  ...runStatementsOf(db),
  ...textStatementsOf(db),
  ...eventStatementsOf(db),
  ...callStatementsOf(db),
  ...outputStatementsOf(db),
  ...signalStatementsOf(db),
});
