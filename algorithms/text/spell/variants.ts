// Which words of the dictionary are near which doubtful words, by symmetric deletes (W. Garbe's SymSpell, 2012): two
// words within distance 2 have a variant in common, a variant being what is left of a word's first letters when up to 2
// of them are deleted. The other way round than usual: the variants of the doubtful words are kept, which are few, and
// those of each word of the dictionary are looked up as it is read. So a call makes no index of its dictionary.
import { fail } from "orcade";
import { Dictionary } from "./dictionary";
import { Doubtful, Doubts, Found } from "./doubts";
import { distanceOf, hashOf, lettersOf, LONGEST } from "./letters";

/** Letters at the beginning of a word that variants are made of. */
const PREFIX: u32 = 7;
/** Variants of a word at most: itself, 7 without a letter, 21 without two. */
const MOST: u32 = 29;

/** Doubtful words that get suggestions. */
const MOST_WORDS: u32 = 8192;

/** The hashes of the variants last made. */
// @ts-ignore: decorator
@lazy
const made = memory.data(8 * 32);
// @ts-ignore: decorator
@lazy
const scratch = memory.data(4 * 65);
// @ts-ignore: decorator
@lazy
const rest = memory.data(4 * 8);

/** Makes the variants of letters. @returns how many */
function makeVariants(letters: usize, length: u32, deletes: i32): u32 {
  const count = min(length, PREFIX);
  let variants: u32 = 0;
  store<u64>(made, hashOf(letters, count));
  variants++;
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(made + (<usize>variants << 3), without(letters, count, i, count));
    variants++;
    if (deletes < 2) continue;
    for (let j = i + 1; j < count; j++) {
      store<u64>(made + (<usize>variants << 3), without(letters, count, i, j));
      variants++;
    }
  }
  return variants;
}

/** The hash of letters without one, or two: without the one at `count` none is missing. */
function without(letters: usize, count: u32, first: u32, second: u32): u64 {
  let left: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (i == first || i == second) continue;
    store<u32>(rest + (<usize>left << 2), load<u32>(letters + (<usize>i << 2)));
    left++;
  }
  return hashOf(rest, left);
}

@final
export class Variants {
  /** Whether there are doubtful words. */
  readonly any: bool;
  private readonly doubts: Doubts;
  private readonly distance: i32;
  private readonly limit: i32;
  /** Lengths of doubtful words, a bit each. */
  private lengths: u64 = 0;
  /** A bit for each variant, by its hash: most of the dictionary's are none of these. */
  private readonly bits: usize;
  private readonly bitMask: u32;
  /** For each slot the number of a first entry plus 1, by the hash. */
  private readonly slots: usize;
  private readonly slotMask: u32;
  /** Entries: hash, number of the doubtful word, next entry plus 1. */
  private readonly entries: usize;
  private count: u32 = 0;

  constructor(doubts: Doubts, distance: i32, limit: i32) {
    this.doubts = doubts;
    this.distance = distance;
    this.limit = limit;
    let doubtful: u32 = 0;
    if (limit > 0) {
      for (let i = 0; i < doubts.count; i++) doubtful += <u32>!doubts.at(i).known;
    }
    if (doubtful > MOST_WORDS) {
      fail("TooManyDoubtful", "more than 8,192 words are not in the dictionary: ask without suggestions");
    }
    this.any = doubtful > 0;
    const room: u32 = max(doubtful * MOST, 64);
    const slots: u32 = <u32>1 << (32 - clz(room));
    this.slotMask = slots - 1;
    this.bitMask = (slots << 3) - 1;
    this.slots = emptied(<usize>slots << 2);
    this.bits = emptied(slots);
    this.entries = heap.alloc(<usize>room << 4);
    for (let i = 0; this.any && i < doubts.count; i++) {
      if (!doubts.at(i).known) this.add(doubts.at(i), i);
    }
  }

  private add(doubtful: Doubtful, number: i32): void {
    this.lengths |= <u64>1 << min(doubtful.length, 63);
    const variants = makeVariants(doubtful.letters, doubtful.length, this.distance);
    for (let i: u32 = 0; i < variants; i++) {
      const hash = load<u64>(made + (<usize>i << 3));
      const bit = <u32>(hash >> 32) & this.bitMask;
      const byte = this.bits + (bit >> 3);
      store<u8>(byte, <u32>load<u8>(byte) | (1 << (bit & 7)));
      const slot = this.slots + (<usize>(<u32>hash & this.slotMask) << 2);
      const entry = this.entries + (<usize>this.count << 4);
      store<u64>(entry, hash);
      store<i32>(entry, number, 8);
      store<u32>(entry, load<u32>(slot), 12);
      store<u32>(slot, ++this.count);
    }
  }

  /** Compares the dictionary's present word with the doubtful words that may be near. */
  offer(dictionary: Dictionary): void {
    const length = lettersOf(dictionary.start, dictionary.size, scratch);
    if (length > LONGEST || !this.hasLength(length)) return;
    const variants = makeVariants(scratch, length, this.distance);
    for (let i: u32 = 0; i < variants; i++) {
      const hash = load<u64>(made + (<usize>i << 3));
      const bit = <u32>(hash >> 32) & this.bitMask;
      if (!((<u32>load<u8>(this.bits + (bit >> 3)) >> (bit & 7)) & 1)) continue;
      this.compareAll(hash, length, dictionary);
    }
  }

  /** Whether a doubtful word has about as many letters. */
  private hasLength(length: u32): bool {
    const first = max(<i32>min(length, 63) - this.distance, 0);
    const wanted = ((<u64>1 << (2 * this.distance + 1)) - 1) << first;
    return (this.lengths & wanted) != 0;
  }

  private compareAll(hash: u64, length: u32, dictionary: Dictionary): void {
    let next = load<u32>(this.slots + (<usize>(<u32>hash & this.slotMask) << 2));
    while (next) {
      const entry = this.entries + (<usize>(next - 1) << 4);
      next = load<u32>(entry, 12);
      if (load<u64>(entry) != hash) continue;
      const doubtful = this.doubts.at(load<i32>(entry, 8));
      if (doubtful.compared == dictionary.words) continue;
      doubtful.compared = dictionary.words;
      this.compare(doubtful, length, dictionary);
    }
  }

  private compare(doubtful: Doubtful, length: u32, dictionary: Dictionary): void {
    if (abs(<i32>doubtful.length - <i32>length) > this.distance) return;
    const distance = distanceOf(doubtful.letters, doubtful.length, scratch, length, this.distance);
    if (distance > this.distance || has(doubtful.suggestions, dictionary.start, dictionary.size)) return;
    const found = new Found(dictionary.start, dictionary.size, distance, dictionary.frequency);
    insert(doubtful.suggestions, found, this.limit);
  }
}

/** Whether a word is in the list: the dictionary may have it twice. */
function has(list: Found[], start: usize, size: usize): bool {
  for (let i = 0; i < list.length; i++) {
    const found = unchecked(list[i]);
    if (found.size == size && memory.compare(found.start, start, size) == 0) return true;
  }
  return false;
}

/** Inserts a word where it belongs, and lets go of the last one when there are too many. */
function insert(list: Found[], found: Found, limit: i32): void {
  let place = list.length;
  while (place > 0 && isBetter(found, unchecked(list[place - 1]))) place--;
  if (place == limit) return;
  if (list.length < limit) list.push(found);
  for (let i = list.length - 1; i > place; i--) unchecked(list[i] = list[i - 1]);
  unchecked(list[place] = found);
}

function isBetter(one: Found, other: Found): bool {
  if (one.distance != other.distance) return one.distance < other.distance;
  return one.frequency > other.frequency;
}

function emptied(size: usize): usize {
  const address = heap.alloc(size);
  memory.fill(address, 0, size);
  return address;
}
