// Finds what a loop of a known shape counts: one local, changed once a turn by a constant, compared with what the loop
// does not change.
import { type Plan, TURNS } from "../blocks.ts";
import type { Marks } from "../body.ts";
import { AHEAD } from "../cost.ts";
import { OP } from "../opcodes.ts";
import { listLoop, listStraight, type LoopCode } from "./code.ts";
import { EQUAL, exchanged, isInclusive, isOrdered, isUpwards, NOT_EQUAL, opposite, relationOf } from "./relation.ts";
import { type Refusal, type Shape, shapeOf } from "./shape.ts";

/** Offsets of a piece of code in the module. */
export interface Piece {
  readonly from: number;
  readonly to: number;
}

export interface CountedLoop extends Shape {
  readonly width: 32 | 64;
  /** The local that is counted, and what is added to it each turn. */
  readonly local: number;
  readonly step: number;
  /** The loop goes on while `local relation bound`; at the foot the local was changed before. */
  readonly relation: number;
  /** The code that pushes the bound; null for 0. Its value, where it is a constant of at most 32 bits. */
  readonly bound: Piece | null;
  readonly constantBound: number | null;
  /** What the local is where the loop begins, if a constant of 32 bits is put there right before. */
  readonly constantStart: number | null;
  /** The whole test, and the part of it that pushes what is counted. */
  readonly condition: Piece;
  readonly counted: Piece;
  /** Fuel of each turn, and the most that a turn may cost beside that. */
  readonly turn: number;
  readonly extra: number;
}

/** Beyond these a loop is not worth copying, or its turns not worth counting. */
const MAXIMUM_BYTES = 4000;
const MAXIMUM_TURN = AHEAD / 64;
/** So that a strip never takes the counted local around. */
const MAXIMUM_STEP = 4096;

/** Describes the loop that a mark opens, or says why its turns cannot be counted. */
export function countedLoop(bytes: Uint8Array, marks: Marks, plan: Plan, start: number): CountedLoop | Refusal {
  const shape = shapeOf(bytes, marks, plan, start);
  if (typeof shape === "string") return shape;
  if (marks.next.at(shape.end) - marks.at.at(start) > MAXIMUM_BYTES) return "is too long";
  const cost = costOf(plan, shape);
  if (cost === null) return "costs too much a turn";
  const test = findTest(listLoop(bytes, marks, start, shape.end), marks, shape);
  if (test === null) return "has no counted test";
  const before = listStraight(bytes, start === 0 ? null : marks.next.at(start - 1), marks.at.at(start));
  return { ...shape, ...test, ...cost, constantStart: startOf(before, test.local) };
}

/** The constant that a local was last set to in straight code. */
function startOf(code: LoopCode, local: number): number | null {
  const set = code.setsOf(local).at(-1);
  return set === undefined ? null : (code.constant(set - 1) ?? null);
}

function costOf(plan: Plan, { form, start, end, test, paid }: Shape): Pick<CountedLoop, "turn" | "extra"> | null {
  const turn = (form === "foot" ? plan.after[start] : plan.atBranch[paid]) ?? 0;
  if (turn === 0 || (form === "foot" && plan.loopTurns[start] !== TURNS.head)) return null;
  let extra = 0;
  // What stands behind the test at the foot runs once, on the way out.
  for (let mark = start + 1; mark < (form === "foot" ? test : end); mark++) {
    const fuel = plan.after[mark] ?? 0;
    if ((fuel > 0 && plan.checked[mark] === 1) || (plan.atExit[mark] ?? 0) > 0) return null;
    extra += fuel;
  }
  return turn + extra > MAXIMUM_TURN ? null : { turn, extra };
}

type Test = Pick<
  CountedLoop,
  "width" | "local" | "step" | "relation" | "bound" | "constantBound" | "condition" | "counted"
>;

function findTest(code: LoopCode, marks: Marks, shape: Shape): Test | null {
  const branch = code.positionOf(marks.at.at(shape.test));
  let last = branch - 1;
  // A branch out is taken when the loop does not go on.
  let goesOn = shape.form !== "exit";
  while (code.opcode(last) === OP.i32_eqz && relationOrZero(code, last - 1)) {
    goesOn = !goesOn;
    last--;
  }
  const found = compared(code, last, shape);
  if (found === null) return null;
  const { relation, ...rest } = found;
  const oriented = goesOn ? relation : opposite(relation);
  if (!reaches(oriented, rest.step, rest.width)) return null;
  const pure = shape.form === "foot" || code.list[0]?.at === rest.from;
  if (!pure) return null;
  const { local, step, width, bound, constantBound, counted, from } = rest;
  const to = code.list[branch]?.at ?? 0;
  return { local, step, width, bound, constantBound, counted, relation: oriented, condition: { from, to } };
}

/** Whether the value at a position is a truth, which `eqz` negates. */
function relationOrZero(code: LoopCode, at: number): boolean {
  const opcode = code.opcode(at);
  return relationOf(opcode) !== undefined || opcode === OP.i32_eqz || opcode === OP.i64_eqz;
}

/** Whether the step leads where the relation ends. */
function reaches(relation: number, step: number, width: 32 | 64): boolean {
  if (relation === EQUAL) return false;
  if (!isOrdered(relation)) return true;
  if (isUpwards(relation) !== step > 0) return false;
  // A count of 2^64 turns is not to be told from one of none.
  return !(width === 64 && isInclusive(relation));
}

type Comparison = Omit<Test, "condition"> & { readonly from: number };

function compared(code: LoopCode, last: number, shape: Shape): Comparison | null {
  const comparison = relationOf(code.opcode(last));
  if (comparison === undefined) return againstZero(code, last, shape);
  const { relation, width } = comparison;
  const right = code.invariant(last - 1);
  if (right >= 0) {
    const counted = countedAt(code, right - 1, shape, width);
    if (counted === null) return null;
    const bound = piece(code, right, last - 1);
    const constantBound = right === last - 1 ? (code.constant(right) ?? null) : null;
    return { ...counted, width, relation, bound, constantBound, from: counted.counted.from };
  }
  const counted = countedAt(code, last - 1, shape, width);
  if (counted === null) return null;
  const left = code.invariant(counted.first - 1);
  if (left < 0) return null;
  const bound = piece(code, left, counted.first - 1);
  const constantBound = left === counted.first - 1 ? (code.constant(left) ?? null) : null;
  return { ...counted, width, relation: exchanged(relation), bound, constantBound, from: bound.from };
}

/** `local` or `eqz local` as a test. */
function againstZero(code: LoopCode, last: number, shape: Shape): Comparison | null {
  const zero = code.opcode(last);
  const isZero = zero === OP.i32_eqz || zero === OP.i64_eqz;
  const width = zero === OP.i64_eqz ? 64 : 32;
  const counted = countedAt(code, isZero ? last - 1 : last, shape, width);
  if (counted === null) return null;
  const relation = isZero ? EQUAL : NOT_EQUAL;
  return { ...counted, width, relation, bound: null, constantBound: 0, from: counted.counted.from };
}

function piece(code: LoopCode, first: number, last: number): Piece {
  return { from: code.list[first]?.at ?? 0, to: code.list[last]?.next ?? 0 };
}

interface Counted {
  readonly local: number;
  readonly step: number;
  readonly counted: Piece;
  /** Position at which the code that pushes it begins. */
  readonly first: number;
}

/** The counted local that is pushed by what ends at `last`: read, or changed there and then. */
function countedAt(code: LoopCode, last: number, shape: Shape, width: 32 | 64): Counted | null {
  const opcode = code.opcode(last);
  if (opcode !== OP.local_get && opcode !== OP.local_tee) return null;
  const local = code.index(last);
  const [set, ...more] = code.setsOf(local);
  if (set === undefined || more.length > 0) return null;
  const step = stepAt(code, set, local, width);
  if (step === null || step === 0 || Math.abs(step) > MAXIMUM_STEP) return null;
  if (opcode === OP.local_tee) {
    if (shape.form !== "foot" || set !== last) return null;
    return { local, step, counted: piece(code, last - 3, last), first: last - 3 };
  }
  // Each turn passes it: it is in no construct that may be left before, and at the foot it comes before the test.
  const level = shape.form === "head" ? 1 : 0;
  if (code.list[set]?.level !== level || (shape.form === "foot" && set > last)) return null;
  return { local, step, counted: piece(code, last, last), first: last };
}

/** What `local.set` at a position adds: `local const add`, `const local add` or `local const sub` before it. */
function stepAt(code: LoopCode, set: number, local: number, width: 32 | 64): number | null {
  const [add, sub] = width === 32 ? [OP.i32_add, OP.i32_sub] : [OP.i64_add, OP.i64_sub];
  const operation = code.opcode(set - 1);
  if (operation !== add && operation !== sub) return null;
  const isLocal = (at: number) => code.opcode(at) === OP.local_get && code.index(at) === local;
  const constant = isLocal(set - 3) ? code.constant(set - 2) : undefined;
  if (constant !== undefined) return operation === add ? constant : -constant;
  const first = operation === add && isLocal(set - 2) ? code.constant(set - 3) : undefined;
  return first ?? null;
}
