// Counts and percentages of one record in the forms of the answer: sparse, an object of k-mers in alphabetical order;
// dense, an array of 4^k numbers in the order of codes.
import { printFloat, printUnsigned } from "orcade/number/print";
import { Answer } from "./answer";
import { percentage } from "./spectrum";
import { codeOf, countOf } from "./table";

/** Entries written between two checks for room: with the longest number and k-mer well below the slack. */
const STRETCH: i32 = 64;
/** Percentages that are kept as text: those of small counts, 32 bytes each with the length last. None has over 16. */
const KEPT: u32 = 64;

/** "AAAA" to "TTTT", four bytes each. */
const fours: usize = memory.data(1024, 16);
const kept: usize = memory.data(2048, 16);

function makeFours(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let four: u32 = 0;
    for (let base: u32 = 0; base < 4; base++) {
      const code = (i >> (6 - 2 * base)) & 3;
      four |= ((<u32>0x54474341 >> (code << 3)) & 0xff) << (base << 3);
    }
    store<u32>(fours + (<usize>i << 2), four);
  }
}

makeFours();

/** What is written for an entry. */
export const COUNT: i32 = 0;
export const PERCENTAGE: i32 = 1;

/** Writes the numbers of the entries of one record, all of one kind. */
@final
export class Numbers {
  /** @param windows what percentages are of */
  constructor(private answer: Answer, private k: i32, private kind: i32, private windows: i32) {
    if (kind == PERCENTAGE) memory.fill(kept, 0, KEPT << 5);
  }

  /** Writes an object: `{"AAC":1,"ACG":2}`. */
  sparse(entries: usize, count: i32): void {
    const answer = this.answer;
    const end = entries + (<usize>count << 3);
    // The least it can take, before any of it is written.
    answer.room(<i64>count * (this.k + 5) + 2);
    store<u8>(answer.at++, 0x7b);
    let at = entries;
    while (at < end) {
      answer.room(0);
      const pause = min(at + (STRETCH << 3), end);
      let to = answer.at;
      for (; at < pause; at += 8) to = this.member(load<u64>(at), to);
      answer.at = to;
    }
    this.close(count, 0x7d);
    answer.room(0);
  }

  /** Writes an array of 4^k numbers. */
  dense(entries: usize, count: i32): void {
    const answer = this.answer;
    const places = 1 << (this.k << 1);
    answer.room((<i64>places << 1) + 1);
    store<u8>(answer.at++, 0x5b);
    let next = 0;
    for (let i = 0; i < count; i++) {
      if (!(i % STRETCH)) answer.room(0);
      const entry = load<u64>(entries + (<usize>i << 3));
      const code = <i32>codeOf(entry);
      if (code != next) answer.zeros(code - next);
      answer.at = this.number(countOf(entry), answer.at);
      store<u8>(answer.at++, 0x2c);
      next = code + 1;
    }
    answer.zeros(places - next);
    this.close(places, 0x5d);
    answer.room(0);
  }

  /** Writes a k-mer, its number and a comma. @returns the address after them */
  private member(entry: u64, at: usize): usize {
    // Twelve letters, of which k are kept.
    const code = codeOf(entry) << ((12 - this.k) << 1);
    store<u8>(at, 0x22);
    store<u32>(at, load<u32>(fours + (<usize>(code >> 16) << 2)), 1);
    store<u32>(at, load<u32>(fours + (<usize>((code >> 8) & 255) << 2)), 5);
    store<u32>(at, load<u32>(fours + (<usize>(code & 255) << 2)), 9);
    at += <usize>this.k + 1;
    store<u16>(at, 0x3a22);
    at = this.number(countOf(entry), at + 2);
    store<u8>(at, 0x2c);
    return at + 1;
  }

  /** @returns the address after the number of an entry with this count */
  private number(count: u32, at: usize): usize {
    if (this.kind == PERCENTAGE) return this.percentage(count, at);
    if (count > 99) return printUnsigned(count, at);
    const tens = (count * 205) >> 11;
    store<u8>(at, 0x30 + tens);
    at += <usize>(tens != 0);
    store<u8>(at, 0x30 + count - tens * 10);
    return at + 1;
  }

  /** Writes 100 count / windows, rounded to 32 bits, with the fewest digits that give it back. */
  private percentage(count: u32, at: usize): usize {
    if (count >= KEPT) return this.printPercentage(count, at);
    const text = kept + (<usize>count << 5);
    let length = <usize>load<u8>(text, 31);
    if (!length) {
      length = this.printPercentage(count, text) - text;
      store<u8>(text, <u32>length, 31);
    }
    v128.store(at, v128.load(text));
    return at + length;
  }

  private printPercentage(count: u32, at: usize): usize {
    return printFloat<f32>(percentage(count, this.windows), at);
  }

  /** Puts a bracket in place of the last comma, or after the first bracket. */
  private close(count: i32, bracket: u32): void {
    if (count) this.answer.at--;
    store<u8>(this.answer.at++, bracket);
  }
}
