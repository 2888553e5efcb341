// Decimal text to numbers, correctly rounded (round half to even, IEEE 754). Method: the exact product of the first 19
// digits with 128 bits of the power of ten decides the rounding unless the value is a tie to 2^-74 of its last bit;
// then exact integer arithmetic decides. After D. Lemire, "Number parsing at a gigabyte per second" (2021) and
// W. Clinger, "How to read floating point numbers accurately" (1990).
import { compare } from "./exact";
import { carry, high, log2Power, low, multiply, power } from "./powers";

const MAX_DIGITS: i32 = 19;
/** 10^0 to 10^22: what a double holds exactly. */
// @ts-ignore: decorator
@lazy
const EXACT = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** Of the number last scanned: its sign. */
export let negative: bool = false;
/** Whether the last `integer` was none or does not fit 64 bits. */
export let notInteger: bool = false;
/** The first 19 significant digits. */
let mantissa: u64 = 0;
/** How many significant digits there are, from the first that is not zero. */
let digits: i32 = 0;
/** Where the first significant digit is. */
let first: usize = 0;
/** The power of ten of the last digit. */
let exponent: i32 = 0;

// @ts-ignore: decorator
@inline
function digitAt(at: usize): u32 {
  return <u32>load<u8>(at) - 0x30;
}

/** Scans a JSON number. @returns the address after it, 0 when there is none */
export function scan(at: usize): usize {
  negative = load<u8>(at) == 0x2d;
  at += usize(negative);
  let start = at;
  let value: u64 = 0;
  let digit = digitAt(at);
  if (digit > 9 || (digit == 0 && digitAt(at + 1) < 10)) return 0;
  do value = value * 10 + digit;
  while ((digit = digitAt(++at)) < 10);
  let count = <i32>(at - start);
  exponent = 0;
  let c = <u32>load<u8>(at);
  if (c == 0x2e) {
    let point = at;
    while ((digit = digitAt(++at)) < 10) value = value * 10 + digit;
    exponent = <i32>(point + 1 - at);
    if (!exponent) return 0;
    count -= exponent;
    c = <u32>load<u8>(at);
  }
  mantissa = value;
  digits = count;
  first = start;
  if (count > MAX_DIGITS) recount();
  return (c | 0x20) == 0x65 ? scanExponent(at + 1) : at;
}

/** Finds the first 19 significant digits of more. */
function recount(): void {
  while (digits > 1 && (digitAt(first) == 0 || load<u8>(first) == 0x2e)) {
    digits -= i32(load<u8>(first) != 0x2e);
    first++;
  }
  if (load<u8>(first) == 0x2e) first++;
  let value: u64 = 0;
  let at = first;
  for (let n = min(digits, MAX_DIGITS); n > 0; at++) {
    if (load<u8>(at) == 0x2e) continue;
    value = value * 10 + digitAt(at);
    n--;
  }
  mantissa = value;
}

function scanExponent(at: usize): usize {
  let c = <u32>load<u8>(at);
  let minus = c == 0x2d;
  if (minus || c == 0x2b) at++;
  let digit = digitAt(at);
  if (digit > 9) return 0;
  let value: i32 = 0;
  do {
    // More than any number of digits that fits the memory can make up for.
    if (value < 100000000) value = value * 10 + digit;
  } while ((digit = digitAt(++at)) < 10);
  exponent += minus ? -value : value;
  return at;
}

/** The magnitude of the scanned number as an integer; sets `notInteger` when it is none or is 2^64 or more. */
export function integer(): u64 {
  notInteger = false;
  if (!mantissa) return 0;
  if (!exponent && digits <= MAX_DIGITS) return mantissa;
  let at = first;
  // Leading zeros are counted when the digits are few.
  let left = digits + exponent;
  let value: u64 = 0;
  for (let n = digits; n > 0; at++) {
    let digit = digitAt(at);
    if (digit > 9) continue;
    n--;
    if (left > 0) value = shiftIn(value, digit);
    else if (digit) notInteger = true;
    if (notInteger) return 0;
    left--;
  }
  while (left-- > 0 && !notInteger) value = shiftIn(value, 0);
  return value;
}

/** @returns value * 10 + digit, or sets `notInteger` */
function shiftIn(value: u64, digit: u32): u64 {
  let next = value * 10 + digit;
  if (value > 1844674407370955161 || (value == 1844674407370955161 && digit > 5)) notInteger = true;
  return next;
}

/** The scanned number, rounded to the nearest double. */
export function parseFloat64(): f64 {
  let magnitude = reinterpret<f64>(toBits());
  return negative ? -magnitude : magnitude;
}

/** @returns the bits of the magnitude as a double */
function toBits(): u64 {
  let m = mantissa;
  if (!m) return 0;
  let dropped = max(digits - MAX_DIGITS, 0);
  let q = exponent + dropped;
  if (!dropped && m <= <u64>1 << 53 && q >= -22 && q <= 22) {
    let ten = load<f64>(EXACT + (<usize>abs(q) << 3));
    return reinterpret<u64>(q < 0 ? <f64>m / ten : <f64>m * ten);
  }
  if (q > 308) return 0x7ff0000000000000;
  if (q < -342) return 0;
  power(q);
  let bits = assemble(m, q);
  let undecided = tie;
  if (dropped && !tie) {
    let upper = assemble(m + 1, q);
    if (tie) bits = upper;
    undecided = tie || upper != bits;
  }
  return undecided ? settle(bits) : bits;
}

/** Whether the last `assemble` was a tie as far as its precision goes; it then rounded down. */
let tie: bool = false;

/** Rounds m * 10^q to a double's bits, `power(q)` having been called. */
function assemble(m: u64, q: i32): u64 {
  let lead = <i32>clz(m);
  let w = m << lead;
  multiply(w, low);
  let part = carry;
  let lower = multiply(w, high) + part;
  let upper = carry + u64(lower < part);
  // upper, lower: within one unit of the product's high 128 bits, whose leading bit is the first or the second.
  let z = <i32>clz(upper);
  let binary = log2Power(q) + 64 - z - lead;
  tie = false;
  if (binary > 1023) return 0x7ff0000000000000;
  let keep = binary >= -1022 ? 53 : 53 + 1022 + binary;
  if (keep < 0) return 0;
  let shift = 64 - z - keep;
  let kept = shift < 64 ? upper >> shift : 0;
  let half = <u64>1 << (shift - 1);
  let rest = shift < 64 ? upper & ((half << 1) - 1) : upper;
  let bits = keep == 53 ? (<u64>(binary + 1022) << 52) + kept : kept;
  tie = rest == half && lower == 0;
  return bits + u64(!tie && rest >= half);
}

/** Decides exactly between the double of these bits and the next. */
function settle(bits: u64): u64 {
  let e = <i32>(bits >> 52);
  let m = (bits & 0xfffffffffffff) | (<u64>i32(e > 0) << 52);
  let order = compare(first, digits, exponent, (m << 1) + 1, max(e, 1) - 1076);
  return bits + u64(order > 0 || (order == 0 && (bits & 1) == 1));
}

/** The scanned number, rounded once to the nearest 32-bit number. */
export function parseFloat32(): f32 {
  let d = reinterpret<f64>(toBits());
  let bits = reinterpret<u32>(<f32>d);
  if (d < f64.POSITIVE_INFINITY && <f64>reinterpret<f32>(bits) != d) {
    if (<f64>reinterpret<f32>(bits) > d) bits--;
    let e = <i32>(bits >> 23);
    let m = (((bits & 0x7fffff) | (u32(e > 0) << 23)) << 1) + 1;
    let unit = max(e, 1) - 151;
    let middle = <f64>m * reinterpret<f64>(<u64>(unit + 1023) << 52);
    let order = d < middle ? -1 : d > middle ? 1 : compare(first, digits, exponent, m, unit);
    bits += u32(order > 0 || (order == 0 && (bits & 1) == 1));
  }
  let magnitude = reinterpret<f32>(bits);
  return negative ? -magnitude : magnitude;
}
