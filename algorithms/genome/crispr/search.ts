// A search: what is looked for, and what was found so far. Everything found is a count, a sum of whole numbers or the first
// few of an order, so that parts add up to the same bytes however they are grouped.
import { fail } from "orcade";
import { Packer, Unpacker } from "orcade/pack";
import { Guide, GUIDE, guidesOf, SITE } from "./guides";
import { scoreOf, Site } from "./site";

/** The low bit of each of 20 pairs. */
const LOW_BITS: i64 = 0x5555555555;
/** Letters of a site after its first. */
const REST: i32 = SITE - 1;

@final
export class Search {
  letters: i64 = 0;
  records: i64 = 0;
  /** Sites whose PAM is NGG, both strands; and all that guides are held against. */
  targets: i64 = 0;
  sites: i64 = 0;
  /** Windows that began in a part and did not end there: 22 for each record, if parts overlap as they must. */
  open: i64 = 0;
  readonly guides: Guide[];
  /** The codes of all guides in a row. */
  private codes: StaticArray<i64>;
  /** The record that is scanned, and its file. */
  record: string = "";
  file: string = "";

  /** @param wide whether NAG counts as a PAM, too @param list best off-targets of each guide, beside the target itself */
  constructor(guides: string[], readonly mismatches: i32, readonly wide: bool, readonly list: i32) {
    this.guides = guidesOf(guides, mismatches, list + 1);
    this.codes = new StaticArray<i64>(guides.length);
    for (let i = 0; i < guides.length; i++) this.codes[i] = this.guides[i].code;
  }

  /** Takes a site: 23 letters as a guide on their strand reads them, the PAM last, which is NGG or NAG. */
  take(site: i64, position: i64, minus: bool): void {
    const target = ((site >> 2) & 3) == 2;
    this.targets += i64(target);
    if (!target && !this.wide) return;
    this.sites++;
    const own = site >> 6;
    const most = <i64>this.mismatches;
    const codes = this.codes;
    for (let i = 0, count = codes.length; i < count; i++) {
      const differ = own ^ unchecked(codes[i]);
      const places = (differ | (differ >> 1)) & LOW_BITS;
      if (popcnt(places) <= most) this.hit(this.guides[i], places, site, position, minus);
    }
  }

  private hit(guide: Guide, places: i64, site: i64, position: i64, minus: bool): void {
    const mismatches = <i32>popcnt(places);
    const score = scoreOf(places);
    guide.counts[mismatches]++;
    guide.score += score;
    if (!mismatches && ((site >> 2) & 3) == 2) guide.perfect++;
    if (!guide.wants(score)) return;
    guide.keep(new Site(score, mismatches, this.file, this.record, position, minus, site));
  }

  /** What was found, in bytes. */
  pack(): Uint8Array {
    const to = new Packer();
    to.unsigned(this.letters);
    to.unsigned(this.records);
    to.unsigned(this.targets);
    to.unsigned(this.sites);
    to.unsigned(this.open);
    for (let i = 0; i < this.guides.length; i++) this.guides[i].pack(to);
    const bytes = to.bytes();
    to.free();
    return bytes;
  }

  /** Adds what another part came to. */
  add(from: Unpacker): void {
    this.letters += from.unsigned();
    this.records += from.unsigned();
    this.targets += from.unsigned();
    this.sites += from.unsigned();
    this.open += from.unsigned();
    for (let i = 0; i < this.guides.length; i++) this.guides[i].add(from);
    if (!from.ended) fail("InputError", "an answer is of a search with other guides");
  }

  /** Notes that a record's part ended: `own` letters of its own, `extra` of what follows. */
  close(own: i64, extra: i64): void {
    this.letters += own;
    this.open += min(<i64>REST - min(extra, <i64>REST), own);
  }

  /** Ends the call when parts did not overlap by the 22 letters that make every window whole in one of them. */
  checkOverlap(): void {
    if (this.open > this.records * REST) {
      fail("OverlapTooSmall", "sequences were cut without their overlap: split by records:fasta with \"overlap\": 22");
    }
  }
}

export { GUIDE, SITE };
