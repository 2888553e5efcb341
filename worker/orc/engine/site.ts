// What a site of the host is to the engine. It is called when all arguments are bound, and answers at once: with a value, with a
// Failure (reported, the call halts), an Overrun (the run ends), HALTED, or a mark that says what its task waits for.
import type { Exit } from "../values/bounds.ts";
import type { Value } from "../values/kinds.ts";
import type { Task } from "./records.ts";
import type { Run } from "./run.ts";

export type Outcome = Value | Exit;

/**
 * @param task the caller, null if the engine does not want to wait: then a site that has to wait answers LATER and does nothing;
 * it will be called again with a task. With a task it puts it in a queue and answers WAITS.
 */
export type HostCall = (run: Run, args: readonly Value[], task: Task | null) => Outcome;

export interface HostSite {
  /** As `import site X = "name"` gives it. */
  readonly name: string;
  readonly call: HostCall;
  /** The same for exactly two arguments, if it never waits. */
  readonly two?: (run: Run, a: Value, b: Value) => Outcome;
  /** Which of FAST it is on two numbers. */
  readonly fast?: number;
}

/** A member of a value that is called as `self.name(args)`. */
export type HostMethod = (run: Run, self: Value, args: readonly Value[], task: Task | null) => Outcome;

/** What the engine finds in the library of sites. */
export interface Library {
  site(name: string): HostSite | undefined;
  /** @returns the method `name` of `value`: of a string, a channel…; undefined if it has none that the host answers itself */
  method(value: Value, name: string): HostMethod | undefined;
  /** Member access. @returns the member, or a failure */
  member(run: Run, value: Value, name: string): Outcome;
}

/** Operators that the machine does itself while both sides are safe integers. */
export const FAST = {
  none: 0,
  add: 1,
  subtract: 2,
  less: 3,
  atMost: 4,
  greater: 5,
  atLeast: 6,
  equal: 7,
  unequal: 8,
} as const;
