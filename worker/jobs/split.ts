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
  /** Lets others have their turn; called now and then in long searches. */
  pause(): Promise<void>;
}

export const NEWLINE = 0x0a;
export const GREATER = 0x3e;

/** Bytes looked at in one go, and after which others have their turn. */
const WINDOW = 256 * 1024;
const PAUSE = 16 * 1024 * 1024;

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

/** Finds where records begin in one file. Remembers the longest stretch without any, so that one long record is read once. */
export class Records {
  readonly #split: Split;
  readonly #bytes: Bytes;
  /** Between these no record begins; one begins at `to`, or the file ends. */
  #gap = { from: 0, to: 0 };

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
    const found = await this.#search(place);
    if (found - place > this.#gap.to - this.#gap.from) this.#gap = { from: place - 1, to: found };
    return found;
  }

  async #search(place: number): Promise<number> {
    const { size } = this.#bytes;
    for (let from = place - 1, since = 0; from < size; from += WINDOW - 1) {
      // Windows overlap by a byte: what stands before a record tells that it begins.
      const found = firstIn(this.#split, this.#bytes.read(from, Math.min(size, from + WINDOW)), 1);
      if (found >= 0) return from + found;
      since += WINDOW;
      if (since % PAUSE === 0) await this.#bytes.pause();
    }
    return size;
  }
}
