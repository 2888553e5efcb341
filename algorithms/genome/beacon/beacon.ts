// What was found: of each variant the lines, the calls and the carriers. All of it adds up to the same in any order.
import { fail } from "orcade";
import { infoField, numberAt, Span, VcfLines } from "orcade/bases/vcf";
import { Packer, Unpacker } from "orcade/pack";
import { Carriers, packText, unpackText } from "./carriers";
import { checkVariant, meansAlternate, meansLine, Variant } from "./query";

const TAB: u32 = 9;
const COLON: u32 = 58;
/** "GT", which stands first in FORMAT where there are genotypes. */
const GENOTYPE: u32 = 0x5447;

/** What was found of one variant. */
@final
export class Found {
  lines: i64 = 0;
  /** Lines that say how many carry the alternate: by genotypes, or by AC and AN. */
  counted: i64 = 0;
  /** Lines with genotypes. */
  genotyped: i64 = 0;
  calls: i64 = 0;
  alleles: i64 = 0;
  readonly carriers: Carriers = new Carriers();
}

@final
export class Beacon {
  lines: i64 = 0;
  readonly found: Found[] = [];
  /** The names of the samples of files, with tabs between them. */
  readonly files: string[] = [];
  readonly names: string[] = [];
  /** Which alternates of a line are asked for. */
  private wanted: Array<bool> = [];
  private field: Span = new Span();

  /** @param list carriers of each variant that are named */
  constructor(readonly variants: Variant[], readonly list: i32) {
    for (let i = 0; i < variants.length; i++) {
      checkVariant(variants[i], i);
      this.found.push(new Found());
    }
  }

  /** Asks all variants of a line. */
  take(lines: VcfLines, file: string): void {
    this.lines++;
    let read = false;
    for (let i = 0; i < this.variants.length; i++) {
      const variant = this.variants[i];
      if (!meansLine(variant, lines) || !this.choose(variant, lines)) continue;
      if (!read) lines.rest();
      read = true;
      this.count(this.found[i], lines, file);
    }
  }

  /** Notes which alternates of the line are meant. @returns whether any is */
  private choose(variant: Variant, lines: VcfLines): bool {
    let any = false;
    let count = 0;
    for (let more = lines.alternate(true); more; more = lines.alternate(false)) {
      const means = meansAlternate(variant, lines.reference, lines.one);
      if (this.wanted.length == count) this.wanted.push(means);
      else this.wanted[count] = means;
      any = any || means;
      count++;
    }
    this.wanted.length = count;
    return any;
  }

  private count(found: Found, lines: VcfLines, file: string): void {
    found.lines++;
    const format = lines.format;
    const genotypes =
      format.length >= 2 &&
      <u32>load<u16>(format.start) == GENOTYPE &&
      (format.length == 2 || <u32>load<u8>(format.start + 2) == COLON);
    if (genotypes && lines.samples.length) this.genotypes(found, lines, file);
    else this.figures(found, lines.info);
  }

  /** Counts the alleles of all samples: numbers with / or | between them, up to a colon; "." was not called. */
  private genotypes(found: Found, lines: VcfLines, file: string): void {
    found.counted++;
    found.genotyped++;
    let sample = 0;
    let allele = -1;
    let reads = true;
    let carries = false;
    for (let at = lines.samples.start, end = lines.samples.end; at <= end; at++) {
      const byte = at < end ? <u32>load<u8>(at) : TAB;
      const digit = byte - 48;
      if (reads && digit < 10) {
        allele = max(allele, 0) * 10 + <i32>digit;
        if (allele > this.wanted.length) lines.refuse("a genotype names an alternate that is not there");
        continue;
      }
      if (allele >= 0) {
        found.alleles++;
        const meant = allele > 0 && this.wanted[allele - 1];
        found.calls += i64(meant);
        carries = carries || meant;
        allele = -1;
      }
      if (byte == COLON) reads = false;
      if (byte != TAB) continue;
      if (carries) found.carriers.add(file, sample);
      sample++;
      reads = true;
      carries = false;
    }
  }

  /** Counts by what INFO says: AC of each alternate, and AN. */
  private figures(found: Found, info: Span): void {
    const field = this.field;
    if (!infoField(info, "AN", field)) return;
    const alleles = numberAt(field, 0);
    if (alleles < 0 || !infoField(info, "AC", field)) return;
    found.counted++;
    found.alleles += alleles;
    for (let i = 0; i < this.wanted.length; i++) {
      if (this.wanted[i]) found.calls += max(numberAt(field, i), 0);
    }
  }

  /** Keeps the names of a file's samples, if they are asked for and known. */
  name(lines: VcfLines, file: string): void {
    if (this.list && lines.names.length) this.keepNames(file, lines.names.text);
  }

  private keepNames(file: string, names: string): void {
    if (this.files.includes(file)) return;
    this.files.push(file);
    this.names.push(names);
  }

  /** What was found, in bytes. */
  pack(): Uint8Array {
    const to = new Packer();
    to.unsigned(this.lines);
    to.unsigned(this.found.length);
    for (let i = 0; i < this.found.length; i++) {
      const found = this.found[i];
      to.unsigned(found.lines);
      to.unsigned(found.counted);
      to.unsigned(found.genotyped);
      to.unsigned(found.calls);
      to.unsigned(found.alleles);
      found.carriers.pack(to);
    }
    for (let i = 0; i < this.files.length; i++) {
      packText(to, this.files[i]);
      packText(to, this.names[i]);
    }
    const bytes = to.bytes();
    to.free();
    return bytes;
  }

  /** Adds what another part came to. */
  add(from: Unpacker): void {
    this.lines += from.unsigned();
    const count = <i32>from.unsigned();
    if (count != this.found.length) lost();
    for (let i = 0; i < count; i++) {
      const found = this.found[i];
      found.lines += from.unsigned();
      found.counted += from.unsigned();
      found.genotyped += from.unsigned();
      found.calls += from.unsigned();
      found.alleles += from.unsigned();
      found.carriers.merge(from);
    }
    while (!from.ended) {
      const file = unpackText(from);
      this.keepNames(file, unpackText(from));
    }
  }
}

function lost(): void {
  fail("InputError", "an answer is of a beacon that was asked something else");
}
