// Values of attributes, and titles: text that is short.
import { Utf8 } from "orcade";
import { putCodePoint } from "orcade/text";
import { first, readReference, second } from "./entities";
import { isSpace, Span } from "./tag";

/** Numbers of items are within this: a number more has no more digits, and there is always a next. */
const LARGEST: i32 = 1_000_000_000;

/** An integer at the beginning of a value, or another number when there is none. */
export function numberIn(value: Span, otherwise: i32): i32 {
  if (!value.given) return otherwise;
  let at = value.start;
  while (at < value.end && isSpace(load<u8>(at))) at++;
  const isNegative = at < value.end && load<u8>(at) == 0x2d;
  if (isNegative) at++;
  if (at >= value.end || <u32>load<u8>(at) - 0x30 > 9) return otherwise;
  let number: i32 = 0;
  for (; at < value.end && <u32>load<u8>(at) - 0x30 < 10; at++) {
    number = <i32>min(<i64>number * 10 + load<u8>(at) - 0x30, LARGEST);
  }
  return isNegative ? -number : number;
}

/** The first bytes of a text, at most `longest`, up to the end of a character. */
function cut(start: usize, end: usize, longest: usize): usize {
  if (end - start <= longest) return end;
  end = start + longest;
  while (end > start && (load<u8>(end) & 0xc0) == 0x80) end--;
  return end;
}

/** A text with its references as characters, and white space as single spaces. */
export function oneLine(start: usize, end: usize, longest: usize): Utf8 {
  end = cut(start, end, longest);
  // No reference stands for more than 6 bytes, or 3 for each 2 of its own.
  const text = heap.alloc(((end - start) << 1) + 8);
  let to = text;
  for (let at = start; at < end; ) {
    const size = load<u8>(at) == 0x26 ? readReference(at, end, false) : 0;
    const isBlank = size ? first == 0xa0 || (first <= 0x20 && isSpace(first)) : blankSize(at, end) > 0;
    if (isBlank) {
      if (to > text && load<u8>(to - 1) != 0x20) store<u8>(to++, 0x20);
      at += size ? size : blankSize(at, end);
    } else if (size) {
      to += putCodePoint(to, first);
      if (second) to += putCodePoint(to, second);
      at += size;
    } else store<u8>(to++, load<u8>(at++));
  }
  if (to > text && load<u8>(to - 1) == 0x20) to--;
  return new Utf8(text, <i32>(to - text));
}

/** Bytes of the white space at an address, 0 when there is none. */
function blankSize(at: usize, end: usize): usize {
  const byte = <u32>load<u8>(at);
  if (isSpace(byte)) return 1;
  return byte == 0xc2 && at + 1 < end && load<u8>(at, 1) == 0xa0 ? 2 : 0;
}

/** The value of an attribute without white space around it; empty when it is too long. */
export function trimmed(start: usize, end: usize, longest: usize): Utf8 {
  while (start < end && isSpace(load<u8>(start))) start++;
  while (start < end && isSpace(load<u8>(end - 1))) end--;
  return end - start > longest ? new Utf8() : new Utf8(start, <i32>(end - start));
}

/** An address in an attribute, its references as characters, without line ends and tabs; empty when it is too long. */
export function addressIn(value: Span, longest: usize): Utf8 {
  const given = trimmed(value.start, value.end, longest);
  const text = heap.alloc((<usize>given.length << 1) + 8);
  const end = given.dataStart + <usize>given.length;
  let to = text;
  for (let at = given.dataStart; at < end; ) {
    const byte = <u32>load<u8>(at);
    const size = byte == 0x26 ? readReference(at, end, true) : 0;
    if (size) {
      to += putCodePoint(to, first);
      if (second) to += putCodePoint(to, second);
      at += size;
    } else {
      if (byte >= 0x20) store<u8>(to++, byte);
      at++;
    }
  }
  return new Utf8(text, <i32>(to - text));
}
