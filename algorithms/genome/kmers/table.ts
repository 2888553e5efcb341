// Counts by code, with a bit for each code that is in use, so that only those places are read and cleared.

/** Bases that a table tells apart: 4 MiB. */
export const TABLE_K: i32 = 10;

/** An entry of a list of k-mers: the code in the low half, its count in the high half. */
export function entryOf(code: u32, count: u32): u64 {
  return (<u64>count << 32) | <u64>code;
}

export function codeOf(entry: u64): u32 {
  return <u32>entry;
}

export function countOf(entry: u64): u32 {
  return <u32>(entry >> 32);
}

@final
export class Table {
  /** Codes that it tells apart. */
  readonly places: u32;
  /** Counts by place, and a bit for each place whose count is not 0; both have a spare place at the end. */
  readonly counts: usize;
  private marks: usize;

  constructor(k: i32) {
    this.places = <u32>1 << (min(k, TABLE_K) << 1);
    const bytes = (<usize>this.places + 1) << 2;
    const markBytes = ((<usize>this.places + 63) >> 3) + 8;
    this.counts = heap.alloc(bytes);
    this.marks = heap.alloc(markBytes);
    memory.fill(this.counts, 0, bytes);
    memory.fill(this.marks, 0, markBytes);
  }

  /** Counts and marks codes from `first` on, as many as there are places; others all go to the spare place. */
  take(codes: usize, end: usize, first: u32): void {
    const counts = this.counts;
    const marks = this.marks;
    const spare = this.places;
    for (let at = codes; at < end; at += 4) {
      const place = min<u32>(load<u32>(at) ^ first, spare);
      const count = counts + (<usize>place << 2);
      store<u32>(count, load<u32>(count) + 1);
      const mark = marks + (<usize>place >> 3);
      store<u8>(mark, <u32>load<u8>(mark) | (<u32>1 << (place & 7)));
    }
  }

  /** How many places are in use. */
  get used(): i32 {
    const end = this.marks + (<usize>this.places >> 3);
    let used: u64 = 0;
    for (let at = this.marks; at < end; at += 8) used += popcnt(load<u64>(at));
    return <i32>used;
  }

  /** Writes the entries of the places in use, whose codes begin at `first`, and clears those. */
  harvest(to: usize, first: u32): void {
    const words = this.places >> 6;
    for (let word: u32 = 0; word < words; word++) {
      const at = this.marks + (<usize>word << 3);
      let bits = load<u64>(at);
      if (!bits) continue;
      store<u64>(at, 0);
      for (; bits; bits &= bits - 1) {
        const place = (word << 6) | <u32>ctz(bits);
        const count = this.counts + (<usize>place << 2);
        store<u64>(to, entryOf(first | place, load<u32>(count)));
        store<u32>(count, 0);
        to += 8;
      }
    }
  }

  /** Clears the places in use. */
  wipe(): void {
    memory.fill(this.counts, 0, <usize>this.places << 2);
    memory.fill(this.marks, 0, <usize>this.places >> 3);
  }
}
