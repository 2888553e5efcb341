// The bytes of a collection: chunks received from a stream, and sent as one, in constant memory. Knows no files and no rules.
import { createHash } from "node:crypto";
import {
  CHUNK_BYTES,
  PARTS,
  PART_CHUNKS,
  type PartRow,
  chunkPlace,
  type collectionStatements,
} from "../../../kv-schema/tables/collection.ts";
import type { Span } from "../../data/range.ts";
import { free } from "../../market/bytes.ts";

type Statements = ReturnType<typeof collectionStatements>;

/** Bytes written between two waits for the disk: what is buffered stays below it. */
const SYNC_BYTES = 16 * CHUNK_BYTES;
/** Chunks deleted in one go: other requests are served in between. */
const SWEPT = 64;

export interface Received {
  readonly bytes: number;
  /** 32 hex digits. */
  readonly md5: string;
}

/** One whole chunk, or what is left. */
async function nextChunk(reader: ReadableStreamBYOBReader): Promise<Uint8Array | null> {
  const { value } = await reader.readAtLeast(CHUNK_BYTES, new Uint8Array(CHUNK_BYTES));
  return value === undefined || value.length === 0 ? null : value;
}

/**
 * Stores a stream as the chunks of a part.
 * @param before called ahead of each chunk with the bytes the part will have then; false ends it
 * @returns null when `before` ended it
 * @throws when the stream breaks: the chunks so far stay, for the sweep
 */
export async function receive(
  storage: DurableObjectStorage,
  sql: Statements,
  upload: number,
  part: number,
  body: ReadableStream<Uint8Array>,
  before: (bytes: number) => Promise<boolean>,
): Promise<Received | null> {
  const reader = body.getReader({ mode: "byob" });
  const hash = createHash("md5");
  let bytes = 0;
  for (let chunk = 0; ; chunk++) {
    const piece = await nextChunk(reader);
    if (piece === null) return { bytes, md5: hash.digest("hex") };
    if (!(await before(bytes + piece.length))) {
      await reader.cancel("refused");
      return null;
    }
    hash.update(piece);
    bytes += piece.length;
    sql.putChunk(chunkPlace(upload, part, chunk), exactBuffer(piece));
    free(piece);
    if (bytes % SYNC_BYTES === 0) await storage.sync();
  }
}

/** The buffer of bytes, or a copy where the buffer is longer than they are. */
const exactBuffer = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.length ? bytes.buffer : bytes.slice().buffer;

/** Stores bytes that are at hand; at most a chunk. */
export function receiveWhole(sql: Statements, upload: number, bytes: Uint8Array): Received {
  if (bytes.length > 0) sql.putChunk(chunkPlace(upload, 0, 0), bytes.slice().buffer);
  return { bytes: bytes.length, md5: createHash("md5").update(bytes).digest("hex") };
}

/** A chunk is not there: the collection was deleted under its reader. */
export class ChunkMissing extends Error {
  override readonly name = "ChunkMissing";
}

/**
 * The pieces of a span, in order, one chunk at a time.
 * @param alive false once the collection was deleted: the chunks of that number are another's then
 * @throws ChunkMissing
 */
export function* pieces(
  sql: Statements,
  upload: number,
  parts: readonly PartRow[],
  span: Span,
  alive: () => boolean,
): Generator<Uint8Array> {
  for (const part of parts) {
    const from = Math.max(span.from, part.start);
    const below = Math.min(span.below, part.start + part.bytes);
    for (let at = from; at < below;) {
      const offset = at - part.start;
      const chunk = Math.floor(offset / CHUNK_BYTES);
      if (!alive()) throw new ChunkMissing();
      const whole = sql.chunk(chunkPlace(upload, part.number, chunk));
      if (whole === undefined) throw new ChunkMissing();
      const start = offset - chunk * CHUNK_BYTES;
      const length = Math.min(whole.byteLength - start, below - at);
      yield new Uint8Array(whole, start, length);
      at += length;
    }
  }
}

/**
 * Sends a span; the reader's pace is kept.
 * @param done called once, when the last byte was taken or the reader went away
 */
export function send(source: Iterator<Uint8Array>, done: () => void): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const pump = async (): Promise<void> => {
    try {
      for (let next = source.next(); next.done !== true; next = source.next()) {
        await writer.write(next.value);
        free(next.value);
      }
      await writer.close();
    } catch (error) {
      // The reader went away, or the collection did: who still reads must not take what came for the whole.
      await writer.abort(error).catch(() => undefined);
    } finally {
      done();
    }
  };
  void pump();
  return readable;
}

/** The MD5 of an upload's parts in order, read back chunk by chunk; others are served in between. */
export async function digest(
  sql: Statements,
  upload: number,
  parts: readonly PartRow[],
  alive: () => boolean,
): Promise<string> {
  const hash = createHash("md5");
  const last = parts.at(-1);
  let sinceYield = 0;
  const span = { from: 0, below: last === undefined ? 0 : last.start + last.bytes };
  for (const piece of pieces(sql, upload, parts, span, alive)) {
    hash.update(piece);
    sinceYield += piece.length;
    if (sinceYield < SYNC_BYTES) continue;
    sinceYield = 0;
    await scheduler.wait(0);
  }
  return hash.digest("hex");
}

/** Deletes chunks of an upload. @returns whether none is left */
export function sweepChunks(sql: Statements, upload: number): boolean {
  return sql.removeChunks(chunkPlace(upload, 0, 0), chunkPlace(upload + 1, 0, 0), SWEPT) === 0;
}

/** Deletes what a part had, before it is received again. */
export function dropPart(sql: Statements, upload: number, part: number): void {
  const below = part + 1 === PARTS ? chunkPlace(upload + 1, 0, 0) : chunkPlace(upload, part + 1, 0);
  while (sql.removeChunks(chunkPlace(upload, part, 0), below, PART_CHUNKS) > 0);
}

/** Pieces as one: a single whole chunk as it is. @param length of all of them */
export function joined(parts: Iterable<Uint8Array>, length: number): Uint8Array {
  let whole: Uint8Array | null = null;
  let offset = 0;
  for (const part of parts) {
    // Who is sent a view is sent all of its buffer.
    if (part.length === length && part.buffer.byteLength === length) return part;
    whole ??= new Uint8Array(length);
    whole.set(part, offset);
    offset += part.length;
  }
  return whole ?? new Uint8Array(length);
}
