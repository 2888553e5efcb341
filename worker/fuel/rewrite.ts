// Writes one function body with its charges, as the plan and the loops' forms say. Follows what is known of the counter
// through the code; emit.ts spells it.
import { type Plan, TURNS } from "./blocks.ts";
import { type BodyHead, type Marks, STEP_MARKS } from "./body.ts";
import type { Carrier } from "./carrier.ts";
import { LENGTH_COSTS } from "./cost.ts";
import { type Bounds, Emitter, VOID } from "./emit.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";
import { Reader } from "./reader.ts";
import { AheadWriter, temporariesOf } from "./loops/ahead.ts";
import type { CountedLoop } from "./loops/counted.ts";
import { type RuntimeNames, unsetOffset } from "./runtime.ts";
import type { ModuleShape } from "./sections.ts";
import type { Writer } from "./writer.ts";

// What is known at a place, as bits: the code is reachable; since the last check there was no call, so that the margin is
// still there for charges without a check.
const ALIVE = 1;
const COVERED = 2;

const IF = 1;
const LOOP = 2;

/** Labels that a loop whose check is outside of it has around it. */
const OUTSIDE_LABELS = 3;

/** What is to be rewritten. */
export interface Body {
  /** Index of the function in the module as it was given. */
  readonly index: number;
  readonly type: number;
  readonly head: BodyHead;
  readonly marks: Marks;
  readonly plan: Plan;
  /** The counted loops, by the mark that opens them. */
  readonly counted: ReadonlyMap<number, CountedLoop>;
}

/** What may be done to loops; less of it is smaller. */
export interface Effort {
  /** Checks of loops without calls leave them: nothing in the hot loop keeps registers free for a call. */
  readonly outside: boolean;
  /** Counted loops are paid ahead. */
  readonly ahead: boolean;
}

export const ALL_EFFORT: Effort = { outside: true, ahead: true };

/** Rewrites one body after the other. */
export class BodyRewriter {
  readonly emit: Emitter;
  /** Functions named by `ref.func` so far. */
  readonly referenced = new Set<number>();
  private readonly shape: ModuleShape;
  private readonly carrier: Carrier;
  private readonly bounds: Bounds;
  private counted: Body["counted"] = new Map();
  private threaded = false;
  /** Whether branches out of the function end in a block of its results. */
  private wrapped = false;
  private effort = ALL_EFFORT;
  /** The mark whose charge was paid before the loop that it is in. */
  private paid = -1;
  private state = 0;
  /** Of each open construct: IF (without else, so far), LOOP or 0; the state before it; the state where its branches meet. */
  private readonly kinds = new Growable();
  private readonly before = new Growable();
  private readonly joins = new Growable();
  /** Of each open construct: labels added outside of it, and of a loop checked outside, what its head costs plus one. */
  private readonly labels = new Growable();
  private readonly outside = new Growable();

  constructor(shape: ModuleShape, carrier: Carrier, bounds: Bounds, names: RuntimeNames, out: Writer) {
    this.shape = shape;
    this.carrier = carrier;
    this.bounds = bounds;
    this.emit = new Emitter(shape.bytes, out, names);
  }

  /** Writes the body, without its length, to the cleared writer; yields within long ones. */
  *rewrite(body: Body, effort: Effort): Generator<undefined> {
    const { marks, plan, head } = body;
    for (const list of [this.kinds, this.before, this.joins, this.labels, this.outside]) list.clear();
    this.counted = effort.ahead ? body.counted : new Map();
    this.effort = effort;
    this.paid = -1;
    this.threaded = !this.carrier.isPlain(body.index);
    const parameters = this.shape.parameterCounts.at(body.type);
    const temporaries = this.temporaries(marks);
    this.emit.begin({ head, parameters, threaded: this.threaded, temporaries }, marks);
    if (!this.threaded) {
      unsetOffset(this.emit.out, this.emit.names);
      this.emit.unset();
    }
    this.wrapped = marks.leaves;
    if (this.wrapped) this.openResults(body.type);
    if (plan.entry > 0) this.emit.charge(plan.entry);
    else this.emit.settle();
    this.state = ALIVE | COVERED;
    this.open(0, 0, 0);
    for (let mark = 0; mark < marks.count; mark++) {
      this.mark(mark, marks, plan);
      if (mark % STEP_MARKS === STEP_MARKS - 1) yield;
    }
  }

  private temporaries(marks: Marks): { i32: number; i64: number } {
    let [i32, i64] = [needsIndex(marks, this.carrier.closed) ? 1 : 0, 0];
    for (const loop of this.counted.values()) {
      const own = temporariesOf(loop);
      i32 = Math.max(i32, own.i32);
      i64 = Math.max(i64, own.i64);
    }
    return { i32, i64 };
  }

  private openResults(type: number): void {
    const { emit } = this;
    const results = this.shape.resultCounts.at(type);
    emit.op(OP.block);
    if (results === 0) emit.op(VOID);
    else if (results === 1) emit.op(this.shape.bytes[this.shape.resultsAt.at(type)] ?? 0);
    else emit.out.signed(this.carrier.types.results(type));
  }

  private mark(mark: number, marks: Marks, plan: Plan): void {
    const opcode = marks.opcode.at(mark);
    this.instruction(opcode, mark, marks, plan);
    this.follow(opcode, mark, marks);
    const fuel = plan.after[mark] ?? 0;
    if (fuel === 0 || mark === this.paid) return;
    this.emit.copyTo(marks.next.at(mark));
    if (opcode === OP.loop && this.outside.at(this.outside.length - 1) > 0) this.chargeHead(fuel);
    else if (plan.checked[mark] === 1 || (this.state & COVERED) === 0) this.emit.charge(fuel);
    else {
      this.emit.subtract(fuel, false);
      return;
    }
    this.state |= COVERED;
  }

  /** Writes what goes before the instruction, and the instruction where it changes. */
  private instruction(opcode: number, mark: number, marks: Marks, plan: Plan): void {
    switch (opcode) {
      case OP.loop:
        return this.openLoop(mark, marks, plan);
      case OP.br:
      case OP.br_if:
        return this.branch(opcode, mark, marks, plan);
      case OP.br_table:
        return this.branchTable(mark, marks);
      case OP.return:
        return this.leave(mark, marks);
      case OP.end:
        return this.end(mark, marks);
      case OP.call:
      case OP.return_call:
        return this.call(opcode, mark, marks);
      case OP.call_indirect:
      case OP.return_call_indirect:
        return this.callIndirect(opcode, mark, marks);
      case OP.ref_func:
        return this.reference(mark, marks);
      default:
        return this.chargeLength(opcode, mark, marks);
    }
  }

  private chargeLength(opcode: number, mark: number, marks: Marks): void {
    const length = LENGTH_COSTS.get(opcode);
    if (length === undefined || (this.state & ALIVE) === 0) return;
    this.emit.copyTo(marks.at.at(mark));
    this.emit.chargeLength(length, marks.operand.at(mark), this.bounds);
    this.state |= COVERED;
  }

  private openLoop(mark: number, marks: Marks, plan: Plan): void {
    const { emit } = this;
    const counted = this.counted.get(mark);
    if (counted !== undefined && (this.state & ALIVE) !== 0) return this.openCounted(counted, marks, plan);
    const turns = plan.loopTurns[mark] ?? TURNS.one;
    const calls = plan.loopCalls[mark] === 1;
    emit.copyTo(marks.at.at(mark));
    if (calls) this.state &= ~COVERED;
    else if (turns !== TURNS.head && (this.state & (ALIVE | COVERED)) === ALIVE) {
      emit.settle();
      this.state |= COVERED;
    }
    const form = !calls && (turns === TURNS.head || turns === TURNS.branch) && marks.operand.at(mark) === 0;
    const outside = form && this.effort.outside && (this.state & ALIVE) !== 0;
    if (outside) {
      const [type, next] = [marks.at.at(mark) + 1, marks.next.at(mark)];
      for (const opcode of [OP.block, OP.loop]) {
        emit.op(opcode);
        emit.copy(type, next);
      }
      emit.op(OP.block, VOID);
    }
    const fuel = turns === TURNS.head ? (plan.after[mark] ?? 0) : 0;
    this.open(LOOP, outside ? OUTSIDE_LABELS : 0, outside ? fuel + 1 : 0);
  }

  private openCounted(loop: CountedLoop, marks: Marks, plan: Plan): void {
    this.emit.copyTo(marks.at.at(loop.start));
    new AheadWriter(this.emit, marks, plan, loop).write();
    this.state |= COVERED;
    this.paid = loop.paid;
    this.open(LOOP, 0, 0);
  }

  /** At the head of a loop that is checked outside: its label is 0, and that of the block around it 1. */
  private chargeHead(fuel: number): void {
    const { emit } = this;
    emit.subtract(fuel, true);
    emit.constant(0);
    emit.op(OP.i64_lt_s);
    emit.hint(false);
    emit.one(OP.br_if, 1);
  }

  /** After the `end` of a loop that is checked outside: its slow path, which comes back to its head. */
  private closeOutside(fuel: number): void {
    const { emit } = this;
    emit.one(OP.br, 2);
    emit.op(OP.end);
    emit.refuel();
    // The head charges again.
    if (fuel > 0) emit.subtract(-fuel, false);
    emit.one(OP.br, 0);
    emit.op(OP.end, OP.end);
  }

  /** The depth as it is with the labels that were added between. */
  private depth(depth: number): number {
    const top = this.labels.length - 1;
    return depth + this.labels.at(top) - this.labels.at(top - depth);
  }

  private branch(opcode: number, mark: number, marks: Marks, plan: Plan): void {
    const { emit } = this;
    const old = marks.operand.at(mark);
    const depth = this.depth(old);
    const fuel = mark === this.paid ? 0 : (plan.atBranch[mark] ?? 0);
    const taken = plan.atExit[mark] ?? 0;
    if (fuel === 0 && taken === 0 && depth === old) return;
    emit.copyTo(marks.at.at(mark));
    emit.cursor = marks.next.at(mark);
    if (taken > 0) return this.exit(taken, depth);
    if (fuel > 0 && this.outside.at(this.outside.length - 1 - old) > 0) {
      emit.subtract(fuel, true);
      emit.constant(0);
      emit.op(OP.i64_ge_s);
      emit.hint(true);
      emit.one(OP.br_if, depth);
      emit.one(OP.br, depth + 1);
      return;
    }
    if (fuel > 0) emit.charge(fuel);
    emit.one(opcode, depth);
  }

  /** A `br_if` that is charged when it is taken. */
  private exit(fuel: number, depth: number): void {
    const { emit } = this;
    emit.op(OP.if, VOID);
    if ((this.state & COVERED) === 0) emit.charge(fuel);
    else emit.subtract(fuel, false);
    emit.one(OP.br, depth + 1);
    emit.op(OP.end);
  }

  private branchTable(mark: number, marks: Marks): void {
    const { emit } = this;
    if (this.labels.at(this.labels.length - 1) === 0) return;
    const at = marks.at.at(mark) + 1;
    emit.copyTo(at);
    const reader = new Reader(this.shape.bytes, at, marks.next.at(mark));
    const count = reader.u32();
    emit.out.u32(count);
    for (let left = count; left >= 0; left--) emit.out.u32(this.depth(reader.u32()));
    emit.cursor = marks.next.at(mark);
  }

  /** `return`: the counter is the last result, or all of the balance goes to the exported global. */
  private leave(mark: number, marks: Marks): void {
    this.emit.copyTo(marks.at.at(mark));
    this.leaveFunction();
  }

  private leaveFunction(): void {
    if (this.threaded) this.emit.one(OP.local_get, this.emit.counter);
    else this.emit.finish();
  }

  private end(mark: number, marks: Marks): void {
    const { emit } = this;
    const level = this.kinds.length - 1;
    if (level === 0) {
      emit.copyTo(marks.at.at(mark));
      if (this.wrapped) emit.op(OP.end);
      this.leaveFunction();
      emit.copyTo(marks.next.at(mark));
      return;
    }
    const outside = this.outside.at(level);
    if (outside === 0) return;
    emit.copyTo(marks.next.at(mark));
    this.closeOutside(outside - 1);
  }

  private call(opcode: number, mark: number, marks: Marks): void {
    const { emit, carrier } = this;
    const callee = marks.operand.at(mark);
    const plain = carrier.isPlain(callee);
    emit.copyTo(marks.at.at(mark));
    emit.cursor = marks.next.at(mark);
    if (opcode === OP.return_call) return this.tailCall(callee, plain);
    if (plain) emit.sync();
    else emit.one(OP.local_get, emit.counter);
    emit.one(OP.call, carrier.shifted(callee));
    if (plain) emit.unset();
    else emit.one(OP.local_set, emit.counter);
  }

  private tailCall(callee: number, plain: boolean): void {
    const { emit, carrier } = this;
    if (this.threaded && plain) carrier.needTailCallers();
    this.leaveFunction();
    emit.one(OP.return_call, this.threaded ? carrier.shifted(callee) : carrier.outside(callee));
  }

  private callIndirect(opcode: number, mark: number, marks: Marks): void {
    const { emit, carrier } = this;
    const tail = opcode === OP.return_call_indirect;
    emit.copyTo(marks.at.at(mark));
    if (!carrier.closed) return this.callOutside(tail, mark, marks);
    emit.one(OP.local_set, emit.i32);
    emit.one(OP.local_get, emit.counter);
    emit.one(OP.local_get, emit.i32);
    const reader = new Reader(this.shape.bytes, marks.at.at(mark) + 1, marks.next.at(mark));
    emit.one(opcode, carrier.types.threaded(reader.u32()));
    emit.out.u32(reader.u32());
    emit.cursor = marks.next.at(mark);
    if (!tail) emit.one(OP.local_set, emit.counter);
  }

  private callOutside(tail: boolean, mark: number, marks: Marks): void {
    const { emit } = this;
    if (tail && this.threaded) this.carrier.needTailCallers();
    if (tail) emit.finish();
    else emit.sync();
    emit.copyTo(marks.next.at(mark));
    if (!tail) emit.unset();
  }

  private reference(mark: number, marks: Marks): void {
    const { emit } = this;
    const index = marks.operand.at(mark);
    this.referenced.add(index);
    emit.copyTo(marks.at.at(mark));
    emit.one(OP.ref_func, this.carrier.reference(index));
    emit.cursor = marks.next.at(mark);
  }

  /** Follows what is known over the instruction. */
  private follow(opcode: number, mark: number, marks: Marks): void {
    switch (opcode) {
      case OP.block:
        return this.open(0, 0, 0);
      case OP.if:
        return this.open(IF, 0, 0);
      case OP.else:
        return this.otherArm();
      case OP.end:
        return this.close();
      case OP.br:
      case OP.br_if:
        this.join(marks.operand.at(mark));
        if (opcode === OP.br) this.state = 0;
        return;
      case OP.br_table:
        this.joinAll(mark, marks);
        this.state = 0;
        return;
      case OP.return:
      case OP.unreachable:
      case OP.return_call:
      case OP.return_call_indirect:
        this.state = 0;
        return;
      case OP.call:
      case OP.call_indirect:
        this.state &= ~COVERED;
        return;
      default:
    }
  }

  private open(kind: number, labels: number, outside: number): void {
    this.labels.add(this.labels.at(this.labels.length - 1) + labels);
    this.outside.add(outside);
    this.kinds.add(kind);
    this.before.add(this.state);
    this.joins.add(0);
  }

  /** Notes that the code here leads on to the end of the construct `depth` levels out, or to the head of a loop. */
  private join(depth: number): void {
    if ((this.state & ALIVE) === 0) return;
    const level = this.joins.length - 1 - depth;
    const joined = this.joins.at(level);
    this.joins.set(level, joined & ALIVE ? joined & this.state : this.state);
  }

  private joinAll(mark: number, marks: Marks): void {
    if ((this.state & ALIVE) === 0) return;
    const first = marks.operand.at(mark);
    for (let at = first + 1; at <= first + marks.targets.at(first); at++) this.join(marks.targets.at(at));
  }

  private otherArm(): void {
    this.join(0);
    const level = this.kinds.length - 1;
    this.kinds.set(level, 0);
    this.state = this.before.at(level);
  }

  private close(): void {
    const kind = this.kinds.at(this.kinds.length - 1);
    // Only the end of its body leads on from a loop.
    if (kind !== LOOP) this.join(0);
    if (kind === IF) {
      this.state = this.before.at(this.before.length - 1);
      this.join(0);
    }
    if (kind !== LOOP) this.state = this.joins.at(this.joins.length - 1);
    for (const list of [this.kinds, this.before, this.joins, this.labels, this.outside]) list.pop();
  }
}

/** Whether a temporary is needed for a length, or for the index of a call that must come after the counter. */
function needsIndex(marks: Marks, carries: boolean): boolean {
  for (let mark = 0; mark < marks.count; mark++) {
    const opcode = marks.opcode.at(mark);
    if (LENGTH_COSTS.has(opcode)) return true;
    if (carries && (opcode === OP.call_indirect || opcode === OP.return_call_indirect)) return true;
  }
  return false;
}
