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
    example: "(1, '9f86d0…', 48213, 1)",
    value: "one row: SHA-256 and length of the whole, and whether calls load it (1), so that KV holds a copy",
    ...common,
    retention: "until no reference is left",
  },
  {
    name: "reference",
    example: "('genome/kmers@1.0.0', 0, 1)",
    value:
      "who refers to the bytes, whether it is confirmed (1) or may still be an abandoned publish (0), and its " +
      "generation: which attempt to publish it is of",
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
   CREATE TABLE content (one INTEGER PRIMARY KEY CHECK (one = 1), sha256 TEXT NOT NULL, length INTEGER NOT NULL,
     copied INTEGER NOT NULL);
   CREATE TABLE reference (holder TEXT PRIMARY KEY, confirmed INTEGER NOT NULL, generation INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE processor_time (one INTEGER PRIMARY KEY CHECK (one = 1), calls INTEGER NOT NULL, cpu_ms REAL NOT NULL, fuel REAL NOT NULL)`,
];

export type ProcessorTimeRow = { calls: number; cpu_ms: number; fuel: number };
export type ContentRow = { sha256: string; length: number; copied: number };
export type ReferenceRow = { holder: string; generation: number };

export const blobStatements = (db: Database) => ({
  content: () => db.first<ContentRow>("SELECT sha256, length, copied FROM content"),
  putContent: (sha256: string, length: number) =>
    db.run("INSERT INTO content (one, sha256, length, copied) VALUES (1, ?, ?, 0)", sha256, length),
  markCopied: () => db.run("UPDATE content SET copied = 1 WHERE copied = 0"),
  putChunk: (seq: number, bytes: ArrayBuffer) => db.run("INSERT INTO chunk (seq, bytes) VALUES (?, ?)", seq, bytes),
  chunks: () => db.all<{ bytes: ArrayBuffer }>("SELECT bytes FROM chunk ORDER BY seq"),
  /** A new reference is not confirmed; one that exists stays as it is, of a new generation. */
  hold: (holder: string) =>
    db.run(
      `INSERT INTO reference (holder, confirmed, generation) VALUES (?, 0, 1)
       ON CONFLICT (holder) DO UPDATE SET generation = generation + 1`,
      holder,
    ),
  confirm: (holder: string) =>
    db.run(
      `INSERT INTO reference (holder, confirmed, generation) VALUES (?, 1, 1)
       ON CONFLICT (holder) DO UPDATE SET confirmed = 1 WHERE confirmed = 0`,
      holder,
    ),
  /** Drops a reference, unless it was confirmed or held anew since its row was read. */
  release: ({ holder, generation }: ReferenceRow) =>
    db.run("DELETE FROM reference WHERE holder = ? AND confirmed = 0 AND generation = ?", holder, generation),
  unconfirmed: () => db.all<ReferenceRow>("SELECT holder, generation FROM reference WHERE confirmed = 0"),
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
