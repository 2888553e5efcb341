// Where the elements of a JSON array begin, found in one pass over bytes that come in pieces. It does not check the elements:
// each chunk of them is checked as JSON before a mapper reads it. Pure.

const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE, OPEN_BRACE, CLOSE_BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

export type ElementsFault = "not-an-array" | "unclosed" | "trailing" | "no-element";

export class Elements {
  readonly #found: (place: number) => void;
  #depth = 0;
  #text = false;
  #escaped = false;
  /** Whether an element is still to begin, and whether there must be one: after a comma. */
  #waiting = false;
  #owed = false;
  /** Where the array's end is. */
  #end: number | null = null;
  #fault: ElementsFault | null = null;

  /** @param found told of the place of each element's first byte */
  constructor(found: (place: number) => void) {
    this.#found = found;
  }

  /** @param at place of the first byte of the piece */
  feed(piece: Uint8Array, at: number): void {
    for (let index = 0; index < piece.length && this.#fault === null; index++) {
      const byte = piece[index] ?? 0;
      if (this.#text) this.#inText(byte);
      else this.#outside(byte, at + index);
    }
  }

  /** @returns the place of the closing bracket, or what is wrong */
  close(): number | ElementsFault {
    if (this.#fault !== null) return this.#fault;
    return this.#end ?? (this.#depth === 0 ? "not-an-array" : "unclosed");
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#text = false;
  }

  #outside(byte: number, place: number): void {
    if (SPACE.has(byte)) return;
    if (this.#end !== null) return this.#fail("trailing");
    if (this.#depth === 0) {
      if (byte !== OPEN) return this.#fail("not-an-array");
      this.#depth = 1;
      this.#waiting = true;
      return;
    }
    if (this.#depth === 1 && (byte === COMMA || byte === CLOSE)) return this.#border(byte, place);
    if (this.#waiting) {
      this.#waiting = this.#owed = false;
      this.#found(place);
    }
    this.#nest(byte);
  }

  /** A comma or the closing bracket of the array itself. Where chunks end must not decide whether a missing element is seen. */
  #border(byte: number, place: number): void {
    if (this.#owed || (byte === COMMA && this.#waiting)) return this.#fail("no-element");
    if (byte === CLOSE) this.#end = place;
    else this.#waiting = this.#owed = true;
  }

  #nest(byte: number): void {
    if (byte === QUOTE) this.#text = true;
    else if (byte === OPEN || byte === OPEN_BRACE) this.#depth++;
    else if (byte === CLOSE || byte === CLOSE_BRACE) this.#depth = Math.max(1, this.#depth - 1);
  }

  #fail(fault: ElementsFault): void {
    this.#fault = fault;
  }
}

/** The elements between two places of an array's text, as an array of their own. @param text from one element's beginning */
export function arrayOf(text: Uint8Array): Uint8Array {
  let end = text.length;
  while (end > 0 && (SPACE.has(text[end - 1] ?? 0) || text[end - 1] === COMMA)) end--;
  const whole = new Uint8Array(end + 2);
  whole[0] = OPEN;
  whole.set(text.subarray(0, end), 1);
  whole[end + 1] = CLOSE;
  return whole;
}

/** Where elements begin in the text of an array. */
export function elementsIn(text: Uint8Array): readonly number[] {
  const places: number[] = [];
  new Elements((place) => places.push(place)).feed(text, 0);
  return places;
}
