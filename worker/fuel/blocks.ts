// Decides what each charge of a function amounts to and where it stands. Knows weights and control flow, not bytes.
//
// The bill is the plain count: a *stretch* is the code up to the next branch, `loop`, `if`, `else` or `end`; it costs
// its weights, rounded up to whole fuel, each time it is entered. Charges are then moved to where they cost least time,
// by rules that keep the total of every completed call. Within a margin that the balance always holds back (cost.ts) a
// charge may come late, else only earlier, so that at a trap everything that ran is paid for:
//   1. what surely runs once after a charge is added to it;
//   2. the head of a loop that is only continued by `br` is paid before the loop and at each `br`;
//   3. what both ways of an `if` cost is paid before it;
//   4. in a loop without calls, what runs with a `br` that continues it is paid at the `br`;
//   5. in such a loop, what is always followed by one of two ways, of which one leads to such a `br`, is paid on these;
//   6. what a function costs on entry is paid on the ways of the `if` it soon comes to, when one of them is paid anyway.
//
// A *point* is a place where a charge may stand. At any time one is current: it runs exactly when the code reached now
// runs. All state is in flat lists that are reused, so that a million nested blocks cost what a million flat ones do.
import { MARGIN, WEIGHT_OF, WEIGHTS_PER_FUEL } from "./cost.ts";
import { type Marks, STEP_MARKS } from "./body.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";

/** A charge of at least this much fuel is made early, and checked at once. */
const CHECKED_CHARGE = 1024;

/** Rule 6 is for functions with so many such `if` at most. */
const MOST_SUNK = 3;

/** No point is current: the code is unreachable. */
const DEAD = 0xffffffff;

const BLOCK = 0;
const LOOP = 1;
const IF = 2;
const ELSE = 3;

/** The constructs that are open, as parallel lists. */
class Frames {
  readonly kind = new Growable();
  /** The mark that opened it. */
  readonly mark = new Growable();
  /** The point that was current where it begins; DEAD when that is unreachable. */
  readonly before = new Growable();
  /** The point at the beginning of its body: loop head or arm. */
  readonly first = new Growable();
  /** Level of the outermost construct that a branch inside leaves to; not below its own: no branch leaves it. */
  readonly outermost = new Growable();
  /** 1: a branch targets its end or, for a loop, conditionally its head. */
  readonly targeted = new Growable();
  /** 1: a call is inside. */
  readonly calls = new Growable();
  /** else: 1 when the end of the first arm is unreachable. */
  readonly firstArmDead = new Growable();
  /** Loop: the last of the points at which `br` continues it, as a position in Planner.continues plus one. */
  readonly lastContinue = new Growable();
  /** How many pairs of arms were known when it was opened. */
  readonly arms = new Growable();

  get length(): number {
    return this.kind.length;
  }

  lists(): Growable[] {
    const { kind, mark, before, first, outermost, targeted, calls, firstArmDead, lastContinue, arms } = this;
    return [kind, mark, before, first, outermost, targeted, calls, firstArmDead, lastContinue, arms];
  }
}

/** The charges of one function. Valid until the next is planned. */
export interface Plan {
  /** Fuel charged on entry, which is always checked; 0 when the ways on from there pay. */
  readonly entry: number;
  /** Fuel charged right after mark i, 0 for none. */
  readonly after: Float64Array;
  /** Whether the charge after mark i is checked at once. */
  readonly checked: Uint8Array;
  /** Fuel charged and checked at the `br` that mark i is, which continues a loop; 0 for none. */
  readonly atBranch: Float64Array;
  /** Fuel charged when the `br_if` that mark i is is taken, which no value goes with; 0 for none. */
  readonly atExit: Float64Array;
  /** Of the loop that mark i opens: the mark of its end, where its turns are checked (one of TURNS), whether it calls. */
  readonly loopEnd: Uint32Array;
  readonly loopTurns: Uint8Array;
  readonly loopCalls: Uint8Array;
}

/** Where each turn of a loop is checked: nowhere, for there is one only; at its head; at each `br`; or well before that. */
export const TURNS = { one: 0, head: 1, branch: 2, early: 3 } as const;

export class Planner {
  private marks: Marks;
  private readonly frames = new Frames();
  private readonly frameLists = this.frames.lists();
  /** Of each point: the mark that it stands after, and its fuel. Point 0 is the function's entry. */
  private readonly position = new Growable();
  private readonly cost: number[] = [];
  /** Of each point: 1 when each turn of some loop passes it. */
  private readonly inLoop = new Growable();
  /** Of each point: 1 when it is the way of a `br_if` that is taken. */
  private readonly onEdge = new Growable();
  /** Of each point: 1 when it leads to a `br` that continues the loop at hand. */
  private readonly leads = new Growable();
  /** Triples: a point, and the two of which exactly one follows each time it runs. */
  private readonly arms = new Growable();
  /** Triples: a point at which `br` continues a loop, the position of the triple before it plus two, and the `br`. */
  private readonly continues = new Growable();
  /** Triples: the mark of a `br` that continues a loop without calls, its point, and the mark of the loop. */
  private readonly late = new Growable();
  private after = new Float64Array(64);
  private checked = new Uint8Array(64);
  private atBranch = new Float64Array(64);
  private atExit = new Float64Array(64);
  private loopEnd = new Uint32Array(64);
  private loopTurns = new Uint8Array(64);
  private loopCalls = new Uint8Array(64);
  private current = 0;
  private weight = 0;

  constructor(marks: Marks) {
    this.marks = marks;
  }

  /** Plans the body that is now in the marks; yields within long ones. @param entryWeight of entering it, at least a fuel */
  *plan(entryWeight: number): Generator<undefined, Plan> {
    this.reset();
    this.current = this.point(DEAD);
    this.weight = entryWeight;
    this.push(BLOCK, 0, this.current);
    for (let mark = 0; mark < this.marks.count; mark++) {
      this.step(mark, this.marks.opcode.at(mark));
      if (mark % STEP_MARKS === STEP_MARKS - 1) yield;
    }
    this.sinkEntry();
    this.shareArms(0);
    return this.result();
  }

  private reset(): void {
    for (const list of this.frameLists) list.clear();
    for (const list of [this.position, this.inLoop, this.leads, this.onEdge, this.arms, this.continues, this.late])
      list.clear();
    this.cost.length = 0;
    const { count } = this.marks;
    if (this.after.length < count) {
      this.after = new Float64Array(count * 2);
      this.checked = new Uint8Array(count * 2);
      this.atBranch = new Float64Array(count * 2);
      this.atExit = new Float64Array(count * 2);
      this.loopEnd = new Uint32Array(count * 2);
      this.loopTurns = new Uint8Array(count * 2);
      this.loopCalls = new Uint8Array(count * 2);
    }
    const { after, checked, atBranch, atExit, loopEnd, loopTurns, loopCalls } = this;
    for (const list of [after, checked, atBranch, atExit, loopEnd, loopTurns, loopCalls]) list.fill(0, 0, count);
  }

  private point(mark: number): number {
    this.position.add(mark);
    this.inLoop.add(0);
    this.leads.add(0);
    this.onEdge.add(0);
    return this.cost.push(0) - 1;
  }

  private pay(point: number, fuel: number): void {
    this.cost[point] = (this.cost[point] ?? 0) + fuel;
  }

  /** Ends a stretch: what it weighs is charged at the current point. */
  private flush(): void {
    if (this.current !== DEAD) this.pay(this.current, Math.ceil(this.weight / WEIGHTS_PER_FUEL));
    this.weight = 0;
  }

  private push(kind: number, mark: number, first: number): void {
    const { frames } = this;
    const level = frames.length;
    frames.kind.add(kind);
    frames.mark.add(mark);
    frames.before.add(this.current);
    frames.first.add(first);
    frames.outermost.add(level);
    frames.targeted.add(0);
    frames.calls.add(0);
    frames.firstArmDead.add(0);
    frames.lastContinue.add(0);
    frames.arms.add(this.arms.length);
  }

  private step(mark: number, opcode: number): void {
    if (this.current !== DEAD) {
      this.weight += this.marks.before.at(mark) + (opcode === OP.loop ? 0 : this.marks.own.at(mark));
    }
    switch (opcode) {
      case OP.block:
        return this.push(BLOCK, mark, this.current);
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
        this.frames.calls.set(this.frames.length - 1, 1);
        return;
      default:
    }
  }

  private open(mark: number, opcode: number): void {
    this.flush();
    const first = this.current === DEAD ? DEAD : this.point(mark);
    this.push(opcode === OP.loop ? LOOP : IF, mark, first);
    if (opcode === OP.loop && first !== DEAD) this.weight = this.marks.own.at(mark);
    this.current = first;
  }

  private otherArm(mark: number): void {
    this.flush();
    const { frames } = this;
    const level = frames.length - 1;
    const before = frames.before.at(level);
    frames.kind.set(level, ELSE);
    frames.firstArmDead.set(level, this.current === DEAD ? 1 : 0);
    this.current = before === DEAD ? DEAD : this.point(mark);
    if (before !== DEAD) this.pair(before, frames.first.at(level), this.current);
  }

  private pair(before: number, one: number, other: number): void {
    this.arms.add(before);
    this.arms.add(one);
    this.arms.add(other);
  }

  private close(mark: number): void {
    this.flush();
    const { frames } = this;
    const level = frames.length - 1;
    if (level > 0) {
      const outer = level - 1;
      if (frames.outermost.at(level) < frames.outermost.at(outer))
        frames.outermost.set(outer, frames.outermost.at(level));
      if (frames.calls.at(level) === 1) frames.calls.set(outer, 1);
      if (frames.kind.at(level) === LOOP) this.closeLoop(level, mark);
      this.current = frames.before.at(level) === DEAD ? DEAD : this.pointAfter(level, mark);
    }
    for (const list of this.frameLists) list.pop();
  }

  /** Rule 1: the point that pays for what follows the construct. */
  private pointAfter(level: number, mark: number): number {
    const { frames } = this;
    const kind = frames.kind.at(level);
    const targeted = frames.targeted.at(level) === 1;
    const fallsThrough = this.current !== DEAD;
    // Whether other ways than the end of the body lead on; a branch to a loop leads to its head.
    const joined = kind !== LOOP && (targeted || kind === IF || (kind === ELSE && frames.firstArmDead.at(level) === 0));
    if (!fallsThrough && !joined) return DEAD;
    if (frames.outermost.at(level) >= level) return frames.before.at(level);
    if (!joined) return this.current;
    const after = this.point(mark);
    if (kind === IF && !fallsThrough && !targeted) this.pair(frames.before.at(level), frames.first.at(level), after);
    return after;
  }

  /** Rule 2. */
  private closeLoop(level: number, mark: number): void {
    const { frames } = this;
    const start = frames.mark.at(level);
    const calls = frames.calls.at(level) === 1;
    this.loopEnd[start] = mark;
    this.loopCalls[start] = calls ? 1 : 0;
    const before = frames.before.at(level);
    if (before === DEAD) return;
    const head = frames.first.at(level);
    const movable = frames.targeted.at(level) === 0 && !this.continuesAt(level, head);
    if (movable && !calls) this.sinkArms(level, head);
    this.shareArms(frames.arms.at(level));
    const fuel = this.cost[head] ?? 0;
    if (!movable) {
      this.inLoop.set(head, 1);
      this.loopTurns[start] = TURNS.head;
      return;
    }
    this.cost[head] = 0;
    this.pay(before, fuel);
    this.payContinues(level, fuel, start, calls);
  }

  private payContinues(level: number, fuel: number, start: number, calls: boolean): void {
    for (let at = this.frames.lastContinue.at(level); at > 0; at = this.continues.at(at - 1)) {
      const point = this.continues.at(at - 2);
      this.pay(point, fuel);
      this.inLoop.set(point, 1);
      this.loopTurns[start] = TURNS.early;
      if (calls) continue;
      this.late.add(this.continues.at(at));
      this.late.add(point);
      this.late.add(start);
    }
  }

  private continuesAt(level: number, point: number): boolean {
    for (let at = this.frames.lastContinue.at(level); at > 0; at = this.continues.at(at - 1)) {
      if (this.continues.at(at - 2) === point) return true;
    }
    return false;
  }

  /** Rule 5: marks what leads to a `br` that continues the loop, from the last to the first; then moves charges down there. */
  private sinkArms(level: number, head: number): void {
    const { arms, leads } = this;
    const from = this.frames.arms.at(level);
    for (let at = this.frames.lastContinue.at(level); at > 0; at = this.continues.at(at - 1)) {
      leads.set(this.continues.at(at - 2), 1);
    }
    for (let at = arms.length - 3; at >= from; at -= 3) {
      if (this.armLeads(at)) leads.set(arms.at(at), 1);
    }
    // What the head costs is moved as a whole.
    leads.set(head, 0);
    for (let at = from; at < arms.length; at += 3) {
      if (this.armLeads(at) && leads.at(arms.at(at)) === 1) this.sink(arms.at(at), arms.at(at + 1), arms.at(at + 2));
    }
  }

  /** Rule 6: a short function is checked on entry, and pays once on each way through it. */
  private sinkEntry(): void {
    const pairs: number[] = [];
    const nodes = [0];
    for (let node = nodes.pop(); node !== undefined && pairs.length <= MOST_SUNK; node = nodes.pop()) {
      const pair = this.onlyPair(node);
      if (pair < 0) continue;
      pairs.push(pair);
      nodes.push(this.arms.at(pair + 2), this.arms.at(pair + 1));
    }
    if (pairs.length > MOST_SUNK || !pairs.some((pair) => this.armPays(pair))) return;
    for (const pair of pairs) {
      this.sink(this.arms.at(pair), this.arms.at(pair + 1), this.arms.at(pair + 2));
      // So that it is not shared again.
      for (const at of [pair, pair + 1]) this.leads.set(this.arms.at(at), 1);
    }
  }

  /** The pair of arms of an `if` that follows a point, when there is one only and no loop or call between; else -1. */
  private onlyPair(before: number): number {
    const { arms } = this;
    let found = -1;
    for (let at = 0; at < arms.length; at += 3) {
      if (arms.at(at) !== before) continue;
      if (found >= 0 || this.onEdge.at(arms.at(at + 1)) === 1) return -1;
      found = at;
    }
    if (found < 0) return -1;
    const from = before === 0 ? 0 : this.position.at(before) + 1;
    return this.isStraight(from, this.position.at(arms.at(found + 1))) ? found : -1;
  }

  /** Whether no mark of a range is a loop or a call: frames below would owe what has run. */
  private isStraight(from: number, to: number): boolean {
    for (let mark = from; mark < to; mark++) {
      const opcode = this.marks.opcode.at(mark);
      if (opcode === OP.loop || opcode === OP.call || opcode === OP.call_indirect) return false;
    }
    return true;
  }

  private armPays(pair: number): boolean {
    return (this.cost[this.arms.at(pair + 1)] ?? 0) + (this.cost[this.arms.at(pair + 2)] ?? 0) > 0;
  }

  /** Whether one of the ways of the pair at a position leads to such a `br`. */
  private armLeads(at: number): boolean {
    return this.leads.at(this.arms.at(at + 1)) === 1 || this.leads.at(this.arms.at(at + 2)) === 1;
  }

  private sink(before: number, one: number, other: number): void {
    const fuel = this.cost[before] ?? 0;
    if (fuel >= CHECKED_CHARGE) return;
    this.pay(one, fuel);
    this.pay(other, fuel);
    this.cost[before] = 0;
  }

  /** Rule 3, for the pairs of arms behind position `from`, inner ones first. */
  private shareArms(from: number): void {
    while (this.arms.length > from) {
      const other = this.arms.pop();
      const one = this.arms.pop();
      const before = this.arms.pop();
      if (this.leads.at(before) === 1 && (this.leads.at(one) === 1 || this.leads.at(other) === 1)) continue;
      const shared = Math.min(this.cost[one] ?? 0, this.cost[other] ?? 0);
      this.pay(before, shared);
      this.pay(one, -shared);
      this.pay(other, -shared);
    }
  }

  /** Notes that a branch leaves to the construct at `level`. */
  private leave(level: number): void {
    const { outermost } = this.frames;
    const top = this.frames.length - 1;
    if (level < outermost.at(top)) outermost.set(top, level);
  }

  private branch(mark: number, opcode: number): void {
    this.flush();
    if (this.current === DEAD) return;
    const { frames } = this;
    const level = frames.length - 1 - this.marks.operand.at(mark);
    this.leave(level);
    if (opcode === OP.br && frames.kind.at(level) === LOOP) {
      this.continues.add(this.current);
      this.continues.add(frames.lastContinue.at(level));
      this.continues.add(mark);
      frames.lastContinue.set(level, this.continues.length - 1);
    } else frames.targeted.set(level, 1);
    if (opcode === OP.br) this.current = DEAD;
    else this.goOn(mark, level);
  }

  /** Behind a `br_if`. Where no value goes with it, what happens when it is taken can be charged apart. */
  private goOn(mark: number, level: number): void {
    const before = this.current;
    const moves = this.marks.own.at(mark) > (WEIGHT_OF[OP.br_if] ?? 0);
    const taken = moves || this.frames.kind.at(level) === LOOP ? DEAD : this.point(mark);
    if (taken !== DEAD) this.onEdge.set(taken, 1);
    this.current = this.point(mark);
    if (taken !== DEAD) this.pair(before, taken, this.current);
  }

  private branchTable(mark: number): void {
    this.flush();
    if (this.current === DEAD) return;
    const { targets, operand } = this.marks;
    const first = operand.at(mark);
    for (let at = first + 1; at <= first + targets.at(first); at++) {
      const level = this.frames.length - 1 - targets.at(at);
      this.leave(level);
      this.frames.targeted.set(level, 1);
    }
    this.current = DEAD;
  }

  private result(): Plan {
    const { after, checked, atBranch, atExit, loopEnd, loopTurns, loopCalls } = this;
    let unchecked = this.chargeLate();
    for (let point = 1; point < this.cost.length; point++) {
      const mark = this.position.at(point);
      const fuel = this.cost[point] ?? 0;
      if (fuel === 0) continue;
      if (this.onEdge.at(point) === 1) {
        atExit[mark] = fuel;
        continue;
      }
      after[mark] = fuel;
      const now = fuel >= CHECKED_CHARGE || unchecked + fuel > MARGIN || this.inLoop.at(point) === 1;
      if (now) checked[mark] = 1;
      else unchecked += fuel;
    }
    return { entry: this.cost[0] ?? 0, after, checked, atBranch, atExit, loopEnd, loopTurns, loopCalls };
  }

  /** Moves charges of loops without calls to the `br` that they pay for. Answers what is charged so. */
  private chargeLate(): number {
    let total = 0;
    for (let at = 0; at < this.late.length; at += 3) {
      const point = this.late.at(at + 1);
      const fuel = this.cost[point] ?? 0;
      if (fuel >= CHECKED_CHARGE || total + fuel > MARGIN / 2) continue;
      total += fuel;
      this.cost[point] = 0;
      this.atBranch[this.late.at(at)] = fuel;
      this.loopTurns[this.late.at(at + 2)] = TURNS.branch;
    }
    return total;
  }
}
