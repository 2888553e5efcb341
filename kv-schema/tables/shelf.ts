// Table of objects/shelf: which collections an account (or organisation) has, and what each may fill of its quota.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

export const SHELF_ENTRIES: readonly Entry[] = [
  {
    name: "shelved",
    example: "('genomes', 1, 0, 16777216)",
    value:
      "name of a collection, whether it certainly exists (0: being made or deleted, its object knows), whether everybody " +
      "may read it, bytes reserved for it",
    writer: "objects/shelf",
    readers: "objects/shelf",
    retention: "until the collection is deleted",
  },
];

export const SHELF_MIGRATIONS: readonly string[] = [
  `CREATE TABLE shelved (name TEXT PRIMARY KEY, settled INTEGER NOT NULL, public INTEGER NOT NULL,
     reserved INTEGER NOT NULL) WITHOUT ROWID`,
];

export type ShelvedRow = { name: string; settled: number; public: number; reserved: number };

export const shelfStatements = (db: Database) => ({
  one: (name: string) => db.first<ShelvedRow>("SELECT * FROM shelved WHERE name = ?", name),
  count: () => db.first<{ number: number }>("SELECT count(*) AS number FROM shelved")?.number ?? 0,
  put: ({ name, settled, public: open, reserved }: ShelvedRow) =>
    db.run(
      "INSERT OR REPLACE INTO shelved (name, settled, public, reserved) VALUES (?, ?, ?, ?)",
      name,
      settled,
      open,
      reserved,
    ),
  remove: (name: string) => db.run("DELETE FROM shelved WHERE name = ?", name),
  /** A page in the order of names. @param onlyPublic 1: what everybody may read */
  page: (after: string, onlyPublic: number, limit: number) =>
    db.all<ShelvedRow>(
      "SELECT * FROM shelved WHERE name > ? AND (public = 1 OR ? = 0) ORDER BY name LIMIT ?",
      after,
      onlyPublic,
      limit,
    ),
  reservedElsewhere: (name: string) =>
    db.first<{ bytes: number | null }>("SELECT sum(reserved) AS bytes FROM shelved WHERE name <> ?", name)?.bytes ?? 0,
});
