// How sites are written down: by name, with the number of their arguments checked in one place.
import type { HostCall, HostMethod, HostSite, Outcome } from "../engine/site.ts";
import type { Task } from "../engine/records.ts";
import type { Run } from "../engine/run.ts";
import { argumentType, arityMismatch, type Failure } from "../values/failure.ts";
import { type Integer, isInteger, kindOf, type Value } from "../values/kinds.ts";

/** A site of no argument. */
export const site0 = (name: string, call: (run: Run) => Outcome): HostSite => ({
  name,
  call: (run, args) => (args.length === 0 ? call(run) : arityMismatch(0, args.length)),
});

/** A site of one argument. */
export const site1 = (name: string, call: (run: Run, a: Value, task: Task | null) => Outcome): HostSite => ({
  name,
  call: (run, args, task) => (args.length === 1 ? call(run, args[0] as Value, task) : arityMismatch(1, args.length)),
});

/** A site of two arguments that never waits. @param fast one of FAST */
export const site2 = (name: string, two: (run: Run, a: Value, b: Value) => Outcome, fast = 0): HostSite => ({
  name,
  two,
  fast,
  call: (run, args) =>
    args.length === 2 ? two(run, args[0] as Value, args[1] as Value) : arityMismatch(2, args.length),
});

/** A site of any number of arguments. */
export const siteN = (name: string, call: HostCall): HostSite => ({ name, call });

/** The methods of a kind of value, by name. */
export type Methods = Readonly<Record<string, HostMethod>>;

/** A method of `arity` arguments on a value of one kind. The table it stands in makes sure of the kind. */
export function method<T extends Value>(
  arity: number,
  call: (run: Run, self: T, args: readonly Value[], task: Task | null) => Outcome,
): HostMethod {
  return (run, self, args, task) =>
    args.length === arity ? call(run, self as T, args, task) : arityMismatch(arity, args.length);
}

/** @returns the argument as a safe integer; a larger one as the nearest; or the report that it is none */
export function wholeNumber(value: Value, position: number): number | Failure {
  return isInteger(value) ? clamp(value) : argumentType(position, "Integer", kindOf(value));
}

function clamp(value: Integer): number {
  if (typeof value === "number") return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}
