// Tables of objects/task: durable tasks of an object and the journal of what they were told from outside.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/task", readers: "objects/task" };

/** Entries of the tables in an object that keeps its tasks for so long. */
export const taskEntries = (retention: string): readonly Entry[] => [
  {
    name: "task",
    example: "('run', 'running', 1764000010000, 2, 1, 1764000000000, NULL)",
    value:
      "a durable task: id, state (waiting, running, done, failed, cancelled), due (ms: when to begin; of one that runs, when " +
      "its attempt is given up), number of the last attempt begun, tries that failed since one last got on, made and ended (ms)",
    ...common,
    retention,
  },
  {
    name: "journal",
    example: "('run', 3, 0, 2, x'7b22…')",
    value:
      "a chunk of at most 1 MiB of what a task was told, written before it took effect: task, place (1, 2, …), part, the " +
      "attempt that wrote it, bytes",
    ...common,
    retention,
  },
];

export const TASK_TABLES = `
  CREATE TABLE task (id TEXT PRIMARY KEY, state TEXT NOT NULL, due INTEGER NOT NULL, attempt INTEGER NOT NULL,
    tries INTEGER NOT NULL, made INTEGER NOT NULL, ended INTEGER) WITHOUT ROWID;
  CREATE TABLE journal (task TEXT NOT NULL, place INTEGER NOT NULL, part INTEGER NOT NULL, attempt INTEGER NOT NULL,
    bytes BLOB NOT NULL, PRIMARY KEY (task, place, part))`;

export type TaskState = "waiting" | "running" | "done" | "failed" | "cancelled";

export type TaskRow = {
  id: string;
  state: TaskState;
  due: number;
  attempt: number;
  tries: number;
  made: number;
  ended: number | null;
};

export type JournalRow = { place: number; part: number; bytes: ArrayBuffer };

export const taskStatements = (db: Database) => ({
  task: (id: string) => db.first<TaskRow>("SELECT * FROM task WHERE id = ?", id),
  /** @returns whether it was added: an id that is there stays as it is */
  add: (id: string, due: number, made: number) =>
    db.run(
      `INSERT INTO task (id, state, due, attempt, tries, made, ended) VALUES (?, 'waiting', ?, 0, 0, ?, NULL)
       ON CONFLICT (id) DO NOTHING`,
      id,
      due,
      made,
    ) > 0,
  put: ({ id, state, due, attempt, tries, ended }: TaskRow) =>
    db.run(
      "UPDATE task SET state = ?, due = ?, attempt = ?, tries = ?, ended = ? WHERE id = ?",
      state,
      due,
      attempt,
      tries,
      ended,
      id,
    ),
  running: () => db.all<TaskRow>("SELECT * FROM task WHERE state = 'running'"),
  remove: (id: string) => db.run("DELETE FROM task WHERE id = ?", id),
  last: (task: string) =>
    db.first<{ place: number | null }>("SELECT max(place) AS place FROM journal WHERE task = ?", task)?.place ?? 0,
  append: (task: string, place: number, part: number, attempt: number, bytes: ArrayBuffer) =>
    db.run(
      "INSERT INTO journal (task, place, part, attempt, bytes) VALUES (?, ?, ?, ?, ?)",
      task,
      place,
      part,
      attempt,
      bytes,
    ),
  /** Chunks of the entries from one place up to and with another, in order. */
  read: (task: string, from: number, to: number) =>
    db.all<JournalRow>(
      "SELECT place, part, bytes FROM journal WHERE task = ? AND place >= ? AND place <= ? ORDER BY place, part",
      task,
      from,
      to,
    ),
  erase: (task: string) => db.run("DELETE FROM journal WHERE task = ?", task),
});
