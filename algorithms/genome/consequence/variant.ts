// A variant that is listed: where it is, what it does, how often it occurs.
import { job } from "orcade";
import { VcfLines } from "orcade/bases/vcf";
import { Packer, Unpacker } from "orcade/pack";

@final
export class Variant {
  file: string;
  chromosome: string;
  position: i64;
  reference: string;
  alternate: string;

  /** @param lines stands at its line and alternate; null for one that is unpacked @param frequency NaN when it is not known */
  constructor(
    readonly term: i32,
    readonly gene: string,
    readonly protein: string,
    lines: VcfLines | null,
    readonly frequency: f64,
  ) {
    this.file = lines === null ? "" : job.file;
    this.chromosome = lines === null ? "" : lines.chromosome.text;
    this.position = lines === null ? 0 : lines.position;
    this.reference = lines === null ? "" : lines.reference.text;
    this.alternate = lines === null ? "" : lines.one.text;
  }

  /** Its frequency as the order takes it. */
  get order(): f64 {
    return isNaN(this.frequency) ? -1 : this.frequency;
  }

  pack(to: Packer): void {
    to.unsigned(this.term);
    packText(to, this.gene);
    packText(to, this.protein);
    to.unsigned(reinterpret<u64>(this.frequency));
    packText(to, this.file);
    packText(to, this.chromosome);
    to.unsigned(this.position);
    packText(to, this.reference);
    packText(to, this.alternate);
  }

  static unpack(from: Unpacker): Variant {
    const term = <i32>from.unsigned();
    const gene = unpackText(from);
    const protein = unpackText(from);
    const variant = new Variant(term, gene, protein, null, reinterpret<f64>(from.unsigned()));
    variant.file = unpackText(from);
    variant.chromosome = unpackText(from);
    variant.position = from.unsigned();
    variant.reference = unpackText(from);
    variant.alternate = unpackText(from);
    return variant;
  }
}

/**
 * The order of the list: what does most, then what is rarest, or of unknown frequency. No two that differ are equal, so that
 * the first are the same in whatever order they come.
 */
export function variantBefore(a: Variant, b: Variant): bool {
  if (a.term != b.term) return a.term < b.term;
  if (a.order != b.order) return a.order < b.order;
  if (a.file != b.file) return a.file < b.file;
  if (a.chromosome != b.chromosome) return a.chromosome < b.chromosome;
  if (a.position != b.position) return a.position < b.position;
  if (a.reference != b.reference) return a.reference < b.reference;
  return a.alternate < b.alternate;
}

function packText(to: Packer, text: string): void {
  const bytes = String.UTF8.encode(text);
  to.span(changetype<usize>(bytes), bytes.byteLength);
}

function unpackText(from: Unpacker): string {
  const length = from.span();
  return String.UTF8.decodeUnsafe(from.spanStart, length);
}
