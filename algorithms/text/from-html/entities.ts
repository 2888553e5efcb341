// Character references: "&amp;", "&#233;", "&#xe9;" (the HTML standard, 13.2.5.72 to 13.2.5.80).
import { hash } from "../tags/words";
import { SECONDS, VALUES } from "./data/characters";
import { KEYS, LONGEST, LONGEST_BARE, TAILS } from "./data/entities";

const REPLACEMENT: u32 = 0xfffd;
const SEMICOLON: u32 = 0x3b;

/** What numbers from 0x80 to 0x9f stand for: pages that write them mean windows-1252. 0 is the number itself. */
const WINDOWS: StaticArray<u16> = [
  0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0,
  0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178,
];

/** The characters of the reference last read; the second is 0 when it has but one. */
export let first: u32 = 0;
export let second: u32 = 0;

// @ts-ignore: decorator
@inline
function isDigit(byte: u32): bool {
  return byte - 0x30 < 10;
}

// @ts-ignore: decorator
@inline
function isAlphanumeric(byte: u32): bool {
  return isDigit(byte) || (byte | 0x20) - 0x61 < 26;
}

/** The value of a hexadecimal digit, or 16. */
function digitOf(byte: u32): u32 {
  if (isDigit(byte)) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : 16;
}

/**
 * Reads the reference at an ampersand; its characters are then `first` and `second`.
 * @param inAttribute in values of attributes, "&copy=1" is no reference
 * @returns the bytes that it takes, 0 when there is none
 */
export function readReference(at: usize, end: usize, inAttribute: bool): usize {
  if (at + 2 >= end) return 0;
  second = 0;
  if (load<u8>(at, 1) == 0x23) return readNumber(at, end);
  return readName(at, end, inAttribute);
}

function readNumber(start: usize, end: usize): usize {
  const isHexadecimal = (<u32>load<u8>(start, 2) | 0x20) == 0x78;
  const base: u32 = isHexadecimal ? 16 : 10;
  const digits = start + (isHexadecimal ? 3 : 2);
  let at = digits;
  let code: u32 = 0;
  for (; at < end; at++) {
    const digit = digitOf(load<u8>(at));
    if (digit >= base) break;
    // Beyond the last code point it does not matter by how much.
    code = min(code * base + digit, 0x110000);
  }
  if (at == digits) return 0;
  first = meant(code);
  return at - start + <usize>(at < end && load<u8>(at) == SEMICOLON);
}

/** The character that a number stands for. */
function meant(code: u32): u32 {
  if (!code || code > 0x10ffff || (code & 0xfffff800) == 0xd800) return REPLACEMENT;
  if (code - 0x80 >= 32) return code;
  const other = <u32>unchecked(WINDOWS[code - 0x80]);
  return other ? other : code;
}

function readName(start: usize, end: usize, inAttribute: bool): usize {
  const name = start + 1;
  const limit = min(end, name + LONGEST);
  let at = name;
  while (at < limit && isAlphanumeric(load<u8>(at))) at++;
  if (at < limit && load<u8>(at) == SEMICOLON && find(name, at + 1 - name)) return at + 1 - start;
  for (let size = min(at - name, LONGEST_BARE); size > 1; size--) {
    if (!find(name, size)) continue;
    const next = name + size < end ? <u32>load<u8>(name + size) : 0;
    return inAttribute && (next == 0x3d || isAlphanumeric(next)) ? 0 : size + 1;
  }
  return 0;
}

/** Looks a name up. @returns whether it stands for characters, which are then `first` and `second` */
function find(name: usize, size: usize): bool {
  const key = hash(name, size);
  const upper = <u32>(key >> 32);
  const tail = <u32>(key >> 16) & 65535;
  let low = 0;
  let high = KEYS.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = unchecked(KEYS[middle]);
    if (at < upper || (at == upper && unchecked(TAILS[middle]) < tail)) low = middle + 1;
    else high = middle;
  }
  if (low == KEYS.length || unchecked(KEYS[low]) != upper || unchecked(TAILS[low]) != tail) return false;
  const value = unchecked(VALUES[low]);
  first = value & 0xffffff;
  second = unchecked(SECONDS[value >> 24]);
  return true;
}
