// What was found: how many alternates do what, and the few that do most. All of it adds up to the same in any order.
import { fail } from "orcade";
import { infoField, numberAt, Span, VcfLines } from "orcade/bases/vcf";
import { Packer, Unpacker } from "orcade/pack";
import { Change, Effect, effectOn, INTERGENIC, TERMS } from "./effect";
import { Gene } from "./gene";
import { Variant, variantBefore } from "./variant";

export const MOST_LISTED: i32 = 1000;
/** Letters of an alternate at most: what is longer, and what is no letters ("<DEL>", "*"), is counted apart. */
const LONGEST: i32 = 10_000;

@final
export class Study {
  lines: i64 = 0;
  alternates: i64 = 0;
  /** Alternates that are not spelled out. */
  symbolic: i64 = 0;
  /** Alternates of lines whose reference has other letters than a gene. */
  otherReference: i64 = 0;
  readonly counts: StaticArray<i64> = new StaticArray<i64>(TERMS.length);
  /** Those that do most, most first, at most `list`. */
  best: Variant[] = [];
  private field: Span = new Span();

  constructor(readonly genes: Gene[], readonly list: i32, readonly rare: f64) {}

  take(lines: VcfLines): void {
    this.lines++;
    let read = false;
    let place = 0;
    for (let more = lines.alternate(true); more; more = lines.alternate(false)) {
      this.alternates++;
      if (!spelled(lines.one) || !spelled(lines.reference)) {
        this.symbolic++;
      } else {
        if (!read) lines.rest();
        read = true;
        this.judge(lines, place);
      }
      place++;
    }
  }

  /** Asks all genes what an alternate does to them: what counts is the worst of it. */
  private judge(lines: VcfLines, place: i32): void {
    const reference = lines.reference.text.toUpperCase();
    const change = new Change(lines.position, reference, lines.one.text.toUpperCase());
    let worst = new Effect();
    let gene = "";
    let other = false;
    for (let i = 0; i < this.genes.length; i++) {
      const each = this.genes[i];
      if (change.place > each.last || change.place + <i64>change.reference.length < each.first) continue;
      if (each.chromosome.length && !lines.chromosome.is(each.chromosome)) continue;
      const effect = effectOn(each, change);
      other = other || effect.otherReference;
      if (effect.term >= worst.term) continue;
      worst = effect;
      gene = each.name;
    }
    this.otherReference += i64(other);
    this.counts[worst.term]++;
    if (worst.term == INTERGENIC || !this.list) return;
    const frequency = this.frequency(lines.info, place);
    if (!(frequency > this.rare)) this.keep(new Variant(worst.term, gene, worst.protein, lines, frequency));
  }

  /** AF, or AC / AN, of an alternate; NaN when INFO tells neither. */
  private frequency(info: Span, place: i32): f64 {
    const field = this.field;
    if (infoField(info, "AF", field)) {
      const texts = field.text.split(",");
      return place < texts.length ? parseFloat(texts[place]) : NaN;
    }
    const alleles = infoField(info, "AN", field) ? numberAt(field, 0) : 0;
    if (alleles <= 0 || !infoField(info, "AC", field)) return NaN;
    const calls = numberAt(field, place);
    return calls < 0 ? NaN : <f64>calls / <f64>alleles;
  }

  /** Puts a variant among the best, if it is. */
  private keep(variant: Variant): void {
    let place = this.best.length;
    while (place > 0 && variantBefore(variant, this.best[place - 1])) place--;
    if (place == this.list) return;
    if (this.best.length == this.list) this.best.pop();
    this.best.push(variant);
    for (let i = this.best.length - 1; i > place; i--) this.best[i] = this.best[i - 1];
    this.best[place] = variant;
  }

  /** What was found, in bytes. */
  pack(): Uint8Array {
    const to = new Packer();
    to.unsigned(this.lines);
    to.unsigned(this.alternates);
    to.unsigned(this.symbolic);
    to.unsigned(this.otherReference);
    for (let i = 0; i < this.counts.length; i++) to.unsigned(this.counts[i]);
    to.unsigned(this.best.length);
    for (let i = 0; i < this.best.length; i++) this.best[i].pack(to);
    const bytes = to.bytes();
    to.free();
    return bytes;
  }

  /** Adds what another part came to. */
  add(from: Unpacker): void {
    this.lines += from.unsigned();
    this.alternates += from.unsigned();
    this.symbolic += from.unsigned();
    this.otherReference += from.unsigned();
    for (let i = 0; i < this.counts.length; i++) this.counts[i] += from.unsigned();
    for (let left = from.unsigned(); left > 0; left--) {
      const variant = Variant.unpack(from);
      if (this.list) this.keep(variant);
    }
    if (!from.ended) fail("InputError", "an answer is no part of such a study");
  }
}

/** Whether a span is letters, and not too many. */
function spelled(span: Span): bool {
  if (span.length > LONGEST) return false;
  for (let at = span.start; at < span.end; at++) {
    const letter = <u32>load<u8>(at) & 0xdf;
    if (letter != 65 && letter != 67 && letter != 71 && letter != 84 && letter != 78) return false;
  }
  return true;
}
