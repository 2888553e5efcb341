// UTF-8 <-> UTF-16. Inside the module strings are WTF-16 (lone surrogates allowed) and their byte form is WTF-8, which
// spells a lone surrogate as three bytes (https://simonsapin.github.io/wtf-8/). Malformed bytes become U+FFFD.

/** What `encode` does with a lone surrogate. */
export const WTF8: i32 = 0;
export const REPLACE: i32 = 1;
export const REFUSE: i32 = 2;

const REPLACEMENT: u32 = 0xfffd;

/** @returns how many of the bytes from `source` on are ASCII before the first that is not */
export function asciiLength(source: usize, length: usize): usize {
  let i: usize = 0;
  while (i + 16 <= length) {
    let mask = i8x16.bitmask(v128.load(source + i));
    if (mask) return i + ctz(mask);
    i += 16;
  }
  while (i < length && load<u8>(source + i) < 0x80) i++;
  return i;
}

/** Widens `length` ASCII bytes to UTF-16 code units. */
function widen(source: usize, length: usize, target: usize): void {
  let i: usize = 0;
  while (i + 16 <= length) {
    let bytes = v128.load(source + i);
    v128.store(target + (i << 1), i16x8.extend_low_i8x16_u(bytes));
    v128.store(target + (i << 1), i16x8.extend_high_i8x16_u(bytes), 16);
    i += 16;
  }
  for (; i < length; i++) store<u16>(target + (i << 1), load<u8>(source + i));
}

/** @returns whether the byte at `source` continues a sequence */
// @ts-ignore: decorator
@inline
function continues(source: usize, end: usize): bool {
  return source < end && (load<u8>(source) & 0xc0) == 0x80;
}

/**
 * The length in bytes of the WTF-8 sequence that begins at `source`.
 * @returns 1 to 4, or 0 when it is malformed (overlong, above U+10FFFF, cut short, a stray continuation)
 */
export function sequenceLength(source: usize, end: usize): i32 {
  let first = <u32>load<u8>(source);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(source + 1, end)) return 0;
  if (first < 0xe0) return 2;
  let second = <u32>load<u8>(source, 1);
  if (!continues(source + 2, end) || (first == 0xe0 && second < 0xa0)) return 0;
  if (first < 0xf0) return 3;
  if (!continues(source + 3, end) || (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return 4;
}

/** @returns the code point of a well-formed sequence of `length` bytes */
export function codePoint(source: usize, length: i32): u32 {
  let first = <u32>load<u8>(source);
  if (length == 1) return first;
  let second = <u32>load<u8>(source, 1) & 0x3f;
  if (length == 2) return ((first & 0x1f) << 6) | second;
  let third = <u32>load<u8>(source, 2) & 0x3f;
  if (length == 3) return ((first & 0x0f) << 12) | (second << 6) | third;
  return ((first & 0x07) << 18) | (second << 12) | (third << 6) | (<u32>load<u8>(source, 3) & 0x3f);
}

/** @returns how many bytes were written: the WTF-8 form of a code point, surrogates included */
export function putCodePoint(target: usize, code: u32): usize {
  if (code < 0x80) {
    store<u8>(target, code);
    return 1;
  }
  if (code < 0x800) {
    store<u8>(target, 0xc0 | (code >> 6));
    store<u8>(target, 0x80 | (code & 0x3f), 1);
    return 2;
  }
  if (code < 0x10000) {
    store<u8>(target, 0xe0 | (code >> 12));
    store<u8>(target, 0x80 | ((code >> 6) & 0x3f), 1);
    store<u8>(target, 0x80 | (code & 0x3f), 2);
    return 3;
  }
  store<u8>(target, 0xf0 | (code >> 18));
  store<u8>(target, 0x80 | ((code >> 12) & 0x3f), 1);
  store<u8>(target, 0x80 | ((code >> 6) & 0x3f), 2);
  store<u8>(target, 0x80 | (code & 0x3f), 3);
  return 4;
}

/** Decodes what is not ASCII only. @returns the UTF-16 units written, at most `length` */
function decodeTo(source: usize, length: usize, target: usize): usize {
  let end = source + length;
  let begin = target;
  while (source < end) {
    let size = sequenceLength(source, end);
    let code = size ? codePoint(source, size) : REPLACEMENT;
    source += max(size, 1);
    if (code < 0x10000) {
      store<u16>(target, code);
      target += 2;
    } else {
      store<u16>(target, 0xd800 + ((code - 0x10000) >> 10));
      store<u16>(target, 0xdc00 + (code & 0x3ff), 2);
      target += 4;
    }
  }
  return (target - begin) >> 1;
}

/** @returns the string that these WTF-8 bytes spell */
export function decode(source: usize, length: usize): string {
  if (!length) return "";
  let ascii = asciiLength(source, length);
  let pointer = __new(length << 1, idof<string>());
  widen(source, ascii, pointer);
  if (ascii == length) return changetype<string>(pointer);
  let units = ascii + decodeTo(source + ascii, length - ascii, pointer + (ascii << 1));
  return changetype<string>(__renew(pointer, units << 1));
}

/**
 * Writes a string as UTF-8; the target holds at least three bytes a unit.
 * @returns the bytes written, or -1 when there is a lone surrogate and `mode` is REFUSE
 */
export function encode(text: string, target: usize, mode: i32): i32 {
  let source = changetype<usize>(text);
  let end = source + (<usize>text.length << 1);
  let begin = target;
  while (source < end) {
    let code = <u32>load<u16>(source);
    source += 2;
    if ((code & 0xf800) == 0xd800) {
      let next = source < end ? <u32>load<u16>(source) : 0;
      if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        source += 2;
      } else if (mode == REFUSE) {
        return -1;
      } else if (mode == REPLACE) {
        code = REPLACEMENT;
      }
    }
    target += putCodePoint(target, code);
  }
  return <i32>(target - begin);
}
