// Spells what the rewriter decides: copies of the code as it was, and operations on the counter. Knows the locals of the
// function it writes; nothing of where charges belong.
import type { BodyHead, Marks } from "./body.ts";
import { type LengthCost } from "./cost.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";
import { HELPERS, type RuntimeNames, UNSET_COUNTER } from "./runtime.ts";
import type { Writer } from "./writer.ts";

export const VOID = 0x40;
export const I32 = 0x7f;
export const I64 = 0x7e;

/** Locals that a function needs beside its own and the counter. */
export interface Temporaries {
  readonly i32: number;
  readonly i64: number;
}

/** What a function declares, and whether it carries the counter as its last parameter. */
export interface Frame {
  readonly head: BodyHead;
  readonly parameters: number;
  readonly threaded: boolean;
  readonly temporaries: Temporaries;
}

/** The limits to which `memory.grow` and `table.grow` can succeed: pages, entries by table. */
export interface Bounds {
  readonly maximumPages: number;
  readonly maximumEntries: readonly number[];
}

export class Emitter {
  readonly out: Writer;
  /** Pairs: offset of a branch in the body, and whether it is likely taken. */
  readonly hints = new Growable();
  private readonly bytes: Uint8Array;
  readonly names: RuntimeNames;
  private uses = new Growable();
  private nextUse = 0;
  private moved = 0;
  private parameters = 0;
  private threaded = false;
  /** Offset in the module up to which the body is copied. */
  cursor = 0;
  counter = 0;
  /** The first of the temporary locals of each type. */
  i32 = 0;
  i64 = 0;

  constructor(bytes: Uint8Array, out: Writer, names: RuntimeNames) {
    this.bytes = bytes;
    this.out = out;
    this.names = names;
  }

  /**
   * Begins a body. The counter takes the index of the first declared local, which becomes the last one, so that all
   * others keep theirs. @param marks where the code uses that local
   */
  begin({ head, parameters, threaded, temporaries }: Frame, marks: Marks): void {
    this.out.clear();
    this.hints.clear();
    this.parameters = parameters;
    this.threaded = threaded;
    this.moved = parameters + head.locals;
    this.counter = threaded ? parameters : this.moved;
    this.i32 = this.moved + 1;
    this.i64 = this.i32 + temporaries.i32;
    this.uses = marks.uses;
    this.nextUse = threaded ? 0 : marks.uses.length;
    this.writeLocals(head, threaded, temporaries);
    this.cursor = head.code;
  }

  private writeLocals(head: BodyHead, threaded: boolean, { i32, i64 }: Temporaries): void {
    const { out } = this;
    const moves = !threaded || head.locals > 0;
    out.u32(head.groups + (moves ? 1 : 0) + (i32 > 0 ? 1 : 0) + (i64 > 0 ? 1 : 0));
    if (threaded && head.locals > 0) {
      const { at, count, type, next } = head.first;
      out.bytes(this.bytes, head.firstGroup, at);
      this.group(count - 1, type);
      out.bytes(this.bytes, next, head.code);
      this.group(1, type);
    } else {
      out.bytes(this.bytes, head.firstGroup, head.code);
      if (moves) this.group(1, I64);
    }
    if (i32 > 0) this.group(i32, I32);
    if (i64 > 0) this.group(i64, I64);
  }

  private group(count: number, type: number): void {
    this.out.u32(count);
    this.out.u8(type);
  }

  /** The index of a local of the original function. */
  local(index: number): number {
    return this.threaded && index === this.parameters ? this.moved : index;
  }

  /** Copies the code from the cursor to an offset. */
  copyTo(offset: number): void {
    if (offset > this.cursor) this.copy(this.cursor, offset);
    this.cursor = offset;
  }

  /** Copies a range of the code; the cursor stays. */
  copy(from: number, to: number): void {
    const { uses } = this;
    let at = from;
    for (let use = this.firstUse(from); use < uses.length && uses.at(use) < to; use += 2) {
      this.out.bytes(this.bytes, at, uses.at(use));
      this.out.u32(this.moved);
      at = uses.at(use + 1);
      this.nextUse = use + 2;
    }
    this.out.bytes(this.bytes, at, to);
  }

  /** The first use at or after an offset; most often the one after the last. */
  private firstUse(offset: number): number {
    if (!this.threaded) return this.uses.length;
    const next = this.nextUse;
    const before = next === 0 || this.uses.at(next - 2) < offset;
    if (before && (next >= this.uses.length || this.uses.at(next) >= offset)) return next;
    let [low, high] = [0, this.uses.length / 2];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.uses.at(middle * 2) < offset) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }

  one(opcode: number, index: number): void {
    this.out.u8(opcode);
    this.out.u32(index);
  }

  op(...opcodes: number[]): void {
    for (const opcode of opcodes) this.out.u8(opcode);
  }

  constant(value: number): void {
    this.out.u8(OP.i64_const);
    this.out.signed(value);
  }

  /** Notes that the branch written next is likely taken, or not. */
  hint(likely: boolean): void {
    this.hints.add(this.out.length);
    this.hints.add(likely ? 1 : 0);
  }

  /** counter = counter - fuel; leaves it on the stack too when `keep`. */
  subtract(fuel: number, keep: boolean): void {
    this.one(OP.local_get, this.counter);
    this.constant(fuel);
    this.op(OP.i64_sub);
    this.one(keep ? OP.local_tee : OP.local_set, this.counter);
  }

  /** Subtracts, and refuels at once if the counter is negative. */
  charge(fuel: number): void {
    this.subtract(fuel, true);
    this.settleTop();
  }

  /** Refuels if the counter is negative. */
  settle(): void {
    this.one(OP.local_get, this.counter);
    this.settleTop();
  }

  /** As settle, with the counter on the stack. */
  settleTop(): void {
    this.constant(0);
    this.op(OP.i64_lt_s);
    this.hint(false);
    this.op(OP.if, VOID);
    this.refuel();
    this.op(OP.end);
  }

  /** counter = settle(counter) */
  refuel(): void {
    this.one(OP.local_get, this.counter);
    this.helper(HELPERS.settle);
    this.one(OP.local_set, this.counter);
  }

  helper(helper: number): void {
    this.one(OP.call, this.names.first + helper);
  }

  /** Brings all of the balance into the exported global: before what is not ours. */
  sync(): void {
    this.one(OP.local_get, this.counter);
    this.helper(HELPERS.sync);
  }

  /** The same before the function returns to who may be the host. */
  finish(): void {
    this.one(OP.local_get, this.counter);
    this.helper(HELPERS.finish);
  }

  /** After what is not ours: the counter knows nothing. */
  unset(): void {
    this.constant(UNSET_COUNTER);
    this.one(OP.local_set, this.counter);
  }

  /** Charges the length on top of the stack, or nothing by length if it is beyond what can be worked on. */
  chargeLength(cost: LengthCost, table: number, bounds: Bounds): void {
    this.one(OP.local_tee, this.i32);
    this.one(OP.local_get, this.counter);
    this.extendedLength();
    this.constant(0);
    this.extendedLength();
    this.lengthBound(cost, table, bounds);
    this.op(OP.i64_le_u, OP.select);
    this.scale(cost.divide, OP.i64_shr_u);
    this.scale(cost.multiply, OP.i64_shl);
    this.op(OP.i64_sub);
    this.one(OP.local_tee, this.counter);
    this.settleTop();
  }

  private extendedLength(): void {
    this.one(OP.local_get, this.i32);
    this.op(OP.i64_extend_i32_u);
  }

  private scale(shift: number, opcode: number): void {
    if (shift === 0) return;
    this.constant(shift);
    this.op(opcode);
  }

  /** Leaves on the stack what the length, under it, may be at most; for growing, adds the present size to it. */
  private lengthBound({ bound }: LengthCost, table: number, { maximumPages, maximumEntries }: Bounds): void {
    const ofTable = bound === "table-size" || bound === "table-room";
    if (ofTable) {
      this.op(0xfc);
      this.one(OP.table_size & 0xff, table);
    } else this.op(OP.memory_size, 0);
    this.op(OP.i64_extend_i32_u);
    if (bound === "memory-bytes") this.scale(16, OP.i64_shl);
    if (bound === "memory-bytes" || bound === "table-size") return;
    this.op(OP.i64_add);
    this.constant(ofTable ? (maximumEntries[table] ?? 0) : maximumPages);
  }
}
