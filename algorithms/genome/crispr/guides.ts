// The guides of a search and what was found of each: how many sites by mismatches, the sum of their scores, the best of
// them. All of it adds up exactly in any order.
import { fail } from "orcade";
import { Packer, Unpacker } from "orcade/pack";
import { Site, siteBefore } from "./site";

/** Letters of a guide, and of a site: guide and PAM. */
export const GUIDE: i32 = 20;
export const SITE: i32 = 23;
export const MOST_GUIDES: i32 = 1000;
export const MOST_MISMATCHES: i32 = 8;

/** "ACGT": the letter of two bits. */
const LETTERS: u32 = 0x54474341;

/** The code of letters, two bits each, the first most significant; -1 when one is no base. */
export function codeOf(text: string, length: i32): i64 {
  let code: i64 = 0;
  for (let i = 0; i < length; i++) {
    const letter = text.charCodeAt(i) & 0xdf;
    const bits = ((letter >> 1) ^ (letter >> 2)) & 3;
    if (((LETTERS >> (bits << 3)) & 0xff) != letter) return -1;
    code = (code << 2) | bits;
  }
  return code;
}

export function lettersOf(code: i64, length: i32): string {
  let text = "";
  for (let shift = (length - 1) << 1; shift >= 0; shift -= 2) {
    text += String.fromCharCode((LETTERS >> ((<u32>(code >> shift) & 3) << 3)) & 0xff);
  }
  return text;
}

/** What was found of one guide. */
@final
export class Guide {
  /** Sites by how many of the 20 letters differ. */
  readonly counts: StaticArray<i64>;
  /** Sites without a mismatch whose PAM is NGG. */
  perfect: i64 = 0;
  /** Sum of the scores, in billionths. */
  score: i64 = 0;
  /** The best sites, best first, at most `most`. */
  best: Site[] = [];

  constructor(readonly code: i64, mismatches: i32, private most: i32) {
    this.counts = new StaticArray<i64>(mismatches + 1);
  }

  /** Whether a site of this score may be among the best. */
  wants(score: i64): bool {
    return this.best.length < this.most || (this.most > 0 && score >= this.best[this.most - 1].score);
  }

  /** Puts a site among the best, if it is. */
  keep(site: Site): void {
    let place = this.best.length;
    while (place > 0 && siteBefore(site, this.best[place - 1])) place--;
    if (place == this.most) return;
    if (this.best.length == this.most) this.best.pop();
    this.best.push(site);
    for (let i = this.best.length - 1; i > place; i--) this.best[i] = this.best[i - 1];
    this.best[place] = site;
  }

  pack(to: Packer): void {
    for (let i = 0; i < this.counts.length; i++) to.unsigned(this.counts[i]);
    to.unsigned(this.perfect);
    to.unsigned(this.score);
    to.unsigned(this.best.length);
    for (let i = 0; i < this.best.length; i++) this.best[i].pack(to);
  }

  /** Adds what another part of the genome came to. */
  add(from: Unpacker): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i] += from.unsigned();
    this.perfect += from.unsigned();
    this.score += from.unsigned();
    for (let left = from.unsigned(); left > 0; left--) this.keep(Site.unpack(from));
  }
}

/** The guides as asked for: 20 letters each, or 23 with a PAM, which is passed over. */
export function guidesOf(texts: string[], mismatches: i32, most: i32): Guide[] {
  if (texts.length > MOST_GUIDES) fail("InputError", "$.guides: at most " + MOST_GUIDES.toString());
  const guides = new Array<Guide>();
  for (let i = 0; i < texts.length; i++) {
    const length = texts[i].length;
    const code = length == GUIDE || length == SITE ? codeOf(texts[i], GUIDE) : -1;
    if (code < 0) fail("InputError", "$.guides[" + i.toString() + "]: expected 20 letters A, C, G, T, or 23 with the PAM");
    guides.push(new Guide(code, mismatches, most));
  }
  return guides;
}
