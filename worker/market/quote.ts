// What a call will probably cost, and what it will cost at most: from what calls like it used. Pure.
import { LIMITS } from "../limits.ts";
import { CALL_FEE, computePrice } from "./money/price.ts";
import { type Histogram, quantile } from "./profile/histogram.ts";
import type { Figures } from "./profile/view.ts";

/** What is known of calls like the one that is asked about. */
export interface Basis {
  /** Which calls these are: of this build with inputs of about the length, of about half to double that, or of earlier builds. */
  readonly of: "same-size" | "near-size" | "earlier-version" | "nothing";
  readonly fuel: Histogram;
  /** Microcredits of nested calls. */
  readonly nested: Histogram;
}

/** Calls that a ceiling can be drawn from. */
export const LEAST_CALLS = 5;
/** A ceiling is this many times the most that was seen. */
const MARGIN = 2;

/** What the quoted version says of itself. */
export interface Quotable {
  /** Microcredits. */
  readonly royalty: number;
  /** Whether it may call other algorithms. */
  readonly calls: boolean;
}

export interface Prices {
  readonly fuel: Figures;
  /** Microcredits of nested calls. */
  readonly nested: Figures;
  /** Microcredits of the whole call. */
  readonly price: Figures;
  readonly ceiling: number;
}

/** The most that a call can cost when it is given no ceiling: what the calls engine grants (worker/calls). */
export const utmost = (royalty: number): number => computePrice(LIMITS.callFuel) + CALL_FEE + royalty;

/** @param step fuel is told in steps of this, rounded up */
const figures = (histogram: Histogram, step: number): Figures => {
  const told = (value: number): number => Math.ceil(value / step) * step;
  return {
    p50: told(quantile(histogram, 0.5)),
    p95: told(quantile(histogram, 0.95)),
    max: told(histogram.max),
  };
};

/** @param step 1, or FUEL_STEP for who may not know exact fuel */
export function pricesOf({ royalty, calls }: Quotable, basis: Basis, step: number): Prices {
  const fuel = figures(basis.fuel, step);
  const nested = figures(basis.nested, 1);
  const priced = (of: keyof Figures): number => computePrice(fuel[of]) + CALL_FEE + royalty + nested[of];
  const most = utmost(royalty);
  const drawn =
    basis.fuel.count < LEAST_CALLS
      ? most
      : computePrice(Math.min(LIMITS.callFuel, fuel.max * MARGIN)) +
        CALL_FEE +
        royalty +
        (calls ? nested.max * MARGIN : 0);
  return {
    fuel,
    nested,
    price: { p50: priced("p50"), p95: priced("p95"), max: priced("max") },
    ceiling: Math.min(most, drawn),
  };
}
