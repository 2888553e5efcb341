// The k-mers of one sequence as a list in ascending order. Three ways, each where it is the fastest:
// - k up to 7, all but very short sequences: a table of 4^k counts that stays in the cache, read from end to end;
// - k from 10 on, short sequences: the codes are sorted by two digits of k bits; clearing or searching a table of a
//   million places would take longer than the counting;
// - else: a table and one bit for each place that is in use, so that only those places are read and cleared. For k
//   above 10 the table holds the codes of one part (those with the same first bases) at a time.
// A sequence that comes in pieces is counted into the table, too; for k above 10 by crowd.ts.
import { count, countOn, extract, restart } from "orcade/bases/kernel";
import { Crowd, MOST_COUNTED } from "./crowd";
import { entryOf, Table, TABLE_K } from "./table";

/** Largest k whose table is read from end to end. */
const SCANNED_K: i32 = 7;
/** Sequences shorter than the table's places by this power of 2 are not worth it. */
const SCANNED_SHARE: i32 = 3;
/** Smallest k for which codes are sorted, and the longest sequence: 1 MiB of codes. */
const SORTED_K: i32 = 10;
export const SORTED_LENGTH: i32 = 1 << 18;
/** Letters whose codes are taken at once. */
const STRETCH: i32 = 2048;

/** What the fingerprint holds for a k-mer: its share of all windows, those with other letters too. */
export function percentage(count: u32, windows: i32): f32 {
  return <f32>((100.0 * <f64>count) / <f64>windows);
}

/** Lists the k-mers of one sequence after the other, in memory that it keeps. */
@final
export class Spectrum {
  /** Windows counted by the last `list`, or so far: those that hold A, C, G and T only. */
  counted: i32 = 0;
  /** Room for the codes of a stretch, or of a whole sequence that is sorted; and for the same codes half sorted. */
  private codes: usize = 0;
  private halfSorted: usize = 0;
  /** Where the codes with each low digit begin, then those with each high digit. */
  private starts: usize = 0;
  private table: Table | null = null;
  /** For sequences in pieces, k above TABLE_K. */
  private crowd: Crowd | null = null;

  /** @param longest letters of the longest sequence that will be listed */
  constructor(readonly k: i32, longest: i32) {
    const sorted = k >= SORTED_K ? min(longest, SORTED_LENGTH) : 0;
    // One code more: the end of the sorted codes is marked by one that differs.
    this.codes = heap.alloc(<usize>(max(sorted, STRETCH) + 1) << 2);
    if (k >= SORTED_K) {
      this.halfSorted = heap.alloc(<usize>sorted << 2);
      this.starts = heap.alloc(<usize>8 << k);
    }
    if (k < SORTED_K || longest > SORTED_LENGTH) this.table = new Table(k);
  }

  /**
   * Makes ready for sequences in pieces.
   * @param counts whether they will be listed, or only how many different k-mers there are
   */
  expectPieces(counts: bool): void {
    if (this.k > TABLE_K) this.crowd = new Crowd(this.k, counts);
  }

  /** Begins a sequence that comes in pieces. */
  begin(): void {
    restart();
    this.counted = 0;
  }

  /** Takes the next piece. */
  feed(letters: usize, length: i32): void {
    const crowd = this.crowd;
    if (this.k <= SCANNED_K) {
      this.counted += countOn(this.table!.counts, letters, length, this.k);
    } else if (crowd === null) {
      this.tally(letters, length, 0);
    } else {
      for (let from = 0; from < length; from += STRETCH) crowd.take(this.codes, this.stretch(letters, length, from));
    }
  }

  /** Lists the k-mers of the sequence whose pieces were taken, as `list` does. @param room 0: they are only counted */
  end(to: usize, room: i32): i32 {
    const crowd = this.crowd;
    if (this.k <= SCANNED_K) return this.read(to);
    if (crowd === null) return this.take(to, room, 0);
    const used = crowd.used;
    if (used <= room) crowd.harvest(to);
    else crowd.clear();
    return used;
  }

  /** Whether the pieces so far have more different k-mers than can be listed: known before the end for k above TABLE_K. */
  get crowded(): bool {
    const crowd = this.crowd;
    return crowd !== null && crowd.used > MOST_COUNTED;
  }

  /**
   * Lists the k-mers of a sequence in ascending order.
   * @param to room for `room` entries and one more
   * @returns how many there are; when they are more than `room`, what was written means nothing
   */
  list(letters: usize, length: i32, to: usize, room: i32): i32 {
    if (this.k <= SCANNED_K && length >= (1 << (this.k << 1)) >> SCANNED_SHARE) return this.scan(letters, length, to);
    if (this.k >= SORTED_K && length <= SORTED_LENGTH) return this.sort(letters, length, to);
    const parts = 1 << (max(this.k - TABLE_K, 0) << 1);
    let total = 0;
    for (let part = 0; part < parts; part++) {
      this.begin();
      this.tally(letters, length, part);
      total += this.take(to + (<usize>total << 3), room - total, part);
    }
    return total;
  }

  /** Writes and clears what the table holds of a part. @returns how many entries there are, perhaps more than room */
  private take(to: usize, room: i32, part: u32): i32 {
    const table = this.table!;
    const used = table.used;
    if (used <= room) table.harvest(to, part << (TABLE_K << 1));
    else table.wipe();
    return used;
  }

  /** Counts into a small table, reads all of it and clears it. */
  private scan(letters: usize, length: i32, to: usize): i32 {
    this.counted = count(this.table!.counts, letters, length, this.k);
    return this.read(to);
  }

  /** Reads all of a small table and clears it. */
  private read(to: usize): i32 {
    const table = this.table!.counts;
    const places = this.table!.places;
    let at = to;
    for (let place: u32 = 0; place < places; place++) {
      const times = load<u32>(table + (<usize>place << 2));
      store<u64>(at, entryOf(place, times));
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

  /** Counts the codes of one part; the windows of the sequence go on from what came before. */
  private tally(letters: usize, length: i32, part: u32): void {
    const table = this.table!;
    for (let from = 0; from < length; from += STRETCH) {
      table.take(this.codes, this.stretch(letters, length, from), part << (TABLE_K << 1));
    }
  }

  /** Takes the codes of a stretch of letters. @returns the address after them */
  private stretch(letters: usize, length: i32, from: i32): usize {
    const end = extract(this.codes, letters + <usize>from, min(STRETCH, length - from), this.k);
    this.counted += <i32>((end - this.codes) >> 2);
    return end;
  }
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
    store<u64>(entry, entryOf(code, <u32>((at - first) >> 2)));
    // Without a branch: in a genome this would be mispredicted often.
    const last = load<u32>(at) != code;
    entry += <usize>last << 3;
    first = last ? at : first;
  }
  return <i32>((entry - to) >> 3);
}
