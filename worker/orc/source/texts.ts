// The texts a program is compiled from, and places in them. All texts lie one behind the other in one space of positions, so
// that one number says which text and where; positions count UTF-16 code units.
import type { Source, Span } from "../core/program.ts";
import { isLineEnd } from "./characters.ts";

/** A stretch [start, end) of the space of positions. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where a stretch is, for a reader. */
export interface Place {
  readonly source: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters (code points). */
  readonly column: number;
  /** The line, without its end. */
  readonly text: string;
  /** Of the line: how many characters the stretch marks, at least 1; no further than the line. */
  readonly length: number;
}

export class Texts {
  readonly #sources: Source[] = [];
  readonly #bases: number[] = [];
  #next = 0;

  /** @returns the position of the text's first character */
  add(source: Source): number {
    const base = this.#next;
    this.#sources.push(source);
    this.#bases.push(base);
    this.#next += source.text.length + 1;
    return base;
  }

  get sources(): readonly Source[] {
    return this.#sources;
  }

  #indexOf(position: number): number {
    let low = 0;
    let high = this.#bases.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#bases[middle] ?? 0) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  spanOf({ start, end }: Stretch): Span {
    const source = this.#indexOf(start);
    const base = this.#bases[source] ?? 0;
    return [source, start - base, end - base];
  }

  placeOf(stretch: Stretch): Place {
    const [source, start, end] = this.spanOf(stretch);
    const found = this.#sources[source];
    return placeIn(found?.name ?? "", found?.text ?? "", start, end);
  }
}

const characters = (text: string): number => Array.from(text).length;

/** @param start an offset in `text`; @param end behind it */
export function placeIn(source: string, text: string, start: number, end: number): Place {
  let line = 1;
  let from = 0;
  for (let at = 0; at < start; at++) {
    if (!isLineEnd(text.charCodeAt(at))) continue;
    if (text.charCodeAt(at) === 0x0d && text.charCodeAt(at + 1) === 0x0a && at + 1 < start) at++;
    line++;
    from = at + 1;
  }
  let until = Math.max(from, start);
  while (until < text.length && !isLineEnd(text.charCodeAt(until))) until++;
  const length = Math.max(1, characters(text.slice(start, Math.min(end, until))));
  return { source, line, column: characters(text.slice(from, start)) + 1, text: text.slice(from, until), length };
}
