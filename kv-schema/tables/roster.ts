// Table of objects/roster: the jobs of one account.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const ROSTER_ENTRIES: readonly Entry[] = [
  {
    name: "entry",
    example: "('job-…', 1764000000000, 'running', 1, 'genome/fingerprint')",
    value:
      "a job of the account: id, when it was made (ms), state when it last changed, whether it is open, its mapper",
    writer: "objects/roster",
    readers: "objects/roster",
    retention: "as the job",
  },
];

export const ROSTER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE entry (id TEXT PRIMARY KEY, made INTEGER NOT NULL, state TEXT NOT NULL, open INTEGER NOT NULL,
     map TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX entry_made ON entry (made, id)`,
];

export type EntryRow = { id: string; made: number; state: string; open: number; map: string };

export const rosterStatements = (db: Database) => ({
  /** Entered again before it has begun it is as new. */
  add: (id: string, map: string, now: number) =>
    db.run(
      `INSERT INTO entry (id, made, state, open, map) VALUES (?, ?, 'planning', 1, ?)
       ON CONFLICT (id) DO UPDATE SET made = excluded.made WHERE open = 1 AND state = 'planning'`,
      id,
      now,
      map,
    ),
  has: (id: string) => db.first("SELECT 1 AS one FROM entry WHERE id = ?", id) !== undefined,
  set: (id: string, state: string, open: boolean) =>
    db.run("UPDATE entry SET state = ?, open = ? WHERE id = ?", state, open ? 1 : 0, id),
  remove: (id: string) => db.run("DELETE FROM entry WHERE id = ?", id),
  removeOf: (id: string, made: number) => db.run("DELETE FROM entry WHERE id = ? AND made = ?", id, made),
  open: () => db.first<{ count: number }>("SELECT count(*) AS count FROM entry WHERE open = 1")?.count ?? 0,
  opened: () => db.all<EntryRow>("SELECT * FROM entry WHERE open = 1"),
  running: () =>
    db.first<{ count: number }>("SELECT count(*) AS count FROM entry WHERE open = 1 AND state = 'running'")?.count ?? 0,
  /** Newest first. */
  list: (made: number, id: string, limit: number) =>
    db.all<EntryRow>(
      "SELECT * FROM entry WHERE (made, id) < (?, ?) ORDER BY made DESC, id DESC LIMIT ?",
      made,
      id,
      limit,
    ),
});
