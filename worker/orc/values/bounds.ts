// What one run may hold and build. User programs run in our own isolate, so whatever can grow has a bound, and each overrun is
// an end state with a code of its own. Sizes are checked before the value is made, never after.

export const BOUNDS = {
  /** Bits of an integer, and of a decimal's digits: one multiplication of two such takes a few milliseconds. */
  integerBits: 2 ** 20,
  /** Scale of a decimal, either sign: adding 1E+10000 and 1E-10000 makes 66,000 bits. */
  decimalScale: 10_000,
  /** UTF-16 code units of a string: 8 MiB. */
  stringUnits: 4 * 2 ** 20,
  /** Elements of an array. */
  arrayLength: 1_000_000,
  /** Tasks that are alive at once, waiting ones included. */
  liveTasks: 1_000_000,
  /** Bytes that a run may hold, as the engine estimates them. */
  liveBytes: 32 * 2 ** 20,
  /** Pairs of values that one comparison may visit, values that one text may visit: shared parts are visited again. */
  visits: 4_000_000,
} as const;

/** Why a run was ended from outside the language. */
export type OverrunCode =
  | "integer-too-large"
  | "decimal-too-long"
  | "string-too-long"
  | "array-too-long"
  | "value-too-deep"
  | "too-many-tasks"
  | "too-much-memory"
  | "out-of-fuel";

/** What a call gave that is no value. */
export abstract class Exit {
  readonly exit = true;
}

/** Ends the run: a bound was passed. */
export class Overrun extends Exit {
  readonly code: OverrunCode;
  readonly text: string;
  constructor(code: OverrunCode, text: string) {
    super();
    this.code = code;
    this.text = text;
  }
}
