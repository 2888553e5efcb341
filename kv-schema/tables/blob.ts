// Tables of objects/blobs: one object per content hash.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

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
  {
    name: "processor_time",
    example: "(1, 1200, 3400, 2900000000)",
    value: "one row: calls the tail worker saw, their cpuTime (ms) as Cloudflare measured it, their fuel",
    ...common,
    retention: "as long as the bytes",
  },
];

export const BLOB_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
   CREATE TABLE chunk (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
   CREATE TABLE content (one INTEGER PRIMARY KEY CHECK (one = 1), sha256 TEXT NOT NULL, length INTEGER NOT NULL);
   CREATE TABLE reference (holder TEXT PRIMARY KEY, confirmed INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE processor_time (one INTEGER PRIMARY KEY CHECK (one = 1), calls INTEGER NOT NULL, cpu_ms REAL NOT NULL, fuel REAL NOT NULL)`,
];

export type ProcessorTimeRow = { calls: number; cpu_ms: number; fuel: number };
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
  addProcessorTime: (calls: number, milliseconds: number, fuel: number) =>
    db.run(
      `INSERT INTO processor_time (one, calls, cpu_ms, fuel) VALUES (1, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET
         calls = calls + excluded.calls, cpu_ms = cpu_ms + excluded.cpu_ms, fuel = fuel + excluded.fuel`,
      calls,
      milliseconds,
      fuel,
    ),
  processorTime: () => db.first<ProcessorTimeRow>("SELECT calls, cpu_ms, fuel FROM processor_time"),
});
