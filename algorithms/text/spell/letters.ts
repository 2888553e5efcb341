// Words as letters: code points in lower case, as they are compared.
import { codePoint, sequenceLength } from "orcade/text";
import { fold } from "../tags/unicode";

/** Letters of the longest word that is compared. */
export const LONGEST: u32 = 64;

/** Writes the letters of a word to an address. @returns how many; above LONGEST when it has more */
export function lettersOf(start: usize, size: usize, to: usize): u32 {
  const end = start + size;
  let count: u32 = 0;
  while (start < end) {
    const width = sequenceLength(start, end);
    const code = width ? codePoint(start, width) : 0xfffd;
    start += <usize>max(width, 1);
    if (count == LONGEST) return LONGEST + 1;
    store<u32>(to + (<usize>count << 2), letterOf(code));
    count++;
  }
  return count;
}

/** A letter in lower case; every apostrophe is the straight one. */
function letterOf(code: u32): u32 {
  if (code < 0x80) return code - 0x41 < 26 ? code | 0x20 : code;
  return code == 0x2019 ? 0x27 : fold(code);
}

/** @returns a hash of letters */
export function hashOf(letters: usize, count: u32): u64 {
  let sum: u64 = count;
  for (let i: u32 = 0; i < count; i++) sum = (sum ^ load<u32>(letters + (<usize>i << 2))) * FACTOR;
  return sum ^ (sum >> 29);
}

/** Of P. Evensen's rrmxmx (2018). */
const FACTOR: u64 = 0x9fb21c651e98df25;

// @ts-ignore: decorator
@lazy
const rows = memory.data(3 * 4 * 65);

/**
 * The Damerau-Levenshtein distance in its restricted form (optimal string alignment): letters that are wrong, missing,
 * too many, or exchanged with their neighbour, no place being changed twice.
 * @returns it, or `most` + 1 when it is more
 */
export function distanceOf(left: usize, leftCount: u32, right: usize, rightCount: u32, most: i32): i32 {
  const width: usize = 4 * 65;
  let before = rows;
  let last = rows + width;
  let row = rows + 2 * width;
  for (let j: u32 = 0; j <= rightCount; j++) store<i32>(last + (<usize>j << 2), j);
  for (let i: u32 = 1; i <= leftCount; i++) {
    const letter = load<u32>(left + (<usize>(i - 1) << 2));
    const previous = i > 1 ? load<u32>(left + (<usize>(i - 2) << 2)) : 0;
    store<i32>(row, i);
    let least = <i32>i;
    for (let j: u32 = 1; j <= rightCount; j++) {
      const at = <usize>j << 2;
      const other = load<u32>(right + at - 4);
      let best = load<i32>(last + at - 4) + <i32>(letter != other);
      best = min(best, min(load<i32>(last + at), load<i32>(row + at - 4)) + 1);
      if (i > 1 && j > 1 && previous == other && letter == load<u32>(right + at - 8)) {
        best = min(best, load<i32>(before + at - 8) + 1);
      }
      store<i32>(row + at, best);
      least = min(least, best);
    }
    if (least > most) return most + 1;
    const free = before;
    before = last;
    last = row;
    row = free;
  }
  return min(load<i32>(last + (<usize>rightCount << 2)), most + 1);
}
