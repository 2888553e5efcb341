// Counts by code where there are more codes than a table has places for: a bit for each code that occurs, and a hash table
// (linear probing, at most half full) of the counts, as long as they are not more than an answer has room for.
import { entryOf } from "./table";

/** Codes whose counts are kept, and slots for them: 16 MiB. */
export const MOST_COUNTED: i32 = 1 << 20;
const SLOT_BITS: u32 = 21;
/** 2^32 divided by the golden ratio (Knuth, The Art of Computer Programming 3, 6.4). */
const GOLDEN: u32 = 0x9e3779b1;

@final
export class Crowd {
  /** How many codes occur. */
  used: i32 = 0;
  private marks: usize;
  private markBytes: usize;
  /** An entry for each slot, of the code plus 1; 0 for a free one. 0 when only bits are kept. */
  private slots: usize = 0;

  /** @param counts whether counts are kept, or only which codes occur */
  constructor(k: i32, counts: bool) {
    this.markBytes = <usize>1 << ((k << 1) - 3);
    this.marks = heap.alloc(this.markBytes);
    if (counts) this.slots = heap.alloc(<usize>8 << SLOT_BITS);
    this.clear();
  }

  /** Counts codes. Beyond MOST_COUNTED different ones it only notes how many there are. */
  take(codes: usize, end: usize): void {
    for (let at = codes; at < end; at += 4) {
      const code = load<u32>(at);
      const mark = this.marks + (<usize>code >> 3);
      const bits = <u32>load<u8>(mark);
      const bit = <u32>1 << (code & 7);
      this.used += i32(!(bits & bit));
      store<u8>(mark, bits | bit);
      if (this.slots && this.used <= MOST_COUNTED) this.count(code);
    }
  }

  private count(code: u32): void {
    const slot = this.slotOf(code);
    store<u32>(slot, code + 1);
    store<u32>(slot, load<u32>(slot, 4) + 1, 4);
  }

  /** The slot of a code, or the free one that it would take. */
  private slotOf(code: u32): usize {
    const mask: usize = (<usize>8 << SLOT_BITS) - 1;
    let offset = <usize>((code * GOLDEN) >> (32 - SLOT_BITS)) << 3;
    let key = load<u32>(this.slots + offset);
    while (key && key != code + 1) {
      offset = (offset + 8) & mask;
      key = load<u32>(this.slots + offset);
    }
    return this.slots + offset;
  }

  /** Writes the entries of all codes in ascending order, and forgets them. */
  harvest(to: usize): void {
    for (let word: usize = 0; word < this.markBytes; word += 8) {
      for (let bits = load<u64>(this.marks + word); bits; bits &= bits - 1) {
        const code = (<u32>word << 3) | <u32>ctz(bits);
        store<u64>(to, entryOf(code, load<u32>(this.slotOf(code), 4)));
        to += 8;
      }
    }
    this.clear();
  }

  /** Forgets all codes. */
  clear(): void {
    this.used = 0;
    memory.fill(this.marks, 0, this.markBytes);
    if (this.slots) memory.fill(this.slots, 0, <usize>8 << SLOT_BITS);
  }
}
