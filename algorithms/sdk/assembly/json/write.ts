// The JSON writer: bytes into one growing buffer outside the collector, handed to the host at the end.
import { fail } from "../failure";
import { LONGEST, printFloat, printSigned, printUnsigned } from "../number/print";
import { codePoint, putCodePoint, sequenceLength } from "../text";

const FIRST_SIZE: usize = 1024;
let buffer: usize = 0;
let at: usize = 0;
let end: usize = 0;

/** @returns the address of what was written; its length is `writtenLength()` */
export function written(): usize {
  return buffer;
}

export function writtenLength(): i32 {
  return <i32>(at - buffer);
}

/** Forgets what was written. */
export function restart(): void {
  at = buffer;
}

/** Makes room for `size` more bytes. */
// @ts-ignore: decorator
@inline
function room(size: usize): void {
  if (at + size > end) grow(size);
}

function grow(size: usize): void {
  let used = at - buffer;
  let capacity = end - buffer;
  // By half: memory is fixed, and a copy needs both.
  let wanted = max(max(used + size, capacity + (capacity >> 1)), FIRST_SIZE);
  buffer = buffer ? heap.realloc(buffer, wanted) : heap.alloc(wanted);
  at = buffer + used;
  end = buffer + wanted;
}

/** Writes one ASCII character. */
// @ts-ignore: decorator
@inline
export function put(character: u32): void {
  room(1);
  store<u8>(at++, character);
}

/** Writes bytes that are JSON already. Nothing checks them but the host, at the end. */
export function writeRaw(source: usize, length: i32): void {
  room(length);
  memory.copy(at, source, length);
  at += <usize>length;
}

export function writeNull(): void {
  room(4);
  store<u32>(at, 0x6c6c756e);
  at += 4;
}

export function writeBool(value: bool): void {
  room(5);
  store<u32>(at, value ? 0x65757274 : 0x736c6166);
  at += 4;
  if (!value) store<u8>(at++, 0x65);
}

export function writeSigned(value: i64): void {
  room(LONGEST);
  at = printSigned(value, at);
}

export function writeUnsigned(value: u64): void {
  room(LONGEST);
  at = printUnsigned(value, at);
}

/** Writes a number: NaN as null, an infinity as 1e999, which every reader of doubles takes for it. */
export function writeFloat<T extends number>(value: T): void {
  if (isNaN(value)) return writeNull();
  room(LONGEST);
  if (isFinite(value)) {
    at = printFloat<T>(value, at);
    return;
  }
  if (value < 0) put(0x2d);
  store<u32>(at, 0x39396531);
  store<u8>(at, 0x39, 4);
  at += 5;
}

/** Writes `name` and a colon, before the first field without and before others with a comma; the name is ASCII. */
export function writeName(name: string, first: bool): void {
  let length = <usize>name.length;
  room(length + 4);
  if (!first) store<u8>(at++, 0x2c);
  store<u8>(at++, 0x22);
  let source = changetype<usize>(name);
  for (let i: usize = 0; i < length; i++) store<u8>(at + i, <u8>load<u16>(source + (i << 1)));
  at += length;
  store<u16>(at, 0x3a22);
  at += 2;
}

/** Writes what JSON demands to be escaped: at most six bytes. */
function putEscape(code: u32): void {
  store<u8>(at++, 0x5c);
  let short: u32 = 0;
  if (code == 0x22 || code == 0x5c) short = code;
  else if (code == 10) short = 0x6e;
  else if (code == 13) short = 0x72;
  else if (code == 9) short = 0x74;
  else if (code == 8) short = 0x62;
  else if (code == 12) short = 0x66;
  if (short) {
    store<u8>(at++, short);
    return;
  }
  store<u8>(at++, 0x75);
  for (let shift = 12; shift >= 0; shift -= 4) {
    let digit = (code >> shift) & 15;
    store<u8>(at++, digit < 10 ? 0x30 + digit : 0x57 + digit);
  }
}

/** Writes a string; a lone surrogate as \uXXXX, so that it can be read back. */
export function writeString(text: string): void {
  put(0x22);
  let source = changetype<usize>(text);
  let stop = source + (<usize>text.length << 1);
  while (source < stop) {
    let pause = min(source + 1024, stop);
    room(3 * 1024 + 32);
    while (source < pause) {
      let run = putPlain(source, pause);
      source += run ? run : putUnit(source, stop);
    }
  }
  put(0x22);
}

/** Writes eight units at once as long as they are ASCII that needs no escape. @returns the bytes taken of the source */
function putPlain(source: usize, pause: usize): usize {
  let begin = source;
  let quote = i16x8.splat(0x22);
  let backslash = i16x8.splat(0x5c);
  let space = i16x8.splat(0x20);
  let printable = i16x8.splat(0x60);
  while (source + 16 <= pause) {
    let units = v128.load(source);
    let special = v128.or(i16x8.eq(units, quote), i16x8.eq(units, backslash));
    special = v128.or(special, i16x8.ge_u(i16x8.sub(units, space), printable));
    if (v128.any_true(special)) break;
    v128.store(at, i8x16.narrow_i16x8_u(units, units));
    at += 8;
    source += 16;
  }
  return source - begin;
}

/** Writes one code point of UTF-16. @returns the bytes it took of the source */
// @ts-ignore: decorator
@inline
function putUnit(source: usize, stop: usize): usize {
  let code = <u32>load<u16>(source);
  if (code < 0x80) {
    if (code < 0x20 || code == 0x22 || code == 0x5c) putEscape(code);
    else store<u8>(at++, code);
    return 2;
  }
  if ((code & 0xf800) == 0xd800) {
    let next = source + 2 < stop ? <u32>load<u16>(source, 2) : 0;
    if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
      at += putCodePoint(at, 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff));
      return 4;
    }
    putEscape(code);
    return 2;
  }
  at += putCodePoint(at, code);
  return 2;
}

/** Writes a string given as WTF-8; other bytes than that are an error of the algorithm. */
export function writeBytes(source: usize, length: i32): void {
  let stop = source + <usize>length;
  // And some for escapes.
  room(<usize>length + (<usize>length >> 4) + 64);
  store<u8>(at++, 0x22);
  while (source < stop) {
    let run = plain(source, stop);
    room(run + 8);
    memory.copy(at, source, run);
    at += run;
    source += run;
    if (source < stop) source += putSequence(source, stop);
  }
  put(0x22);
}

/** @returns how many bytes from `source` on are ASCII that needs no escape */
function plain(source: usize, stop: usize): usize {
  let i = source;
  let quote = i8x16.splat(0x22);
  let backslash = i8x16.splat(0x5c);
  let control = i8x16.splat(0x20);
  for (; i + 16 <= stop; i += 16) {
    let bytes = v128.load(i);
    let special = v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash));
    // As signed numbers, what is not ASCII is below the space too.
    let mask = i8x16.bitmask(v128.or(special, i8x16.lt_s(bytes, control)));
    if (mask) return i + ctz(mask) - source;
  }
  for (; i < stop; i++) {
    let c = <u32>load<u8>(i);
    if (c < 0x20 || c > 0x7f || c == 0x22 || c == 0x5c) break;
  }
  return i - source;
}

/** Writes one code point of WTF-8. @returns its bytes */
function putSequence(source: usize, stop: usize): usize {
  let size = sequenceLength(source, stop);
  if (size == 1) {
    putEscape(load<u8>(source));
    return 1;
  }
  if (size == 0) fail("OutputError", "a Utf8 in the output is not UTF-8");
  let code = codePoint(source, size);
  if ((code & 0xfffff800) == 0xd800) putEscape(code);
  else at += putCodePoint(at, code);
  return size;
}
