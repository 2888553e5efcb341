// Arithmetic (orc.md §7): integers stay integers; a decimal on either side makes it decimal; else a double makes it double.
// Pure. What the language calls an error is a Failure, what passes a bound is an Overrun.
import { BOUNDS, Overrun } from "./bounds.ts";
import * as dec from "./decimal.ts";
import { doubleText } from "./double.ts";
import { argumentType, divideByZero, Failure, hostError } from "./failure.ts";
import { Decimal, Double, type Integer, integer, isInteger, kindOf, type Value } from "./kinds.ts";

export type Numeric = Integer | Decimal | Double;
type Outcome = Value | Failure | Overrun;

export const isNumeric = (value: Value): value is Numeric =>
  isInteger(value) || value instanceof Decimal || value instanceof Double;

/** @returns the decimal that the number's text shows, undefined for a double that is not finite */
export function toDecimal(value: Numeric): Decimal | undefined {
  if (value instanceof Decimal) return value;
  if (!(value instanceof Double)) return new Decimal(BigInt(value), 0);
  if (!Number.isFinite(value.number)) return undefined;
  const parsed = dec.parseDecimal(doubleText(value.number));
  return parsed instanceof Overrun ? undefined : parsed;
}

export function toDouble(value: Numeric): number {
  if (value instanceof Double) return value.number;
  return value instanceof Decimal ? Number(dec.decimalText(value)) : Number(value);
}

/** @returns the integer, or the overrun of one too long */
export function bounded(big: bigint): Integer | Overrun {
  if (big >= -9007199254740991n && big <= 9007199254740991n) return Number(big);
  return dec.bitLength(big) > BOUNDS.integerBits ? tooLarge() : big;
}

const tooLarge = () => new Overrun("integer-too-large", `An integer of more than ${BOUNDS.integerBits} bits`);

/** Sixty-four-bit words that an operation on the value goes through: what it is charged by. */
export function wordsOf(value: Value): number {
  if (typeof value === "bigint") return (dec.bitLength(value) >> 6) + 1;
  if (value instanceof Decimal) return (dec.bitLength(value.unscaled) >> 6) + (Math.abs(value.scale) >> 4) + 1;
  return 0;
}

interface Operation {
  integers(a: bigint, b: bigint): Outcome;
  decimals(a: Decimal, b: Decimal): Outcome | undefined;
  doubles(a: number, b: number): number;
}

/** One operation by the kinds of its sides. `decimals` may leave it to the doubles. */
function operate(operation: Operation, a: Numeric, b: Numeric): Outcome {
  if (isInteger(a) && isInteger(b)) return operation.integers(BigInt(a), BigInt(b));
  if (a instanceof Decimal || b instanceof Decimal) {
    const left = toDecimal(a);
    const right = toDecimal(b);
    const exact = left === undefined || right === undefined ? undefined : operation.decimals(left, right);
    if (exact !== undefined) return exact;
  }
  return new Double(operation.doubles(toDouble(a), toDouble(b)));
}

function typed(operation: Operation, a: Value, b: Value): Outcome {
  if (!isNumeric(a)) return argumentType(0, "Number", kindOf(a));
  if (!isNumeric(b)) return argumentType(1, "Number", kindOf(b));
  return operate(operation, a, b);
}

const ADD: Operation = { integers: (a, b) => bounded(a + b), decimals: dec.addDecimal, doubles: (a, b) => a + b };
const SUBTRACT: Operation = {
  integers: (a, b) => bounded(a - b),
  decimals: dec.subtractDecimal,
  doubles: (a, b) => a - b,
};
const MULTIPLY: Operation = {
  integers: (a, b) => (dec.bitLength(a) + dec.bitLength(b) > BOUNDS.integerBits + 1 ? tooLarge() : bounded(a * b)),
  decimals: dec.multiplyDecimal,
  doubles: (a, b) => a * b,
};
const DIVIDE: Operation = {
  integers: (a, b) => (b === 0n ? divideByZero() : integer(a / b)),
  decimals: dec.divideDecimal,
  doubles: (a, b) => a / b,
};
const REMAINDER: Operation = {
  integers: (a, b) => (b === 0n ? divideByZero() : integer(a % b)),
  decimals: (a, b) =>
    b.unscaled === 0n ? hostError("ArithmeticException", "Division by zero") : dec.remainderDecimal(a, b),
  doubles: (a, b) => a % b,
};
const POWER: Operation = {
  integers: powerInteger,
  decimals: powerDecimal,
  doubles: (a, b) => (Math.abs(a) === 1 && !Number.isFinite(b) ? Number.NaN : a ** b),
};

function powerInteger(base: bigint, exponent: bigint): Outcome {
  if (exponent < 0n) return hostError("ArithmeticException", "Negative exponent");
  if (base === 0n || base === 1n) return exponent === 0n ? 1 : Number(base);
  if (base === -1n) return exponent % 2n === 0n ? 1 : -1;
  if (BigInt(dec.bitLength(base) - 1) * exponent > BOUNDS.integerBits) return tooLarge();
  return bounded(base ** exponent);
}

/** Exact for an integral exponent that is not negative, else undefined. */
function powerDecimal(base: Decimal, exponent: Decimal): Outcome | undefined {
  const whole = dec.integralDecimal(exponent);
  if (whole === undefined || whole < 0n) return undefined;
  if (whole > 1_000_000_000n) return new Overrun("decimal-too-long", "A power of too many digits");
  return dec.powerDecimal(base, Number(whole));
}

export const addNumbers = (a: Numeric, b: Numeric): Outcome => operate(ADD, a, b);
export const subtract = (a: Value, b: Value): Outcome => typed(SUBTRACT, a, b);
export const multiply = (a: Value, b: Value): Outcome => typed(MULTIPLY, a, b);
export const divide = (a: Value, b: Value): Outcome => typed(DIVIDE, a, b);
export const remainder = (a: Value, b: Value): Outcome => typed(REMAINDER, a, b);
export const power = (a: Value, b: Value): Outcome => typed(POWER, a, b);

export function negate(value: Value): Outcome {
  if (isInteger(value)) return integer(-BigInt(value));
  if (value instanceof Decimal) return new Decimal(-value.unscaled, value.scale);
  if (value instanceof Double) return new Double(-value.number);
  return argumentType(0, "Number", kindOf(value));
}

/** @returns a rounded to an integer, down or up */
export function round(value: Value, up: boolean): Outcome {
  if (isInteger(value)) return value;
  const exact = value instanceof Decimal || value instanceof Double ? toDecimal(value) : undefined;
  if (exact !== undefined) {
    if (up) return bounded(-dec.floorDecimal(new Decimal(-exact.unscaled, exact.scale)));
    return bounded(dec.floorDecimal(exact));
  }
  return value instanceof Double
    ? hostError("NumberFormatException", "Infinite or NaN")
    : argumentType(0, "Number", kindOf(value));
}

/** @returns -1, 0, 1, or NaN where a NaN is compared */
export function compareNumbers(a: Numeric, b: Numeric): number {
  if (a instanceof Double && b instanceof Double) return order(a.number, b.number);
  const odd = [a, b].some((side) => side instanceof Double && !Number.isFinite(side.number));
  if (odd) return order(toDouble(a), toDouble(b));
  if (isInteger(a) && isInteger(b)) return order(a, b);
  const left = toDecimal(a);
  const right = toDecimal(b);
  return left === undefined || right === undefined ? order(toDouble(a), toDouble(b)) : dec.compareDecimal(left, right);
}

function order(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a >= b ? 0 : Number.NaN;
}

/** Orders numbers, strings (by code unit) and booleans; anything else is an error. @returns -1, 0, 1 or NaN */
export function compare(a: Value, b: Value): number | Failure {
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b);
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  const expected = typeof a === "string" ? "String" : typeof a === "boolean" ? "Boolean" : "Number";
  return isNumeric(a) || expected !== "Number"
    ? argumentType(1, expected, kindOf(b))
    : argumentType(0, "Number", kindOf(a));
}
