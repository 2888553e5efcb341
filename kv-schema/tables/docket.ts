// Table of objects/docket: the durable runs of one account, as each last told of itself.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const DOCKET_ENTRIES: readonly Entry[] = [
  {
    name: "entry",
    example: "(12, 'run-1c0a…', 'books', 'running', 1764000000000, NULL, 3)",
    value: "a run: number in the order of their coming, id, name, state, made and ended (ms), revision it told of",
    writer: "objects/docket",
    readers: "objects/docket",
    retention: "LIMITS.runKeptMs after the run ended",
  },
];

export const DOCKET_MIGRATIONS: readonly string[] = [
  `CREATE TABLE entry (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, state TEXT NOT NULL,
     made INTEGER NOT NULL, ended INTEGER, revision INTEGER NOT NULL);
   CREATE INDEX entry_live ON entry (seq) WHERE ended IS NULL`,
];

export type DocketRow = {
  seq: number;
  id: string;
  name: string;
  state: string;
  made: number;
  ended: number | null;
  revision: number;
};

export const docketStatements = (db: Database) => ({
  entry: (id: string) => db.first<DocketRow>("SELECT * FROM entry WHERE id = ?", id),
  live: () => db.first<{ count: number }>("SELECT count(*) AS count FROM entry WHERE ended IS NULL")?.count ?? 0,
  tell: (row: Omit<DocketRow, "seq">) =>
    db.run(
      `INSERT INTO entry (id, name, state, made, ended, revision) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended = excluded.ended, revision = excluded.revision
       WHERE excluded.revision > revision`,
      row.id,
      row.name,
      row.state,
      row.made,
      row.ended,
      row.revision,
    ),
  /** Newest first, below a place; `name` and `state`: null is any. */
  page: (below: number, name: string | null, state: string | null, limit: number) =>
    db.all<DocketRow>(
      `SELECT * FROM entry WHERE seq < ? AND (? IS NULL OR name = ?) AND (? IS NULL OR state = ?)
       ORDER BY seq DESC LIMIT ?`,
      below,
      name,
      name,
      state,
      state,
      limit,
    ),
  forget: (id: string) => db.run("DELETE FROM entry WHERE id = ?", id),
});
