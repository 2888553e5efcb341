// Tables of objects/workshop: what an algorithm is before it is published, and its secrets.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/workshop", readers: "objects/workshop" };

export const WORKSHOP_ENTRIES: readonly Entry[] = [
  {
    name: "draft",
    example: '(1, \'{"label":"Hello"}\', \'{"license":"apl"}\', 1764000000000)',
    value: "one row: JSON of the details and settings that the next version will have, changed (ms)",
    ...common,
    retention: "until the algorithm is deleted",
  },
  {
    name: "built",
    example: "(1, '9f86d0…', '{…}', 1764000000000, 1764000000900)",
    value: "a build that is not published: number, build hash, JSON of its Release, started and finished (ms)",
    ...common,
    retention: "until it is published; the newest 100",
  },
  {
    name: "secret",
    example: "('sec-…', 'DB_PASSWORD', 'database', '', 'k1', x'…', x'…', 1764000000000, 1764000000000)",
    value:
      "a secret: id, the name that code reads it by, display name, description, id of the key that sealed it, nonce, " +
      "AES-GCM of its value, created, modified (ms)",
    ...common,
    retention: "until it is deleted",
  },
  {
    name: "assigned",
    example: "(1, 'ada', 'models')",
    value: "at most one row: owner and name of the collection that the algorithm reads as `.algo/default`",
    ...common,
    retention: "until the algorithm is deleted",
  },
];

export const WORKSHOP_MIGRATIONS: readonly string[] = [
  `CREATE TABLE draft (one INTEGER PRIMARY KEY CHECK (one = 1), details TEXT NOT NULL, settings TEXT NOT NULL,
     changed INTEGER NOT NULL);
   CREATE TABLE built (seq INTEGER PRIMARY KEY AUTOINCREMENT, build TEXT NOT NULL UNIQUE, release TEXT NOT NULL,
     started INTEGER NOT NULL, finished INTEGER NOT NULL);
   CREATE TABLE secret (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, label TEXT NOT NULL, description TEXT NOT NULL,
     sealer TEXT NOT NULL, nonce BLOB NOT NULL, sealed BLOB NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL)
     WITHOUT ROWID`,
  `CREATE TABLE assigned (one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL, name TEXT NOT NULL)`,
];

export type DraftRow = { details: string; settings: string };
export type BuiltRow = { seq: number; build: string; release: string; started: number; finished: number };
export type SecretRow = {
  id: string;
  name: string;
  label: string;
  description: string;
  sealer: string;
  nonce: ArrayBuffer;
  sealed: ArrayBuffer;
  created: number;
  modified: number;
};
export type AssignedRow = { owner: string; name: string };

const BUILT = "SELECT seq, build, release, started, finished FROM built";

export const workshopStatements = (db: Database) => ({
  assigned: () => db.first<AssignedRow>("SELECT owner, name FROM assigned"),
  assign: ({ owner, name }: AssignedRow) =>
    db.run("INSERT OR REPLACE INTO assigned (one, owner, name) VALUES (1, ?, ?)", owner, name),
  draft: () => db.first<DraftRow>("SELECT details, settings FROM draft"),
  putDraft: (details: string, settings: string, now: number) =>
    db.run(
      "INSERT OR REPLACE INTO draft (one, details, settings, changed) VALUES (1, ?, ?, ?)",
      details,
      settings,
      now,
    ),
  builds: (before: number, limit: number) =>
    db.all<BuiltRow>(`${BUILT} WHERE seq < ? ORDER BY seq DESC LIMIT ?`, before, limit),
  /** @param start the first digits of a build hash */
  build: (start: string) =>
    db.first<BuiltRow>(`${BUILT} WHERE substr(build, 1, ?) = ? ORDER BY seq DESC LIMIT 1`, start.length, start),
  putBuild: ({ build, release, started, finished }: Omit<BuiltRow, "seq">) =>
    db.run(
      "INSERT OR REPLACE INTO built (build, release, started, finished) VALUES (?, ?, ?, ?)",
      build,
      release,
      started,
      finished,
    ),
  dropBuilds: (until: number) => db.run("DELETE FROM built WHERE seq <= ?", until),
  keepBuilds: (count: number) =>
    db.run("DELETE FROM built WHERE seq NOT IN (SELECT seq FROM built ORDER BY seq DESC LIMIT ?)", count),
  secrets: () => db.all<SecretRow>("SELECT * FROM secret ORDER BY created, id"),
  secret: (name: string) => db.first<SecretRow>("SELECT * FROM secret WHERE name = ?", name),
  secretById: (id: string) => db.first<SecretRow>("SELECT * FROM secret WHERE id = ?", id),
  putSecret: (row: SecretRow) =>
    db.run(
      `INSERT OR REPLACE INTO secret (id, name, label, description, sealer, nonce, sealed, created, modified)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      row.name,
      row.label,
      row.description,
      row.sealer,
      row.nonce,
      row.sealed,
      row.created,
      row.modified,
    ),
  dropSecret: (id: string) => db.run("DELETE FROM secret WHERE id = ?", id),
});
