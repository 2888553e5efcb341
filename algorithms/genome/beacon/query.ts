// One question of a Beacon (https://docs.genomebeacons.org/variant-queries): which lines and alternates of VCF it means.
import { fail } from "orcade";
import { Span, VcfLines } from "orcade/bases/vcf";

export const MOST_QUERIES: i32 = 100;
export const MOST_LISTED: i32 = 100;

/** A variant that is asked for, by the names that Beacon gives its parts. */
export class Variant {
  /** The chromosome or contig, as the file writes it; any, if it is left out. */
  referenceName: string = "";
  /** Where the variant begins, from 0: the position in VCF less 1. */
  start: i64 = 0;
  /** Asks for all that touch the letters from `start` to before `end`, instead of what begins at `start`. */
  end: i64 = -1;
  /** Letters of the reference, IUPAC; "N" for any. */
  referenceBases: string = "N";
  /** Letters instead of them, IUPAC; "N" for any. */
  alternateBases: string = "N";
  /** SNP, MNP, INS, DEL, INDEL, DUP, INV, CNV or BND. */
  variantType: string = "";
  /** Letters of the alternate, at least and at most. */
  variantMinLength: i64 = 0;
  variantMaxLength: i64 = i64.MAX_VALUE;
}

const TYPES: string[] = ["", "SNP", "MNP", "INS", "DEL", "INDEL", "DUP", "INV", "CNV", "BND"];
/** The letters that IUPAC gives the sets 1 to 15 of A = 1, C = 2, G = 4, T = 8. */
const SETS: string = "ACMGRSVTWYHKDBN";

/** The set of a letter; 0 for none. */
function setOf(letter: u32): u32 {
  const upper = letter & 0xdf;
  return upper == 0x55 ? 8 : letter > 64 ? SETS.indexOf(String.fromCharCode(upper)) + 1 : 0;
}

const sets: StaticArray<u8> = new StaticArray<u8>(256);
for (let i = 0; i < 128; i++) sets[i] = <u8>setOf(i);

/** Ends the call when a question makes no sense. */
export function checkVariant(variant: Variant, place: i32): void {
  const at = "$.variants[" + place.toString() + "].";
  if (variant.start < 0) fail("InputError", at + "start: expected 0 or more");
  if (variant.end != -1 && variant.end <= variant.start) fail("InputError", at + "end: expected more than start");
  checkBases(variant.referenceBases, at + "referenceBases");
  checkBases(variant.alternateBases, at + "alternateBases");
  if (TYPES.indexOf(variant.variantType) < 0) fail("InputError", at + "variantType: expected one of " + TYPES.slice(1).join(", "));
}

function checkBases(bases: string, at: string): void {
  let good = bases.length > 0;
  for (let i = 0; i < bases.length; i++) good = good && bases.charCodeAt(i) < 128 && sets[bases.charCodeAt(i)] > 0;
  if (!good) fail("InputError", at + ': expected letters of IUPAC, such as "A", "CTG" or "N" for any');
}

/** Whether a line stands where a variant is asked for, with such letters. */
export function meansLine(variant: Variant, lines: VcfLines): bool {
  const start = lines.position - 1;
  const there =
    variant.end < 0
      ? start == variant.start
      : start < variant.end && start + <i64>lines.reference.length > variant.start;
  if (!there) return false;
  if (variant.referenceName.length && !lines.chromosome.is(variant.referenceName)) return false;
  return basesFit(variant.referenceBases, lines.reference);
}

/** Whether an alternate of such a line is one that is asked for. */
export function meansAlternate(variant: Variant, reference: Span, alternate: Span): bool {
  const length = <i64>alternate.length;
  if (length < variant.variantMinLength || length > variant.variantMaxLength) return false;
  return basesFit(variant.alternateBases, alternate) && typeFits(variant.variantType, reference, alternate);
}

function basesFit(bases: string, span: Span): bool {
  if (bases == "N") return true;
  if (bases.length != span.length) return false;
  for (let i = 0; i < bases.length; i++) {
    if (!(sets[bases.charCodeAt(i)] & sets[load<u8>(span.start + <usize>i)])) return false;
  }
  return true;
}

function typeFits(type: string, reference: Span, alternate: Span): bool {
  if (!type.length) return true;
  const first = load<u8>(alternate.start);
  if (first == 0x3c) return alternate.text.startsWith("<" + type) || (type == "DEL" && alternate.is("<CN0>"));
  const before = reference.length;
  const after = alternate.length;
  // "*", "." and breakends are no letters.
  if (!sets[first]) return type == "BND" && after > 1;
  if (type == "SNP") return before == 1 && after == 1;
  if (type == "MNP") return before == after && before > 1;
  if (type == "INS") return after > before;
  if (type == "DEL") return after < before;
  if (type == "INDEL") return after != before;
  return type == "DUP" && repeats(reference, alternate);
}

/** Whether an alternate is its reference twice or more. */
function repeats(reference: Span, alternate: Span): bool {
  const before = reference.length;
  const after = alternate.length;
  if (after == before || after % before) return false;
  for (let i = 0; i < after; i += before) {
    if (memory.compare(reference.start, alternate.start + <usize>i, before)) return false;
  }
  return true;
}
