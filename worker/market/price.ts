// What a call costs. Pure. Amounts are safe integers of microcredits: 1 USD = 10,000 credits, 1 credit = 10^6 microcredits.
import { LIMITS } from "../limits.ts";

declare const unit: unique symbol;
/** A whole number of microcredits, 0 to 2^53 - 1. */
export type Microcredits = number & { readonly [unit]: "microcredits" };

/** Microcredits a call costs beside its fuel and royalty: what requests and the ledger's row cost us. */
export const CALL_FEE = 20_000 as Microcredits;
/** Fuel that one microcredit buys: 10^9 fuel is one credit. */
export const FUEL_PER_MICROCREDIT = 1_000;
/** Fuel in one millisecond of the processor fuel was calibrated on (docs/fuel.md). */
export const FUEL_PER_CPU_MS = 1_000_000;

/** @throws RangeError when the amount is not a whole number of microcredits */
export function microcredits(amount: number): Microcredits {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`not an amount of microcredits: ${amount}`);
  return amount as Microcredits;
}

/** The price of a completed call: fuel rounded up to a microcredit, the fee, the version's royalty. */
export const priceOf = (fuel: number, royalty: number): Microcredits =>
  microcredits(Math.ceil(fuel / FUEL_PER_MICROCREDIT) + CALL_FEE + royalty);

/**
 * The fuel that fits under a ceiling.
 * @param ceiling microcredits the caller will pay at most; undefined: no ceiling of the caller's
 * @returns fuel, at most the platform's limit; negative when fee and royalty alone pass the ceiling
 */
export const fuelUnder = (ceiling: number | undefined, royalty: number): number =>
  ceiling === undefined
    ? LIMITS.callFuel
    : Math.min(LIMITS.callFuel, (ceiling - CALL_FEE - royalty) * FUEL_PER_MICROCREDIT);

/** Estimated milliseconds of processor time, from the stated calibration. */
export const cpuMilliseconds = (fuel: number): number => Math.round((fuel / FUEL_PER_CPU_MS) * 1_000) / 1_000;
