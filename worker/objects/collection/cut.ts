// Cutting chunks of files for jobs, where their bytes lie: what is searched and counted never leaves the collection, only the
// chunks do. Knows no rules of who may read.
import {
  type FileRow,
  type PartRow,
  chunkPlace,
  CHUNK_BYTES,
  type collectionStatements,
} from "../../../kv-schema/tables/collection.ts";
import { type Cut, Cutter, type TooLong } from "../../jobs/cut.ts";
import { Elements, type ElementsFault } from "../../jobs/elements.ts";
import type { Bytes, Cutting } from "../../jobs/split.ts";
import { LIMITS } from "../../limits.ts";
import { free, joined } from "../../market/bytes.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { ChunkMissing } from "./store.ts";

type Seen = (name: string) => FileRow | undefined;
type Statements = ReturnType<typeof collectionStatements>;

/** Chunks of one file, as a job asks for them. */
export interface CutRequest {
  readonly file: string;
  /** MD5 that the file must have, 32 hex digits: a job reads what it was planned for, or nothing. */
  readonly md5: string;
  readonly spans: readonly { readonly from: number; readonly below: number }[];
}

/** A chunk without its bytes, which stand in `inputs` one after the other; or why it is none. */
export type CutChunk = Omit<Cut, "fill"> | TooLong;

/** How much is cut at once. */
export interface CutRoom {
  /** Bytes of inputs at most, and after which no more are cut: one longer than that is cut alone. */
  readonly most: number;
  readonly aim: number;
}

/** As much as passes in one message. */
export const WHOLE_ROOM: CutRoom = { most: LIMITS.jobBatchBytes, aim: LIMITS.jobBatchBytes };

/** What is asked of a collection. */
export type Wanted = readonly [requests: readonly CutRequest[], cutting: Cutting, room?: CutRoom];

export interface CutAnswer {
  /** In the order of the requests and of their spans; fewer: there was no room for the rest. */
  readonly chunks: readonly CutChunk[];
  readonly inputs: Uint8Array;
}

/** The file is not there for this reader; it is not what it was; its bytes cannot be read (any more). */
export type CutError = { readonly reason: "absent" | "changed"; readonly file: string };

/**
 * Chunks of the store kept at hand while one file is cut: ends are looked for before the bytes are taken; and until more is cut of
 * it, which begins in the chunk where that ended (several batches may be at it).
 */
const KEPT = 12;
const KEPT_BETWEEN = 4;
const KEPT_MS = 1_000;
/** Files whose cutters are kept: each knows what it has found. */
const CUTTERS = 16;

/** The bytes of one upload, as long as its collection lives: after it the same number may be another's. */
class UploadBytes implements Bytes {
  readonly size: number;
  readonly #alive: () => boolean;
  readonly #sql: Statements;
  readonly #upload: number;
  readonly #parts: readonly PartRow[];
  readonly #kept = new Map<number, Uint8Array>();

  constructor(sql: Statements, { upload, size }: FileRow, alive: () => boolean) {
    this.#sql = sql;
    this.#alive = alive;
    this.#upload = upload;
    this.size = size;
    this.#parts = sql.parts(upload);
  }

  read(from: number, below: number): Uint8Array {
    const bytes = new Uint8Array(below - from);
    this.#copy(bytes, from, false);
    return bytes;
  }

  readInto(into: Uint8Array, from: number): void {
    this.#copy(into, from, true);
  }

  /** @param last whether what is read is not read again: chunks are dropped when they were read to their end */
  #copy(into: Uint8Array, from: number, last: boolean): void {
    const below = from + into.length;
    for (const part of this.#parts) {
      const end = Math.min(below, part.start + part.bytes);
      for (let at = Math.max(from, part.start); at < end;) {
        const offset = at - part.start;
        const number = Math.floor(offset / CHUNK_BYTES);
        const place = chunkPlace(this.#upload, part.number, number);
        const chunk = this.#chunk(place);
        const piece = chunk.subarray(offset - number * CHUNK_BYTES, offset - number * CHUNK_BYTES + end - at);
        into.set(piece, at - from);
        at += piece.length;
        if (last && offset + piece.length === number * CHUNK_BYTES + chunk.length) this.#drop(place, chunk);
      }
    }
  }

  #drop(place: number, chunk: Uint8Array): void {
    this.#kept.delete(place);
    free(chunk);
  }

  pause(): Promise<void> {
    return scheduler.wait(0);
  }

  #chunk(place: number): Uint8Array {
    if (!this.#alive()) throw new ChunkMissing();
    const known = this.#kept.get(place);
    if (known !== undefined) return known;
    const read = this.#sql.chunk(place);
    if (read === undefined) throw new ChunkMissing();
    const bytes = new Uint8Array(read);
    this.rest(KEPT - 1);
    this.#kept.set(place, bytes);
    return bytes;
  }

  /** Gives its memory back. @param kept chunks that are kept, those that were read last */
  rest(kept = 0): void {
    for (const [oldest, chunk] of this.#kept) {
      if (this.#kept.size <= kept) return;
      this.#drop(oldest, chunk);
    }
  }
}

interface Kept {
  readonly bytes: UploadBytes;
  readonly cutter: Cutter;
  /** Cuts under way: one at a time, for they go on from one another. */
  last: Promise<unknown>;
  /** When nothing was cut for a while its memory is given back. */
  rest: ReturnType<typeof setTimeout> | undefined;
}

export class Cuts {
  readonly #sql: Statements;
  readonly #cutters = new Map<string, Kept>();
  /** Another one after the collection was deleted. */
  #life = Symbol();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** The collection was deleted: what is being cut of it is changed. */
  clear(): void {
    this.#life = Symbol();
    this.#cutters.clear();
  }

  #bytes(file: FileRow): UploadBytes {
    const life = this.#life;
    return new UploadBytes(this.#sql, file, () => this.#life === life);
  }

  /**
   * Cuts chunks of files: those that the files had when the job was planned, or none.
   * @param seen a file by its name, as far as who asks may know of it
   * @returns as many as there is room for
   */
  async cut(
    seen: Seen,
    requests: readonly CutRequest[],
    cutting: Cutting,
    room: CutRoom = WHOLE_ROOM,
  ): Promise<Result<CutAnswer, CutError>> {
    const found: CutAnswer[] = [];
    let before = 0;
    for (const request of requests) {
      const file = unchanged(seen, request);
      if (!file.ok) return file;
      const turn = (cutter: Cutter): Promise<CutAnswer> => cutAll(cutter, request, room, before);
      const cut = await this.#inTurn(file.value, cutting, turn).catch(whenMissing(request));
      if ("reason" in cut) return err(cut);
      found.push(cut);
      before += cut.inputs.length;
      if (cut.chunks.length < request.spans.length) break;
    }
    const [first, ...others] = found;
    if (first !== undefined && others.length === 0) return ok(first);
    return ok({ chunks: found.flatMap(({ chunks }) => chunks), inputs: joined(found.map(({ inputs }) => inputs)) });
  }

  #inTurn<T>(file: FileRow, cutting: Cutting, work: (cutter: Cutter) => Promise<T>): Promise<T> {
    const kept = this.#kept(file, cutting);
    clearTimeout(kept.rest);
    const turn = kept.last.then(() => work(kept.cutter)).finally(() => kept.bytes.rest(KEPT_BETWEEN));
    kept.last = turn.catch(() => undefined);
    kept.rest = setTimeout(() => kept.bytes.rest(), KEPT_MS);
    return turn;
  }

  #kept(file: FileRow, cutting: Cutting): Kept {
    const key = `${file.upload} ${cutting.split} ${cutting.overlap > 0 ? cutting.overlap : 0}`;
    const known = this.#cutters.get(key);
    this.#cutters.delete(key);
    const bytes = known?.bytes ?? this.#bytes(file);
    const kept = known ?? { bytes, cutter: new Cutter(cutting, bytes), last: Promise.resolve(), rest: undefined };
    for (const oldest of this.#cutters.keys()) {
      if (this.#cutters.size < CUTTERS) break;
      this.#cutters.delete(oldest);
    }
    this.#cutters.set(key, kept);
    return kept;
  }

  /**
   * Where chunks of a JSON array begin: at the first element at or after each multiple of `units`; and where the last one ends.
   * @returns [] for an array without elements
   */
  async borders(
    seen: Seen,
    request: Omit<CutRequest, "spans">,
    units: number,
  ): Promise<Result<readonly number[], CutError | ElementsFault>> {
    const found = unchanged(seen, request);
    if (!found.ok) return found;
    const file = found.value;
    const bytes = this.#bytes(file);
    const borders: number[] = [];
    let next = 0;
    const elements = new Elements((place) => {
      if (place < next) return;
      borders.push(place);
      next = place + units;
    });
    try {
      for (let at = 0; at < file.size; at += CHUNK_BYTES) {
        elements.feed(bytes.read(at, Math.min(file.size, at + CHUNK_BYTES)), at);
        bytes.rest();
        await bytes.pause();
      }
    } catch (error) {
      return err(whenMissing(request)(error));
    }
    const end = elements.close();
    if (typeof end === "string") return err(end);
    return ok(borders.length === 0 ? [] : [...borders, end]);
  }
}

function unchanged(seen: Seen, { file: name, md5 }: Omit<CutRequest, "spans">): Result<FileRow, CutError> {
  const file = seen(name);
  if (file === undefined) return err({ reason: "absent", file: name });
  return file.md5 === md5 ? ok(file) : err({ reason: "changed", file: name });
}

/** Bytes that are there no more were changed. */
const whenMissing =
  ({ file }: Omit<CutRequest, "spans">) =>
  (error: unknown): CutError => {
    if (error instanceof ChunkMissing) return { reason: "changed", file };
    throw error;
  };

/**
 * Chunks of one file: first all are found, then their bytes are copied to where they go.
 * @param before bytes of inputs that were cut before and are in the same room
 */
async function cutAll(
  cutter: Cutter,
  { spans }: CutRequest,
  { most, aim }: CutRoom,
  before: number,
): Promise<CutAnswer> {
  const cuts: (Cut | TooLong)[] = [];
  let bytes = 0;
  for (const { from, below } of spans) {
    const cut = await cutter.cut(from, below);
    const length = "fill" in cut ? cut.length : 0;
    const whole = before + bytes + length;
    if (whole > most || (whole > length && whole > aim)) break;
    cuts.push(cut);
    bytes += length;
  }
  const inputs = new Uint8Array(bytes);
  let at = 0;
  const chunks = cuts.map((cut): CutChunk => {
    if (!("fill" in cut)) return cut;
    const { fill, ...facts } = cut;
    fill(inputs.subarray(at, at + facts.length));
    at += facts.length;
    return facts;
  });
  return { chunks, inputs };
}
