// Numbers to decimal text. Doubles get the shortest digits that read back as the same double, the closest to it among
// those (R. Giulietti, "The Schubfach way to render doubles", 2020), laid out as JavaScript's Number.toString does.
import { carry, high, log2Power, low, multiply, power } from "./powers";

/** The longest text that `printFloat` or `printUnsigned` writes. */
export const LONGEST: i32 = 32;

/** "00" to "99". */
// @ts-ignore: decorator
@lazy
const PAIRS: string = "\
0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/** @returns how many decimal digits a number has; 0 has one */
export function decimals(value: u64): i32 {
  if (value < 100000) return value < 100 ? 1 + i32(value > 9) : value < 1000 ? 3 : 4 + i32(value > 9999);
  let count = 1;
  let limit: u64 = 10;
  while (value >= limit) {
    if (++count == 20) break;
    limit *= 10;
  }
  return count;
}

/** Writes the `count` last decimal digits of a number before `end`. */
function putDigits(value: u64, end: usize, count: i32): void {
  while (count > 9) {
    let next = value / 100000000;
    putSmall(<u32>(value - next * 100000000), end, 8);
    value = next;
    end -= 8;
    count -= 8;
  }
  putSmall(<u32>value, end, count);
}

/** As `putDigits`, for at most nine digits: 32-bit division is faster. */
function putSmall(value: u32, end: usize, count: i32): void {
  while (count >= 2) {
    let next = value / 100;
    let pair = changetype<usize>(PAIRS) + (<usize>(value - next * 100) << 2);
    end -= 2;
    store<u8>(end, <u8>load<u16>(pair));
    store<u8>(end, <u8>load<u16>(pair, 2), 1);
    value = next;
    count -= 2;
  }
  if (count) store<u8>(end - 1, 0x30 + <u8>(value % 10));
}

/** Writes an unsigned integer. @returns the address after it */
export function printUnsigned(value: u64, target: usize): usize {
  let count = decimals(value);
  putDigits(value, target + <usize>count, count);
  return target + <usize>count;
}

/** Writes a signed integer. @returns the address after it */
export function printSigned(value: i64, target: usize): usize {
  if (value >= 0) return printUnsigned(value, target);
  store<u8>(target, 0x2d);
  return printUnsigned(0 - <u64>value, target + 1);
}

/** The power of ten that goes with the last `shortest`. */
let exponent: i32 = 0;

/** floor(power * c / 2^128) for the last `power`, its last bit set when that was not exact. */
function roundToOdd(c: u64): u64 {
  multiply(c, low);
  let part = carry;
  let lower = multiply(c, high) + part;
  return (carry + u64(lower < part)) | u64(lower > 1);
}

/**
 * The shortest decimal in the rounding interval of c * 2^q.
 * @param closer whether the number below is half as far as the one above (c is a power of two, not the least exponent)
 * @returns its digits; their power of ten is in `exponent`
 */
function shortest(c: u64, q: i32, closer: bool): u64 {
  let odd = c & 1;
  let middle = c << 2;
  let left = middle - 2 + u64(closer);
  let right = middle + 2;
  // floor(log10(2^q)), or floor(log10(3/4 2^q))
  let k = <i32>((<i64>q * 661971961083 - (closer ? 274743187321 : 0)) >> 41);
  let h = q + log2Power(-k) + 1;
  power(-k);
  let vl = roundToOdd(left << h) + odd;
  let v = roundToOdd(middle << h);
  let vr = roundToOdd(right << h) - odd;
  let s = v >> 2;
  exponent = k;
  if (s >= 10) {
    let t = s / 10;
    let below = vl <= t * 40;
    let above = t * 40 + 40 <= vr;
    if (below != above) {
      exponent = k + 1;
      return t + u64(above);
    }
  }
  let below = vl <= s << 2;
  let above = (s << 2) + 4 <= vr;
  if (below != above) return s + u64(above);
  let half = (s << 2) + 2;
  return s + u64(v > half || (v == half && (s & 1) == 1));
}

/** Writes a 64-bit or 32-bit number that is finite. @returns the address after it */
export function printFloat<T extends number>(value: T, target: usize): usize {
  let c: u64, q: i32, normal: bool;
  if (sizeof<T>() == 8) {
    let bits = reinterpret<u64>(<f64>value);
    if (bits >> 63) store<u8>(target++, 0x2d);
    q = <i32>(bits >> 52) & 0x7ff;
    c = bits & 0xfffffffffffff;
    normal = q > 0;
    if (normal) c |= 0x10000000000000;
    q = max(q, 1) - 1075;
    return putFloat(c, q, normal && c == 0x10000000000000 && q > -1074, target);
  } else {
    let bits = reinterpret<u32>(<f32>value);
    if (bits >> 31) store<u8>(target++, 0x2d);
    q = <i32>(bits >> 23) & 0xff;
    c = bits & 0x7fffff;
    normal = q > 0;
    if (normal) c |= 0x800000;
    q = max(q, 1) - 150;
    return putFloat(c, q, normal && c == 0x800000 && q > -149, target);
  }
}

/** Writes c * 2^q. @returns the address after it */
function putFloat(c: u64, q: i32, closer: bool, target: usize): usize {
  // Integers below 2^53 need no search.
  if (q <= 0 && q > -53 && !(c & ((<u64>1 << -q) - 1))) return printUnsigned(c >> -q, target);
  if (!c) {
    store<u8>(target, 0x30);
    return target + 1;
  }
  let value = shortest(c, q, closer);
  while (value % 10 == 0) {
    value /= 10;
    exponent++;
  }
  return layOut(value, decimals(value), exponent, target);
}

/** Lays digits out around their point, as JavaScript does: plain from 1e-6 to below 1e21, else with an exponent. */
function layOut(value: u64, count: i32, power: i32, target: usize): usize {
  let point = count + power;
  if (power >= 0 && point <= 21) {
    putDigits(value, target + <usize>count, count);
    memory.fill(target + <usize>count, 0x30, power);
    return target + <usize>point;
  }
  if (point > 0 && point <= 21) {
    putDigits(value, target + <usize>count + 1, count);
    memory.copy(target, target + 1, point);
    store<u8>(target + <usize>point, 0x2e);
    return target + <usize>count + 1;
  }
  if (point > -6 && point <= 0) {
    memory.fill(target, 0x30, 2 - point);
    store<u8>(target, 0x2e, 1);
    target += <usize>(2 - point + count);
    putDigits(value, target, count);
    return target;
  }
  putDigits(value, target + <usize>count + 1, count);
  store<u8>(target, load<u8>(target, 1));
  if (count > 1) {
    store<u8>(target, 0x2e, 1);
    target += <usize>count;
  }
  store<u8>(target + 1, 0x65);
  store<u8>(target + 2, point > 0 ? 0x2b : 0x2d);
  return printUnsigned(abs(point - 1), target + 3);
}
