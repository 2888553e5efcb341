// The functions that a metered module has in addition, and the two globals they work on.
//
// The balance is spread over three places: balance = exported global + offset global + counter. The counter is handed from
// function to function and is all that code touches on the way; below 0 it calls `settle`. The exported global runs ahead:
// it has paid for `ahead` = offset + counter more, in whole strips, so that whatever ends the instance at once has been
// paid for. Whatever depends on `ahead` depends on what ran and not on the slices, and so does what a trap costs.
import { MARGIN, STRIP } from "./cost.ts";
import { OP } from "./opcodes.ts";
import { Writer } from "./writer.ts";

const I64 = 0x7e;
const VOID = 0x40;

/** Names for what the code here works on. */
export interface RuntimeNames {
  /** Globals. */
  readonly fuel: number;
  readonly offset: number;
  /** The import. */
  readonly refuel: number;
  /** The first of the helper functions; the others follow in the order of HELPERS. */
  readonly first: number;
}

/** `settle: (counter) -> counter`, `reserve: (counter, wanted) -> counter`, `sync: (counter)`, `finish: (counter)`. */
export const HELPERS = { settle: 0, reserve: 1, sync: 2, finish: 3 } as const;
export const HELPER_COUNT = 4;

/** The counter and the offset with which nothing is paid ahead; the next check looks at the balance. */
export const UNSET_COUNTER = -1;
const UNSET_OFFSET = 1;

/** What sets the offset for UNSET_COUNTER. */
export function unsetOffset(out: Writer, { offset }: RuntimeNames): void {
  constant(out, UNSET_OFFSET);
  one(out, OP.global_set, offset);
}

function one(out: Writer, opcode: number, index: number): void {
  out.u8(opcode);
  out.u32(index);
}

function constant(out: Writer, value: number): void {
  out.u8(OP.i64_const);
  out.signed(value);
}

/** Opcodes without immediates. */
function plain(out: Writer, ...opcodes: number[]): void {
  for (const opcode of opcodes) out.u8(opcode);
}

/** A body under construction: @param locals how many i64 locals it has, besides its parameters */
function body(locals: number): Writer {
  const out = new Writer(128);
  out.u32(locals === 0 ? 0 : 1);
  if (locals > 0) {
    out.u32(locals);
    out.u8(I64);
  }
  return out;
}

function settle({ first }: RuntimeNames): Writer {
  const out = body(0);
  one(out, OP.local_get, 0);
  constant(out, 0);
  one(out, OP.call, first + HELPERS.reserve);
  plain(out, OP.end);
  return out;
}

const COUNTER = 0;
const WANTED = 1;
const AHEAD_LOCAL = 2;
const BALANCE = 3;

/** Takes strips until `ahead` is the margin and what is wanted, and asks for fuel until the balance is not negative. */
function reserve(names: RuntimeNames): Writer {
  const out = body(2);
  one(out, OP.local_get, COUNTER);
  one(out, OP.global_get, names.offset);
  plain(out, OP.i64_add);
  one(out, OP.local_set, AHEAD_LOCAL);
  takeStrips(out, names);
  one(out, OP.global_get, names.fuel);
  one(out, OP.local_get, AHEAD_LOCAL);
  plain(out, OP.i64_add);
  one(out, OP.local_tee, BALANCE);
  constant(out, 0);
  plain(out, OP.i64_lt_s, OP.if, VOID);
  one(out, OP.local_get, BALANCE);
  askUntilPositive(out, names, BALANCE);
  one(out, OP.local_get, BALANCE);
  one(out, OP.local_get, AHEAD_LOCAL);
  plain(out, OP.i64_sub);
  one(out, OP.global_set, names.fuel);
  plain(out, OP.end);
  answerCounter(out, names);
  return out;
}

// taken = (margin + wanted - ahead + strip - 1) & -strip, when ahead < margin + wanted.
function takeStrips(out: Writer, names: RuntimeNames): void {
  one(out, OP.local_get, WANTED);
  constant(out, MARGIN);
  plain(out, OP.i64_add);
  one(out, OP.local_get, AHEAD_LOCAL);
  plain(out, OP.i64_sub);
  one(out, OP.local_tee, BALANCE);
  constant(out, 0);
  plain(out, OP.i64_gt_s, OP.if, VOID);
  one(out, OP.local_get, BALANCE);
  constant(out, STRIP - 1);
  plain(out, OP.i64_add);
  constant(out, -STRIP);
  plain(out, OP.i64_and);
  one(out, OP.local_set, BALANCE);
  one(out, OP.local_get, AHEAD_LOCAL);
  one(out, OP.local_get, BALANCE);
  plain(out, OP.i64_add);
  one(out, OP.local_set, AHEAD_LOCAL);
  one(out, OP.global_get, names.fuel);
  one(out, OP.local_get, BALANCE);
  plain(out, OP.i64_sub);
  one(out, OP.global_set, names.fuel);
  plain(out, OP.end);
}

/**
 * The balance is on the stack. Asks with -1 however large the debt, as often as it takes: a debt beyond that is for what
 * has not run yet, and a host that grants little at a time must not take it for the end. Leaves the balance in a local.
 */
function askUntilPositive(out: Writer, names: RuntimeNames, local: number): void {
  one(out, OP.local_set, local);
  plain(out, OP.loop, VOID);
  constant(out, -1);
  one(out, OP.global_set, names.fuel);
  constant(out, -1);
  one(out, OP.call, names.refuel);
  one(out, OP.local_tee, COUNTER);
  constant(out, 0);
  plain(out, OP.i64_lt_s, OP.if, VOID);
  one(out, OP.local_get, COUNTER);
  one(out, OP.global_set, names.fuel);
  plain(out, OP.unreachable, OP.end);
  one(out, OP.local_get, local);
  one(out, OP.local_get, COUNTER);
  plain(out, OP.i64_add);
  constant(out, 1);
  plain(out, OP.i64_add);
  one(out, OP.local_tee, local);
  constant(out, 0);
  plain(out, OP.i64_lt_s);
  one(out, OP.br_if, 0);
  plain(out, OP.end);
}

// counter = min(ahead - margin, balance), so that it is negative when either is to be seen to.
function answerCounter(out: Writer, { offset }: RuntimeNames): void {
  one(out, OP.local_get, AHEAD_LOCAL);
  constant(out, MARGIN);
  plain(out, OP.i64_sub);
  one(out, OP.local_tee, COUNTER);
  one(out, OP.local_get, BALANCE);
  one(out, OP.local_get, COUNTER);
  one(out, OP.local_get, BALANCE);
  plain(out, OP.i64_lt_s, OP.select);
  one(out, OP.local_set, COUNTER);
  one(out, OP.local_get, AHEAD_LOCAL);
  one(out, OP.local_get, COUNTER);
  plain(out, OP.i64_sub);
  one(out, OP.global_set, offset);
  one(out, OP.local_get, COUNTER);
  plain(out, OP.end);
}

/** The balance goes to the exported global, on the stack too if asked for. */
function gather(out: Writer, names: RuntimeNames): void {
  one(out, OP.global_get, names.fuel);
  one(out, OP.global_get, names.offset);
  plain(out, OP.i64_add);
  one(out, OP.local_get, COUNTER);
  plain(out, OP.i64_add);
}

/** Before the host is called: all of the balance is in the exported global. */
function sync(names: RuntimeNames): Writer {
  const out = body(0);
  gather(out, names);
  one(out, OP.global_set, names.fuel);
  unsetOffset(out, names);
  plain(out, OP.end);
  return out;
}

/** Before the host is returned to: the same, and the balance is not negative. */
function finish(names: RuntimeNames): Writer {
  const out = body(1);
  gather(out, names);
  one(out, OP.global_set, names.fuel);
  unsetOffset(out, names);
  one(out, OP.global_get, names.fuel);
  constant(out, 0);
  plain(out, OP.i64_lt_s, OP.if, VOID);
  one(out, OP.global_get, names.fuel);
  askUntilPositive(out, names, 1);
  one(out, OP.local_get, 1);
  one(out, OP.global_set, names.fuel);
  plain(out, OP.end, OP.end);
  return out;
}

/** The bodies of the helper functions, without their lengths, in the order of HELPERS. */
export function helperBodies(names: RuntimeNames): Writer[] {
  return [settle(names), reserve(names), sync(names), finish(names)];
}

/** The types of functions of the counter: how many i64 they take and answer. */
export const COUNTER_TYPES: readonly (readonly [takes: number, answers: number])[] = [
  [1, 1],
  [2, 1],
  [1, 0],
];
/** Which of these types each helper has, in the order of HELPERS; the import has that of `settle`. */
export const HELPER_TYPES: readonly number[] = [0, 1, 2, 2];

/** The body of a function of the original type around one that carries the counter. */
export function wrapperBody(names: RuntimeNames, target: number, parameters: number): Writer {
  const out = body(0);
  unsetOffset(out, names);
  for (let index = 0; index < parameters; index++) one(out, OP.local_get, index);
  constant(out, UNSET_COUNTER);
  one(out, OP.call, target);
  one(out, OP.call, names.first + HELPERS.finish);
  plain(out, OP.end);
  return out;
}
