// Decimals as java.math.BigDecimal has them: digits and a scale, exact. Pure; every result is within BOUNDS or an Overrun.
import { BOUNDS, Overrun } from "./bounds.ts";
import { Decimal } from "./kinds.ts";

const tens: bigint[] = [];

/** @returns 10^n, remembered while n is small */
export function tenTo(n: number): bigint {
  if (n > 64) return 10n ** BigInt(n);
  return (tens[n] ??= 10n ** BigInt(n));
}

/** @returns how many bits |big| has */
export function bitLength(big: bigint): number {
  const magnitude = big < 0n ? -big : big;
  if (magnitude < 9007199254740992n) return magnitude === 0n ? 0 : Math.floor(Math.log2(Number(magnitude))) + 1;
  const hex = magnitude.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.slice(0, 1), 16)));
}

/** @returns the decimal, or the overrun of a scale or length out of bounds */
export function decimal(unscaled: bigint, scale: number): Decimal | Overrun {
  if (Math.abs(scale) > BOUNDS.decimalScale) return new Overrun("decimal-too-long", `A decimal of scale ${scale}`);
  if (bitLength(unscaled) > BOUNDS.integerBits) return new Overrun("integer-too-large", "A decimal of too many digits");
  return new Decimal(unscaled, scale);
}

/** @param text digits with optional fraction and exponent @returns the decimal with the scale that its text shows */
export function parseDecimal(text: string): Decimal | Overrun {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return new Overrun("decimal-too-long", "Not a decimal");
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] = parts;
  const scale = fraction.length - Number(exponent);
  if (whole.length + fraction.length > BOUNDS.integerBits / 3)
    return new Overrun("integer-too-large", "A decimal of too many digits");
  return decimal(BigInt(sign + whole + fraction), scale);
}

/** @returns the digits of `value` at a scale that is not smaller */
const atScale = (value: Decimal, scale: number): bigint => value.unscaled * tenTo(scale - value.scale);

export function addDecimal(a: Decimal, b: Decimal): Decimal | Overrun {
  const scale = Math.max(a.scale, b.scale);
  return decimal(atScale(a, scale) + atScale(b, scale), scale);
}

export function subtractDecimal(a: Decimal, b: Decimal): Decimal | Overrun {
  const scale = Math.max(a.scale, b.scale);
  return decimal(atScale(a, scale) - atScale(b, scale), scale);
}

export function multiplyDecimal(a: Decimal, b: Decimal): Decimal | Overrun {
  if (bitLength(a.unscaled) + bitLength(b.unscaled) > BOUNDS.integerBits)
    return new Overrun("integer-too-large", "A decimal of too many digits");
  return decimal(a.unscaled * b.unscaled, a.scale + b.scale);
}

/** @returns how often `factor` divides `value` (not 0), and what is left; in a number of divisions logarithmic in that count */
function removeFactor(value: bigint, factor: bigint): [count: number, rest: bigint] {
  const powers: bigint[] = [factor];
  for (let power = factor * factor; value % power === 0n; power *= power) powers.push(power);
  let count = 0;
  let rest = value;
  for (let index = powers.length - 1; index >= 0; index--) {
    const power = powers[index] as bigint;
    if (rest % power === 0n) {
      rest /= power;
      count += 2 ** index;
    }
  }
  return [count, rest];
}

/**
 * BigDecimal.divide: the exact quotient at the smallest scale that is not below a.scale − b.scale.
 * @returns undefined if the quotient does not terminate or b is 0
 */
export function divideDecimal(a: Decimal, b: Decimal): Decimal | Overrun | undefined {
  if (b.unscaled === 0n) return undefined;
  const preferred = a.scale - b.scale;
  if (a.unscaled === 0n) return decimal(0n, preferred);
  const [twos, withoutTwos] = removeFactor(b.unscaled, 2n);
  const [fives, rest] = removeFactor(withoutTwos, 5n);
  if (a.unscaled % rest !== 0n) return undefined;
  const digits = Math.max(twos, fives);
  if (Math.abs(preferred) + digits > 3 * BOUNDS.decimalScale)
    return new Overrun("decimal-too-long", "A quotient of too many digits");
  const unscaled = (a.unscaled / rest) * 2n ** BigInt(digits - twos) * 5n ** BigInt(digits - fives);
  return stripped(unscaled, preferred + digits, preferred);
}

/** Takes trailing zeros away as long as the scale stays at or above `least`. */
function stripped(unscaled: bigint, scale: number, least: number): Decimal | Overrun {
  if (unscaled === 0n) return decimal(0n, least);
  if (scale <= least || unscaled % 10n !== 0n) return decimal(unscaled, scale);
  const [zeros] = removeFactor(unscaled, 10n);
  const taken = Math.min(zeros, scale - least);
  return decimal(unscaled / tenTo(taken), scale - taken);
}

/** BigDecimal.remainder: the sign is a's. @param b not 0 */
export function remainderDecimal(a: Decimal, b: Decimal): Decimal | Overrun {
  const scale = Math.max(a.scale, b.scale);
  const quotient = atScale(a, scale) / atScale(b, scale);
  const preferred = a.scale - b.scale;
  const whole = preferred >= 0 ? decimal(quotient * tenTo(preferred), preferred) : stripped(quotient, 0, preferred);
  if (whole instanceof Overrun) return whole;
  const product = multiplyDecimal(whole, b);
  return product instanceof Overrun ? product : subtractDecimal(a, product);
}

/** @param exponent ≥ 0 */
export function powerDecimal(base: Decimal, exponent: number): Decimal | Overrun {
  if (bitLength(base.unscaled) > 1 && (bitLength(base.unscaled) - 1) * exponent > BOUNDS.integerBits)
    return new Overrun("integer-too-large", "A power of too many digits");
  if (Math.abs(base.scale * exponent) > BOUNDS.decimalScale)
    return new Overrun("decimal-too-long", "A power of too many digits");
  return decimal(base.unscaled ** BigInt(exponent), base.scale * exponent);
}

/** @returns -1, 0 or 1 */
export function compareDecimal(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = atScale(a, scale);
  const right = atScale(b, scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** @returns the greatest integer at or below the decimal */
export function floorDecimal(value: Decimal): bigint {
  if (value.scale <= 0) return value.unscaled * tenTo(-value.scale);
  const unit = tenTo(value.scale);
  const quotient = value.unscaled / unit;
  return value.unscaled < 0n && quotient * unit !== value.unscaled ? quotient - 1n : quotient;
}

/** @returns the integer that the decimal equals, undefined if it has a fraction */
export function integralDecimal(value: Decimal): bigint | undefined {
  const floor = floorDecimal(value);
  return compareDecimal(new Decimal(floor, 0), value) === 0 ? floor : undefined;
}

/** BigDecimal.toString: scientific if the scale is negative or the adjusted exponent below −6. */
export function decimalText(value: Decimal): string {
  const negative = value.unscaled < 0n;
  const digits = (negative ? -value.unscaled : value.unscaled).toString();
  const sign = negative ? "-" : "";
  const adjusted = digits.length - 1 - value.scale;
  if (value.scale === 0) return sign + digits;
  if (value.scale > 0 && adjusted >= -6) return sign + plain(digits, value.scale);
  const mantissa = digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits;
  if (adjusted === 0) return sign + mantissa;
  return `${sign}${mantissa}E${adjusted > 0 ? "+" : ""}${adjusted}`;
}

function plain(digits: string, scale: number): string {
  const padded = digits.padStart(scale + 1, "0");
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}
