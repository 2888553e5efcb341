// What each instruction costs. Data and arithmetic only: where the charges are placed is blocks.ts, how they are spelled
// in code is rewrite.ts. Any change here changes bills, so it needs a new identifier.
import { OP, OPCODES, OPCODE_COUNT } from "./opcodes.ts";

/** The identifier of this cost table; part of what a bill can be recomputed from. */
export const COST_TABLE = "orcade-2";

/** Weights are in sixteenths of a fuel; a straight stretch of code costs their sum, rounded up to whole fuel. */
export const WEIGHTS_PER_FUEL = 16;

// Measured time classes, in sixteenths of a nanosecond on ordinary code of the slow kind (docs/fuel.md). Nothing that
// becomes machine code is free: a stretch of a million moves must not cost as much as one of two. Weights lie between an
// operation's throughput and its latency, so that a chain of any one of them runs at least 0.3 fuel a nanosecond; the
// exceptions are loads that miss every cache and arithmetic on denormal numbers (docs/fuel.md).
const CLASS_WEIGHTS: Readonly<Record<string, number>> = {
  free: 0, // nop, block, else, end: no machine code of their own
  trap: 1,
  move: 1, // constants, locals
  alu: 2,
  select: 3,
  bits: 6,
  mul: 6,
  load: 8,
  store: 6,
  jump: 2,
  loop: 2,
  branch: 4, // a share of mispredictions
  table: 32, // br_table
  call: 24,
  indirect: 64,
  tableGet: 32,
  tableSet: 400, // leaves compiled code
  funcref: 64,
  div32: 60,
  div64: 100,
  falu: 3,
  fadd: 4,
  fminmax: 8,
  round: 24,
  convert: 24,
  fdiv: 60,
  fsqrt: 100,
  vector: 3,
  vmul: 6,
  vlong: 16,
  vload: 8,
  vstore: 8,
  vconvert: 40,
  vminmax: 40,
  vdiv: 60,
  vsqrt: 100,
  bulk: 320, // a call into the engine; the length is charged apart
  grow: 32_000,
};

/** Weight of each opcode, in sixteenths of a fuel. */
export const WEIGHT_OF: Readonly<Uint32Array> = (() => {
  const table = new Uint32Array(OPCODE_COUNT);
  for (const { code, costClass } of OPCODES) table[code] = CLASS_WEIGHTS[costClass] ?? 0;
  return table;
})();

/** Weight of entering a function, in sixteenths: its frame, and a move for each parameter and local. */
export function entryWeight(parameters: number, locals: number): number {
  return 16 + parameters + locals;
}

/** Weight added to a branch, a call or the end of a construct that moves `values` values. */
export function transferWeight(values: number): number {
  return values;
}

/** How an operation whose work depends on its length is charged, on top of its weight. */
export interface LengthCost {
  /** fuel = floor(length / 2^divide) * 2^multiply; one of the two is 0. */
  readonly divide: number;
  readonly multiply: number;
  /** What bounds the length: an operation beyond it traps or fails before any work, and pays its weight only. */
  readonly bound: "memory-bytes" | "memory-room" | "table-size" | "table-room";
}

const BY_BYTE: LengthCost = { divide: 4, multiply: 0, bound: "memory-bytes" };
const BY_ENTRY: LengthCost = { divide: 0, multiply: 6, bound: "table-size" };

/** Fuel by length: 16 bytes cost 1, a table entry 64, a page that memory grows by 16,384 (zeroing and first touch). */
export const LENGTH_COSTS: ReadonlyMap<number, LengthCost> = new Map([
  [OP.memory_copy, BY_BYTE],
  [OP.memory_fill, BY_BYTE],
  [OP.memory_init, BY_BYTE],
  [OP.table_copy, BY_ENTRY],
  [OP.table_fill, BY_ENTRY],
  [OP.table_init, BY_ENTRY],
  [OP.table_grow, { divide: 0, multiply: 6, bound: "table-room" }],
  [OP.memory_grow, { divide: 0, multiply: 14, bound: "memory-room" }],
]);

/**
 * Fuel is taken from the balance in strips and used up from a counter that never leaves the module, so a trap costs what
 * was taken. Part of the table: the same trap costs the same, whatever the slices.
 */
export const STRIP = 16_384;
/** What is taken and held back, so that charges up to this much in all may be made after what they pay for. */
export const MARGIN = 8_192;
/** A counted loop is paid ahead for turns of at most this much fuel, about a quarter of a millisecond. */
export const AHEAD = 262_144;

const INITIAL_PAGE = 1000;
const INITIAL_TABLE_ENTRY = 1;
const SEGMENT_BYTES_PER_FUEL = 16;
const SEGMENT_ENTRY = 64;

/** What an instance has before any of its code runs. */
export interface InitialState {
  readonly pages: number;
  readonly tableEntries: number;
  readonly dataBytes: number;
  readonly elementEntries: number;
}

/** Fuel of instantiation, charged by the host. */
export function initialCost(state: InitialState): number {
  const segments = Math.ceil(state.dataBytes / SEGMENT_BYTES_PER_FUEL) + state.elementEntries * SEGMENT_ENTRY;
  return state.pages * INITIAL_PAGE + state.tableEntries * INITIAL_TABLE_ENTRY + segments;
}
