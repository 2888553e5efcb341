// Writes what goes before a counted loop that is paid ahead:
//
//   turns = how often the test will say yes
//   if turns are more than a strip [unlikely]
//     do { pay a strip; run a copy of the loop that ends after a strip of turns } while more than a strip is left
//   pay the turns that are left
//   the loop as it was, without its charge
//
// The copy differs from the loop in its test alone: `counted != limit`. It only runs turns of which it is known that the
// test says yes, so it leaves every local as the loop would have it there. A strip's length is a constant of the cost table.
import type { Marks } from "../body.ts";
import type { Plan } from "../blocks.ts";
import { AHEAD } from "../cost.ts";
import { type Emitter, VOID } from "../emit.ts";
import { OP } from "../opcodes.ts";
import { HELPERS } from "../runtime.ts";
import type { CountedLoop } from "./counted.ts";
import { greater, isInclusive, isOrdered, isSigned, isUpwards, less, NOT_EQUAL, opcodeOf } from "./relation.ts";

/** Stands for turns without end. */
const ENDLESS = 1n << 62n;

/** The temporary locals that paying ahead needs: of i32, and of i64. */
export function temporariesOf(loop: CountedLoop): { readonly i32: number; readonly i64: number } {
  const limits = loop.width === 32 ? { i32: 1, i64: 0 } : { i32: 0, i64: 1 };
  return { i32: limits.i32, i64: 2 + limits.i64 };
}

/** The instructions of one width that are needed here. */
const OPERATIONS = {
  32: {
    constant: OP.i32_const,
    add: OP.i32_add,
    sub: OP.i32_sub,
    mul: OP.i32_mul,
    and: OP.i32_and,
    shift: OP.i32_shr_u,
    divide: OP.i32_div_u,
    eqz: OP.i32_eqz,
  },
  64: {
    constant: OP.i64_const,
    add: OP.i64_add,
    sub: OP.i64_sub,
    mul: OP.i64_mul,
    and: OP.i64_and,
    shift: OP.i64_shr_u,
    divide: OP.i64_div_u,
    eqz: OP.i64_eqz,
  },
} as const;

export class AheadWriter {
  private readonly emit: Emitter;
  private readonly marks: Marks;
  private readonly plan: Plan;
  private readonly loop: CountedLoop;
  private readonly operations: (typeof OPERATIONS)[32 | 64];
  /** Turns of a strip. */
  private readonly strip: number;
  /** Local of the number of turns, of those of the next strip, and of what ends it. */
  private readonly turns: number;
  private readonly part: number;
  private readonly limit: number;

  constructor(emit: Emitter, marks: Marks, plan: Plan, loop: CountedLoop) {
    this.emit = emit;
    this.marks = marks;
    this.plan = plan;
    this.loop = loop;
    this.operations = OPERATIONS[loop.width];
    this.strip = Math.floor(AHEAD / (loop.turn + loop.extra));
    this.turns = emit.i64;
    this.part = emit.i64 + 1;
    this.limit = loop.width === 32 ? emit.i32 : emit.i64 + 2;
  }

  write(): void {
    const { emit } = this;
    const known = this.knownTurns();
    if (known !== null) return this.payKnown(known);
    this.needStrip();
    emit.hint(false);
    emit.op(OP.if, VOID);
    this.strips();
    emit.op(OP.end);
    this.payRest();
  }

  private payKnown(turns: number): void {
    const { emit, loop } = this;
    const paid = loop.form === "foot" ? turns + 1 : turns;
    if (paid === 0) return;
    emit.subtract(paid * loop.turn, true);
    this.reserve(loop.extra, () => emit.constant(paid));
  }

  /** How often the test will say yes, where both ends are constants and it is less than a strip. */
  private knownTurns(): number | null {
    const { constantStart, constantBound, form, relation, step, width } = this.loop;
    if (constantStart === null || constantBound === null || this.mayWrap()) return null;
    const as = (value: number) =>
      isSigned(relation) ? BigInt.asIntN(width, BigInt(value)) : BigInt.asUintN(width, BigInt(value));
    const first = as(form === "foot" ? constantStart + step : constantStart);
    const bound = as(constantBound);
    const size = BigInt(Math.abs(step));
    const distance = step > 0 ? bound - first : first - bound;
    if (relation === NOT_EQUAL && (distance < 0n || distance % size !== 0n)) return null;
    const inclusive = isInclusive(relation);
    const passed = inclusive ? distance < 0n : distance <= 0n;
    const turns = passed ? 0n : inclusive ? distance / size + 1n : (distance + size - 1n) / size;
    return turns < BigInt(this.strip) ? Number(turns) : null;
  }

  /** Counts the turns, and leaves on the stack whether they are to be cut into strips. */
  private needStrip(): void {
    const { emit } = this;
    this.countTurns();
    emit.one(OP.local_tee, this.turns);
    emit.constant(this.strip);
    emit.op(OP.i64_ge_u);
    if (!this.mayWrap()) return;
    this.wraps();
    emit.one(OP.local_get, this.turns);
    emit.op(OP.i64_eqz, OP.i32_eqz, OP.i32_and, OP.i32_or);
  }

  private strips(): void {
    const { emit } = this;
    const wraps = this.mayWrap();
    emit.op(OP.loop, VOID);
    if (wraps) this.takePart();
    this.payStrip(wraps);
    this.setLimit(wraps);
    this.copy();
    if (wraps) this.needStrip();
    else {
      emit.one(OP.local_get, this.turns);
      emit.constant(this.strip);
      emit.op(OP.i64_sub);
      emit.one(OP.local_tee, this.turns);
      emit.constant(this.strip);
      emit.op(OP.i64_ge_u);
    }
    emit.one(OP.br_if, 0);
    emit.op(OP.end);
  }

  /** part = min(turns, strip) */
  private takePart(): void {
    const { emit } = this;
    emit.one(OP.local_get, this.turns);
    emit.constant(this.strip);
    emit.one(OP.local_get, this.turns);
    emit.constant(this.strip);
    emit.op(OP.i64_lt_u, OP.select);
    emit.one(OP.local_set, this.part);
  }

  private payStrip(parts: boolean): void {
    const { turn, extra } = this.loop;
    if (parts) return this.pay(() => this.emit.one(OP.local_get, this.part));
    this.emit.subtract(this.strip * turn, true);
    this.reserve(extra, () => this.emit.constant(this.strip));
  }

  /** At the foot the turn that fails the test is one too. */
  private payRest(): void {
    const { emit, loop } = this;
    this.pay(() => {
      emit.one(OP.local_get, this.turns);
      if (loop.form !== "foot") return;
      emit.constant(1);
      emit.op(OP.i64_add);
    });
  }

  /** counter = counter - turns * turn, checked. */
  private pay(pushTurns: () => void): void {
    const { emit, loop } = this;
    emit.one(OP.local_get, emit.counter);
    this.times(pushTurns, loop.turn);
    emit.op(OP.i64_sub);
    emit.one(OP.local_tee, emit.counter);
    this.reserve(loop.extra, pushTurns);
  }

  private times(pushTurns: () => void, factor: number): void {
    pushTurns();
    if (factor === 1) return;
    this.emit.constant(factor);
    this.emit.op(OP.i64_mul);
  }

  /** The counter is on the stack. What turns may cost beside is held back, for it is charged without a check. */
  private reserve(extra: number, pushTurns: () => void): void {
    const { emit } = this;
    if (extra === 0) return emit.settleTop();
    this.times(pushTurns, extra);
    emit.op(OP.i64_lt_s);
    emit.hint(false);
    emit.op(OP.if, VOID);
    emit.one(OP.local_get, emit.counter);
    this.times(pushTurns, extra);
    emit.helper(HELPERS.reserve);
    emit.one(OP.local_set, emit.counter);
    emit.op(OP.end);
  }

  /** limit = counted + turns of the strip * step: what the test sees in the last of them. */
  private setLimit(parts: boolean): void {
    const { emit, loop, operations } = this;
    emit.one(OP.local_get, emit.local(loop.local));
    if (parts) {
      emit.one(OP.local_get, this.part);
      if (loop.width === 32) emit.op(OP.i32_wrap_i64);
      this.constant(BigInt(loop.step));
      emit.op(operations.mul);
    } else this.constant(BigInt(this.strip) * BigInt(loop.step));
    emit.op(operations.add);
    emit.one(OP.local_set, this.limit);
  }

  /** The loop with another test, and without what is behind that at its foot. */
  private copy(): void {
    const { emit, loop, marks } = this;
    const exit = loop.form === "exit";
    if (exit) emit.op(OP.block, VOID);
    this.copyCharging(loop.start, marks.at.at(loop.start), loop.condition.from);
    emit.copy(loop.counted.from, loop.counted.to);
    emit.one(OP.local_get, this.limit);
    emit.op(opcodeOf(exit ? 0 : NOT_EQUAL, loop.width));
    if (loop.form === "foot") {
      emit.one(OP.br_if, 0);
      emit.op(OP.end);
      return;
    }
    if (exit) emit.one(OP.br_if, 1);
    else emit.copy(marks.at.at(loop.test), marks.next.at(loop.test));
    this.copyCharging(loop.test + 1, marks.next.at(loop.test), marks.next.at(loop.end));
    if (exit) emit.op(OP.end);
  }

  /** Copies a range with the charges that are made in it, from a mark on; that of the turn is not, for it is paid. */
  private copyCharging(first: number, from: number, to: number): void {
    const { emit, loop, marks, plan } = this;
    let at = from;
    for (let mark = first; mark < loop.end && marks.next.at(mark) <= to; mark++) {
      const fuel = plan.after[mark] ?? 0;
      if (fuel === 0 || mark === loop.paid) continue;
      emit.copy(at, marks.next.at(mark));
      emit.subtract(fuel, false);
      at = marks.next.at(mark);
    }
    emit.copy(at, to);
  }

  private constant(value: bigint): void {
    const bits = this.loop.width;
    this.emit.op(this.operations.constant);
    this.emit.out.signedBig(BigInt.asIntN(bits, value));
  }

  private pushBound(): void {
    const { bound } = this.loop;
    if (bound === null) this.constant(0n);
    else this.emit.copy(bound.from, bound.to);
  }

  /** What the first test sees. */
  private pushCounted(): void {
    const { emit, loop } = this;
    emit.one(OP.local_get, emit.local(loop.local));
    if (loop.form !== "foot") return;
    this.constant(BigInt(loop.step));
    emit.op(this.operations.add);
  }

  /** How far it is from what the first test sees to the bound, in the direction of the step; modulo 2^width. */
  private distance(): void {
    if (this.loop.step > 0) {
      this.pushBound();
      this.pushCounted();
    } else {
      this.pushCounted();
      this.pushBound();
    }
    this.emit.op(this.operations.sub);
  }

  private extend(): void {
    if (this.loop.width === 32) this.emit.op(OP.i64_extend_i32_u);
  }

  private countTurns(): void {
    if (this.loop.relation === NOT_EQUAL) this.turnsUntilEqual();
    else this.turnsInOrder();
  }

  /** (distance - 1) / step + 1 while the bound is not reached, distance / step + 1 until it is passed; else none. */
  private turnsInOrder(): void {
    const { emit, loop, operations } = this;
    const size = Math.abs(loop.step);
    const inclusive = isInclusive(loop.relation);
    this.distance();
    if (!inclusive && size > 1) {
      this.constant(1n);
      emit.op(operations.sub);
    }
    if (size > 1) {
      const shift = Math.log2(size);
      this.constant(BigInt(Number.isInteger(shift) ? shift : size));
      emit.op(Number.isInteger(shift) ? operations.shift : operations.divide);
    }
    this.extend();
    if (inclusive || size > 1) {
      emit.constant(1);
      emit.op(OP.i64_add);
    }
    emit.constant(0);
    this.pushCounted();
    this.pushBound();
    emit.op(opcodeOf(loop.relation, loop.width), OP.select);
  }

  /** distance / step in the integers modulo 2^width; without end where the step leads past the bound for ever. */
  private turnsUntilEqual(): void {
    const { emit, loop, operations } = this;
    const size = BigInt(Math.abs(loop.step));
    const zeros = BigInt(trailingZeros(size));
    const odd = size >> zeros;
    this.distance();
    if (zeros > 0n) {
      this.constant(zeros);
      emit.op(operations.shift);
    }
    if (odd > 1n) {
      this.constant(inverse(odd, loop.width));
      emit.op(operations.mul);
      if (zeros > 0n) {
        this.constant((1n << (BigInt(loop.width) - zeros)) - 1n);
        emit.op(operations.and);
      }
    }
    this.extend();
    if (zeros === 0n) return;
    emit.op(OP.i64_const);
    emit.out.signedBig(ENDLESS);
    this.distance();
    this.constant((1n << zeros) - 1n);
    emit.op(operations.and, operations.eqz, OP.select);
  }

  /** Whether the counted local may pass the largest or smallest number before the bound, and so come around. */
  private mayWrap(): boolean {
    const edge = this.edge();
    if (edge === null) return false;
    const { constantBound, relation, width } = this.loop;
    if (constantBound === null) return true;
    const signed = isSigned(relation);
    const value = signed ? BigInt(constantBound) : BigInt.asUintN(width, BigInt(constantBound));
    return isUpwards(relation) ? value > edge : value < edge;
  }

  /** The last bound before which it cannot; null when it cannot for any. */
  private edge(): bigint | null {
    const { relation, step, width } = this.loop;
    if (!isOrdered(relation)) return null;
    const size = BigInt(Math.abs(step));
    const slack = isInclusive(relation) ? size : size - 1n;
    if (slack === 0n) return null;
    const half = 1n << BigInt(width - 1);
    const [least, most] = isSigned(relation) ? [-half, half - 1n] : [0n, 2n * half - 1n];
    return isUpwards(relation) ? most - slack : least + slack;
  }

  /** Leaves on the stack whether it may. */
  private wraps(): void {
    const { relation, width } = this.loop;
    const signed = isSigned(relation);
    this.pushBound();
    this.constant(this.edge() ?? 0n);
    this.emit.op(opcodeOf(isUpwards(relation) ? greater(signed) : less(signed), width));
  }
}

function trailingZeros(value: bigint): number {
  let count = 0;
  while (((value >> BigInt(count)) & 1n) === 0n) count++;
  return count;
}

/** The inverse of an odd number modulo 2^bits (Newton: each step doubles the bits that are right). */
function inverse(odd: bigint, bits: number): bigint {
  let guess = odd;
  for (let right = 3; right < bits; right *= 2) guess = BigInt.asUintN(bits, guess * (2n - odd * guess));
  return BigInt.asUintN(bits, guess);
}
