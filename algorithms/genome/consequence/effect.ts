// What an alternate does to a gene, by the terms of the Sequence Ontology (http://www.sequenceontology.org), in the order in
// which Ensembl ranks them (https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html).
import { complement, translate } from "./codons";
import { Gene } from "./gene";

export const ACCEPTOR: i32 = 0;
export const DONOR: i32 = 1;
export const STOP_GAINED: i32 = 2;
export const FRAMESHIFT: i32 = 3;
export const STOP_LOST: i32 = 4;
export const START_LOST: i32 = 5;
export const INSERTION: i32 = 6;
export const DELETION: i32 = 7;
export const MISSENSE: i32 = 8;
export const STOP_RETAINED: i32 = 9;
export const SYNONYMOUS: i32 = 10;
export const CODING: i32 = 11;
export const INTRON: i32 = 12;
export const INTERGENIC: i32 = 13;

export const TERMS: string[] = [
  "splice_acceptor_variant", "splice_donor_variant", "stop_gained", "frameshift_variant", "stop_lost", "start_lost",
  "inframe_insertion", "inframe_deletion", "missense_variant", "stop_retained_variant", "synonymous_variant",
  "coding_sequence_variant", "intron_variant", "intergenic_variant",
];
/** How much it does, of each: HIGH to MODIFIER. */
export const IMPACTS: string[] = [
  "HIGH", "HIGH", "HIGH", "HIGH", "HIGH", "HIGH", "MODERATE", "MODERATE", "MODERATE", "LOW", "LOW", "MODIFIER", "MODIFIER",
  "MODIFIER",
];

/** Letters of the reference from a place on, from 1, and what stands instead of them; what both share is cut, first in front, then behind. */
@final
export class Change {
  constructor(public place: i64, public reference: string, public alternate: string) {
    const shorter = min(reference.length, alternate.length);
    let head = 0;
    while (head < shorter && reference.charCodeAt(head) == alternate.charCodeAt(head)) head++;
    let tail = 0;
    while (tail < shorter - head && sameEnd(reference, alternate, tail)) tail++;
    this.place = place + head;
    this.reference = reference.slice(head, reference.length - tail);
    this.alternate = alternate.slice(head, alternate.length - tail);
  }
}

/** Whether two texts have the same letter so many before their last. */
function sameEnd(a: string, b: string, before: i32): bool {
  return a.charCodeAt(a.length - 1 - before) == b.charCodeAt(b.length - 1 - before);
}

/** What a change does to a gene. */
@final
export class Effect {
  term: i32 = INTERGENIC;
  /** The change of the protein, such as "D614G"; "" where there is none to name. */
  protein: string = "";
  /** The gene's letters are not those that the line calls the reference. */
  otherReference: bool = false;
}

/** What a change does to a gene. */
export function effectOn(gene: Gene, change: Change): Effect {
  const effect = new Effect();
  const last = change.place + <i64>change.reference.length - 1;
  if (!change.reference.length) insert(effect, gene, change);
  else if (last >= gene.first && change.place <= gene.last) replace(effect, gene, change);
  return effect;
}

/** An insertion stands before the letter at its place. */
function insert(effect: Effect, gene: Gene, change: Change): void {
  const place = change.place;
  if (place <= gene.first || place > gene.last) return;
  const part = gene.partOf(place);
  const before = gene.partOf(place - 1);
  if (part < 0 || before < 0) {
    // Between a part and its intron, or inside the intron: only between its two outermost letters it breaks the splicing.
    const splice = gene.spliceAt(place) == gene.spliceAt(place - 1) ? gene.spliceAt(place) : 0;
    effect.term = splice == 1 ? DONOR : splice == 2 ? ACCEPTOR : INTRON;
    return;
  }
  const index = gene.minus ? gene.indexOf(place - 1, before) : gene.indexOf(place, part);
  if (change.alternate.length % 3) return frameshift(effect, gene, index);
  const letters = gene.letters;
  const from = index - (index % 3);
  const to = index % 3 ? from + 3 : from;
  const now = letters.slice(from, index) + own(gene, change.alternate) + letters.slice(index, to);
  inframe(effect, gene, from, to, now, INSERTION);
}

/** A change of letters that are there. */
function replace(effect: Effect, gene: Gene, change: Change): void {
  const length = change.reference.length;
  let least = i32.MAX_VALUE;
  let most = -1;
  let inside = 0;
  let splice = 0;
  for (let i = 0; i < length; i++) {
    const place = change.place + i;
    const part = gene.partOf(place);
    if (part < 0) {
      splice = max(splice, gene.spliceAt(place));
      continue;
    }
    const index = gene.indexOf(place, part);
    if (gene.plusLetter(index) != change.reference.charAt(i)) effect.otherReference = true;
    least = min(least, index);
    most = max(most, index);
    inside++;
  }
  if (effect.otherReference) effect.term = CODING;
  else if (splice) effect.term = splice == 1 ? DONOR : ACCEPTOR;
  else if (!inside) effect.term = INTRON;
  else if (inside < length) border(effect, gene, change, least, most);
  else code(effect, gene, change, least, most);
}

/** A change that reaches beyond a gene's first or last letter: a codon that begins or ends it goes, or only letters change. */
function border(effect: Effect, gene: Gene, change: Change, least: i32, most: i32): void {
  if (change.reference.length == change.alternate.length) {
    const from = least - (least % 3);
    const now = gene.letters.slice(from, least) + own(gene, partInside(gene, change)) + gene.letters.slice(most + 1, upTo(most));
    compare(effect, gene, from, now);
  } else if (least < 3 && translate(gene.letters.slice(0, 3)) == "M") effect.term = START_LOST;
  else effect.term = most >= gene.letters.length - 3 ? STOP_LOST : CODING;
}

/** Those letters of an alternate, as long as its reference, that stand inside the gene. */
function partInside(gene: Gene, change: Change): string {
  const begin = <i32>max(gene.first - change.place, 0);
  const end = <i32>min(gene.last - change.place + 1, <i64>change.alternate.length);
  return change.alternate.slice(begin, end);
}

/** A change whose letters all are the gene's. */
function code(effect: Effect, gene: Gene, change: Change, least: i32, most: i32): void {
  // Parts follow one another without an intron, or it would have been hit.
  const more = change.alternate.length - change.reference.length;
  if (more % 3) return frameshift(effect, gene, least);
  const from = least - (least % 3);
  const now = gene.letters.slice(from, least) + own(gene, change.alternate) + gene.letters.slice(most + 1, upTo(most));
  if (!more) compare(effect, gene, from, now);
  else inframe(effect, gene, from, upTo(most), now, more > 0 ? INSERTION : DELETION);
}

/** Where the codon of a letter ends. */
function upTo(index: i32): i32 {
  return index - (index % 3) + 3;
}

/** Letters of the + strand as the gene reads them. */
function own(gene: Gene, letters: string): string {
  if (!gene.minus) return letters;
  let text = "";
  for (let i = letters.length - 1; i >= 0; i--) text += complement(letters.charAt(i));
  return text;
}

function frameshift(effect: Effect, gene: Gene, index: i32): void {
  effect.term = FRAMESHIFT;
  const codon = index / 3;
  effect.protein = translate(gene.letters.slice(codon * 3, codon * 3 + 3)) + (codon + 1).toString() + "fs";
}

/** Whole codons are gone, or new ones there. @param now what the letters between `from` and `to` have become */
function inframe(effect: Effect, gene: Gene, from: i32, to: i32, now: string, term: i32): void {
  const was = translate(gene.letters.slice(from, to));
  // What stands behind a stop is not read.
  const all = translate(now);
  const is = upToStop(all);
  if (upToStop(translate(now + gene.letters.slice(to))) == upToStop(translate(gene.letters.slice(from)))) {
    effect.term = STOP_RETAINED;
    return;
  }
  effect.protein = named(was, is, from / 3);
  if (from == 0 && to > 0 && was.startsWith("M") && !is.startsWith("M")) effect.term = START_LOST;
  else if (is.endsWith("*") && (!was.includes("*") || is.length < all.length)) effect.term = STOP_GAINED;
  else if (was.endsWith("*") && !is.includes("*")) effect.term = STOP_LOST;
  else effect.term = is.includes("X") ? CODING : term;
}

function upToStop(protein: string): string {
  const stop = protein.indexOf("*");
  return stop < 0 ? protein : protein.slice(0, stop + 1);
}

/** As many codons as before. */
function compare(effect: Effect, gene: Gene, from: i32, now: string): void {
  const was = translate(gene.letters.slice(from, from + now.length));
  const is = translate(now);
  effect.protein = was == is ? "" : named(was, is, from / 3);
  if (is.includes("X")) effect.term = CODING;
  else if (was == is) effect.term = was.endsWith("*") ? STOP_RETAINED : SYNONYMOUS;
  else if (from == 0 && was.startsWith("M") && !is.startsWith("M")) effect.term = START_LOST;
  else if (gained(was, is)) effect.term = STOP_GAINED;
  else effect.term = was.endsWith("*") && !is.endsWith("*") ? STOP_LOST : MISSENSE;
}

/** Whether a stop stands where there was none. */
function gained(was: string, is: string): bool {
  for (let i = 0; i < is.length; i++) {
    if (is.charAt(i) == "*" && was.charAt(i) != "*") return true;
  }
  return false;
}

/** "RG203KR": what was, the number of its first codon, what is; "HV69del"; "ins214EPE", behind codon 214. What both share at their
 * ends is left out. */
function named(was: string, is: string, codon: i32): string {
  const change = new Change(codon, was, is);
  if (!change.reference.length) return "ins" + change.place.toString() + change.alternate;
  return change.reference + (change.place + 1).toString() + (change.alternate.length ? change.alternate : "del");
}
