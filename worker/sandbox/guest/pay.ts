// How host functions are paid for: before they do anything, in the slice that has room for it.
import type { Allowance } from "./allowance.ts";
import type { FuelTank } from "./fuel.ts";
import { CALL_FUEL, hostFuel } from "./prices.ts";

/** Where a call's fuel is. */
export interface Till {
  readonly tank: FuelTank;
  readonly allowance: Allowance;
}

/** Charges a part for the call and one for the bytes, in the next slice where one is used up, and then does the work. */
export type Pay = <T>(base: number, bytes: number, work: () => T | Promise<T>) => T | Promise<T>;

/** A host function that may suspend the module; it does so only when it answers with a promise. */
export const suspending = (host: (...numbers: number[]) => unknown): object => new WebAssembly.Suspending(host);

function charged<T>({ tank }: Till, fuel: number, work: () => T | Promise<T>): T | Promise<T> {
  tank.charge(fuel);
  return tank.owes ? tank.pause().then(work) : work();
}

/**
 * A host function's work, paid for first: the host is asked for more fuel where that needs it, and the work is put off to
 * the next slice when a slice's worth was done since the module's own last check, so that many such calls in a row do not
 * hold the thread either.
 */
export function paid<T>(desk: Till, base: number, bytes: number, work: () => T | Promise<T>): T | Promise<T> {
  const fuel = hostFuel(base, bytes);
  if (desk.allowance.covers(fuel)) return charged(desk, fuel, work);
  return desk.allowance.cover(fuel).then(() => charged(desk, fuel, work));
}

/** A small fact, which never suspends. */
export const fact =
  ({ tank }: Till, value: () => number) =>
  (): number => {
    tank.charge(CALL_FUEL);
    return value();
  };
