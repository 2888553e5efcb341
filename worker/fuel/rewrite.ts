// Writes one function body with its charges. The exact balance is always in the module's fuel global, so that it is
// right at every trap; a local keeps a copy so that a loop need not read the global back. Slow path: the helper function
// asks the host, stores the answer and stops if it is negative.
import type { Plan } from "./blocks.ts";
import { type LengthCost, LENGTH_COSTS } from "./cost.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";
import type { BodyHead, Marks } from "./body.ts";
import type { ModuleShape } from "./sections.ts";
import type { Writer } from "./writer.ts";

/** Where the counter lives in the metered module, and how its functions are numbered. */
export interface Counter {
  /** Index of the global that holds the balance. */
  readonly global: number;
  /** Index of the helper `() -> i64`: refuels, stops when the answer is negative, answers the new balance. */
  readonly helper: number;
  /** Functions from this index on are shifted by one: our import stands before them. */
  readonly firstShifted: number;
  /** Limits to which `memory.grow` and `table.grow` can succeed: pages, entries by table. */
  readonly maximumPages: number;
  readonly maximumEntries: readonly number[];
}

export function shifted(index: number, counter: Pick<Counter, "firstShifted">): number {
  return index < counter.firstShifted ? index : index + 1;
}

const VOID = 0x40;
const I32 = 0x7f;
const I64 = 0x7e;

// What is known at a place, as bits: the code is reachable; the local holds the balance; the balance may be negative.
const ALIVE = 1;
const FRESH = 2;
const DEBT = 4;

const IF = 1;
const LOOP = 2;

/** Rewrites one body after the other; `hints` holds the offsets of the unlikely branches of the last one. */
export class BodyRewriter {
  readonly hints = new Growable();
  private readonly shape: ModuleShape;
  private readonly counter: Counter;
  private readonly out: Writer;
  private cursor = 0;
  private fuelLocal = 0;
  private state = 0;
  /** Of each open construct: IF (without else, so far), LOOP or 0; the state before it; the state where its branches meet. */
  private readonly kinds = new Growable();
  private readonly before = new Growable();
  private readonly joins = new Growable();

  constructor(shape: ModuleShape, counter: Counter, out: Writer) {
    this.shape = shape;
    this.counter = counter;
    this.out = out;
  }

  /** Writes the body, without its length, to the cleared `out`. @param parameters how many the function has */
  rewrite(head: BodyHead, parameters: number, marks: Marks, plan: Plan): void {
    this.out.clear();
    this.hints.clear();
    for (const list of [this.kinds, this.before, this.joins]) list.clear();
    this.fuelLocal = parameters + head.locals;
    this.writeLocals(head, needsLength(marks));
    this.cursor = head.code;
    this.state = ALIVE;
    this.charge(plan.entry, true);
    this.open(0);
    for (let mark = 0; mark < marks.count; mark++) this.mark(mark, marks, plan);
    this.copyTo(marks.next.at(marks.count - 1));
  }

  private writeLocals(head: BodyHead, length: boolean): void {
    this.out.u32(head.groups + (length ? 2 : 1));
    this.out.bytes(this.shape.bytes, head.firstGroup, head.code);
    this.out.u8(1);
    this.out.u8(I64);
    if (!length) return;
    this.out.u8(1);
    this.out.u8(I32);
  }

  private copyTo(offset: number): void {
    if (offset > this.cursor) this.out.bytes(this.shape.bytes, this.cursor, offset);
    this.cursor = offset;
  }

  private mark(mark: number, marks: Marks, plan: Plan): void {
    const opcode = marks.opcode.at(mark);
    if (this.state & ALIVE) this.beforeMark(opcode, mark, marks);
    this.renumber(opcode, mark, marks);
    this.follow(opcode, mark, marks, plan);
    const fuel = plan.after[mark] ?? 0;
    if (fuel === 0) return;
    this.copyTo(marks.next.at(mark));
    this.charge(fuel, plan.checked[mark] === 1);
  }

  private renumber(opcode: number, mark: number, marks: Marks): void {
    if (opcode !== OP.call && opcode !== OP.return_call && opcode !== OP.ref_func) return;
    const index = marks.operand.at(mark);
    if (index < this.counter.firstShifted) return;
    this.copyTo(marks.at.at(mark));
    this.out.u8(opcode);
    this.out.u32(shifted(index, this.counter));
    this.cursor = marks.next.at(mark);
  }

  /** What must happen before the instruction: leaving without debt, paying by length. */
  private beforeMark(opcode: number, mark: number, marks: Marks): void {
    const length = LENGTH_COSTS.get(opcode);
    if (length !== undefined) {
      this.copyTo(marks.at.at(mark));
      this.chargeLength(length, marks.operand.at(mark));
    } else if (this.state & DEBT && this.leaves(opcode, mark, marks)) {
      this.copyTo(marks.at.at(mark));
      this.settle();
    }
  }

  private leaves(opcode: number, mark: number, marks: Marks): boolean {
    const depth = this.kinds.length - 1;
    switch (opcode) {
      case OP.br:
      case OP.br_if:
        return marks.operand.at(mark) === depth;
      case OP.br_table:
        return marks.hasTarget(mark, depth);
      case OP.end:
        return depth === 0;
      default:
        return opcode === OP.return || opcode === OP.return_call || opcode === OP.return_call_indirect;
    }
  }

  /** Follows what is known over the instruction. */
  private follow(opcode: number, mark: number, marks: Marks, plan: Plan): void {
    switch (opcode) {
      case OP.block:
        return this.open(0);
      case OP.if:
        return this.open(IF);
      case OP.loop:
        if (plan.loopCalls[mark] === 1) this.state &= ~FRESH;
        if (plan.loopDebts[mark] === 1) this.state |= DEBT;
        return this.open(LOOP);
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
        if (this.state & ALIVE)
          this.state = ALIVE | (mayReachHost(opcode, marks.operand.at(mark), this.counter) ? DEBT : 0);
        return;
      default:
    }
  }

  private open(kind: number): void {
    this.kinds.add(kind);
    this.before.add(this.state);
    this.joins.add(0);
  }

  /** Notes that the code here leads on to the end of the construct `depth` levels out, or to the head of a loop. */
  private join(depth: number): void {
    if ((this.state & ALIVE) === 0) return;
    const level = this.joins.length - 1 - depth;
    const joined = this.joins.at(level);
    const both = joined | this.state;
    const fresh = joined & ALIVE ? joined & this.state & FRESH : this.state & FRESH;
    this.joins.set(level, (both & ~FRESH) | fresh);
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
    for (const list of [this.kinds, this.before, this.joins]) list.pop();
  }

  private balance(): void {
    const fresh = (this.state & FRESH) !== 0;
    this.out.u8(fresh ? OP.local_get : OP.global_get);
    this.out.u32(fresh ? this.fuelLocal : this.counter.global);
  }

  /** balance = balance - fuel */
  private charge(fuel: number, check: boolean): void {
    this.balance();
    this.out.u8(OP.i64_const);
    this.out.signed(fuel);
    this.subtract(check);
  }

  /** Stores the difference of the two numbers on the stack as the balance. */
  private subtract(check: boolean): void {
    const { out } = this;
    out.u8(OP.i64_sub);
    out.u8(OP.local_tee);
    out.u32(this.fuelLocal);
    out.u8(OP.global_set);
    out.u32(this.counter.global);
    this.state = ALIVE | FRESH | DEBT;
    if (check) this.settle();
  }

  /** Refuels if the balance is negative. */
  private settle(): void {
    const { out } = this;
    this.balance();
    if ((this.state & FRESH) === 0) {
      out.u8(OP.local_tee);
      out.u32(this.fuelLocal);
    }
    out.u8(OP.i64_const);
    out.u8(0);
    out.u8(OP.i64_lt_s);
    this.hints.add(out.length);
    out.u8(OP.if);
    out.u8(VOID);
    out.u8(OP.call);
    out.u32(this.counter.helper);
    out.u8(OP.local_set);
    out.u32(this.fuelLocal);
    out.u8(OP.end);
    this.state = ALIVE | FRESH;
  }

  /** Charges the length on top of the stack, or nothing by length if it is beyond what can be worked on. */
  private chargeLength(cost: LengthCost, table: number): void {
    const { out } = this;
    const length = this.fuelLocal + 1;
    out.u8(OP.local_tee);
    out.u32(length);
    this.balance();
    this.extended(length);
    out.u8(OP.i64_const);
    out.u8(0);
    this.extended(length);
    this.bound(cost, table);
    out.u8(OP.i64_le_u);
    out.u8(OP.select);
    this.scale(cost.divide, OP.i64_shr_u);
    this.scale(cost.multiply, OP.i64_shl);
    this.subtract(true);
  }

  private extended(local: number): void {
    this.out.u8(OP.local_get);
    this.out.u32(local);
    this.out.u8(OP.i64_extend_i32_u);
  }

  private scale(shift: number, opcode: number): void {
    if (shift === 0) return;
    this.out.u8(OP.i64_const);
    this.out.signed(shift);
    this.out.u8(opcode);
  }

  /** Leaves on the stack what the length, under it, may be at most; for growing, adds the present size to it. */
  private bound({ bound }: LengthCost, table: number): void {
    const { out } = this;
    if (bound === "table-size" || bound === "table-room") {
      out.u8(0xfc);
      out.u32(OP.table_size & 0xff);
      out.u32(table);
    } else {
      out.u8(OP.memory_size);
      out.u8(0);
    }
    out.u8(OP.i64_extend_i32_u);
    if (bound === "memory-bytes") this.scale(16, OP.i64_shl);
    if (bound === "memory-bytes" || bound === "table-size") return;
    out.u8(OP.i64_add);
    out.u8(OP.i64_const);
    out.signed(bound === "memory-room" ? this.counter.maximumPages : (this.counter.maximumEntries[table] ?? 0));
  }
}

/** Whether a call may be of an import. The host may have charged for what it did; our own functions return no debt. */
function mayReachHost(opcode: number, callee: number, { firstShifted }: Counter): boolean {
  return opcode === OP.call_indirect || callee < firstShifted;
}

function needsLength(marks: Marks): boolean {
  for (let mark = 0; mark < marks.count; mark++) if (LENGTH_COSTS.has(marks.opcode.at(mark))) return true;
  return false;
}
