// Fingerprints: the upper 32 bits of the terms' keys, by which a kept corpus remembers words. Two words share one with
// a chance of (words of the corpus) / 2^32 each; they then count as one in it, and nowhere else. As bytes a rising list
// of fingerprints is a list of differences, each a varint: seven bits a byte, the lowest first, the top bit set but in
// the last.
import { Table } from "./table";

/** Bytes of the longest varint of 32 bits. */
export const LONGEST_VARINT: usize = 5;

/** Writes a varint. @returns the address after it */
export function putVarint(to: usize, value: u32): usize {
  for (; value >= 0x80; value >>= 7) store<u8>(to++, value | 0x80);
  store<u8>(to, value);
  return to + 1;
}

/** Reads varints from a span, and never beyond it. */
@final
export class Varints {
  private at: usize = 0;
  private end: usize = 0;

  constructor(start: usize, length: usize) {
    this.open(start, length);
  }

  /** Goes to another span. */
  open(start: usize, length: usize): void {
    this.at = start;
    this.end = start + length;
  }

  /** Whether there is another. */
  more(): bool {
    return this.at < this.end;
  }

  /** @returns the next one; 0 at the end */
  next(): u32 {
    let value: u32 = 0;
    for (let shift: u32 = 0; shift < 35 && this.at < this.end; shift += 7) {
      const byte = <u32>load<u8>(this.at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
}

/** A rising list of different fingerprints. */
@final
export class Prints {
  /** How many there are. */
  count: u32 = 0;
  private readonly items: usize;

  /** @param room how many there may be */
  constructor(room: usize) {
    this.items = heap.alloc(room << 2);
  }

  /** The fingerprint at a place; beyond the end one that is larger than all. */
  at(index: u32): u64 {
    return index < this.count ? <u64>load<u32>(this.items + (<usize>index << 2)) : u64.MAX_VALUE;
  }

  /** Adds one that is not below the last. */
  add(print: u32): void {
    if (this.count && this.at(this.count - 1) == print) return;
    store<u32>(this.items + (<usize>this.count << 2), print);
    this.count++;
  }

  /** Writes the list. @returns the address after it */
  write(to: usize): usize {
    let last: u32 = 0;
    for (let i: u32 = 0; i < this.count; i++) {
      const print = <u32>this.at(i);
      to = putVarint(to, print - last);
      last = print;
    }
    return to;
  }

  /** Reads a list that was written. */
  static read(start: usize, length: usize): Prints {
    const prints = new Prints(length);
    const varints = new Varints(start, length);
    let last: u32 = 0;
    while (varints.more()) prints.add((last += varints.next()));
    return prints;
  }
}

/** The terms of a table in the order of their fingerprints. */
@final
export class Sorted {
  readonly prints: Prints;
  readonly count: u32;
  /** For each term its fingerprint, and below it its number. */
  private pairs: usize;
  private spare: usize;

  constructor(table: Table) {
    this.count = table.count;
    this.pairs = heap.alloc(<usize>table.count << 3);
    this.spare = heap.alloc(<usize>table.count << 3);
    this.prints = new Prints(table.count);
    for (let i: u32 = 0; i < table.count; i++) {
      store<u64>(this.pairs + (<usize>i << 3), (table.entry(i).key & 0xffffffff00000000) | i);
    }
    for (let shift: u64 = 32; shift < 64; shift += 8) this.pass(shift);
    for (let i: u32 = 0; i < this.count; i++) this.prints.add(<u32>this.print(i));
  }

  /** The fingerprint at a place; beyond the end one that is larger than all. */
  print(place: u32): u64 {
    return place < this.count ? load<u64>(this.pairs + (<usize>place << 3)) >> 32 : u64.MAX_VALUE;
  }

  /** The number of the term at a place. */
  term(place: u32): u32 {
    return load<u32>(this.pairs + (<usize>place << 3));
  }

  /** Sorts by one byte, keeping the order of those that are equal in it (radix sort, the lowest byte first). */
  private pass(shift: u64): void {
    const places = new StaticArray<u32>(257);
    for (let i: usize = 0; i < this.count; i++) {
      const byte = <u32>(load<u64>(this.pairs + (i << 3)) >> shift) & 255;
      unchecked(places[byte + 1]++);
    }
    for (let i = 1; i < 256; i++) unchecked((places[i] += places[i - 1]));
    for (let i: usize = 0; i < this.count; i++) {
      const pair = load<u64>(this.pairs + (i << 3));
      const place: usize = unchecked(places[<u32>(pair >> shift) & 255]++);
      store<u64>(this.spare + (place << 3), pair);
    }
    const sorted = this.spare;
    this.spare = this.pairs;
    this.pairs = sorted;
  }
}
