// The checksums of the formats. CRC-32 (RFC 1952, section 8) by tables, sixteen bytes at once: M. E. Kounavis, F. L.
// Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation", IEEE Trans. Comput. 57 (2008).

/** The polynomial of CRC-32, x^32 + x^26 + ... + 1, its bits reversed. */
const POLYNOMIAL: u32 = 0xedb88320;

/** Bytes that are summed by one call of a function: an engine exchanges slow code for fast only between calls. */
const PIECE: usize = 1 << 14;

/** Sixteen tables of 256: the n-th tells what a byte adds to the sum when n bytes follow it. */
// @ts-ignore: decorator
@lazy
const tables = memory.data(16 << 10);
let made: bool = false;

function entry(table: usize, index: usize): u32 {
  return load<u32>(tables + (table << 10) + (index << 2));
}

/** Makes the tables. A sum is linear: that of a byte with several bits is the XOR of those of its bits. */
function make(): void {
  made = true;
  let sum = POLYNOMIAL;
  for (let bit: usize = 128; bit; bit >>= 1) {
    for (let i: usize = 0; i < 256; i += bit << 1) store<u32>(tables + ((i + bit) << 2), entry(0, i) ^ sum);
    sum = sum & 1 ? (sum >> 1) ^ POLYNOMIAL : sum >> 1;
  }
  for (let i: usize = 0; i < 15 << 8; i++) {
    const previous = load<u32>(tables + (i << 2));
    store<u32>(tables + ((i + 256) << 2), (previous >> 8) ^ entry(0, previous & 255));
  }
}

/** @returns the CRC-32 of a span of bytes */
export function crc32(from: usize, length: usize): u32 {
  if (!made) make();
  let sum: u32 = -1;
  for (const end = from + length; from < end; from += PIECE) sum = addToCrc(sum, from, min(end - from, PIECE));
  return ~sum;
}

/** @returns the sum (not yet inverted) after more bytes */
function addToCrc(sum: u32, from: usize, length: usize): u32 {
  const end = from + length;
  const whole = from + (length & ~15);
  for (; from < whole; from += 16) {
    sum =
      four(12, load<u32>(from) ^ sum) ^ four(8, load<u32>(from, 4)) ^
      four(4, load<u32>(from, 8)) ^ four(0, load<u32>(from, 12));
  }
  for (; from < end; from++) sum = (sum >> 8) ^ entry(0, (sum ^ load<u8>(from)) & 255);
  return sum;
}

/** @returns what the four bytes of a word add to the sum when `after` bytes follow them */
function four(after: usize, word: u32): u32 {
  return (
    entry(after + 3, word & 255) ^ entry(after + 2, (word >> 8) & 255) ^
    entry(after + 1, (word >> 16) & 255) ^ entry(after, word >> 24)
  );
}

/** The largest prime below 2^16. */
const BASE: u32 = 65521;
/** The most bytes after which the second sum still fits 32 bits: 255 n (n + 1) / 2 + (n + 1) (BASE - 1) < 2^32,
 * in whole blocks of 16. */
const MOST: usize = 5536;

/** Weights of 16 bytes in the sum of the sums: how often each is counted until the last of them is. */
const WEIGHTS: v128 = i8x16(16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1);

/** @returns the Adler-32 of a span of bytes (RFC 1950, section 9): 1 plus their sum, and the sum of its values */
export function adler32(from: usize, length: usize): u32 {
  let sum: u32 = 1;
  for (const end = from + length; from < end; from += MOST) sum = addToAdler(sum, from, min(end - from, MOST));
  return sum;
}

/** @returns the sum after at most `MOST` more bytes */
function addToAdler(sum: u32, from: usize, length: usize): u32 {
  const end = from + length;
  const whole = from + (length & ~15);
  let bytes = sum & 0xffff;
  let sums = sum >> 16;
  // In lanes: the sum of the bytes so far; of what it was before each 16 of them; of the bytes with their weights.
  let added = i32x4.splat(0);
  let before = i32x4.splat(0);
  let weighed = i32x4.splat(0);
  sums += bytes * <u32>(whole - from);
  for (; from < whole; from += 16) {
    const block = v128.load(from);
    before = i32x4.add(before, added);
    added = i32x4.add(added, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(block)));
    const low = i16x8.extmul_low_i8x16_u(block, WEIGHTS);
    const high = i16x8.extmul_high_i8x16_u(block, WEIGHTS);
    weighed = i32x4.add(weighed, i32x4.extadd_pairwise_i16x8_u(i16x8.add(low, high)));
  }
  bytes += total(added);
  sums += (total(before) << 4) + total(weighed);
  for (; from < end; from++) {
    bytes += load<u8>(from);
    sums += bytes;
  }
  return (sums % BASE << 16) | bytes % BASE;
}

/** @returns the sum of four lanes */
function total(lanes: v128): u32 {
  return (
    i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3)
  );
}
