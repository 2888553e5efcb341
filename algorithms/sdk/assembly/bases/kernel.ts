// The inner loops: letters to codes of k-mers, and codes to counts. Nothing here allocates or knows of records.
//
// A base is two bits (A=0 C=1 G=2 T=3); a k-mer's code holds its first base in the most significant place, so codes
// sort as the words do. Sixteen letters are taken a step and packed into 32 bits; with the 32 before them that is a
// 64-bit window, out of which sixteen codes are cut at once. Steps that hold another letter, or follow one closely, go
// letter by letter. Letters are upper case: see bases/fasta.ts.
import { Letters } from "./letters";

/** The largest k: two bits a base and the shifts below leave 26 bits. */
export const LARGEST_K: i32 = 12;

/** Codes that `count` takes at once: 8 KiB, so that they and a table for k = 6 stay in a 32 KiB cache. */
const STRETCH: i32 = 2048;
const stretch: usize = memory.data(8192, 16);

/** The last bases, two bits each, and how many of them in a row were A, C, G or T. */
let window: u64 = 0;
let run: i32 = 0;

/** Goes letter by letter. @returns the address after the last code written */
function stepByStep(to: usize, at: usize, end: usize, k: i32, mask: u32): usize {
  for (; at < end; at++) {
    const letter = <u32>load<u8>(at);
    const code = ((letter >> 1) ^ (letter >> 2)) & 3;
    // "ACGT", the first letter in the lowest byte.
    if (((<u32>0x54474341 >> (code << 3)) & 0xff) != letter) {
      run = 0;
      continue;
    }
    window = (window << 2) | <u64>code;
    if (++run < k) continue;
    store<u32>(to, <u32>window & mask);
    to += 4;
  }
  return to;
}

/** Forgets the bases seen: the next letter is the first of a sequence. */
export function restart(): void {
  run = 0;
}

/**
 * Writes the code of every window of k bases that ends in these letters; windows may begin in those of the call before.
 * Within 16 letters the order is not that of the sequence.
 * @param to room for `length` u32 codes
 * @returns the address after the last code
 */
export function extract(to: usize, letters: usize, length: i32, k: i32): usize {
  const end = letters + <usize>length;
  const mask: u32 = (1 << (k << 1)) - 1;
  const masks = i32x4.splat(mask);
  let at = letters;
  for (; at + 16 <= end; at += 16) {
    const sixteen = v128.load(at);
    const codes = Letters.codes(sixteen);
    if (run < k - 1 || !i8x16.all_true(Letters.plain(sixteen, codes))) {
      to = stepByStep(to, at, at + 16, k, mask);
      continue;
    }
    const bases = (window << 32) | Letters.pack(codes);
    window = bases;
    // Lanes: the 32 bits that end 24, 16, 8 and 0 bits before the last base.
    const lanes = i8x16.swizzle(i64x2.splat(bases), i8x16(3, 4, 5, 6, 2, 3, 4, 5, 1, 2, 3, 4, 0, 1, 2, 3));
    v128.store(to, v128.and(i32x4.shr_u(lanes, 6), masks));
    v128.store(to, v128.and(i32x4.shr_u(lanes, 4), masks), 16);
    v128.store(to, v128.and(i32x4.shr_u(lanes, 2), masks), 32);
    v128.store(to, v128.and(lanes, masks), 48);
    to += 64;
  }
  return stepByStep(to, at, end, k, mask);
}

function bump(table: usize, code: u32): void {
  const at = table + (<usize>code << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Adds one to the table's place of each code. */
function bumpAll(table: usize, from: usize, end: usize): void {
  let at = from;
  for (; at + 32 <= end; at += 32) {
    bump(table, load<u32>(at));
    bump(table, load<u32>(at, 4));
    bump(table, load<u32>(at, 8));
    bump(table, load<u32>(at, 12));
    bump(table, load<u32>(at, 16));
    bump(table, load<u32>(at, 20));
    bump(table, load<u32>(at, 24));
    bump(table, load<u32>(at, 28));
  }
  for (; at < end; at += 4) bump(table, load<u32>(at));
}

/**
 * Counts the k-mers of a sequence into a table of 4^k u32, which it adds to.
 * @returns the windows counted: those that hold A, C, G and T only
 */
export function count(table: usize, letters: usize, length: i32, k: i32): i32 {
  restart();
  return countOn(table, letters, length, k);
}

/** The same of letters that follow those before: windows may begin in them. */
export function countOn(table: usize, letters: usize, length: i32, k: i32): i32 {
  let counted = 0;
  for (let from = 0; from < length; from += STRETCH) {
    const end = extract(stretch, letters + <usize>from, min(STRETCH, length - from), k);
    counted += <i32>((end - stretch) >> 2);
    bumpAll(table, stretch, end);
  }
  return counted;
}
