// What a call reports when it fails: the class and message the reference implementation reports (orc.md §8). The call then halts.
import { Exit } from "./bounds.ts";

/** An error report; `kind` is the reference's class name. */
export class Failure extends Exit {
  readonly kind: string;
  readonly text: string;
  constructor(kind: string, text: string) {
    super();
    this.kind = kind;
    this.text = text;
  }
}

const RUNTIME = "orc.error.runtime.";

export const arityMismatch = (expected: number, got: number): Failure =>
  new Failure(
    `${RUNTIME}ArityMismatchException`,
    `Arity mismatch, expected ${expected} arguments, got ${got} arguments.`,
  );

/** @param position of the argument, from 0 @param given the kind of the value that came instead */
export const argumentType = (position: number, expected: string, given: string): Failure =>
  new Failure(
    `${RUNTIME}ArgumentTypeMismatchException`,
    `Expected type ${expected} for argument ${position}, got ${given} instead`,
  );

/** What the reference reports when its host language throws. @param thrown e.g. "ArithmeticException" in java.lang */
export const hostError = (thrown: string, text: string): Failure =>
  new Failure(`${RUNTIME}JavaException`, `java.lang.${thrown}: ${text}`);

export const signalled = (text: string): Failure => new Failure(`${RUNTIME}ProgramSignalledError`, text);

export const noSuchMember = (value: string, member: string): Failure =>
  new Failure(`${RUNTIME}NoSuchMemberException`, `Value ${value} does not have a '${member}' member`);

export const tupleIndex = (index: string): Failure =>
  new Failure(`${RUNTIME}TupleIndexOutOfBoundsException`, `Tuple index out of range: ${index}`);

export const uncallable = (value: string): Failure =>
  new Failure(`${RUNTIME}UncallableValueException`, `Value not callable: "${value}"`);

export const illegalArgument = (text: string): Failure => hostError("IllegalArgumentException", text);

export const divideByZero = (): Failure => hostError("ArithmeticException", "BigInteger divide by zero");
