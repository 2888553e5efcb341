// Tables of objects/blobs: one object per content hash.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";

const common = { writer: "objects/blobs", readers: "objects/blobs" };

export const BLOB_ENTRIES: readonly Entry[] = [
  {
    name: "chunk",
    example: "(0, x'0061736d…')",
    value: "one piece of the bytes, at most 1 MiB, in order",
    ...common,
    retention: "until no reference is left",
  },
  {
    name: "content",
    example: "(1, '9f86d0…', 48213)",
    value: "one row: SHA-256 and length of the whole",
    ...common,
    retention: "until no reference is left",
  },
  {
    name: "reference",
    example: "('genome/kmers@1.0.0', 0)",
    value: "who refers to the bytes, and whether it is confirmed (1) or may still be an abandoned publish (0)",
    ...common,
    retention: "unconfirmed: 15 minutes, then the algorithm object is asked",
  },
];

export const BLOB_MIGRATIONS: readonly string[] = [
  `CREATE TABLE chunk (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
   CREATE TABLE content (one INTEGER PRIMARY KEY CHECK (one = 1), sha256 TEXT NOT NULL, length INTEGER NOT NULL);
   CREATE TABLE reference (holder TEXT PRIMARY KEY, confirmed INTEGER NOT NULL) WITHOUT ROWID`,
];

export type ContentRow = { sha256: string; length: number };

export const blobStatements = (db: Database) => ({
  content: () => db.first<ContentRow>("SELECT sha256, length FROM content"),
  putContent: (sha256: string, length: number) =>
    db.run("INSERT INTO content (one, sha256, length) VALUES (1, ?, ?)", sha256, length),
  putChunk: (seq: number, bytes: ArrayBuffer) => db.run("INSERT INTO chunk (seq, bytes) VALUES (?, ?)", seq, bytes),
  chunks: () => db.all<{ bytes: ArrayBuffer }>("SELECT bytes FROM chunk ORDER BY seq"),
  hold: (holder: string) => db.run("INSERT OR IGNORE INTO reference (holder, confirmed) VALUES (?, 0)", holder),
  confirm: (holder: string) => db.run("INSERT OR REPLACE INTO reference (holder, confirmed) VALUES (?, 1)", holder),
  release: (holder: string) => db.run("DELETE FROM reference WHERE holder = ?", holder),
  unconfirmed: () =>
    db.all<{ holder: string }>("SELECT holder FROM reference WHERE confirmed = 0").map((row) => row.holder),
  references: () => db.first<{ count: number }>("SELECT count(*) AS count FROM reference")?.count ?? 0,
  clear: () => {
    db.run("DELETE FROM chunk");
    db.run("DELETE FROM content");
    db.run("DELETE FROM reference");
  },
});
