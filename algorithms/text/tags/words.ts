// The words of a text, one after the other, in lower case. A word is a run of letters, marks and decimal digits with at
// least one letter; single apostrophes, hyphens and middle dots between them belong to it. It works on UTF-8 as it is
// and never leaves the span it was given, whatever the bytes are.
import { fold, isDigit, isLetter } from "./unicode";

/** Characters of the longest word; what is longer is counted but never a tag. */
const LONGEST: u32 = 64;

// What a character is to a word: its folded code point with one of these.
const LETTER: u32 = 1 << 24;
const DIGIT: u32 = 1 << 25;
/** Belongs to a word when it stands alone between two characters that do. */
const JOINER: u32 = 1 << 26;
/** A soft hyphen: as if it were not there. */
const NOTHING: u32 = 1 << 27;
const CODE: u32 = LETTER - 1;

const APOSTROPHE: u32 = 0x27;
const HYPHEN: u32 = 0x2d;

/** The word last found: each of its characters, and each joiner before one, takes up to 4 bytes. */
// @ts-ignore: decorator
@lazy
const found = memory.data(8 * 64);

/** @returns what an ASCII character is to a word */
function ascii(code: u32): u32 {
  const lower = code | 0x20;
  if (lower - 0x61 < 26) return LETTER | lower;
  if (code - 0x30 < 10) return DIGIT | code;
  return code == APOSTROPHE || code == HYPHEN ? JOINER | code : 0;
}

/** @returns what another character is to a word */
function beyondAscii(code: u32): u32 {
  if (isLetter(code)) return LETTER | fold(code);
  if (code == 0x2019) return JOINER | APOSTROPHE;
  if (code == 0x2010 || code == 0x2011) return JOINER | HYPHEN;
  if (code == 0xb7 || code == 0x200c || code == 0x200d) return JOINER | code;
  if (code == 0xad) return NOTHING;
  return isDigit(code) ? DIGIT | code : 0;
}

/** Writes a code point as UTF-8. @returns the address after it */
function put(to: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(to, code);
    return to + 1;
  }
  if (code < 0x800) {
    store<u8>(to, 0xc0 | (code >> 6));
    store<u8>(to, 0x80 | (code & 63), 1);
    return to + 2;
  }
  if (code < 0x10000) {
    store<u8>(to, 0xe0 | (code >> 12));
    store<u8>(to, 0x80 | ((code >> 6) & 63), 1);
    store<u8>(to, 0x80 | (code & 63), 2);
    return to + 3;
  }
  store<u8>(to, 0xf0 | (code >> 18));
  store<u8>(to, 0x80 | ((code >> 12) & 63), 1);
  store<u8>(to, 0x80 | ((code >> 6) & 63), 2);
  store<u8>(to, 0x80 | (code & 63), 3);
  return to + 4;
}

/** Reads the words of a span of UTF-8. */
@final
export class Words {
  /** Bytes of the word last found; 0 when it has more characters than a tag may have. */
  size: usize = 0;
  /** Characters of the word last found, joiners not counted. */
  length: u32 = 0;
  private at: usize;
  private readonly end: usize;
  /** Whether apostrophes join: not where they stand for a vowel between two words. */
  private readonly apostrophes: bool;
  /** Bytes of the character last looked at. */
  private width: usize = 0;

  constructor(start: usize, length: usize, apostrophes: bool) {
    this.at = start;
    this.end = start + length;
    this.apostrophes = apostrophes;
  }

  /** The address of the word last found. */
  get start(): usize {
    return found;
  }

  /** Finds the next word. @returns whether there is one */
  next(): bool {
    while (this.at < this.end) {
      if (this.read()) return true;
    }
    return false;
  }

  /** Reads on to the end of a run, or over one character that begins none. @returns whether it was a word */
  private read(): bool {
    let to = found;
    let kinds: u32 = 0;
    let length: u32 = 0;
    let joiner: u32 = 0;
    while (this.at < this.end) {
      const character = this.look();
      if (character & (LETTER | DIGIT)) {
        kinds |= character;
        if (length++ < LONGEST) {
          if (joiner) to = put(to, joiner & CODE);
          to = put(to, character & CODE);
        }
        joiner = 0;
      } else if (!(character & NOTHING)) {
        const joins = (character & JOINER) != 0 && length > 0 && !joiner;
        if (!joins && length) break;
        joiner = joins ? character : 0;
      }
      this.at += this.width;
      if (!length) return false;
    }
    if (!(kinds & LETTER)) return false;
    this.size = length > LONGEST ? 0 : to - found;
    this.length = length;
    return true;
  }

  /** @returns what the next character is to a word; its bytes are then `width` */
  private look(): u32 {
    const first = <u32>load<u8>(this.at);
    this.width = 1;
    if (first < 0x80) {
      const character = ascii(first);
      return character == (JOINER | APOSTROPHE) && !this.apostrophes ? 0 : character;
    }
    const size: usize = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1;
    // What is not UTF-8, or is cut off by the end, is no part of a word.
    if (size == 1 || this.at + size > this.end || !continues(this.at, size)) return 0;
    this.width = size;
    const character = beyondAscii(decode(this.at, first, size));
    return character == (JOINER | APOSTROPHE) && !this.apostrophes ? 0 : character;
  }
}

/** Whether the bytes after the first, of `size`, are those of one character. */
function continues(at: usize, size: usize): bool {
  for (let i: usize = 1; i < size; i++) {
    if ((load<u8>(at + i) & 0xc0) != 0x80) return false;
  }
  return true;
}

/** @returns the code point of `size` bytes, 2 to 4, that begin with `first` */
function decode(at: usize, first: u32, size: usize): u32 {
  const second = <u32>load<u8>(at, 1) & 63;
  if (size == 2) return ((first & 31) << 6) | second;
  const third = <u32>load<u8>(at, 2) & 63;
  if (size == 3) return ((first & 15) << 12) | (second << 6) | third;
  return ((first & 7) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(at, 3) & 63);
}

/** @returns a hash of a span of bytes: 64 bits, eight bytes at a time (data/generate.ts has it too) */
export function hash(start: usize, size: usize): u64 {
  let sum = mixed(0, <u64>size);
  for (; size >= 8; size -= 8) {
    sum = mixed(sum, load<u64>(start));
    start += 8;
  }
  // The bytes after the span are read, and left out.
  if (size) sum = mixed(sum, load<u64>(start) & ((<u64>1 << (<u64>size << 3)) - 1));
  return mixed(sum, 0);
}

/** A step of the hash. The factor is that of P. Evensen's rrmxmx (2018), a mixer tested with PractRand. */
function mixed(sum: u64, piece: u64): u64 {
  sum = (sum ^ piece) * 0x9fb21c651e98df25;
  return sum ^ (sum >> 32);
}
