// Decides what each charge of a function amounts to and where it stands. Knows weights and control flow, not bytes.
//
// The bill is the plain count: a *stretch* is the code up to the next branch, `loop`, `if`, `else` or `end`; it costs
// its weights, rounded up to whole fuel, each time it is entered. Charges are then moved to where they cost least time,
// by three rules that keep the total of every completed call and only ever charge earlier, so that at a trap everything
// that ran is paid for:
//   1. what surely runs once after a charge is added to it;
//   2. the head of a loop that is only continued by `br` is paid before the loop and at each `br`;
//   3. what both ways of an `if` cost is paid before it.
import { WEIGHTS_PER_FUEL } from "./cost.ts";
import type { Marks } from "./body.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";
import { Reader } from "./reader.ts";

/** A charge of at least this much fuel is checked at once. */
const CHECKED_CHARGE = 256;
/** A function may hold this much fuel in charges that are only checked later, so a stop comes at most so late. */
const UNCHECKED_FUEL = 10_000;

/** Where the entry charge stands: before all marks. */
const ENTRY = 0xffffffff;
const DEAD = -1;

export type FrameKind = "block" | "loop" | "if" | "else";

interface Frame {
  readonly kind: FrameKind;
  /** The mark that opened it. */
  readonly mark: number;
  /** The point that was current where the construct begins; DEAD when it is unreachable. */
  readonly before: number;
  /** The point at the beginning of its body: loop head or arm. */
  readonly first: number;
  /** Level of the outermost construct that a branch inside leaves to; its own level or above: none leaves it. */
  outermost: number;
  /** Block, if: a branch targets its end. Loop: a conditional branch targets its head. */
  targeted: boolean;
  /** Whether a call is inside. */
  calls: boolean;
  /** If with else: whether the end of the first arm is unreachable, and the point at its beginning. */
  readonly firstArmDead: boolean;
  readonly firstArm: number;
  /** Loop: points at which `br` continues it. */
  readonly continues: number[];
  /** How many pairs of arms were known when it was opened. */
  readonly arms: number;
}

/** The charges of one function. */
export interface Plan {
  /** Fuel charged on entry; always at least 1, and always checked. */
  readonly entry: number;
  /** Fuel charged right after mark i, 0 for none. */
  readonly after: Float64Array;
  /** Whether the charge after mark i is checked at once. */
  readonly checked: Uint8Array;
  /** Whether the loop that mark i opens holds a call. */
  readonly loopCalls: Uint8Array;
  /** Whether it holds a call or a charge that is not checked at once. */
  readonly loopDebts: Uint8Array;
}

/** Reads the depths of a br_table, the default last. */
export function branchTargets(bytes: Uint8Array, at: number): number[] {
  const reader = new Reader(bytes, at);
  const targets: number[] = [];
  for (let left = reader.u32(); left >= 0; left--) targets.push(reader.u32());
  return targets;
}

class Planner {
  private readonly marks: Marks;
  private readonly bytes: Uint8Array;
  private readonly position = new Growable();
  private readonly cost: number[] = [];
  private readonly loopCheck = new Set<number>();
  private readonly frames: Frame[] = [];
  /** Triples: a point, and the two of which exactly one follows each time it runs. */
  private readonly arms: [before: number, one: number, other: number][] = [];
  private readonly loopCalls: Uint8Array;
  /** Pairs: the marks that open and end a loop. */
  private readonly loops = new Growable();
  private current: number;
  private weight: number;

  constructor(marks: Marks, bytes: Uint8Array, entryWeight: number) {
    this.marks = marks;
    this.bytes = bytes;
    this.loopCalls = new Uint8Array(marks.count);
    this.current = this.point(ENTRY);
    this.weight = entryWeight;
    this.push("block", 0, this.current);
  }

  run(): Plan {
    for (let mark = 0; mark < this.marks.count; mark++) this.step(mark, this.marks.opcode.at(mark));
    this.shareArms(0);
    return this.result();
  }

  private point(mark: number): number {
    this.position.add(mark);
    return this.cost.push(0) - 1;
  }

  /** Ends a stretch: what it weighs is charged at the current point. */
  private flush(): void {
    if (this.current !== DEAD && this.weight > 0) {
      this.cost[this.current] = (this.cost[this.current] ?? 0) + Math.ceil(this.weight / WEIGHTS_PER_FUEL);
    }
    this.weight = 0;
  }

  private push(kind: FrameKind, mark: number, first: number, ifFrame?: Frame): void {
    this.frames.push({
      kind,
      mark,
      before: ifFrame?.before ?? this.current,
      first,
      outermost: ifFrame?.outermost ?? this.frames.length,
      targeted: ifFrame?.targeted ?? false,
      calls: ifFrame?.calls ?? false,
      firstArmDead: ifFrame !== undefined && this.current === DEAD,
      firstArm: ifFrame?.first ?? DEAD,
      continues: [],
      arms: this.arms.length,
    });
  }

  private step(mark: number, opcode: number): void {
    if (this.current !== DEAD) this.weight += this.marks.before.at(mark);
    if (opcode !== OP.loop && this.current !== DEAD) this.weight += this.marks.own.at(mark);
    switch (opcode) {
      case OP.block:
        return this.push("block", mark, this.current);
      case OP.loop:
      case OP.if:
        return this.open(mark, opcode);
      case OP.else:
        return this.otherArm(mark);
      case OP.end:
        return this.close(mark);
      case OP.br:
      case OP.br_if:
        return this.branch(mark, opcode);
      case OP.br_table:
        return this.branchTable(mark);
      case OP.return:
      case OP.return_call:
      case OP.return_call_indirect:
        this.flush();
        if (this.current !== DEAD) this.leave(0);
        this.current = DEAD;
        return;
      case OP.unreachable:
        this.flush();
        this.current = DEAD;
        return;
      case OP.call:
      case OP.call_indirect:
        this.top().calls = true;
        return;
      default:
    }
  }

  private top(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new RangeError("a validated body closes no more than it opens");
    return frame;
  }

  private open(mark: number, opcode: number): void {
    this.flush();
    const dead = this.current === DEAD;
    const first = dead ? DEAD : this.point(mark);
    this.push(opcode === OP.loop ? "loop" : "if", mark, first);
    if (opcode === OP.loop && !dead) this.weight = this.marks.own.at(mark);
    this.current = first;
  }

  private otherArm(mark: number): void {
    this.flush();
    const frame = this.top();
    this.frames.pop();
    const first = frame.before === DEAD ? DEAD : this.point(mark);
    this.push("else", frame.mark, first, frame);
    this.current = first;
    if (first !== DEAD) this.arms.push([frame.before, frame.first, first]);
  }

  private close(mark: number): void {
    this.flush();
    const frame = this.top();
    this.frames.pop();
    const parent = this.frames.at(-1);
    if (parent === undefined) return;
    parent.outermost = Math.min(parent.outermost, frame.outermost);
    parent.calls ||= frame.calls;
    if (frame.kind === "loop") this.closeLoop(frame, mark);
    if (frame.before === DEAD) this.current = DEAD;
    else this.current = this.pointAfter(mark, frame);
  }

  /** Rule 1: the point that pays for what follows the construct. */
  private pointAfter(mark: number, frame: Frame): number {
    const { kind, targeted } = frame;
    const fallsThrough = this.current !== DEAD;
    // Whether other ways than the end of the body lead on; a branch to a loop leads to its head.
    const joined = kind !== "loop" && (targeted || kind === "if" || (kind === "else" && !frame.firstArmDead));
    if (!fallsThrough && !joined) return DEAD;
    if (frame.outermost >= this.frames.length) return frame.before;
    if (!joined) return this.current;
    const after = this.point(mark);
    if (kind === "if" && !fallsThrough && !targeted) this.arms.push([frame.before, frame.first, after]);
    return after;
  }

  /** Rule 2. */
  private closeLoop(frame: Frame, mark: number): void {
    this.loops.push(frame.mark, mark);
    if (frame.calls) this.loopCalls[frame.mark] = 1;
    if (frame.before === DEAD) return;
    this.shareArms(frame.arms);
    if (frame.targeted || frame.continues.includes(frame.first)) {
      this.loopCheck.add(frame.first);
      return;
    }
    const head = this.cost[frame.first] ?? 0;
    this.cost[frame.first] = 0;
    for (const point of [frame.before, ...frame.continues]) this.cost[point] = (this.cost[point] ?? 0) + head;
    for (const point of frame.continues) this.loopCheck.add(point);
  }

  /** Rule 3, for the pairs of arms from number `from` on, inner ones first. */
  private shareArms(from: number): void {
    while (this.arms.length > from) {
      const [before, one, other] = this.arms.pop() ?? [0, 0, 0];
      const shared = Math.min(this.cost[one] ?? 0, this.cost[other] ?? 0);
      this.cost[before] = (this.cost[before] ?? 0) + shared;
      this.cost[one] = (this.cost[one] ?? 0) - shared;
      this.cost[other] = (this.cost[other] ?? 0) - shared;
    }
  }

  /** Notes a branch to the construct at `level`. */
  private leave(level: number): Frame {
    const top = this.top();
    top.outermost = Math.min(top.outermost, level);
    return this.frames[level] ?? top;
  }

  private branch(mark: number, opcode: number): void {
    this.flush();
    if (this.current === DEAD) return;
    const target = this.leave(this.frames.length - 1 - this.marks.operand.at(mark));
    if (opcode === OP.br_if) {
      target.targeted = true;
      this.current = this.point(mark);
      return;
    }
    if (target.kind === "loop") target.continues.push(this.current);
    else target.targeted = true;
    this.current = DEAD;
  }

  private branchTable(mark: number): void {
    this.flush();
    if (this.current === DEAD) return;
    for (const depth of branchTargets(this.bytes, this.marks.operand.at(mark))) {
      this.leave(this.frames.length - 1 - depth).targeted = true;
    }
    this.current = DEAD;
  }

  private result(): Plan {
    const after = new Float64Array(this.marks.count);
    const checked = new Uint8Array(this.marks.count);
    let unchecked = 0;
    for (let point = 1; point < this.cost.length; point++) {
      const mark = this.position.at(point);
      const fuel = this.cost[point] ?? 0;
      after[mark] = fuel;
      const now = fuel >= CHECKED_CHARGE || unchecked + fuel > UNCHECKED_FUEL || this.loopCheck.has(point);
      if (now) checked[mark] = 1;
      else unchecked += fuel;
    }
    const loopDebts = this.loopDebts(after, checked);
    return { entry: this.cost[0] ?? 0, after, checked, loopCalls: this.loopCalls, loopDebts };
  }

  private loopDebts(after: Float64Array, checked: Uint8Array): Uint8Array {
    const debtsBefore = new Uint32Array(after.length + 1);
    after.forEach((fuel, mark) => {
      debtsBefore[mark + 1] = (debtsBefore[mark] ?? 0) + (fuel > 0 && checked[mark] === 0 ? 1 : 0);
    });
    const loopDebts = this.loopCalls.slice();
    for (let at = 0; at < this.loops.length; at += 2) {
      const start = this.loops.at(at);
      if (debtsBefore[start] !== debtsBefore[this.loops.at(at + 1)]) loopDebts[start] = 1;
    }
    return loopDebts;
  }
}

/** Plans one body. @param entryWeight weight of entering the function, at least WEIGHTS_PER_FUEL */
export function planCharges(marks: Marks, bytes: Uint8Array, entryWeight: number): Plan {
  return new Planner(marks, bytes, entryWeight).run();
}
