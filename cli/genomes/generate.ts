// Makes genomes out of one: clades that descend from one another by mutations of their own, and genomes that descend from a
// clade by a few more. Everything follows from the seed; the clade of each is known, so that answers can be checked.
import { type Chance, chance } from "./chance.ts";

export interface Plan {
  /** Letters of the genome that all descend from, upper case, without line ends. */
  readonly reference: Uint8Array;
  readonly seed: number;
  readonly count: number;
  /** 1 to `MOST_CLADES`; the first is the reference itself. */
  readonly clades: number;
  /** Number of the first genome; default 0. */
  readonly from?: number;
}

export const MOST_CLADES = 500;
/** Letters the reference must have for each clade: the places that define clades are all different. */
export const LETTERS_PER_CLADE = 32;
const LINE = 80;
const NEWLINE = 10;
/** Mutations that define a clade: at least so many, and fewer than so many more. */
const DEFINING = { least: 8, more: 8 };
/** Mean of the mutations that a genome has for itself, and the most. */
const OWN = { mean: 12, most: 60 };
/** One clade in so many lost some letters; one genome in so many was read badly in one place. */
const DELETION = { oneIn: 8, most: 9 };
const UNREAD = { oneIn: 16, least: 50, more: 450 };
/** Bytes of a batch, about. */
const BATCH = 4 * 1024 * 1024;
/** What chance for clades is told apart by from that of genomes. */
const CLADES_STREAM = 0xffff_ffff;

const LETTERS = new Uint8Array([65, 67, 71, 84]);
const N = 78;

/** Another letter than this one: three times in four the one of the same kind, A and G or C and T. */
function mutated(letter: number, random: Chance): number {
  const code = LETTERS.indexOf(letter);
  if (code < 0) return letter;
  const other = random.below(4) > 0 ? 2 : 1 + 2 * random.below(2);
  return LETTERS[(code + other) % 4] ?? letter;
}

/** FASTA lines of letters: each but the last has 80, all end. */
function wrapped(letters: Uint8Array): Uint8Array {
  const lines = new Uint8Array(letters.length + Math.ceil(letters.length / LINE)).fill(NEWLINE);
  for (let at = 0; at < letters.length; at += LINE) lines.set(letters.subarray(at, at + LINE), at + at / LINE);
  return lines;
}

/** Where a letter stands in such lines. */
const placeOf = (position: number): number => position + Math.floor(position / LINE);

interface Clade {
  readonly name: string;
  readonly letters: Uint8Array;
}

/** Places in chance order, each once. */
function shuffled(length: number, random: Chance): Uint32Array {
  const places = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [places[i], places[j]] = [places[j] ?? 0, places[i] ?? 0];
  }
  return places;
}

/** The clades of a seed: each descends from an earlier one, by mutations at places where no other has its own. */
export function cladesOf({ reference, seed, clades }: Plan): Clade[] {
  const random = chance(seed, CLADES_STREAM);
  const places = shuffled(reference.length, random).values();
  // Letters as they stand in the reference, 0 for one that was lost, so that places mean the same in all.
  const made = [reference];
  for (let i = 1; i < clades; i++) {
    const letters = (made[random.below(i)] ?? reference).slice();
    const defining = DEFINING.least + random.below(DEFINING.more);
    for (let n = 0; n < defining; n++) {
      const place = places.next().value ?? 0;
      letters[place] = mutated(letters[place] ?? N, random);
    }
    if (random.below(DELETION.oneIn) === 0) {
      const place = places.next().value ?? 0;
      letters.fill(0, place, place + 3 * (1 + random.below(DELETION.most / 3)));
    }
    made.push(letters);
  }
  const digits = String(clades - 1).length;
  return made.map((letters, i) => ({
    name: `C${String(i).padStart(digits, "0")}`,
    letters: letters.filter((letter) => letter > 0),
  }));
}

/** What one genome has for itself, written into its lines. */
function mutate(lines: Uint8Array, length: number, random: Chance): void {
  const own = Math.min(OWN.most, Math.floor(-Math.log(1 - random.fraction()) * OWN.mean));
  for (let n = 0; n < own; n++) {
    const place = placeOf(random.below(length));
    lines[place] = mutated(lines[place] ?? N, random);
  }
  if (random.below(UNREAD.oneIn) > 0) return;
  const unread = Math.min(length, UNREAD.least + random.below(UNREAD.more));
  const first = random.below(length - unread + 1);
  for (let i = first; i < first + unread; i++) lines[placeOf(i)] = N;
}

/**
 * The genomes as FASTA, `>g0000012 clade=C07` and lines of 80 letters.
 * @returns batches of some MiB; each is written over by the next
 */
export function* genomes(plan: Plan): Generator<Uint8Array> {
  const clades = cladesOf(plan).map(({ name, letters }) => ({ name, letters, lines: wrapped(letters) }));
  const longest = Math.max(...clades.map(({ lines }) => lines.length)) + 64;
  const batch = new Uint8Array(Math.max(BATCH, longest) + longest);
  const encoder = new TextEncoder();
  let used = 0;
  const { from = 0 } = plan;
  for (let number = from; number < from + plan.count; number++) {
    const random = chance(plan.seed, number);
    const clade = clades[random.below(clades.length)];
    if (clade === undefined) return;
    const head = `>g${String(number).padStart(7, "0")} clade=${clade.name}\n`;
    used += encoder.encodeInto(head, batch.subarray(used)).written;
    batch.set(clade.lines, used);
    mutate(batch.subarray(used, used + clade.lines.length), clade.letters.length, random);
    used += clade.lines.length;
    if (used < BATCH) continue;
    yield batch.subarray(0, used);
    used = 0;
  }
  if (used > 0) yield batch.subarray(0, used);
}

/** The letters of the first record of FASTA, upper case; what follows is not looked at. */
export function firstRecord(fasta: string): Uint8Array {
  const [, body = ""] = /^>[^\n]*\n([^>]*)/.exec(fasta.replaceAll("\r\n", "\n")) ?? [];
  return new TextEncoder().encode(body.replaceAll(/\s/g, "").toUpperCase());
}
