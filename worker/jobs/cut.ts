// Cutting chunks out of one file, where its bytes lie. What a chunk is depends on the file, the split and two places alone,
// whoever asks and whatever was asked before. Pure.
import { LIMITS } from "../limits.ts";
import { arrayOf, elementsIn } from "./elements.ts";
import { type Piece, Sequences } from "./fasta.ts";
import { type Bytes, type Cutting, Records } from "./split.ts";

/** A chunk as a task gets it. */
export interface Chunk {
  /** The bytes of the file that are its own. */
  readonly from: number;
  readonly to: number;
  /** Letters of its first record before it; letters or bytes at its end that the next chunk has, too. */
  readonly skip: number;
  readonly extra: number;
  /** Of `input`: the repeated header before its own bytes, and how many its own are. */
  readonly lead: number;
  readonly own: number;
  /** Empty: no record begins here, there is nothing to do. */
  readonly input: Uint8Array;
}

/** A chunk whose input is not made yet. */
export interface Cut extends Omit<Chunk, "input"> {
  /** Bytes of its input. */
  readonly length: number;
  /** Writes its input. @param into as long as that */
  readonly fill: (into: Uint8Array) => void;
}

/** One that is too long to be an input, and where it may be cut (nowhere: it is one record). */
export interface TooLong {
  readonly from: number;
  readonly to: number;
  readonly cut: number | null;
}

/** Nothing to write. */
const EMPTY = { length: 0, fill: (): void => undefined };

export class Cutter {
  readonly #cutting: Cutting;
  readonly #bytes: Bytes;
  readonly #records: Records | null;
  readonly #sequences: Sequences | null;

  constructor(cutting: Cutting, bytes: Bytes) {
    this.#cutting = cutting;
    this.#bytes = bytes;
    const { split, overlap } = cutting;
    const sequences = split === "records:fasta" && overlap > 0;
    this.#sequences = sequences ? new Sequences(bytes) : null;
    this.#records = !sequences && (split === "lines" || split === "records:fasta") ? new Records(split, bytes) : null;
  }

  async chunk(from: number, below: number): Promise<Chunk | TooLong> {
    const cut = await this.cut(from, below);
    if (!("fill" in cut)) return cut;
    const { length, fill, ...facts } = cut;
    const input = new Uint8Array(length);
    fill(input);
    return { ...facts, input };
  }

  /** The same, for who has a place for its bytes: to be filled before another is cut of what lies far away. */
  async cut(from: number, below: number): Promise<Cut | TooLong> {
    const piece = await this.#piece(from, below);
    const lead =
      this.#cutting.split === "json-array" ? 1 : piece.lead === null ? 0 : piece.lead.below - piece.lead.from;
    if (lead + piece.tail - piece.from > LIMITS.inputBytes) return this.#tooLong(piece);
    const { skip, extra, to } = piece;
    const own = to - piece.from;
    return { from: piece.from, to, skip, extra, lead, own, ...(own === 0 ? EMPTY : this.#input(piece, lead)) };
  }

  async #piece(from: number, below: number): Promise<Piece> {
    if (this.#sequences !== null) return this.#sequences.piece(from, below, this.#cutting.overlap);
    const start = this.#records === null ? from : await this.#records.at(from);
    const end = this.#records === null ? below : await this.#records.at(below);
    const tail = this.#cutting.split === "bytes" ? Math.min(this.#bytes.size, end + this.#cutting.overlap) : end;
    return { from: start, to: end, lead: null, tail, extra: tail - end, skip: 0 };
  }

  #input({ lead, from, tail }: Piece, leading: number): Pick<Cut, "length" | "fill"> {
    if (this.#cutting.split === "json-array") {
      const text = arrayOf(this.#bytes.read(from, tail));
      return { length: text.length, fill: (into) => into.set(text) };
    }
    const fill = (into: Uint8Array): void => {
      if (lead !== null) into.set(this.#bytes.read(lead.from, lead.below));
      this.#bytes.readInto(into.subarray(leading), from);
    };
    return { length: leading + tail - from, fill };
  }

  /** Halves it; where the middle has no border before the end, the first record is cut off. */
  async #tooLong({ from, to }: Piece): Promise<TooLong> {
    for (const place of [Math.floor((from + to) / 2), from + 1]) {
      const cut = await this.#border(from, to, place);
      if (cut > from && cut < to) return { from, to, cut };
    }
    return { from, to, cut: null };
  }

  async #border(from: number, to: number, place: number): Promise<number> {
    if (this.#records !== null) return this.#records.at(place);
    if (this.#sequences !== null) return (await this.#sequences.piece(place, to, 0)).from;
    if (this.#cutting.split !== "json-array") return place;
    // The text of elements, read on its own, is that of an array without its bracket.
    const text = arrayOf(this.#bytes.read(from, Math.min(to, from + 3 * LIMITS.inputBytes)));
    const elements = elementsIn(text);
    return from - 1 + (elements.find((element) => element - 1 >= place - from) ?? 0);
  }
}
