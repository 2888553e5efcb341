// FASTA files whose sequences may be cut between letters: which record a place belongs to, and how many of its letters stand
// before it. Needs what comes before a place, so the file is read once from its beginning and marks are kept on the way. Pure.
import { type Bytes, GREATER, NEWLINE } from "./split.ts";

/** Bytes between two marks. */
const STEP = 1024 * 1024;
/** Letters are what is above the space. */
const SPACE = 0x20;
/** Marks read between two pauses. */
const PAUSE = 16;

/** How a file stands at a place. */
interface Standing {
  at: number;
  /** Where the record's header line begins, -1 before the first; and the first byte after that line, -1 within it. */
  header: number;
  body: number;
  /** Letters of the record before the place. */
  letters: number;
  /** Whether a line begins here. */
  line: boolean;
}

const BEGIN: Standing = { at: 0, header: -1, body: -1, letters: 0, line: true };

/** Goes on over bytes that follow a standing. */
function advance(standing: Standing, bytes: Uint8Array): void {
  let { header, body, letters, line } = standing;
  const { at } = standing;
  let inHeader = header >= 0 && body < 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (line && byte === GREATER) {
      header = at + index;
      body = -1;
      letters = 0;
      inHeader = true;
    }
    line = byte === NEWLINE;
    if (!inHeader) {
      if (byte > SPACE) letters++;
    } else if (line) {
      inHeader = false;
      body = at + index + 1;
    }
  }
  Object.assign(standing, { at: at + bytes.length, header, body, letters, line });
}

/** A chunk of a file as it is cut. */
export interface Piece {
  /** The bytes that are its own. */
  readonly from: number;
  readonly to: number;
  /** Header line that is repeated before them: null where they begin with one, or there is none. */
  readonly lead: { readonly from: number; readonly below: number } | null;
  /** Where what follows them ends, and letters (or bytes) that it holds. */
  readonly tail: number;
  readonly extra: number;
  /** Letters of the first record before the chunk. */
  readonly skip: number;
}

export class Sequences {
  readonly #bytes: Bytes;
  /** The standing at each multiple of STEP that was reached. */
  readonly #marks: Standing[] = [{ ...BEGIN }];
  /** The place asked for last: chunks are asked for in order. */
  #last: Standing = { ...BEGIN };

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  /** The chunk between two places: both move to the beginning of a header line that they are in. */
  async piece(from: number, below: number, overlap: number): Promise<Piece> {
    const first = await this.#at(from);
    const start = this.#aligned(first, from);
    const end = this.#aligned(await this.#at(below), below);
    const own = start === first.at && !this.#beginsRecord(first);
    const lead = own && first.header >= 0 ? { from: first.header, below: first.body } : null;
    const { tail, extra } = end > start ? this.#tail(await this.#at(end), overlap) : { tail: end, extra: 0 };
    return { from: start, to: Math.max(start, end), lead, tail, extra, skip: own ? first.letters : 0 };
  }

  #beginsRecord({ at, line }: Standing): boolean {
    return line && at < this.#bytes.size && this.#bytes.read(at, at + 1)[0] === GREATER;
  }

  #aligned(standing: Standing, place: number): number {
    if (place <= 0) return 0;
    if (place >= this.#bytes.size) return this.#bytes.size;
    const { header, body } = standing;
    if (this.#beginsRecord(standing)) return place;
    return header >= 0 && (body < 0 || body === place) ? header : place;
  }

  /** What stands behind a chunk: so many letters of the record it cuts, fewer where that ends. */
  #tail(standing: Standing, overlap: number): { tail: number; extra: number } {
    const { size } = this.#bytes;
    let { at, line } = standing;
    let extra = 0;
    while (at < size && extra < overlap) {
      const window = this.#bytes.read(at, Math.min(size, at + 2 * overlap));
      for (const byte of window) {
        if (line && byte === GREATER) return { tail: at, extra };
        line = byte === NEWLINE;
        at++;
        if (byte > SPACE) extra++;
        if (extra === overlap) break;
      }
    }
    return { tail: at, extra };
  }

  async #at(place: number): Promise<Standing> {
    const target = Math.min(Math.max(0, place), this.#bytes.size);
    await this.#reach(Math.floor(target / STEP));
    const mark = this.#marks[Math.floor(target / STEP)] ?? BEGIN;
    const from = this.#last.at <= target && this.#last.at > mark.at ? this.#last : mark;
    const standing = { ...from };
    if (standing.at < target) advance(standing, this.#bytes.read(standing.at, target));
    this.#last = { ...standing };
    return standing;
  }

  async #reach(mark: number): Promise<void> {
    for (let next = this.#marks.length; next <= mark; next++) {
      const standing = { ...(this.#marks[next - 1] ?? BEGIN) };
      advance(standing, this.#bytes.read(standing.at, next * STEP));
      this.#marks[next] = standing;
      if (next % PAUSE === 0) await this.#bytes.pause();
    }
  }
}
