// The JSON reader (RFC 8259): one pass over the input's bytes, no tree, no copy. It reads what the caller says is next
// and fails with "InputError" and the path when something else is there. A zero byte after the input ends every scan.
import { fail } from "../failure";
import { integer, notInteger, parseFloat32, parseFloat64, scan } from "../number/parse";
import { decode, putCodePoint } from "../text";
import { atKey, atNone, path, pop, push } from "./path";

let at: usize = 0;
let end: usize = 0;
/** The last string read by `span`: bytes after its escapes were undone in place. */
let spanStart: usize = 0;
let spanLength: i32 = 0;

/** Whose JSON this is: the algorithm whose answer it is; empty for the call's own input. */
let origin: string = "";

/** As `begin`, for the answer of another algorithm: fields that the type does not have are passed over. */
export function beginAnswer(start: usize, length: i32, callee: string): void {
  origin = callee;
  begin(start, length);
}

/** Begins to read; the bytes are followed by at least 16 zero bytes and may be written over. */
export function begin(start: usize, length: i32): void {
  at = start;
  end = start + <usize>length;
}

/** Ends reading: nothing but white space may be left. */
export function finish(): void {
  space();
  if (at != end) expected("the end of the input");
  origin = "";
}

/** Skips white space. @returns the byte that follows */
function space(): u32 {
  let c = <u32>load<u8>(at);
  while (c == 0x20 || c - 9 < 2 || c == 13) c = load<u8>(++at);
  return c;
}

/** What stands at the reader's place, for messages. */
function found(): string {
  if (at >= end) return "the end of the input";
  let c = <u32>load<u8>(at);
  if (c == 0x7b) return "an object";
  if (c == 0x5b) return "an array";
  if (c == 0x22) return "a string";
  if (c == 0x74 || c == 0x66) return "a boolean";
  if (c == 0x6e) return "null";
  if (c == 0x2d || c - 0x30 < 10) return "a number";
  if (c > 0x20 && c < 0x7f) return "'" + String.fromCharCode(c) + "'";
  return "the byte " + c.toString();
}

/** Fails: `what` should have been here. */
export function expected(what: string): void {
  refuse("expected " + what + ", found " + found());
}

/** Fails at the reader's path. */
export function refuse(message: string): void {
  if (origin.length) fail("OutputError", "the answer of " + origin + ": " + path() + ": " + message);
  fail("InputError", path() + ": " + message);
}

/** @returns whether a null was here; it is then read */
export function readNull(): bool {
  if (space() != 0x6e) return false;
  literal(0x6c6c756e, 4, "null");
  return true;
}

/** Reads a literal whose first four bytes are `word`. */
function literal(word: u32, length: usize, what: string): void {
  if (load<u32>(at) != word || (length == 5 && load<u8>(at, 4) != 0x65)) expected(what);
  at += length;
}

export function readBool(): bool {
  let c = space();
  if (c == 0x74) {
    literal(0x65757274, 4, "true");
    return true;
  }
  if (c != 0x66) expected("a boolean");
  literal(0x736c6166, 5, "false");
  return false;
}

/** Opens an array. @returns whether it has items */
export function openArray(): bool {
  if (space() != 0x5b) expected("an array");
  at++;
  push();
  if (space() != 0x5d) return true;
  at++;
  pop();
  return false;
}

/** After an item. @returns whether there is another; else the array is closed */
export function nextItem(): bool {
  let c = space();
  at++;
  if (c == 0x2c) return true;
  if (c == 0x5d) {
    pop();
    return false;
  }
  at--;
  expected("',' or ']'");
  return false;
}

/** Counts the items of an array of numbers or booleans just opened, before any was read. */
export function countItems(): i32 {
  let count = 1;
  let i = at;
  let comma = i8x16.splat(0x2c);
  // Sixteen at a time up to where a bracket, a brace or a quote may be: those end in 0x58 to 0x5f under this mask.
  for (; i + 16 <= end; i += 16) {
    let bytes = v128.load(i);
    let brackets = i8x16.eq(v128.and(bytes, i8x16.splat(<i8>0xd8)), i8x16.splat(0x58));
    let quotes = i8x16.eq(bytes, i8x16.splat(0x22));
    if (v128.any_true(v128.or(brackets, quotes))) break;
    count += popcnt(i8x16.bitmask(i8x16.eq(bytes, comma)));
  }
  for (; i < end; i++) {
    let c = <u32>load<u8>(i);
    if (c == 0x2c) count++;
    else if (c == 0x5d || c == 0x22 || c == 0x5b || c == 0x7b) break;
  }
  return count;
}

/** Opens an object. @returns whether it has members; the first key is then read */
export function openObject(): bool {
  if (space() != 0x7b) expected("an object");
  at++;
  push();
  if (space() != 0x7d) {
    key();
    return true;
  }
  at++;
  return false;
}

/** After a member. @returns whether there is another, whose key is then read; else call `closeObject` */
export function nextMember(): bool {
  let c = space();
  atNone();
  if (c == 0x2c) {
    at++;
    space();
    key();
    return true;
  }
  if (c != 0x7d) expected("',' or '}'");
  at++;
  return false;
}

/** Ends an object, after its required fields were checked. */
export function closeObject(): void {
  pop();
}

/** Reads a key and the colon. */
function key(): void {
  if (load<u8>(at) != 0x22) expected("a field's name");
  span();
  if (space() != 0x3a) expected("':'");
  at++;
}

/** @returns whether the key just read is this name, which is ASCII */
export function keyIs(name: string): bool {
  let length = spanLength;
  if (name.length != length) return false;
  let pointer = changetype<usize>(name);
  for (let i = 0; i < length; i++) {
    if (<u16>load<u8>(spanStart + i) != load<u16>(pointer + (i << 1))) return false;
  }
  return true;
}

/** @returns the key just read; errors from now on name it */
export function readKey(): string {
  atKey(spanStart, spanLength);
  return decode(spanStart, spanLength);
}

/** The type has no field of the key's name: fails, but in another algorithm's answer, which may have grown, passes over it. */
export function unknownField(): void {
  if (origin.length) return skip();
  refuse("there is no field " + quoted(decode(spanStart, min(spanLength, 60))));
}

/** Passes over a value, of JSON that the host has checked. */
function skip(): void {
  let depth = 0;
  do {
    let c = space();
    if (c == 0x22) {
      span();
    } else if (c == 0x7b || c == 0x5b) {
      depth++;
      at++;
    } else if (c == 0x7d || c == 0x5d) {
      depth--;
      at++;
    } else if (c == 0x2c || c == 0x3a) {
      at++;
    } else {
      at++;
      // The rest of a number or of a word.
      while (at < end && isPlain(load<u8>(at))) at++;
    }
  } while (depth > 0 && at < end);
}

/** Passes over a value and leaves its bytes as they are. @returns where it begins; `readLength` says how long it is */
export function readRaw(): usize {
  space();
  let start = at;
  let depth = 0;
  do {
    let c = space();
    at++;
    if (c == 0x22) {
      for (c = load<u8>(at); c != 0x22 && at < end; c = load<u8>(at)) at += c == 0x5c ? 2 : 1;
      at++;
    } else if (c == 0x7b || c == 0x5b) {
      depth++;
    } else if (c == 0x7d || c == 0x5d) {
      depth--;
    } else if (c != 0x2c && c != 0x3a) {
      while (at < end && isPlain(load<u8>(at))) at++;
    }
  } while (depth > 0 && at < end);
  spanStart = start;
  spanLength = <i32>(at - start);
  return start;
}

/** @returns whether a byte goes on with a number or a word */
// @ts-ignore: decorator
@inline
function isPlain(c: u32): bool {
  return c > 0x20 && c != 0x2c && c != 0x5d && c != 0x7d;
}

/** Fails: a field that must be given is not. */
export function missing(name: string): void {
  refuse("expected the field " + quoted(name));
}

function quoted(text: string): string {
  return '"' + text + '"';
}

/** Reads a string and undoes its escapes in place: what it spells is never longer than how it is spelled. */
export function span(): void {
  if (space() != 0x22) expected("a string");
  let start = ++at;
  let target = start;
  while (true) {
    let run = plain(at);
    if (target != at && run) memory.copy(target, at, run);
    target += run;
    at += run;
    let c = <u32>load<u8>(at);
    if (c == 0x22) break;
    if (c != 0x5c) expected("a string's closing quote (control characters are written \\u00XX)");
    target += escape(target);
  }
  at++;
  spanStart = start;
  spanLength = <i32>(target - start);
}

/** @returns how many bytes from `from` on are neither a quote, a backslash nor a control character */
function plain(from: usize): usize {
  let i = from;
  let quote = i8x16.splat(0x22);
  let backslash = i8x16.splat(0x5c);
  let control = i8x16.splat(0x20);
  while (i < end) {
    let bytes = v128.load(i);
    let special = v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash));
    let mask = i8x16.bitmask(v128.or(special, i8x16.lt_u(bytes, control)));
    if (mask) return i + ctz(mask) - from;
    i += 16;
  }
  return end - from;
}

/** Undoes the escape the reader is at. @returns the bytes written at `target` */
function escape(target: usize): usize {
  let c = <u32>load<u8>(at, 1);
  let code: u32 = c;
  if (c == 0x75) return unicode(target);
  if (c == 0x6e) code = 10;
  else if (c == 0x74) code = 9;
  else if (c == 0x72) code = 13;
  else if (c == 0x62) code = 8;
  else if (c == 0x66) code = 12;
  else if (c != 0x22 && c != 0x5c && c != 0x2f) {
    expected("an escape (one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX)");
  }
  store<u8>(target, code);
  at += 2;
  return 1;
}

/** Undoes \uXXXX, or two of them that are a surrogate pair; a lone surrogate stays one (WTF-8). */
function unicode(target: usize): usize {
  let code = hex(at + 2);
  if (code < 0) expected("four hexadecimal digits after \\u");
  at += 6;
  if ((code & 0xfc00) == 0xd800 && load<u16>(at) == 0x755c) {
    let low = hex(at + 2);
    if ((low & 0xfc00) == 0xdc00) {
      code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
      at += 6;
    }
  }
  return putCodePoint(target, code);
}

/** @returns the value of four hexadecimal digits, -1 when they are none */
function hex(from: usize): i32 {
  let value = 0;
  for (let i: usize = 0; i < 4; i++) {
    let c = <u32>load<u8>(from + i);
    let digit = c - 0x30;
    if (digit > 9) {
      digit = (c | 0x20) - 0x61 + 10;
      if (digit < 10 || digit > 15) return -1;
    }
    value = (value << 4) | digit;
  }
  return value;
}

export function readString(): string {
  span();
  return decode(spanStart, spanLength);
}

/** Reads a string. @returns the address of its WTF-8 bytes in the input; their length is `readLength()` */
export function readBytes(): usize {
  span();
  return spanStart;
}

// @ts-ignore: decorator
@inline
export function readLength(): i32 {
  return spanLength;
}

/** Fails unless a number is next; reads its digits. */
function number(what: string): void {
  space();
  let after = scan(at);
  if (!after) expected(what);
  at = after;
}

/** Whether the last `magnitude` had a minus. */
let minus: bool = false;

/** Reads an integer, digit by digit: never through a floating-point number. Sets `inexact` when it is none. */
function magnitude(): u64 {
  let c = space();
  let i = at;
  minus = c == 0x2d;
  if (minus) c = load<u8>(++i);
  let value: u64 = 0;
  let start = i;
  for (c -= 0x30; c < 10; c = <u32>load<u8>(++i) - 0x30) value = value * 10 + c;
  let count = i - start;
  // What is left, besides a sign: a point, an exponent, a leading zero, nineteen digits or more, or no number.
  if (count - 1 < 18 && c + 0x30 != 0x2e && ((c + 0x30) | 0x20) != 0x65 && (count == 1 || load<u8>(start) != 0x30)) {
    at = i;
    inexact = false;
    return value;
  }
  number("an integer");
  value = integer();
  inexact = notInteger;
  return value;
}

let inexact: bool = false;

/** Reads an integer of a signed type of `bits` bits. */
export function readSigned(bits: i32): i64 {
  space();
  let first = at;
  let value = magnitude();
  if (inexact || value > (<u64>1 << (bits - 1)) - 1 + u64(minus)) outOfRange(first, bits, true);
  return minus ? -(<i64>value) : <i64>value;
}

/** Reads an integer of an unsigned type of `bits` bits. */
export function readUnsigned(bits: i32): u64 {
  space();
  let first = at;
  let value = magnitude();
  if (inexact || value > u64.MAX_VALUE >>> (64 - bits) || (minus && value)) outOfRange(first, bits, false);
  return value;
}

function outOfRange(first: usize, bits: i32, signed: bool): void {
  at = first;
  let high = (signed ? u64.MAX_VALUE >>> (65 - bits) : u64.MAX_VALUE >>> (64 - bits)).toString();
  let low = signed ? "-" + (<u64>1 << (bits - 1)).toString() : "0";
  refuse("expected an integer from " + low + " to " + high);
}

/** Reads a number, correctly rounded; null is NaN, and what is too large is infinite. */
export function readFloat64(): f64 {
  if (readNull()) return NaN;
  number("a number");
  return parseFloat64();
}

/** As `readFloat64`, rounded once to a 32-bit number. */
export function readFloat32(): f32 {
  if (readNull()) return f32.NaN;
  number("a number");
  return parseFloat32();
}
