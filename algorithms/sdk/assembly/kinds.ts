// The kinds of values that cross the boundary, as numbered by the ABI.
export const TEXT: i32 = 0;
export const JSON: i32 = 1;
export const BYTES: i32 = 2;
export const VOID: i32 = 3;
