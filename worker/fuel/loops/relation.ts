// The ten comparisons of integers, as numbers in the order of their opcodes.
import { OP } from "../opcodes.ts";

export const EQUAL = 0;
export const NOT_EQUAL = 1;
const COUNT = 10;

const LESS_SIGNED = 2;
const LESS_OR_EQUAL_SIGNED = 6;

/** The comparison that holds when this one does not, and the one with the operands exchanged. */
const OPPOSITE: readonly number[] = [1, 0, 8, 9, 6, 7, 4, 5, 2, 3];
const EXCHANGED: readonly number[] = [0, 1, 4, 5, 2, 3, 8, 9, 6, 7];

export const opposite = (relation: number): number => OPPOSITE[relation] ?? relation;
export const exchanged = (relation: number): number => EXCHANGED[relation] ?? relation;

/** The comparison that an opcode is, with its width; undefined for what is none. */
export function relationOf(opcode: number): { readonly relation: number; readonly width: 32 | 64 } | undefined {
  if (opcode >= OP.i32_eq && opcode < OP.i32_eq + COUNT) return { relation: opcode - OP.i32_eq, width: 32 };
  if (opcode >= OP.i64_eq && opcode < OP.i64_eq + COUNT) return { relation: opcode - OP.i64_eq, width: 64 };
  return undefined;
}

export const opcodeOf = (relation: number, width: 32 | 64): number => (width === 32 ? OP.i32_eq : OP.i64_eq) + relation;

export const isOrdered = (relation: number): boolean => relation >= LESS_SIGNED;
export const isSigned = (relation: number): boolean => isOrdered(relation) && relation % 2 === 0;
/** `<=` and `>=`. */
export const isInclusive = (relation: number): boolean => relation >= LESS_OR_EQUAL_SIGNED;
/** Whether what is counted grows towards the bound: `<` and `<=`. */
export const isUpwards = (relation: number): boolean => [2, 3, 6, 7].includes(relation);
/** `>` and `<` of the same signedness. */
export const greater = (signed: boolean): number => (signed ? 4 : 5);
export const less = (signed: boolean): number => (signed ? 2 : 3);
