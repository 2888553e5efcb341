// The k-mers of one sequence as a list in ascending order. Three ways, each where it is the fastest:
// - k up to 7, all but very short sequences: a table of 4^k counts that stays in the cache, read from end to end;
// - k from 10 on, short sequences: the codes are sorted by two digits of k bits; clearing or searching a table of a
//   million places would take longer than the counting;
// - else: a table and one bit for each place that is in use, so that only those places are read and cleared. For k
//   above 10 the table holds the codes of one part (those with the same first bases) at a time.
import { count, extract, restart } from "orcade/bases/kernel";

/** Largest k whose table is read from end to end. */
const SCANNED_K: i32 = 7;
/** Sequences shorter than the table's places by this power of 2 are not worth it. */
const SCANNED_SHARE: u32 = 3;
/** Smallest k for which codes are sorted, and the longest sequence: 1 MiB of codes. */
const SORTED_K: i32 = 10;
const SORTED_LENGTH: i32 = 1 << 18;
/** Bases that a table tells apart: 4 MiB. */
const TABLE_K: i32 = 10;
/** Letters whose codes are taken at once. */
const STRETCH: i32 = 2048;

/** An entry of the list: the code in the low half, its count in the high half. */
export function codeOf(entry: u64): u32 {
  return <u32>entry;
}

export function countOf(entry: u64): u32 {
  return <u32>(entry >> 32);
}

/** What the fingerprint holds for a k-mer: its share of all windows, those with other letters too. */
export function percentage(count: u32, windows: i32): f32 {
  return <f32>((100.0 * <f64>count) / <f64>windows);
}

/** Lists the k-mers of one sequence after the other, in memory that it keeps. */
@final
export class Spectrum {
  /** Windows counted by the last `list`: those that hold A, C, G and T only. */
  counted: i32 = 0;
  /** Room for the codes of a stretch, or of a whole sequence that is sorted; and for the same codes half sorted. */
  private codes: usize = 0;
  private halfSorted: usize = 0;
  /** Where the codes with each low digit begin, then those with each high digit. */
  private starts: usize = 0;
  /** Counts by place, and a bit for each place whose count is not 0; both have a spare place at the end. */
  private table: usize = 0;
  private marks: usize = 0;
  /** Places of the table. */
  private places: u32 = 0;

  /** @param longest letters of the longest sequence that will be listed */
  constructor(readonly k: i32, longest: i32) {
    this.places = <u32>1 << (min(k, TABLE_K) << 1);
    const sorted = k >= SORTED_K ? min(longest, SORTED_LENGTH) : 0;
    // One code more: the end of the sorted codes is marked by one that differs.
    this.codes = heap.alloc(<usize>(max(sorted, STRETCH) + 1) << 2);
    if (k >= SORTED_K) {
      this.halfSorted = heap.alloc(<usize>sorted << 2);
      this.starts = heap.alloc(<usize>8 << k);
    }
    if (k < SORTED_K || longest > SORTED_LENGTH) this.makeTable();
  }

  private makeTable(): void {
    const tableBytes = (<usize>this.places + 1) << 2;
    const marksBytes = ((<usize>this.places + 63) >> 3) + 8;
    this.table = heap.alloc(tableBytes);
    this.marks = heap.alloc(marksBytes);
    memory.fill(this.table, 0, tableBytes);
    memory.fill(this.marks, 0, marksBytes);
  }

  /**
   * Lists the k-mers of a sequence in ascending order.
   * @param to room for `room` entries and one more
   * @returns how many there are; when they are more than `room`, what was written means nothing
   */
  list(letters: usize, length: i32, to: usize, room: i32): i32 {
    if (this.k <= SCANNED_K && <u32>length >= this.places >> SCANNED_SHARE) return this.scan(letters, length, to);
    if (this.k >= SORTED_K && length <= SORTED_LENGTH) return this.sort(letters, length, to);
    const parts = 1 << (max(this.k - TABLE_K, 0) << 1);
    let total = 0;
    for (let part = 0; part < parts; part++) {
      this.tally(letters, length, part);
      const found = this.marked();
      if (total + found <= room) this.harvest(to + (<usize>total << 3), part);
      else this.wipe();
      total += found;
    }
    return total;
  }

  /** Counts into a small table, reads all of it and clears it. */
  private scan(letters: usize, length: i32, to: usize): i32 {
    this.counted = count(this.table, letters, length, this.k);
    const table = this.table;
    const places = this.places;
    let at = to;
    for (let place: u32 = 0; place < places; place++) {
      const times = load<u32>(table + (<usize>place << 2));
      store<u64>(at, (<u64>times << 32) | <u64>place);
      at += <usize>(times != 0) << 3;
    }
    memory.fill(table, 0, <usize>places << 2);
    return <i32>((at - to) >> 3);
  }

  /** Sorts the codes by their low and then their high k bits, and counts equal ones. */
  private sort(letters: usize, length: i32, to: usize): i32 {
    restart();
    const end = extract(this.codes, letters, length, this.k);
    this.counted = <i32>((end - this.codes) >> 2);
    this.findStarts(end);
    const shift = <u32>this.k;
    const high = this.starts + (<usize>4 << shift);
    deal(this.codes, end, this.starts, 0, shift, this.halfSorted);
    deal(this.halfSorted, this.halfSorted + (end - this.codes), high, shift, shift, this.codes);
    return countEqual(this.codes, end, to);
  }

  /** Counts how often each digit occurs and turns that into where its codes begin, in bytes. */
  private findStarts(end: usize): void {
    const shift = <u32>this.k;
    const digits = 1 << shift;
    const low = this.starts;
    const high = low + (<usize>4 << shift);
    memory.fill(low, 0, <usize>8 << shift);
    for (let at = this.codes; at < end; at += 4) {
      const code = load<u32>(at);
      bumpAt(low + (<usize>(code & (digits - 1)) << 2));
      bumpAt(high + (<usize>(code >> shift) << 2));
    }
    sumUp(low, digits);
    sumUp(high, digits);
  }

  /** Counts and marks the codes of one part; those of other parts all go to the spare place. */
  private tally(letters: usize, length: i32, part: u32): void {
    const table = this.table;
    const marks = this.marks;
    const spare = this.places;
    const first = part << (TABLE_K << 1);
    restart();
    this.counted = 0;
    for (let from = 0; from < length; from += STRETCH) {
      const end = extract(this.codes, letters + <usize>from, min(STRETCH, length - from), this.k);
      this.counted += <i32>((end - this.codes) >> 2);
      for (let at = this.codes; at < end; at += 4) {
        const place = min<u32>(load<u32>(at) ^ first, spare);
        bumpAt(table + (<usize>place << 2));
        mark(marks, place);
      }
    }
  }

  /** How many places are in use. */
  private marked(): i32 {
    const end = this.marks + (<usize>this.places >> 3);
    let found: u64 = 0;
    for (let at = this.marks; at < end; at += 8) found += popcnt(load<u64>(at));
    return <i32>found;
  }

  /** Writes the entries of the places in use and clears those. */
  private harvest(to: usize, part: u32): void {
    const words = this.places >> 6;
    const first = part << (TABLE_K << 1);
    for (let word: u32 = 0; word < words; word++) {
      const at = this.marks + (<usize>word << 3);
      let bits = load<u64>(at);
      if (!bits) continue;
      store<u64>(at, 0);
      for (; bits; bits &= bits - 1) {
        const place = (word << 6) | <u32>ctz(bits);
        const times = this.table + (<usize>place << 2);
        store<u64>(to, (<u64>load<u32>(times) << 32) | <u64>(first | place));
        store<u32>(times, 0);
        to += 8;
      }
    }
  }

  /** Clears the places in use. */
  private wipe(): void {
    memory.fill(this.table, 0, <usize>this.places << 2);
    memory.fill(this.marks, 0, <usize>this.places >> 3);
  }
}

/** Sets a bit of a field. */
function mark(bits: usize, place: u32): void {
  const at = bits + (<usize>place >> 3);
  store<u8>(at, <u32>load<u8>(at) | (<u32>1 << (place & 7)));
}

function bumpAt(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Turns counts into the byte offsets at which u32 values begin that are laid out in that order. */
function sumUp(counts: usize, length: i32): void {
  let sum: u32 = 0;
  for (let i = 0; i < length; i++) {
    const at = counts + (<usize>i << 2);
    const times = load<u32>(at);
    store<u32>(at, sum << 2);
    sum += times;
  }
}

/** Deals codes out to where the codes with their digit go, in the order they come. */
function deal(from: usize, end: usize, starts: usize, shift: u32, bits: u32, to: usize): void {
  const mask = (<u32>1 << bits) - 1;
  for (let at = from; at < end; at += 4) {
    const code = load<u32>(at);
    const start = starts + (<usize>((code >> shift) & mask) << 2);
    const offset = load<u32>(start);
    store<u32>(start, offset + 4);
    store<u32>(to + <usize>offset, code);
  }
}

/** Writes an entry for each run of equal codes; the code at `end` is written over. @returns how many there are */
function countEqual(from: usize, end: usize, to: usize): i32 {
  store<u32>(end, u32.MAX_VALUE);
  let entry = to;
  let first = from;
  for (let at = from; at < end; ) {
    const code = load<u32>(at);
    at += 4;
    store<u64>(entry, (<u64>((at - first) >> 2) << 32) | <u64>code);
    // Without a branch: in a genome this would be mispredicted often.
    const last = load<u32>(at) != code;
    entry += <usize>last << 3;
    first = last ? at : first;
  }
  return <i32>((entry - to) >> 3);
}
