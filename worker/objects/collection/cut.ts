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

export interface CutAnswer {
  /** In the order of the requests and of their spans. */
  readonly chunks: readonly CutChunk[];
  readonly inputs: Uint8Array;
}

/** The file is not there for this reader; it is not what it was; its bytes cannot be read (any more). */
export type CutError = { readonly reason: "absent" | "changed"; readonly file: string };

/** Chunks of the store kept at hand while one file is cut: ends are looked for before the bytes are taken. */
const KEPT = 12;
/** Files whose cutters are kept: each knows what it has found. */
const CUTTERS = 16;

/** The bytes of one upload. */
class UploadBytes implements Bytes {
  readonly size: number;
  readonly #sql: Statements;
  readonly #upload: number;
  readonly #parts: readonly PartRow[];
  readonly #kept = new Map<number, Uint8Array>();

  constructor(sql: Statements, { upload, size }: FileRow) {
    this.#sql = sql;
    this.#upload = upload;
    this.size = size;
    this.#parts = sql.parts(upload);
  }

  read(from: number, below: number): Uint8Array {
    const bytes = new Uint8Array(below - from);
    this.readInto(bytes, from);
    return bytes;
  }

  readInto(into: Uint8Array, from: number): void {
    const below = from + into.length;
    for (const part of this.#parts) {
      const end = Math.min(below, part.start + part.bytes);
      for (let at = Math.max(from, part.start); at < end;) {
        const offset = at - part.start;
        const number = Math.floor(offset / CHUNK_BYTES);
        const chunk = this.#chunk(chunkPlace(this.#upload, part.number, number));
        const piece = chunk.subarray(offset - number * CHUNK_BYTES, offset - number * CHUNK_BYTES + end - at);
        into.set(piece, at - from);
        at += piece.length;
      }
    }
  }

  pause(): Promise<void> {
    return scheduler.wait(0);
  }

  #chunk(place: number): Uint8Array {
    const known = this.#kept.get(place);
    if (known !== undefined) return known;
    const read = this.#sql.chunk(place);
    if (read === undefined) throw new ChunkMissing();
    const bytes = new Uint8Array(read);
    for (const [oldest, chunk] of this.#kept) {
      if (this.#kept.size < KEPT) break;
      this.#kept.delete(oldest);
      free(chunk);
    }
    this.#kept.set(place, bytes);
    return bytes;
  }

  /** Gives its memory back. */
  rest(): void {
    for (const chunk of this.#kept.values()) free(chunk);
    this.#kept.clear();
  }
}

interface Kept {
  readonly bytes: UploadBytes;
  readonly cutter: Cutter;
  /** Cuts under way: one at a time, for they go on from one another. */
  last: Promise<unknown>;
}

export class Cuts {
  readonly #sql: Statements;
  readonly #cutters = new Map<string, Kept>();

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** The collection was deleted. */
  clear(): void {
    this.#cutters.clear();
  }

  /**
   * Cuts chunks of files: those that the files had when the job was planned, or none.
   * @param seen a file by its name, as far as who asks may know of it
   * @returns at most as many bytes as one message may have: who asks has seen to that by the spans
   */
  async cut(seen: Seen, requests: readonly CutRequest[], cutting: Cutting): Promise<Result<CutAnswer, CutError>> {
    const found: CutAnswer[] = [];
    for (const request of requests) {
      const file = unchanged(seen, request);
      if (!file.ok) return file;
      try {
        await this.#inTurn(file.value, cutting, async (cutter) => found.push(await cutAll(cutter, request)));
      } catch (error) {
        if (error instanceof ChunkMissing) return err({ reason: "changed", file: request.file });
        throw error;
      }
    }
    const [first, ...others] = found;
    if (first !== undefined && others.length === 0) return ok(first);
    return ok({ chunks: found.flatMap(({ chunks }) => chunks), inputs: joined(found.map(({ inputs }) => inputs)) });
  }

  async #inTurn(file: FileRow, cutting: Cutting, work: (cutter: Cutter) => Promise<unknown>): Promise<void> {
    const kept = this.#kept(file, cutting);
    const turn = kept.last.then(() => work(kept.cutter)).finally(() => kept.bytes.rest());
    kept.last = turn.catch(() => undefined);
    await turn;
  }

  #kept(file: FileRow, cutting: Cutting): Kept {
    const key = `${file.upload} ${cutting.split} ${cutting.overlap > 0 ? cutting.overlap : 0}`;
    const known = this.#cutters.get(key);
    this.#cutters.delete(key);
    const bytes = known?.bytes ?? new UploadBytes(this.#sql, file);
    const kept = known ?? { bytes, cutter: new Cutter(cutting, bytes), last: Promise.resolve() };
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
    const bytes = new UploadBytes(this.#sql, file);
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
      if (error instanceof ChunkMissing) return err({ reason: "changed", file: file.name });
      throw error;
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

/** Chunks of one file: first all are found, then their bytes are copied to where they go. */
async function cutAll(cutter: Cutter, { spans }: CutRequest): Promise<CutAnswer> {
  const cuts: (Cut | TooLong)[] = [];
  for (const { from, below } of spans) cuts.push(await cutter.cut(from, below));
  const inputs = new Uint8Array(cuts.reduce((sum, cut) => sum + ("fill" in cut ? cut.length : 0), 0));
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
