// The k-mers that occur in any record of a call, numbered in ascending order: the columns of the matrix of records by
// k-mers. A bit for each of 4^k, and the number of bits before each 64, make a number of a code in a few instructions.
import { extract, restart } from "./kernel";

/** Letters whose codes are taken at once. */
const STRETCH: i32 = 2048;
const stretch: usize = memory.data(8192, 16);

@final
export class Columns {
  /** Bit n: the k-mer with code n occurs. */
  private marks: usize;
  /** How many columns there are. */
  count: i32 = 0;
  private words: i32;
  /** Columns before each 64 codes, u32. */
  private before: usize;
  /** Of each column's k-mer: how many records hold it and the number of the last of them, both u32; then its weight. */
  private holders: usize = 0;
  private records: i32 = 0;

  constructor(private k: i32) {
    this.words = max(1, (1 << (k << 1)) >> 6);
    this.marks = heap.alloc(<usize>this.words << 3);
    this.before = heap.alloc(<usize>this.words << 2);
    memory.fill(this.marks, 0, <usize>this.words << 3);
  }

  /** Notes which k-mers a sequence has. */
  mark(letters: usize, length: i32): void {
    restart();
    for (let from = 0; from < length; from += STRETCH) {
      const end = extract(stretch, letters + <usize>from, min(STRETCH, length - from), this.k);
      for (let at = stretch; at < end; at += 4) {
        const code = load<u32>(at);
        const place = this.marks + <usize>(code >> 3);
        store<u8>(place, <u32>load<u8>(place) | (<u32>1 << (code & 7)));
      }
    }
  }

  /** Numbers the k-mers marked so far. @returns how many there are; when they are more than `most`, they stay unusable */
  seal(most: i32): i32 {
    let count = 0;
    for (let i = 0; i < this.words; i++) {
      store<u32>(this.before + (<usize>i << 2), count);
      count += <i32>popcnt(load<u64>(this.marks + (<usize>i << 3)));
    }
    this.count = count;
    if (count > most) return count;
    this.holders = heap.alloc(<usize>count << 3);
    memory.fill(this.holders, 0, <usize>count << 3);
    return count;
  }

  /** Counts a record among the holders of its k-mers, which are all marked. */
  hold(letters: usize, length: i32): void {
    const record = ++this.records;
    restart();
    for (let from = 0; from < length; from += STRETCH) {
      const end = extract(stretch, letters + <usize>from, min(STRETCH, length - from), this.k);
      for (let at = stretch; at < end; at += 4) {
        const holders = this.holders + (<usize>this.of(load<u32>(at)) << 3);
        store<u32>(holders, load<u32>(holders) + u32(load<u32>(holders, 4) != record));
        store<u32>(holders, record, 4);
      }
    }
  }

  /** The column of a k-mer that occurs. */
  of(code: u32): u32 {
    const word = <usize>(code >> 6);
    const below = load<u64>(this.marks + (word << 3)) & (((<u64>1) << (code & 63)) - 1);
    return load<u32>(this.before + (word << 2)) + <u32>popcnt(below);
  }

  /**
   * Turns what is known of the holders into weights: idf squared, idf = ln(records / df), where df records hold the
   * k-mer; 0 when that is less than 2 or more than 97 % of all.
   */
  weigh(): void {
    const records = this.records;
    const weights = new StaticArray<f64>(records + 1);
    for (let df = 2; <i64>df * 100 <= <i64>records * 97; df++) {
      const idf = Math.log(<f64>records / <f64>df);
      weights[df] = idf * idf;
    }
    const end = this.holders + (<usize>this.count << 3);
    for (let at = this.holders; at < end; at += 8) store<f64>(at, weights[load<u32>(at)]);
  }

  /** The weight of a column. */
  weightOf(column: u32): f64 {
    return load<f64>(this.holders + (<usize>column << 3));
  }

  free(): void {
    heap.free(this.marks);
    heap.free(this.before);
    heap.free(this.holders);
  }
}
