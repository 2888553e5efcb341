// VCF, the text in which differences from a reference genome are kept (https://samtools.github.io/hts-specs/VCFv4.3.pdf).
// Goes over its lines where they lie; nothing is copied. A chunk of a file may begin at any line: only the first has the header.
import { fail } from "../failure";

const TAB: u32 = 9;
const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const HASH: u32 = 35;
const COMMA: u32 = 44;

/** Columns of a line before those of its samples. */
const FIXED: i32 = 9;
/** Columns that every line must have: CHROM, POS, ID, REF, ALT. */
const NEEDED: i32 = 5;
/** Digits of a position at most. */
const DIGITS: usize = 15;

/** The bytes from `start` to before `end`. */
@unmanaged
export class Span {
  start: usize;
  end: usize;

  get length(): i32 {
    return <i32>(this.end - this.start);
  }

  get text(): string {
    return String.UTF8.decodeUnsafe(this.start, this.end - this.start);
  }

  is(text: string): bool {
    const length = <usize>text.length;
    if (this.end - this.start != length) return false;
    for (let i: usize = 0; i < length; i++) {
      if (<u32>load<u8>(this.start + i) != text.charCodeAt(<i32>i)) return false;
    }
    return true;
  }
}

@final
export class VcfLines {
  /** Position of the line's first letter, from 1. */
  position: i64 = 0;
  readonly chromosome: Span = new Span();
  readonly reference: Span = new Span();
  readonly alternates: Span = new Span();
  /** One of the alternates, after `alternate(i)`. */
  readonly one: Span = new Span();
  /** After `rest()`: INFO, FORMAT and all samples, each empty when the line has none. */
  readonly info: Span = new Span();
  readonly format: Span = new Span();
  readonly samples: Span = new Span();
  /** The names of the samples with tabs between them, once the line that tells them was passed. */
  readonly names: Span = new Span();
  /** Whether anything of VCF was there: a header, or a line. */
  any: bool = false;
  private at: usize;
  private line: usize = 0;
  private lineEnd: usize = 0;
  private alternatesEnd: usize = 0;

  constructor(private start: usize, private end: usize) {
    this.at = start;
    if (end - start > 1 && load<u16>(start) == 0x8b1f) {
      fail("VcfError", "the text is compressed: unpack it first, with bytes/gunzip for example");
    }
  }

  /** Where the next line begins, in bytes of the text. */
  get offset(): i64 {
    return <i64>(this.at - this.start);
  }

  /** Goes on to the next line that tells a difference. @returns whether there is one */
  next(): bool {
    while (this.at < this.end) {
      this.line = this.at;
      const end = find(this.at, this.end, NEWLINE);
      this.at = min(end + 1, this.end);
      this.lineEnd = end > this.line && load<u8>(end - 1) == RETURN ? end - 1 : end;
      if (this.lineEnd == this.line) continue;
      this.any = true;
      if (load<u8>(this.line) == HASH) this.header();
      else {
        this.begin();
        return true;
      }
    }
    return false;
  }

  private header(): void {
    const length = this.lineEnd - this.line;
    if (length < 6 || load<u8>(this.line + 1) == HASH) return;
    let at = this.line;
    for (let i = 0; i < FIXED; i++) at = min(find(at, this.lineEnd, TAB) + 1, this.lineEnd);
    this.names.start = at;
    this.names.end = this.lineEnd;
  }

  /** Reads the columns that every line has. */
  private begin(): void {
    let at = this.line;
    for (let column = 0; column < NEEDED; column++) {
      const end = find(at, this.lineEnd, TAB);
      if (column == 0) set(this.chromosome, at, end);
      else if (column == 1) this.position = this.number(at, end);
      else if (column == 3) set(this.reference, at, end);
      else if (column == 4) set(this.alternates, at, end);
      if (at == end) this.refuse("a column of the first five is empty, or there are fewer; columns are separated by tabs");
      at = min(end + 1, this.lineEnd);
    }
    this.alternatesEnd = at;
  }

  private number(start: usize, end: usize): i64 {
    let value: i64 = 0;
    for (let at = start; at < end; at++) {
      const digit = <u32>load<u8>(at) - 48;
      if (digit > 9 || end - start > DIGITS) this.refuse("its position is no number");
      value = value * 10 + <i64>digit;
    }
    return value;
  }

  /** Reads INFO, FORMAT and where the samples begin. */
  rest(): void {
    let at = this.alternatesEnd;
    for (let column = NEEDED; column < FIXED; column++) {
      const end = find(at, this.lineEnd, TAB);
      if (column == 7) set(this.info, at, end);
      else if (column == 8) set(this.format, at, end);
      at = min(end + 1, this.lineEnd);
    }
    set(this.samples, at, this.lineEnd);
  }

  /** Finds the next alternate: `one`. @param first whether to begin with the first @returns whether there is one */
  alternate(first: bool): bool {
    const end = this.alternates.end;
    const start = first ? this.alternates.start : this.one.end + 1;
    if (start > end) return false;
    set(this.one, start, find(start, end, COMMA));
    return true;
  }

  /** Ends the call for what is wrong with this line. */
  refuse(why: string): void {
    const shown = String.UTF8.decodeUnsafe(this.line, min(this.lineEnd - this.line, 60));
    const offset = (this.line - this.start).toString();
    fail("VcfError", "the line at byte " + offset + " of the text (" + shown + "): " + why);
  }
}

function set(span: Span, start: usize, end: usize): void {
  span.start = start;
  span.end = end;
}

/** @returns the address of the first such byte, or `end` */
function find(at: usize, end: usize, byte: u32): usize {
  const wanted = i8x16.splat(<i8>byte);
  for (; at + 16 <= end; at += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (mask) return at + <usize>ctz(mask);
  }
  while (at < end && <u32>load<u8>(at) != byte) at++;
  return at;
}

/** The value of a field of INFO, such as AC of "AC=1;AN=109", in `to`. @returns whether it is there */
export function infoField(info: Span, name: string, to: Span): bool {
  const length = <usize>name.length;
  for (let at = info.start; at < info.end; ) {
    const end = find(at, info.end, 59);
    set(to, at, min(at + length, end));
    if (to.is(name) && at + length < end && load<u8>(at + length) == 61) {
      set(to, at + length + 1, end);
      return true;
    }
    at = end + 1;
  }
  return false;
}

/** The whole number that stands at a place of a list with commas; -1 when there is none. */
export function numberAt(list: Span, place: i32): i64 {
  let at = list.start;
  for (; place > 0; place--) at = find(at, list.end, COMMA) + 1;
  let value: i64 = -1;
  for (; at < list.end; at++) {
    const digit = <u32>load<u8>(at) - 48;
    if (digit > 9) break;
    value = max(value, 0) * 10 + <i64>digit;
  }
  return value;
}
