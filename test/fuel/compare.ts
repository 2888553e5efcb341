// What must agree between a module as it is, metered, and with the plain count: results, traps, imports called, memory
// and fuel, for every slice length and ceiling. Throws (by expect) at the first difference.
import { expect } from "vitest";
import { meter, type MeterOptions } from "../../worker/fuel/index.ts";
import { type Call, ENDLESS, type Outcome, type Run, run } from "./harness.ts";
import { ORACLE_EXPORT, withOracle } from "./oracle.ts";

const completed = (outcome: Outcome | undefined): boolean => outcome !== undefined && "values" in outcome;
/** How deep the stack goes depends on the engine and the size of frames, so such calls are left out. */
const overflowed = (outcome: Outcome): boolean => "trap" in outcome && outcome.trap.includes("call stack");

/** Fuel by the plain count after each call, and whether the call completed. */
function plainCounts(bytes: Uint8Array, calls: readonly Call[]): bigint[] {
  const { fuel } = run(withOracle(bytes), ORACLE_EXPORT, calls);
  // The oracle counts up from 0 and never asks for fuel: `run` reports granted (0) minus balance.
  return fuel.map((value) => -value);
}

/** Fuel of each call apart. */
const differences = (totals: readonly bigint[]): bigint[] => totals.map((total, at) => total - (totals[at - 1] ?? 0n));

function expectSameRun(actual: Run, expected: Run): void {
  expect(actual.outcomes).toEqual(expected.outcomes);
  expect(actual.log).toEqual(expected.log);
  expect(Buffer.compare(actual.memory, expected.memory)).toBe(0);
}

function expectPlainCount(outcomes: readonly Outcome[], metered: readonly bigint[], plain: readonly bigint[]): void {
  const [ours, theirs] = [differences(metered), differences(plain)];
  outcomes.forEach((outcome, at) => {
    // Neither has a fuel when it did not instantiate.
    const [fuel = 0n, count = 0n] = [ours[at], theirs[at]];
    if (completed(outcome)) expect(fuel, `fuel of call ${at}`).toBe(count);
    else expect(fuel >= count, `call ${at} trapped: charged ${fuel}, ran ${count}`).toBe(true);
  });
}

/** Runs out of fuel exactly when the ceiling is below the total; the shorter run charges no more than it must. */
function expectCeilings(module: Uint8Array, fuelExport: string, calls: readonly Call[], whole: Run): void {
  const total = whole.fuel.at(-1);
  if (total === undefined) return;
  const slice = total / 7n + 1n;
  const exact = run(module, fuelExport, calls, { ceiling: total, slice });
  expect(exact.outcomes).toEqual(whole.outcomes);
  expect(exact.fuel).toEqual(whole.fuel);
  if (total < 2n || !completed(whole.outcomes.at(-1))) return;
  for (const ceiling of [total - 1n, total / 2n]) {
    const cut = run(module, fuelExport, calls, { ceiling, slice });
    expect(cut.outcomes.at(-1), `ceiling ${ceiling} of ${total}`).toEqual({ exhausted: true });
  }
}

/** Compares everything. Answers the run with endless fuel, and the calls that were made. */
export function expectFaithful(bytes: Uint8Array, wanted: readonly Call[], options: MeterOptions = {}): Run {
  const all = run(bytes, null, wanted);
  const stop = all.outcomes.findIndex(overflowed);
  const calls = stop < 0 ? wanted : wanted.slice(0, stop);
  const raw = stop < 0 ? all : run(bytes, null, calls);
  const { module, fuelExport } = meter(bytes, options);
  const whole = run(module, fuelExport, calls);
  expectSameRun(whole, raw);
  expectPlainCount(whole.outcomes, whole.fuel, plainCounts(bytes, calls));
  const total = whole.fuel.at(-1) ?? 0n;
  for (const slice of [total / 3n + 1n, total / 50n + 1n]) {
    const sliced = run(module, fuelExport, calls, { ceiling: ENDLESS.ceiling, slice });
    expectSameRun(sliced, raw);
    expect(sliced.fuel).toEqual(whole.fuel);
  }
  expectCeilings(module, fuelExport, calls, whole);
  return whole;
}
