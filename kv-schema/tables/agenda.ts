// Table of objects/agenda: everything an object has to do later, served by its one alarm.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const AGENDA_ENTRIES: readonly Entry[] = [
  {
    name: "agenda",
    example: "('check-references', '', 1764000000000, 0)",
    value: "one thing to do: kind, subject, due (ms since 1970), attempts so far",
    writer: "objects/agenda",
    readers: "objects/agenda",
    retention: "until it is done",
  },
];

export const AGENDA_TABLE = `CREATE TABLE agenda (
  kind TEXT NOT NULL, subject TEXT NOT NULL, due INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, subject)) WITHOUT ROWID`;

export type AgendaRow = { kind: string; subject: string; due: number; attempts: number };

export const agendaStatements = (db: Database) => ({
  put: (kind: string, subject: string, due: number, attempts: number) =>
    db.run(
      "INSERT OR REPLACE INTO agenda (kind, subject, due, attempts) VALUES (?, ?, ?, ?)",
      kind,
      subject,
      due,
      attempts,
    ),
  dueOf: (kind: string, subject: string) =>
    db.first<{ due: number }>("SELECT due FROM agenda WHERE kind = ? AND subject = ?", kind, subject)?.due,
  drop: (kind: string, subject: string) => db.run("DELETE FROM agenda WHERE kind = ? AND subject = ?", kind, subject),
  /** Moves an entry whose work failed, if it is still there. */
  postpone: (kind: string, subject: string, later: number, attempts: number) =>
    db.run("UPDATE agenda SET due = ?, attempts = ? WHERE kind = ? AND subject = ?", later, attempts, kind, subject),
  has: (kind: string, subject: string) =>
    db.first("SELECT 1 AS one FROM agenda WHERE kind = ? AND subject = ?", kind, subject) !== undefined,
  due: (now: number) => db.all<AgendaRow>("SELECT * FROM agenda WHERE due <= ? ORDER BY due LIMIT 100", now),
  next: () => db.first<{ due: number | null }>("SELECT min(due) AS due FROM agenda")?.due ?? null,
});
