// A gene: the parts of a chromosome that are read, one after the other, as codons, and their letters.
import { fail } from "orcade";
import { complement } from "./codons";

export const MOST_GENES: i32 = 1000;

/** A gene as it is given. */
export class GeneText {
  name: string = "";
  /** The chromosome or contig, as the file writes it; any, if it is left out. */
  chromosome: string = "";
  /** "+", or "-" where it is read backwards. */
  strand: string = "+";
  /** Where its coding parts begin and end, from 1 and with both ends, as in GFF: [from, to] each, in rising order. */
  parts: i64[][] = [];
  /** The letters of all parts together as they are read: those of the other strand for "-". */
  letters: string = "";
}

@final
export class Gene {
  readonly name: string;
  readonly chromosome: string;
  readonly letters: string;
  readonly minus: bool;
  /** First and last places of the parts. */
  private from: i64[] = [];
  private to: i64[] = [];
  /** Letters of all parts before each, in rising order. */
  private before: i64[] = [];

  constructor(given: GeneText, place: i32) {
    const at = "$.genes[" + place.toString() + "].";
    if (!given.name.length) fail("InputError", at + "name: expected one");
    if (given.strand != "+" && given.strand != "-") fail("InputError", at + 'strand: expected "+" or "-"');
    this.name = given.name;
    this.chromosome = given.chromosome;
    this.minus = given.strand == "-";
    this.letters = given.letters.toUpperCase().replaceAll("U", "T");
    this.read(given.parts, at);
  }

  private read(parts: i64[][], at: string): void {
    let length: i64 = 0;
    let last: i64 = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part.length != 2 || part[0] <= last || part[1] < part[0]) {
        fail("InputError", at + "parts[" + i.toString() + "]: expected [from, to], from 1 on and after the part before");
      }
      this.from.push(part[0]);
      this.to.push(part[1]);
      this.before.push(length);
      length += part[1] - part[0] + 1;
      last = part[1];
    }
    if (!length || length != <i64>this.letters.length || length % 3) {
      const are = this.letters.length.toString();
      fail("InputError", at + "letters: expected " + length.toString() + ", as many as its parts have, in whole codons; found " + are);
    }
  }

  get first(): i64 {
    return this.from[0];
  }

  get last(): i64 {
    return this.to[this.to.length - 1];
  }

  /** The part in which a place lies; -1 for none. */
  partOf(place: i64): i32 {
    for (let i = 0; i < this.from.length; i++) {
      if (place >= this.from[i] && place <= this.to[i]) return i;
    }
    return -1;
  }

  /** Which of the gene's letters, from 0, stands at a place of a part. */
  indexOf(place: i64, part: i32): i32 {
    const rising = <i32>(this.before[part] + place - this.from[part]);
    return this.minus ? this.letters.length - 1 - rising : rising;
  }

  /** The gene's letter as the + strand has it. */
  plusLetter(index: i32): string {
    const letter = this.letters.charAt(index);
    return this.minus ? complement(letter) : letter;
  }

  /** Whether a place is one of the two first or last letters of an intron. @returns 0 no, 1 its first (donor), 2 its last (acceptor) */
  spliceAt(place: i64): i32 {
    for (let i = 1; i < this.from.length; i++) {
      const begin = this.to[i - 1] + 1;
      const end = this.from[i] - 1;
      if (place < begin || place > end) continue;
      if (place < begin + 2) return this.minus ? 2 : 1;
      if (place > end - 2) return this.minus ? 1 : 2;
    }
    return 0;
  }
}
