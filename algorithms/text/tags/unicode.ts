// What Unicode says of a character, from the tables in data/: whether it belongs to a word, and its case folding.
import { FOLD_BY, FOLD_RUNS, LETTER_BITS, LETTER_BLOCKS, ZEROS } from "./data/unicode";

/** @returns whether the code point is a letter or a mark (general categories L and M) */
export function isLetter(code: u32): bool {
  const block = code >> 8;
  // The only ones above plane 3 are the variation selectors.
  if (block >= <u32>LETTER_BLOCKS.length) return code - 0xe0100 < 240;
  const start = <i32>unchecked(LETTER_BLOCKS[block]) << 5;
  const bits = <u32>unchecked(LETTER_BITS[start + ((code & 255) >> 3)]);
  return ((bits >> (code & 7)) & 1) != 0;
}

/** @returns whether the code point is a decimal digit (general category Nd) */
export function isDigit(code: u32): bool {
  let low = 0;
  let high = ZEROS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (unchecked(ZEROS[middle]) <= code) low = middle + 1;
    else high = middle;
  }
  return low > 0 && code - unchecked(ZEROS[low - 1]) < 10;
}

/** @returns the code point's simple case folding (what it is when case does not matter); for ASCII use `| 0x20` */
export function fold(code: u32): u32 {
  let low = 0;
  let high = FOLD_RUNS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (unchecked(FOLD_RUNS[middle]) >> 10 <= code) low = middle + 1;
    else high = middle;
  }
  if (!low) return code;
  const run = unchecked(FOLD_RUNS[low - 1]);
  const distance = code - (run >> 10);
  const last = (run >> 1) & 511;
  const step = (run & 1) + 1;
  if (distance > last * step || distance % step) return code;
  return code + unchecked(FOLD_BY[low - 1]);
}
