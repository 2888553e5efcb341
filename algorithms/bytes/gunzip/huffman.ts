// Decoding tables of canonical Huffman codes (RFC 1951, 3.2.2), in two levels: the first is indexed by the next bits of
// the data, and where a code is longer, leads to a second for the bits that follow. An entry is 32 bits and says all
// about a symbol at once, so that one look-up decodes it. The layout, and how a table is filled (by copying the half
// that is there), follow libdeflate (https://github.com/ebiggers/libdeflate, lib/deflate_decompress.c).

/** A code has at most so many bits. */
export const LONGEST_CODE: u32 = 15;

// An entry's fields. Bits 0-5: how many bits decoding uses up, so that the entry itself can be the amount of a shift;
// 8-11: how many of them are the code, the others being extra bits; from 16 on: the literal, the base of the length or
// distance, or where the second table begins.
export const LITERAL: u32 = 1 << 31;
/** Neither literal, length nor distance: one of the next three. */
export const SPECIAL: u32 = 1 << 15;
/** Leads to a second table; bits 8-11 are the bits that index it. */
export const SECOND: u32 = 1 << 14;
export const END_OF_BLOCK: u32 = 1 << 13;
/** No symbol has this code, or the symbol may not occur. */
export const INVALID: u32 = 1 << 12;

/** What the symbols of a code mean. */
export const LENGTHS_OF_CODES: i32 = 0;
export const LITERALS_AND_LENGTHS: i32 = 1;
export const DISTANCES: i32 = 2;

/** Base and extra bits of the lengths, symbols 257 to 285 (RFC 1951, 3.2.5). */
const LENGTHS: StaticArray<u16> = [
  3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9, 0, 10, 0, 11, 1, 13, 1, 15, 1, 17, 1, 19, 2, 23, 2, 27, 2,
  31, 2, 35, 3, 43, 3, 51, 3, 59, 3, 67, 4, 83, 4, 99, 4, 115, 4, 131, 5, 163, 5, 195, 5, 227, 5,
  258, 0,
];

/** Base and extra bits of the distances, symbols 0 to 29. */
const BASES: StaticArray<u16> = [
  1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 7, 1, 9, 2, 13, 2, 17, 3, 25, 3, 33, 4, 49, 4, 65, 5, 97, 5,
  129, 6, 193, 6, 257, 7, 385, 7, 513, 8, 769, 8, 1025, 9, 1537, 9, 2049, 10, 3073, 10, 4097, 11,
  6145, 11, 8193, 12, 12289, 12, 16385, 13, 24577, 13,
];

/** @returns the entry of a symbol, but for the bits of its code */
function meaning(kind: i32, symbol: u32): u32 {
  if (kind == LENGTHS_OF_CODES) return symbol << 16;
  if (kind == DISTANCES) return symbol < 30 ? paired(BASES, symbol) : SPECIAL | INVALID;
  if (symbol < 256) return LITERAL | (symbol << 16);
  if (symbol == 256) return SPECIAL | END_OF_BLOCK;
  return symbol < 286 ? paired(LENGTHS, symbol - 257) : SPECIAL | INVALID;
}

function paired(table: StaticArray<u16>, index: u32): u32 {
  return (<u32>unchecked(table[index << 1]) << 16) | unchecked(table[(index << 1) | 1]);
}

/** A code and its tables. */
@final
export class Huffman {
  /** The address of the entries, 4 bytes each: first the 2^`width` of the first level. */
  readonly table: usize;
  private readonly kind: i32;
  private readonly width: u32;
  /** How many symbols have a code of each length. */
  private readonly counts: StaticArray<u32> = new StaticArray<u32>(16);
  /** Symbols in the order of their codes. */
  private readonly sorted: StaticArray<u16> = new StaticArray<u16>(288);

  /**
   * @param width the bits that index the first level
   * @param entries the most that both levels can need (zlib's examples/enough.c computes it)
   */
  constructor(kind: i32, width: u32, entries: usize) {
    this.kind = kind;
    this.width = width;
    this.table = heap.alloc(entries << 2);
  }

  /**
   * Makes the tables of the code that these code lengths define. As in zlib, a set that leaves codes unused is refused,
   * unless it has but one code, of one bit, or none at all, and is not that of the code lengths: decoding an unused
   * code is then what is an error (RFC 1951, 3.2.7, on distances).
   * @param lengths the length of each symbol's code, a byte each, 0 to 15; 0 is none
   * @returns what is wrong with the set: empty when nothing is
   */
  build(lengths: usize, symbols: u32): string {
    const longest = this.count(lengths, symbols);
    let left: i32 = 1;
    for (let length: u32 = 1; length <= LONGEST_CODE; length++) {
      left = (left << 1) - <i32>unchecked(this.counts[length]);
      if (left < 0) return "has more codes than its lengths have room for";
    }
    this.sort(lengths, symbols);
    if (left == 0) this.fill();
    else if (longest > 1 || this.kind == LENGTHS_OF_CODES) return "leaves codes unused";
    else this.fillSparse(longest);
    return "";
  }

  /** Counts the codes of each length. @returns the longest, 0 when there are none */
  private count(lengths: usize, symbols: u32): u32 {
    const counts = this.counts;
    memory.fill(changetype<usize>(counts), 0, 16 << 2);
    for (let i: u32 = 0; i < symbols; i++) unchecked(counts[load<u8>(lengths + i)]++);
    let longest = LONGEST_CODE;
    while (longest && !unchecked(counts[longest])) longest--;
    return longest;
  }

  /** Sorts the symbols that have a code by its length, then by their number. */
  private sort(lengths: usize, symbols: u32): void {
    const starts = new StaticArray<u32>(17);
    for (let length = 1; length < 16; length++) {
      unchecked((starts[length + 1] = starts[length] + this.counts[length]));
    }
    for (let i: u32 = 0; i < symbols; i++) {
      const length = load<u8>(lengths + i);
      if (length) unchecked((this.sorted[starts[length]++] = <u16>i));
    }
  }

  /** @returns the entry of the symbol at a place of the order */
  private entry(place: u32, length: u32): u32 {
    return meaning(this.kind, unchecked(this.sorted[place])) + (length << 8) + length;
  }

  /** Fills the first level of a code that has one symbol, whose code is 0, or none. What has no symbol is a bit too. */
  private fillSparse(longest: u32): void {
    const none: u32 = SPECIAL | INVALID | (1 << 8) | 1;
    const one = longest ? this.entry(0, 1) : none;
    for (let i: usize = 0; i < (1 << this.width); i++) store<u32>(this.table + (i << 2), i & 1 ? none : one);
  }

  /** Fills the tables of a complete code. Codes are taken in order and kept reversed, as they stand in the data. */
  private fill(): void {
    const table = this.table;
    const width = this.width;
    let code: u32 = 0;
    let place: u32 = 0;
    let size: usize = 1;
    for (let length: u32 = 1; length <= width; length++) {
      // What is known of `length - 1` bits holds whatever the next bit is.
      memory.copy(table + (size << 2), table, size << 2);
      size <<= 1;
      for (let n = unchecked(this.counts[length]); n > 0; n--) {
        store<u32>(table + (code << 2), this.entry(place++, length));
        code = following(code, length);
      }
    }
    if (place < this.codes()) this.fillSecond(code, place);
  }

  /** How many symbols have a code. */
  private codes(): u32 {
    let sum: u32 = 0;
    for (let length = 1; length < 16; length++) sum += unchecked(this.counts[length]);
    return sum;
  }

  /** Fills the second level, from the first code that is longer than `width` bits. */
  private fillSecond(code: u32, place: u32): void {
    const width = this.width;
    let prefix: u32 = -1;
    let start: u32 = 0;
    let end: u32 = 1 << width;
    for (let length = width + 1; length <= LONGEST_CODE; length++) {
      for (let n = unchecked(this.counts[length]); n > 0; n--) {
        if ((code & ((1 << width) - 1)) != prefix) {
          prefix = code & ((1 << width) - 1);
          start = end;
          const bits = this.secondBits(length, n);
          end += 1 << bits;
          store<u32>(this.table + (prefix << 2), SPECIAL | SECOND | (start << 16) | (bits << 8) | width);
        }
        const entry = this.entry(place++, length - width);
        for (let i = start + (code >> width); i < end; i += 1 << (length - width)) {
          store<u32>(this.table + (i << 2), entry);
        }
        code = following(code, length);
      }
    }
  }

  /** @returns the bits that index the second table whose first code has `length` bits and is one of `n` left of them */
  private secondBits(length: u32, n: u32): u32 {
    let bits = length - this.width;
    let used = n;
    while (used < <u32>1 << bits) {
      bits++;
      used = (used << 1) + unchecked(this.counts[this.width + bits]);
    }
    return bits;
  }
}

/** @returns the code of `length` bits after a reversed one: its highest zero bit becomes one, the bits above it zero */
function following(code: u32, length: u32): u32 {
  const zeros = code ^ ((1 << length) - 1);
  if (!zeros) return code;
  const bit: u32 = 1 << (31 - clz(zeros));
  return (code & (bit - 1)) | bit;
}
