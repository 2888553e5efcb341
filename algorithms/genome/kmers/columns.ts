// The k-mers that occur in any record of a call, numbered in ascending order: the columns of the matrix of records by
// k-mers. A bit for each of 4^k, and the number of bits before each 64, make a number of a code in a few instructions.
import { extract, restart } from "orcade/bases/kernel";

/** Letters whose codes are taken at once. */
const STRETCH: i32 = 2048;
const stretch: usize = memory.data(8192, 16);

/** The column of a k-mer that occurs, by the words of `Columns`. */
export function columnOf(words: usize, code: u32): u32 {
  const word = words + (<usize>(code >> 6) << 4);
  const below = load<u64>(word) & (((<u64>1) << (code & 63)) - 1);
  return load<u32>(word, 8) + <u32>popcnt(below);
}

@final
export class Columns {
  /** How many columns there are. */
  count: i32 = 0;
  /** 16 bytes for each 64 codes: a bit for each that occurs, the number of columns before them (u32), 4 unused. */
  readonly words: usize;
  /**
   * 8 bytes for each column: how many records hold its k-mer and the number of the last of them, both u32; from `weigh`
   * on its weight, f64.
   */
  weights: usize = 0;
  private end: usize;
  private records: i32 = 0;

  constructor(private k: i32) {
    const bytes = <usize>max(16, (1 << (k << 1)) >> 2);
    this.words = heap.alloc(bytes);
    this.end = this.words + bytes;
    memory.fill(this.words, 0, bytes);
  }

  /** Notes which k-mers a sequence has. */
  mark(letters: usize, length: i32): void {
    const words = this.words;
    restart();
    for (let from = 0; from < length; from += STRETCH) {
      const end = extract(stretch, letters + <usize>from, min(STRETCH, length - from), this.k);
      for (let at = stretch; at < end; at += 4) {
        const code = load<u32>(at);
        const place = words + (<usize>(code >> 6) << 4) + <usize>((code >> 3) & 7);
        store<u8>(place, <u32>load<u8>(place) | (<u32>1 << (code & 7)));
      }
    }
  }

  /** Numbers the k-mers marked so far. @returns how many there are; when they are more than `most`, it ends there */
  seal(most: i32): i32 {
    let count: u32 = 0;
    for (let word = this.words; word < this.end; word += 16) {
      store<u32>(word, count, 8);
      count += <u32>popcnt(load<u64>(word));
    }
    this.count = count;
    if (this.count > most) return count;
    this.weights = heap.alloc(<usize>count << 3);
    memory.fill(this.weights, 0, <usize>count << 3);
    return count;
  }

  /** Counts a record among the holders of its k-mers, which are all marked. */
  hold(letters: usize, length: i32): void {
    const words = this.words;
    const holders = this.weights;
    const record = ++this.records;
    restart();
    for (let from = 0; from < length; from += STRETCH) {
      const end = extract(stretch, letters + <usize>from, min(STRETCH, length - from), this.k);
      for (let at = stretch; at < end; at += 4) {
        const holder = holders + (<usize>columnOf(words, load<u32>(at)) << 3);
        const known = load<u64>(holder);
        const count = (known & 0xffffffff) + u64(<u32>(known >> 32) != record);
        store<u64>(holder, (<u64>record << 32) | count);
      }
    }
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
    const end = this.weights + (<usize>this.count << 3);
    for (let at = this.weights; at < end; at += 8) store<f64>(at, weights[load<u32>(at)]);
  }

  free(): void {
    heap.free(this.words);
    heap.free(this.weights);
  }
}
