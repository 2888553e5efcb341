// Amounts of money. Pure. Everything is counted in whole microcredits in safe integers: 1 USD = 10,000 credits, 1 credit =
// 10^6 microcredits. An amount is 0 to 2^53 - 1; a posting may be negative, within the same distance of zero.
import { type Result, err, ok } from "../result.ts";

declare const unit: unique symbol;
/** A whole number of microcredits, 0 to 2^53 - 1. */
export type Microcredits = number & { readonly [unit]: "microcredits" };

/** Microcredits in a credit. */
export const CREDIT = 1_000_000;

/** Whether a value is a whole number of microcredits, 0 to 2^53 - 1. Minus zero is none. */
export const isAmount = (value: unknown): value is Microcredits =>
  Number.isSafeInteger(value) && ((value as number) > 0 || Object.is(value, 0));

/** Whether a value can be posted: a whole number within 2^53 - 1 of zero, not minus zero. */
export const isPosting = (value: unknown): value is number => Number.isSafeInteger(value) && !Object.is(value, -0);

/** @throws RangeError when the amount is not a whole number of microcredits: a bug of ours, callers are checked before */
export function microcredits(amount: number): Microcredits {
  if (!isAmount(amount)) throw new RangeError(`not an amount of microcredits: ${amount}`);
  return amount;
}

/** Adds postings; a sum that a safe integer does not hold is refused. */
export function add(left: number, right: number): Result<number, "overflow"> {
  const sum = left + right;
  return Number.isSafeInteger(sum) ? ok(sum) : err("overflow");
}

/** The sum of amounts, or null when one is none or their sum is beyond a safe integer. */
export function total(amounts: Iterable<number>): Microcredits | null {
  let sum = 0;
  for (const amount of amounts) {
    if (!isAmount(amount)) return null;
    sum += amount;
    if (!Number.isSafeInteger(sum)) return null;
  }
  return sum as Microcredits;
}

/** Minus an amount, without minus zero. */
export const negative = (amount: number): number => (amount === 0 ? 0 : -amount);

/** An amount as a decimal number of credits: 1,234,567 microcredits are "1.234567". */
export function inCredits(amount: number): string {
  const digits = Math.abs(amount).toString().padStart(7, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
