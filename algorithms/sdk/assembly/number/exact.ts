// Exact comparison of a decimal number with a binary one, in integers of up to 8,192 bits.

/** 768 digits decide every double; what comes after them only matters by not being zero. */
const MAX_DIGITS: i32 = 800;
const WORDS: i32 = 256;
// @ts-ignore: decorator
@lazy
const decimal = memory.data(1024);
// @ts-ignore: decorator
@lazy
const binary = memory.data(1024);

/** number = number * factor + term. @returns the new length in words */
function multiplyAdd(number: usize, length: i32, factor: u32, term: u32): i32 {
  let carry = <u64>term;
  for (let i = 0; i < length; i++) {
    let at = number + <usize>(i << 2);
    carry += <u64>load<u32>(at) * factor;
    store<u32>(at, <u32>carry);
    carry >>= 32;
  }
  if (!carry) return length;
  if (length >= WORDS) unreachable();
  store<u32>(number + <usize>(length << 2), <u32>carry);
  return length + 1;
}

/** number = number * 5^n. @returns the new length */
function multiplyFives(number: usize, length: i32, n: i32): i32 {
  for (; n >= 13; n -= 13) length = multiplyAdd(number, length, 1220703125, 0);
  for (; n > 0; n--) length = multiplyAdd(number, length, 5, 0);
  return length;
}

/** number = number * 2^n. @returns the new length */
function shift(number: usize, length: i32, n: i32): i32 {
  let words = n >> 5;
  length = multiplyAdd(number, length, <u32>1 << (n & 31), 0);
  if (length + words > WORDS) unreachable();
  memory.copy(number + <usize>(words << 2), number, length << 2);
  memory.fill(number, 0, words << 2);
  return length + words;
}

/**
 * Compares digits * 10^exponent with m * 2^unit; both are positive.
 * @param first the address of the first digit that is not zero; a point among the digits is skipped
 * @param digits how many there are
 * @returns less than 0, 0 or greater than 0
 */
export function compare(first: usize, digits: i32, exponent: i32, m: u64, unit: i32): i32 {
  let length = 0;
  let n = 0;
  let sticky = false;
  for (let at = first; n < digits; at++) {
    let digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) continue;
    if (n < MAX_DIGITS) length = multiplyAdd(decimal, length, 10, digit);
    else if (digit) sticky = true;
    n++;
  }
  exponent += max(digits - MAX_DIGITS, 0);
  store<u64>(binary, m);
  let binaryLength = m >> 32 ? 2 : 1;
  if (exponent > 0) length = multiplyFives(decimal, length, exponent);
  else binaryLength = multiplyFives(binary, binaryLength, -exponent);
  let twos = exponent - unit;
  if (twos > 0) length = shift(decimal, length, twos);
  else binaryLength = shift(binary, binaryLength, -twos);
  let order = length - binaryLength;
  for (let i = length - 1; i >= 0 && order == 0; i--) {
    let a = load<u32>(decimal + <usize>(i << 2));
    let b = load<u32>(binary + <usize>(i << 2));
    if (a != b) order = a > b ? 1 : -1;
  }
  return order == 0 && sticky ? 1 : order;
}
