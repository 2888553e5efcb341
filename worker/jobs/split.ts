// The kinds of splits, and where a file may be cut by each: records are never cut. Pure.

export const SPLITS = ["lines", "records:fasta", "bytes", "json-array", "range"] as const;
export type Split = (typeof SPLITS)[number];

/** How a job cuts: with an overlap, sequences of FASTA records may be cut between letters. */
export interface Cutting {
  readonly split: Split;
  readonly overlap: number;
}

/** Bytes of a file, read where they lie. */
export interface Bytes {
  readonly size: number;
  /** @returns the bytes of a span that lies in the file */
  read(from: number, below: number): Uint8Array;
  /** Copies as many as there is room for. @param from so many are left in the file */
  readInto(into: Uint8Array, from: number): void;
  /** Lets others have their turn; called now and then in long searches. */
  pause(): Promise<void>;
}

export const NEWLINE = 0x0a;
export const GREATER = 0x3e;

/** Bytes looked at in one go: at first as far as records mostly lie apart, then more; and after which others have their turn. */
const NEAR = 16 * 1024;
const WINDOW = 256 * 1024;
const PAUSE = 16 * 1024 * 1024;
/** Places whose records are remembered: where one chunk ends the next begins. */
const REMEMBERED = 16;

/** Whether a record begins at a place of some bytes, given what stands there. */
const begins = (split: Split, before: number | undefined, byte: number | undefined): boolean =>
  before === NEWLINE && (split === "lines" || byte === GREATER);

/** The first record of `bytes` that begins at or after `from` (1 at least: what stands before it must be there), or -1. */
export function firstIn(split: Split, bytes: Uint8Array, from: number): number {
  for (let at = Math.max(1, from); at < bytes.length; at++) {
    const newline = bytes.indexOf(NEWLINE, at - 1);
    if (newline < 0 || newline + 1 >= bytes.length) return -1;
    at = newline + 1;
    if (begins(split, NEWLINE, bytes[at])) return at;
  }
  return -1;
}

/** The last record of `bytes` that begins before `below` and after `above`, or -1. */
export function lastIn(split: Split, bytes: Uint8Array, above: number, below: number): number {
  for (let at = Math.min(below, bytes.length) - 1; at > above; at--) {
    const newline = bytes.lastIndexOf(NEWLINE, at - 1);
    if (newline < 0 || newline + 1 <= above) return -1;
    at = newline + 1;
    if (begins(split, NEWLINE, bytes[at])) return at;
  }
  return -1;
}

/**
 * Finds where records begin in one file. Remembers the longest stretch without any, so that one long record is read once, and
 * the last places that it was asked for.
 */
export class Records {
  readonly #split: Split;
  readonly #bytes: Bytes;
  /** Between these no record begins; one begins at `to`, or the file ends. */
  #gap = { from: 0, to: 0 };
  readonly #last = new Map<number, number>();

  constructor(split: "lines" | "records:fasta", bytes: Bytes) {
    this.#split = split;
    this.#bytes = bytes;
  }

  /** The first record at or after a place; the file's size when there is none. */
  async at(place: number): Promise<number> {
    const { size } = this.#bytes;
    if (place <= 0) return 0;
    if (place >= size) return size;
    if (place > this.#gap.from && place <= this.#gap.to) return this.#gap.to;
    const known = this.#last.get(place);
    if (known !== undefined) return known;
    const found = await this.#search(place);
    if (found - place > this.#gap.to - this.#gap.from) this.#gap = { from: place - 1, to: found };
    this.#remember(place, found);
    return found;
  }

  #remember(place: number, found: number): void {
    for (const oldest of this.#last.keys()) {
      if (this.#last.size < REMEMBERED) break;
      this.#last.delete(oldest);
    }
    this.#last.set(place, found);
  }

  async #search(place: number): Promise<number> {
    const { size } = this.#bytes;
    for (let from = place - 1, window = NEAR, since = 0; from < size; from += window - 1, window = WINDOW) {
      // Windows overlap by a byte: what stands before a record tells that it begins.
      const found = firstIn(this.#split, this.#bytes.read(from, Math.min(size, from + window)), 1);
      if (found >= 0) return from + found;
      since += window;
      if (since < PAUSE) continue;
      since = 0;
      await this.#bytes.pause();
    }
    return size;
  }
}
