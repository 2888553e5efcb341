// What can be wrong with a body that should be JSON or text, and where. Offsets count bytes; lines and columns are for people.

export type JsonReason =
  | "empty"
  | "byte-order-mark"
  | "not-utf8"
  | "not-json"
  | "too-deep"
  | "duplicate-key"
  | "too-many-keys";

/** `offset` is the byte where the fault was found; `line` and `column` (in characters) count from 1. */
export interface JsonError {
  readonly reason: JsonReason;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Places a fault found at `offset` and completes its sentence with the place.
 *
 * @param what a clause without a full stop
 */
export function fault(bytes: Uint8Array, reason: JsonReason, offset: number, what: string): JsonError {
  let line = 1;
  let column = 1;
  for (let at = 0; at < offset; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x0a) {
      line++;
      column = 1;
    } else if ((byte & 0xc0) !== 0x80) column++;
  }
  return { reason, offset, line, column, message: `${what}, at line ${line}, column ${column}.` };
}
