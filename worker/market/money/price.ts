// What a call costs, and who gets it. Pure.
import { LIMITS } from "../../limits.ts";
import { type Microcredits, microcredits } from "./amount.ts";

/** Microcredits a call costs beside its fuel and royalty: what requests and the ledger's row cost us. */
export const CALL_FEE = 20_000 as Microcredits;
/** Fuel that one microcredit buys: 10^9 fuel is one credit. */
export const FUEL_PER_MICROCREDIT = 1_000;
/** Fuel in one millisecond of the processor fuel was calibrated on (docs/fuel.md). */
export const FUEL_PER_CPU_MS = 1_000_000;
/** The account of the platform: it receives compute, fees and its part of royalties. */
export const PLATFORM = "orcade";

/** The price of fuel alone, rounded up to a microcredit for each invocation. */
export const computePrice = (fuel: number): Microcredits => microcredits(Math.ceil(fuel / FUEL_PER_MICROCREDIT));

/** The price of a completed call: fuel rounded up to a microcredit, the fee, the version's royalty. */
export const priceOf = (fuel: number, royalty: number): Microcredits =>
  microcredits(computePrice(fuel) + CALL_FEE + royalty);

/** The platform's part of a royalty: floor(0.3 × royalty), in integers. Beyond 2^53 / 3 in two steps that stay exact. */
export const platformPart = (royalty: number): Microcredits =>
  microcredits(Math.floor(royalty / 10) * 3 + Math.floor(((royalty % 10) * 3) / 10));

/** The author's part of a royalty: royalty - floor(0.3 × royalty). */
export const authorPart = (royalty: number): Microcredits => microcredits(royalty - platformPart(royalty));

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
