// Where a chunk that is at hand may be cut: for one that could not be finished, and to check where one says it is finished. Pure.
import type { Chunk } from "./cut.ts";
import { elementsIn } from "./elements.ts";
import { type Cutting, GREATER, NEWLINE, firstIn, lastIn } from "./split.ts";

/** A chunk's bytes, by offsets into its input; `own` begins at `lead`. */
export type Held = Pick<Chunk, "input" | "lead" | "own">;

interface Borders {
  /** The first border at or after an offset, or -1; the last one before it and after another, or -1. */
  first(offset: number): number;
  last(above: number, below: number): number;
}

const records = (split: "lines" | "records:fasta", input: Uint8Array): Borders => ({
  first: (offset) => firstIn(split, input, offset),
  last: (above, below) => lastIn(split, input, above, below),
});

/** Between letters: anywhere but in a header line; there, where that begins. */
function sequences(input: Uint8Array): Borders {
  const outside = (offset: number): number => {
    // A place just behind a header belongs to it: a chunk that begins there would not hold its own record's beginning.
    const before = offset - 1 - (input[offset - 1] === NEWLINE ? 1 : 0);
    const line = before < 0 ? 0 : input.lastIndexOf(NEWLINE, before) + 1;
    if (input[offset] === GREATER && input[offset - 1] === NEWLINE) return offset;
    return input[line] === GREATER ? line : offset;
  };
  return { first: outside, last: (above, below) => (outside(below - 1) > above ? outside(below - 1) : -1) };
}

const anywhere: Borders = { first: (offset) => offset, last: (above, below) => (below - 1 > above ? below - 1 : -1) };

function listed(places: readonly number[]): Borders {
  return {
    first: (offset) => places.find((place) => place >= offset) ?? -1,
    last: (above, below) => places.findLast((place) => place < below && place > above) ?? -1,
  };
}

function bordersOf({ split, overlap }: Cutting, { input }: Held): Borders {
  switch (split) {
    case "lines":
      return records(split, input);
    case "records:fasta":
      return overlap > 0 ? sequences(input) : records(split, input);
    case "json-array":
      return listed(elementsIn(input));
    case "bytes":
    case "range":
      return anywhere;
  }
}

/**
 * Cuts what is left of a chunk into about equal parts.
 * @param from offset into its own bytes up to which it is finished @param parts 1 or more
 * @returns increasing offsets into its own bytes, all after `from` and before its end; none where it cannot be cut
 */
export function cutsOf(cutting: Cutting, held: Held, from: number, parts: number): readonly number[] {
  const borders = bordersOf(cutting, held);
  const begin = held.lead + from;
  const end = held.lead + held.own;
  const cuts: number[] = [];
  let last = begin;
  for (let part = 1; part < parts; part++) {
    const place = begin + Math.floor(((end - begin) * part) / parts);
    if (place <= last) continue;
    const next = borders.first(place);
    const cut = next > last && next < end ? next : borders.last(last, place);
    if (cut <= last || cut >= end) continue;
    cuts.push(cut - held.lead);
    last = cut;
  }
  return cuts;
}

/** The offset into a chunk's own bytes that its mapper says it is finished up to; null where that is no border. */
export function finishedAt(cutting: Cutting, held: Held, upto: number): number | null {
  if (!Number.isSafeInteger(upto)) return null;
  if (cutting.split === "json-array") {
    const elements = elementsIn(held.input);
    const place = upto === elements.length ? held.lead + held.own : elements[upto];
    return place === undefined || upto < 1 ? null : place - held.lead;
  }
  const own = upto - held.lead;
  if (own <= 0 || own > held.own) return null;
  return own === held.own || bordersOf(cutting, held).first(upto) === upto ? own : null;
}
