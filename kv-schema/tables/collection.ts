// Tables of objects/collection: the files of one data collection. Bytes lie in chunks under the upload that brought them,
// so that a file is replaced by pointing at another upload, and what a reader is being sent stays until he has it.
import type { Database } from "../database.ts";
import type { Entry } from "../keys.ts";
import { AGENDA_TABLE } from "./agenda.ts";

const common = { writer: "objects/collection", readers: "objects/collection" };

export const COLLECTION_ENTRIES: readonly Entry[] = [
  {
    name: "collection",
    example: "(1, 'ada', 'genomes', 'hosted', '[\"algo://.my/*\"]', 1764000000000, 16777216, 5533, 1)",
    value:
      "one row: owner, name, kind (hosted, perm or temp), JSON of the read ACL (NULL: has none), created (ms), bytes the " +
      "owner's shelf has reserved for it, bytes stored (of all uploads), number of files",
    ...common,
    retention: "until the collection is deleted",
  },
  {
    name: "file",
    example: "('phix.fa', 7, 5533, 'd41d8c…', 1764000000000)",
    value: "name, the upload that holds its bytes, size (bytes), MD5 (32 hex digits), modified (ms)",
    ...common,
    retention: "until it is deleted or replaced; in a temp collection one day after it was written",
  },
  {
    name: "upload",
    example: "(7, 'phix.fa', 'live', 5533, 1764000000000)",
    value:
      "one run of bytes: id, the file it is meant for, state (stream: being received; parts: resumable; held: an " +
      "algorithm's, whose call is not settled; live: a file's; dead: to be swept), bytes so far, when it last grew (ms)",
    ...common,
    retention:
      "dead: until swept, minutes; stream, held: at most an hour; parts: 7 days after the last part, a broken part at most an hour",
  },
  {
    name: "part",
    example: "(7, 0, 0, 5533, 'd41d8c…')",
    value: "one part of an upload: upload, number, offset (known once complete), bytes, MD5 (32 hex digits)",
    ...common,
    retention: "as its upload",
  },
  {
    name: "chunk",
    example: "(58720256, x'3e5068…')",
    value: "at most 1 MiB of a part; the key is (upload, part, number of the chunk) in one integer (chunkPlace)",
    ...common,
    retention: "as its upload",
  },
  {
    name: "held",
    example: "(7, 'req-7c7b…')",
    value: "an upload that an algorithm wrote: upload, the call tree it belongs to",
    ...common,
    retention: "until the call has settled or is known never to; an hour at most where it was lost before",
  },
  {
    name: "prepared",
    example: "('req-7c7b…', 'ada', 1764000000000)",
    value: "a call whose writes wait for its settlement: id, the account that pays, since when (ms)",
    ...common,
    retention: "until the call has settled or is known never to: a minute or two at most",
  },
  {
    name: "prepared_write",
    example: "('req-7c7b…', 'phix.fa', 7)",
    value: "a write of a prepared call: its id, file, the upload that will be it (NULL: deletes)",
    ...common,
    retention: "as its call's row in prepared",
  },
];

export const COLLECTION_MIGRATIONS: readonly string[] = [
  `${AGENDA_TABLE};
   CREATE TABLE collection (one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL, name TEXT NOT NULL,
     kind TEXT NOT NULL, read TEXT, created INTEGER NOT NULL, reserved INTEGER NOT NULL,
     stored INTEGER NOT NULL, files INTEGER NOT NULL);
   CREATE TABLE file (name TEXT PRIMARY KEY, upload INTEGER NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL,
     modified INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE upload (id INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL, state TEXT NOT NULL,
     bytes INTEGER NOT NULL, touched INTEGER NOT NULL);
   CREATE INDEX upload_state ON upload (state);
   CREATE TABLE part (upload INTEGER NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL, bytes INTEGER NOT NULL,
     md5 TEXT NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID;
   CREATE TABLE chunk (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL)`,
  `CREATE TABLE held (upload INTEGER PRIMARY KEY, call TEXT NOT NULL);
   CREATE INDEX held_call ON held (call);
   CREATE TABLE prepared (call TEXT PRIMARY KEY, account TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE prepared_write (call TEXT NOT NULL, file TEXT NOT NULL, upload INTEGER, PRIMARY KEY (call, file)) WITHOUT ROWID`,
];

/** Bytes of a chunk: rows stay under the platform's 2 MB. */
export const CHUNK_BYTES = 1024 * 1024;
/** Parts of an upload; chunks of a part. 2^30 uploads × 2^9 × 2^14 fill the 53 bits of a safe integer. */
export const PARTS = 512;
export const PART_CHUNKS = 16_384;

/** The key of a chunk. Chunks of a part, and parts of an upload, are neighbours. */
export const chunkPlace = (upload: number, part: number, chunk: number): number =>
  (upload * PARTS + part) * PART_CHUNKS + chunk;

export type CollectionRow = {
  owner: string;
  name: string;
  kind: "hosted" | "perm" | "temp";
  read: string | null;
  created: number;
  reserved: number;
  stored: number;
  files: number;
};
export type FileRow = { name: string; upload: number; size: number; md5: string; modified: number };
export type UploadState = "stream" | "parts" | "held" | "live" | "dead";
export type UploadRow = { id: number; file: string; state: UploadState; bytes: number; touched: number };
export type DraftWriteRow = { file: string; upload: number | null };
export type PartRow = { number: number; start: number; bytes: number; md5: string };

const selfStatements = (db: Database) => ({
  self: () => db.first<CollectionRow>("SELECT * FROM collection"),
  create: (owner: string, name: string, kind: string, read: string | null, now: number) =>
    db.run(
      "INSERT INTO collection (one, owner, name, kind, read, created, reserved, stored, files) VALUES (1, ?, ?, ?, ?, ?, 0, 0, 0)",
      owner,
      name,
      kind,
      read,
      now,
    ),
  setRead: (read: string) => db.run("UPDATE collection SET read = ?", read),
  setReserved: (bytes: number) => db.run("UPDATE collection SET reserved = ?", bytes),
});

const fileStatements = (db: Database) => ({
  file: (name: string) => db.first<FileRow>("SELECT * FROM file WHERE name = ?", name),
  files: (after: string, limit: number) =>
    db.all<FileRow>("SELECT * FROM file WHERE name > ? ORDER BY name LIMIT ?", after, limit),
  /** Adds a file. */
  addFile: ({ name, upload, size, md5, modified }: FileRow) => {
    db.run(
      "INSERT INTO file (name, upload, size, md5, modified) VALUES (?, ?, ?, ?, ?)",
      name,
      upload,
      size,
      md5,
      modified,
    );
    db.run("UPDATE collection SET files = files + 1");
  },
  replaceFile: ({ name, upload, size, md5, modified }: FileRow) =>
    db.run(
      "UPDATE file SET upload = ?, size = ?, md5 = ?, modified = ? WHERE name = ?",
      upload,
      size,
      md5,
      modified,
      name,
    ),
  /** Removes a file that exists. */
  removeFile: (name: string) => {
    db.run("DELETE FROM file WHERE name = ?", name);
    db.run("UPDATE collection SET files = files - 1");
  },
  /** Files written before a moment. */
  olderThan: (moment: number) => db.all<FileRow>("SELECT * FROM file WHERE modified < ? LIMIT 1000", moment),
});

const uploadStatements = (db: Database) => ({
  newUpload: (file: string, state: UploadState, now: number) =>
    db.first<{ id: number }>(
      "INSERT INTO upload (file, state, bytes, touched) VALUES (?, ?, 0, ?) RETURNING id",
      file,
      state,
      now,
    )?.id ?? 0,
  upload: (id: number) => db.first<UploadRow>("SELECT * FROM upload WHERE id = ?", id),
  /** Notes how an upload stands; the collection's sum follows. */
  setUpload: ({ id, bytes: before }: UploadRow, state: UploadState, bytes: number, now: number) => {
    db.run("UPDATE upload SET state = ?, bytes = ?, touched = ? WHERE id = ?", state, bytes, now, id);
    if (bytes !== before) db.run("UPDATE collection SET stored = stored + ?", bytes - before);
  },
  bury: (id: number) => db.run("UPDATE upload SET state = 'dead' WHERE id = ?", id),
  /** What a lost connection or process left behind. */
  buryStale: (state: UploadState, before: number) =>
    db.run("UPDATE upload SET state = 'dead' WHERE state = ? AND touched < ?", state, before),
  inParts: () => db.all<UploadRow>("SELECT * FROM upload WHERE state = 'parts'"),
  dead: () => db.all<UploadRow>("SELECT * FROM upload WHERE state = 'dead' LIMIT 100"),
  has: (state: UploadState) => db.first("SELECT 1 AS one FROM upload WHERE state = ? LIMIT 1", state) !== undefined,
  removeUpload: ({ id, bytes }: UploadRow) => {
    db.run("DELETE FROM part WHERE upload = ?", id);
    db.run("DELETE FROM held WHERE upload = ?", id);
    db.run("DELETE FROM upload WHERE id = ?", id);
    db.run("UPDATE collection SET stored = stored - ?", bytes);
  },
});

const byteStatements = (db: Database) => ({
  parts: (upload: number) =>
    db.all<PartRow>("SELECT number, start, bytes, md5 FROM part WHERE upload = ? ORDER BY number", upload),
  removePart: (upload: number, number: number) =>
    db.run("DELETE FROM part WHERE upload = ? AND number = ?", upload, number),
  putPart: (upload: number, { number, start, bytes, md5 }: PartRow) =>
    db.run(
      "INSERT OR REPLACE INTO part (upload, number, start, bytes, md5) VALUES (?, ?, ?, ?, ?)",
      upload,
      number,
      start,
      bytes,
      md5,
    ),

  putChunk: (place: number, bytes: ArrayBuffer) =>
    db.run("INSERT OR REPLACE INTO chunk (place, bytes) VALUES (?, ?)", place, bytes),
  chunk: (place: number) => db.first<{ bytes: ArrayBuffer }>("SELECT bytes FROM chunk WHERE place = ?", place)?.bytes,
  /** Numbers of the parts that chunks of an upload lie under. */
  partsWithChunks: (upload: number) =>
    db.all<{ number: number }>(
      "SELECT DISTINCT place / ? - ? AS number FROM chunk WHERE place >= ? AND place < ?",
      PART_CHUNKS,
      upload * PARTS,
      chunkPlace(upload, 0, 0),
      chunkPlace(upload + 1, 0, 0),
    ),
  /** Deletes up to `limit` chunks of a range of places. @returns how many were deleted */
  removeChunks: (from: number, below: number, limit: number) =>
    db.run(
      "DELETE FROM chunk WHERE place IN (SELECT place FROM chunk WHERE place >= ? AND place < ? LIMIT ?)",
      from,
      below,
      limit,
    ),
});

const draftStatements = (db: Database) => ({
  holdFor: (upload: number, call: string) => db.run("INSERT INTO held (upload, call) VALUES (?, ?)", upload, call),
  heldBy: (upload: number, call: string) =>
    db.first<{ bytes: number }>(
      `SELECT bytes FROM held JOIN upload ON upload.id = held.upload
       WHERE held.upload = ? AND held.call = ? AND state = 'held'`,
      upload,
      call,
    ),
  /** Buries what a call holds but for what its prepared writes name. */
  buryHeld: (call: string) =>
    db.run(
      `UPDATE upload SET state = 'dead' WHERE state = 'held' AND id IN (SELECT upload FROM held WHERE call = ?1)
       AND id NOT IN (SELECT upload FROM prepared_write WHERE call = ?1 AND upload IS NOT NULL)`,
      call,
    ),
  /** Buries what calls hold that were lost before they could prepare it. */
  buryLostHeld: (before: number) =>
    db.run(
      `UPDATE upload SET state = 'dead' WHERE state = 'held' AND touched < ?
       AND id NOT IN (SELECT upload FROM prepared_write WHERE upload IS NOT NULL)`,
      before,
    ),
  prepare: (call: string, account: string, since: number) =>
    db.run("INSERT INTO prepared (call, account, since) VALUES (?, ?, ?)", call, account, since),
  prepareWrite: (call: string, { file, upload }: DraftWriteRow) =>
    db.run("INSERT INTO prepared_write (call, file, upload) VALUES (?, ?, ?)", call, file, upload),
  prepared: () => db.all<{ call: string; account: string; since: number }>("SELECT call, account, since FROM prepared"),
  preparedWrites: (call: string) =>
    db.all<DraftWriteRow>("SELECT file, upload FROM prepared_write WHERE call = ? ORDER BY file", call),
  /** Files that prepared writes will add. */
  preparedFiles: () =>
    db.first<{ files: number }>(
      "SELECT count(*) AS files FROM prepared_write WHERE upload IS NOT NULL AND file NOT IN (SELECT name FROM file)",
    )?.files ?? 0,
  /** What a call held and has prepared is no longer only its own. */
  adopt: (call: string) =>
    db.run("DELETE FROM held WHERE upload IN (SELECT upload FROM prepared_write WHERE call = ?)", call),
  forget: (call: string) => {
    db.run("DELETE FROM prepared_write WHERE call = ?", call);
    db.run("DELETE FROM prepared WHERE call = ?", call);
  },
});

export const collectionStatements = (db: Database) => ({
  ...draftStatements(db),
  ...selfStatements(db),
  ...fileStatements(db),
  ...uploadStatements(db),
  ...byteStatements(db),
});
