// The instructions of one loop as a flat list, which the other files here look at; and expressions read backwards from
// the instruction that takes their value.
import { readOpcode, skipImmediate, type Marks } from "../body.ts";
import { OP, PREFIX_FC } from "../opcodes.ts";
import { Reader } from "../reader.ts";

/** One instruction: its opcode, where it is, and how many constructs inside the loop it is in. */
export interface Instruction {
  readonly opcode: number;
  readonly at: number;
  readonly next: number;
  readonly level: number;
}

/** The code of a loop, from behind its opcode to its end, and what it changes. */
export class LoopCode {
  readonly bytes: Uint8Array;
  readonly list: Instruction[] = [];
  /** Positions in the list at which each local is set; globals that are set. */
  private readonly localSets = new Map<number, number[]>();
  private readonly globalSets = new Set<number>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  add(instruction: Instruction): void {
    const { opcode } = instruction;
    const at = this.list.push(instruction) - 1;
    if (opcode === OP.local_set || opcode === OP.local_tee) {
      const index = this.index(at);
      const known = this.localSets.get(index);
      if (known === undefined) this.localSets.set(index, [at]);
      else known.push(at);
    } else if (opcode === OP.global_set) this.globalSets.add(this.index(at));
  }

  opcode(at: number): number {
    return this.list[at]?.opcode ?? -1;
  }

  private reader(at: number): Reader {
    const instruction = this.list[at];
    return new Reader(this.bytes, (instruction?.at ?? 0) + 1, instruction?.next ?? 0);
  }

  /** The local or global that an instruction names. */
  index(at: number): number {
    return this.reader(at).u32();
  }

  /** The value of a constant that fits in 32 bits; undefined for others and what is none. */
  constant(at: number): number | undefined {
    const opcode = this.opcode(at);
    if (opcode !== OP.i32_const && opcode !== OP.i64_const) return undefined;
    return this.reader(at).signed32();
  }

  /** Positions at which a local is set. */
  setsOf(local: number): readonly number[] {
    return this.localSets.get(local) ?? [];
  }

  /** The position of the instruction at an offset; -1 when none begins there. */
  positionOf(offset: number): number {
    let [low, high] = [0, this.list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.list[middle]?.at ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return this.list[low]?.at === offset ? low : -1;
  }

  /**
   * Reads the expression that ends at `last` backwards, if it is pure, cannot trap and is of locals, globals and
   * constants that the loop does not change. @returns where it begins, or -1
   */
  invariant(last: number): number {
    const opcode = this.opcode(last);
    if (opcode === OP.i32_const || opcode === OP.i64_const) return last;
    if (opcode === OP.local_get) return this.setsOf(this.index(last)).length === 0 ? last : -1;
    if (opcode === OP.global_get) return this.globalSets.has(this.index(last)) ? -1 : last;
    const right = OPERANDS.has(opcode) ? this.invariant(last - 1) : -1;
    return right >= 0 && OPERANDS.get(opcode) === 2 ? this.invariant(right - 1) : right;
  }
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

/** Integer instructions that cannot trap, and how many operands they have. */
const OPERANDS: ReadonlyMap<number, number> = new Map([
  ...[OP.i32_wrap_i64, OP.i64_extend_i32_u - 1, OP.i64_extend_i32_u].map((opcode) => [opcode, 1] as const),
  ...[...range(OP.i32_add, OP.i32_mul), ...range(OP.i32_and, OP.i32_shr_u)].map((opcode) => [opcode, 2] as const),
  ...[...range(OP.i64_add, OP.i64_mul), ...range(OP.i64_and, OP.i64_shr_u)].map((opcode) => [opcode, 2] as const),
]);

/** Lists the code between two marks: behind the one that opens a loop, up to the `end` of it. */
export function listLoop(bytes: Uint8Array, marks: Marks, start: number, end: number): LoopCode {
  const code = new LoopCode(bytes);
  let level = 0;
  for (let mark = start + 1; mark <= end; mark++) {
    straight(code, marks.next.at(mark - 1), marks.at.at(mark), level);
    const opcode = marks.opcode.at(mark);
    if (opcode === OP.end) level--;
    code.add({
      opcode,
      at: marks.at.at(mark),
      next: marks.next.at(mark),
      level: opcode === OP.else ? level - 1 : level,
    });
    if (opcode === OP.block || opcode === OP.if) level++;
  }
  return code;
}

/** Lists the straight code before a mark; nothing when that is the first of its function. */
export function listStraight(bytes: Uint8Array, from: number | null, to: number): LoopCode {
  const code = new LoopCode(bytes);
  if (from !== null) straight(code, from, to, 0);
  return code;
}

function straight(code: LoopCode, from: number, to: number, level: number): void {
  const reader = new Reader(code.bytes, from, to);
  while (reader.at < to) {
    const at = reader.at;
    const opcode = readOpcode(reader);
    skipImmediate(reader, opcode, at);
    code.add({ opcode: opcode < PREFIX_FC ? opcode : -1, at, next: reader.at, level });
  }
}
