// The literals, lengths and distances of one block (RFC 1951, 3.2.3): a fast loop for the bulk, and a careful one for
// what is near an end of the data or of the room. The fast loop never judges: where it finds a fault it goes back to
// the symbol that begins it and leaves, and the careful loop names the fault.
import { BitReader } from "./bits";
import { refuse, tooLarge } from "./faults";
import { END_OF_BLOCK, Huffman, INVALID, LITERAL, SECOND, SPECIAL } from "./huffman";
import { ANSWER_LIMIT, Output } from "./output";

/** Bits that index the first levels: 2 literals, a length and its extra bits (15 + 5) fit the 56 bits of a refill. */
export const LITERAL_WIDTH: u32 = 11;
export const DISTANCE_WIDTH: u32 = 8;

/** Bytes of input that one turn of the fast loop may look at: two refills of 8, the second up to 7 further on. */
const INPUT_MARGIN: usize = 16;
/** Bytes of output that one turn makes at most: 2 literals and a match. */
const OUTPUT_MARGIN: usize = 2 + 258;

/** Decodes symbols up to and with the end of the block. */
export function decodeSymbols(reader: BitReader, output: Output, literals: Huffman, distances: Huffman): void {
  while (true) {
    if (decodeFast(reader, output, literals.table, distances.table)) return;
    if (decodeOne(reader, output, literals, distances)) return;
  }
}

/** @returns the entry of a table's first level for the bits that come next */
function first(table: usize, bits: u64, width: u32): u64 {
  return load<u32>(table + ((<usize>bits & ((1 << width) - 1)) << 2));
}

/** @returns the entry of the second level that `entry` leads to, the bits of the first being used up */
function second(table: usize, bits: u64, entry: u64): u64 {
  const index = (<usize>entry >> 16 & 0x7fff) + (<usize>bits & ((1 << (<usize>entry >> 8 & 15)) - 1));
  return load<u32>(table + (index << 2));
}

/** @returns the length or distance of an entry, its extra bits being those after its code; `bits` still hold both */
function amount(bits: u64, entry: u64): usize {
  const extra = <usize>(bits & ((1 << (entry & 63)) - 1)) >> (<usize>entry >> 8 & 15);
  return (<usize>entry >> 16) + extra;
}

/** Copies a match, by words. Up to 31 bytes after it may be written over. */
function copyMatch(to: usize, distance: usize, length: usize): void {
  const end = to + length;
  if (distance >= 16) {
    for (; to < end; to += 16) v128.store(to, v128.load(to - distance));
    return;
  }
  // What is copied, and what it is copied from, repeat with the period `distance`: so they do with twice that.
  for (; distance < 8; distance <<= 1) {
    store<u64>(to, load<u64>(to - distance));
    to += distance;
  }
  for (; to < end; to += 8) store<u64>(to, load<u64>(to - distance));
}

/**
 * Decodes symbols while there is room on both sides. A refill ORs 8 bytes above the bits that are there and counts as
 * fetched those that fit whole (at least 56 bits are then there); the bits of one that does not are set again by the
 * next refill. Of `count` only the lowest 6 bits have a meaning, as of an entry that is the amount of a shift.
 * @returns whether the block has ended
 */
function decodeFast(reader: BitReader, output: Output, literals: usize, distances: usize): bool {
  if (reader.left() < INPUT_MARGIN || output.room() < OUTPUT_MARGIN) return false;
  const lastNext = reader.end - INPUT_MARGIN;
  const lastTo = output.limit - OUTPUT_MARGIN;
  const start = output.start;
  let next = reader.next;
  let bits = reader.bits;
  let count = reader.count;
  let to = output.next;
  // The bit to go back to when there is a fault; else 0.
  let fault: usize = 0;
  let ended = false;
  do {
    bits |= load<u64>(next) << count;
    next += 7 - (<usize>count >> 3 & 7);
    count |= 56;
    let entry = first(literals, bits, LITERAL_WIDTH);
    if (entry & LITERAL) {
      store<u8>(to++, entry >> 16);
      bits >>= entry;
      count -= entry;
      entry = first(literals, bits, LITERAL_WIDTH);
      if (entry & LITERAL) {
        store<u8>(to++, entry >> 16);
        bits >>= entry;
        count -= entry;
        entry = first(literals, bits, LITERAL_WIDTH);
      }
    }
    const mark = (next << 3) - (<usize>count & 63);
    if (entry & SECOND) {
      bits >>= entry;
      count -= entry;
      entry = second(literals, bits, entry);
    }
    const before = bits;
    bits >>= entry;
    count -= entry;
    if (entry & LITERAL) {
      store<u8>(to++, entry >> 16);
      continue;
    }
    if (entry & SPECIAL) {
      ended = (entry & END_OF_BLOCK) != 0;
      if (!ended) fault = mark;
      break;
    }
    const length = amount(before, entry);
    bits |= load<u64>(next) << count;
    next += 7 - (<usize>count >> 3 & 7);
    count |= 56;
    entry = first(distances, bits, DISTANCE_WIDTH);
    if (entry & SECOND) {
      bits >>= entry;
      count -= entry;
      entry = second(distances, bits, entry);
    }
    const distance = amount(bits, entry);
    bits >>= entry;
    count -= entry;
    if (entry & SPECIAL || distance > to - start) {
      fault = mark;
      break;
    }
    copyMatch(to, distance, length);
    to += length;
  } while (next <= lastNext && to <= lastTo);
  reader.seek(fault ? fault : (next << 3) - (<usize>count & 63));
  output.next = to;
  return ended;
}

/** Decodes one literal, match or end of block. @returns whether it was the end */
function decodeOne(reader: BitReader, output: Output, literals: Huffman, distances: Huffman): bool {
  const offset = reader.offset();
  const entry = decodeSymbol(reader, literals.table, LITERAL_WIDTH);
  if (entry & INVALID) refuse("BadHuffmanCode", offset, "no literal or length has this code");
  if (entry & END_OF_BLOCK) return true;
  if (entry & LITERAL) {
    if (!output.room()) tooLarge(offset, ANSWER_LIMIT);
    store<u8>(output.next++, <u8>(entry >> 16));
    return false;
  }
  const length = takeAmount(reader, entry);
  const coded = decodeSymbol(reader, distances.table, DISTANCE_WIDTH);
  if (coded & INVALID) refuse("BadHuffmanCode", offset, "no distance has this code");
  const distance = takeAmount(reader, coded);
  if (distance > output.next - output.start) {
    refuse("BadDistance", offset, "the match goes back " + distance.toString() + " bytes, beyond the beginning");
  }
  if (length > output.room()) tooLarge(offset, ANSWER_LIMIT);
  copyMatch(output.next, distance, length);
  output.next += length;
  return false;
}

/** Uses up one code, fetching no byte that is not needed for it. @returns its entry */
export function decodeSymbol(reader: BitReader, table: usize, width: u32): u64 {
  // Above `count` the bits are zeros: an entry that needs more of them than are there may be a wrong one.
  while (true) {
    let entry = first(table, reader.bits, width);
    let size = entry >> 8 & 15;
    if (entry & SECOND) {
      entry = second(table, reader.bits >> width, entry);
      size = width + (entry >> 8 & 15);
    }
    if (size <= reader.count) {
      reader.drop(size);
      return entry;
    }
    reader.fetch();
  }
}

/** @returns the length or distance of an entry whose code was used up, after its extra bits */
function takeAmount(reader: BitReader, entry: u64): usize {
  return <usize>(entry >> 16) + reader.take((entry & 63) - (entry >> 8 & 15));
}
