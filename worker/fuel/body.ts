// Decodes a function body into its marks: the instructions that steer control, name functions or work by length, each
// with the weight of the straight code before it. Fails closed on every opcode that is not in the table of opcodes.ts.
// One pass, no recursion: nesting is an explicit stack.
import { transferWeight, WEIGHT_OF } from "./cost.ts";
import { invalid, tooLarge, unsupported } from "./errors.ts";
import { Growable } from "./growable.ts";
import { featureOf, IMMEDIATE, IMMEDIATE_OF, OP, PREFIX_FC, PREFIX_FD } from "./opcodes.ts";
import { Reader } from "./reader.ts";
import { type ModuleShape, readValueType } from "./sections.ts";

/** A function with more marks than this is refused, so that metering it takes some 60 MB at most. */
const MAXIMUM_MARKS = 1_000_000;

/** After so much of a body others may run: some 2 ms. */
const STEP_BYTES = 65_536;
export const STEP_MARKS = 16_384;

/** The marks of one body, in the order of the code. Offsets are in bytes of the module. */
export class Marks {
  count = 0;
  readonly opcode = new Growable();
  /** Offset of the instruction and of the one after it. */
  readonly at = new Growable();
  readonly next = new Growable();
  /**
   * br, br_if: depth. call, ref.func: function. call_indirect: type. Table operations: table. br_table: position in
   * `targets`. loop: number of its parameters.
   */
  readonly operand = new Growable();
  /** For each br_table: how many different depths it has, and these. */
  readonly targets = new Growable();
  /** Weight of the straight code since the last mark, and of the mark itself, in sixteenths of a fuel. */
  readonly before = new Growable();
  readonly own = new Growable();
  /** Pairs: where the code names the local that was asked for, and the offset after that. */
  readonly uses = new Growable();
  /** Whether a branch leaves the function (a `return` is none). */
  leaves = false;

  clear(): void {
    this.count = 0;
    this.leaves = false;
    const { opcode, at, next, operand, targets, before, own, uses } = this;
    for (const list of [opcode, at, next, operand, targets, before, own, uses]) list.clear();
  }

  /** Whether a br_table has a depth among its targets. */
  hasTarget(mark: number, depth: number): boolean {
    const first = this.operand.at(mark);
    for (let at = first + 1; at <= first + this.targets.at(first); at++) if (this.targets.at(at) === depth) return true;
    return false;
  }
}

/** What a body declares. */
export interface BodyHead {
  /** Declared locals, without parameters. */
  readonly locals: number;
  /** Of the group with the first local: offset, number of its locals, their type; and the offset after it. */
  readonly first: { readonly at: number; readonly count: number; readonly type: number; readonly next: number };
  /** Offsets of the declarations' first byte and of the first instruction. */
  readonly start: number;
  readonly code: number;
  /** How many groups of locals are declared, and the offset after that number. */
  readonly groups: number;
  readonly firstGroup: number;
}

/** Reads the declarations of locals. 2^32 of them are a few bytes, so they are counted and never listed. */
export function readHead(reader: Reader): BodyHead {
  const start = reader.at;
  const groups = reader.count();
  const firstGroup = reader.at;
  let locals = 0;
  let first = { at: 0, count: 0, type: 0, next: 0 };
  for (let left = groups; left > 0; left--) {
    const at = reader.at;
    const count = reader.u32();
    const type = readValueType(reader);
    if (locals === 0 && count > 0) first = { at, count, type, next: reader.at };
    locals += count;
  }
  return { locals, first, start, code: reader.at, groups, firstGroup };
}

/** Decodes the instructions of one body into `marks`. Kept between bodies, so that its buffers are reused. */
export class BodyDecoder {
  readonly marks = new Marks();
  private readonly shape: ModuleShape;
  /** Values that a branch to each open label moves, and that its end leaves. */
  private readonly labelValues = new Growable();
  private readonly endValues = new Growable();
  /** Which br_table (counted from 1) last had a depth. */
  private readonly tableOf = new Growable();
  private tables = 0;

  constructor(shape: ModuleShape) {
    this.shape = shape;
  }

  /**
   * `reader` stands at the first instruction and ends with the body. Yields within long bodies.
   * @param type the function's type @param local whose uses are noted; -1 for none
   */
  *decode(reader: Reader, type: number, local: number): Generator<undefined, Marks> {
    const { marks, labelValues, endValues } = this;
    marks.clear();
    labelValues.clear();
    endValues.clear();
    const results = this.shape.resultCounts.at(type);
    labelValues.add(results);
    endValues.add(results);
    let weight = 0;
    for (;;) {
      weight = this.advance(reader, local, weight, reader.at + STEP_BYTES);
      if (labelValues.length === 0) break;
      yield;
    }
    if (reader.at !== reader.end) throw invalid(reader.at, "code after the end of a function");
    return marks;
  }

  /** Decodes up to an offset or the end. @param weight of the code since the last mark @returns the same, then */
  private advance(reader: Reader, local: number, before: number, until: number): number {
    const { marks, labelValues } = this;
    let weight = before;
    while (labelValues.length > 0 && reader.at < until) {
      const at = reader.at;
      const opcode = readOpcode(reader);
      if (opcode >= OP.local_get && opcode <= OP.local_tee) {
        const start = reader.at;
        if (reader.u32() === local) {
          marks.uses.add(start);
          marks.uses.add(reader.at);
        }
        weight += WEIGHT_OF[opcode] ?? 0;
        continue;
      }
      if (IMMEDIATE_OF[opcode] !== IMMEDIATE.mark) {
        skipImmediate(reader, opcode, at);
        weight += WEIGHT_OF[opcode] ?? 0;
        continue;
      }
      marks.opcode.add(opcode);
      marks.at.add(at);
      marks.before.add(weight);
      marks.own.add((WEIGHT_OF[opcode] ?? 0) + this.readMark(reader, opcode));
      marks.next.add(reader.at);
      marks.count++;
      weight = 0;
      if (marks.count > MAXIMUM_MARKS)
        throw tooLarge(`A function has more than ${MAXIMUM_MARKS} branches and calls.`, "function");
    }
    return weight;
  }

  /** Reads the immediates of a mark, keeps its operand and answers the weight of the values it moves. */
  private readMark(reader: Reader, opcode: number): number {
    switch (opcode) {
      case OP.block:
      case OP.loop:
      case OP.if:
        return this.open(reader, opcode);
      case OP.end:
        return this.close(reader);
      case OP.br:
      case OP.br_if:
        return this.branch(reader);
      case OP.br_table:
        return this.branchTable(reader);
      case OP.return:
        this.marks.operand.add(0);
        return transferWeight(this.labelValues.at(0));
      case OP.call:
      case OP.return_call:
        return this.call(reader);
      case OP.call_indirect:
      case OP.return_call_indirect:
        return this.callIndirect(reader);
      default:
        this.marks.operand.add(readOperand(reader, opcode));
        return 0;
    }
  }

  private open(reader: Reader, opcode: number): number {
    const at = reader.at;
    const byte = reader.bytes[at] ?? 0;
    let parameters = 0;
    let results = 0;
    if (byte === 0x40) reader.skip(1);
    else if (byte >= 0x40 && byte < 0x80) {
      readValueType(reader);
      results = 1;
    } else {
      const type = reader.s33();
      if (type < 0 || type >= this.shape.parameterCounts.length) throw invalid(at, "unknown type of a block");
      parameters = this.shape.parameterCounts.at(type);
      results = this.shape.resultCounts.at(type);
    }
    this.labelValues.add(opcode === OP.loop ? parameters : results);
    this.endValues.add(results);
    this.marks.operand.add(parameters);
    return transferWeight(parameters);
  }

  private close(_reader: Reader): number {
    this.labelValues.length--;
    this.marks.operand.add(0);
    return transferWeight(this.endValues.at(--this.endValues.length));
  }

  private label(depth: number, at: number): number {
    if (depth >= this.labelValues.length) throw invalid(at, "a branch leaves the function");
    if (depth === this.labelValues.length - 1) this.marks.leaves = true;
    return this.labelValues.at(this.labelValues.length - 1 - depth);
  }

  private branch(reader: Reader): number {
    const at = reader.at;
    const depth = reader.u32();
    this.marks.operand.add(depth);
    return transferWeight(this.label(depth, at));
  }

  private branchTable(reader: Reader): number {
    const { targets, operand } = this.marks;
    const first = targets.length;
    operand.add(first);
    targets.add(0);
    const stamp = ++this.tables;
    let values = 0;
    for (let left = reader.count(); left >= 0; left--) {
      const depth = reader.u32();
      values = this.label(depth, reader.at);
      if (this.tableOf.at(depth) === stamp) continue;
      while (this.tableOf.length <= depth) this.tableOf.add(0);
      this.tableOf.set(depth, stamp);
      targets.add(depth);
    }
    targets.set(first, targets.length - first - 1);
    return transferWeight(values);
  }

  private call(reader: Reader): number {
    const at = reader.at;
    const index = reader.u32();
    if (index >= this.shape.functionTypes.length) throw invalid(at, "unknown function");
    this.marks.operand.add(index);
    return this.callWeight(this.shape.functionTypes.at(index));
  }

  private callIndirect(reader: Reader): number {
    const type = reader.u32();
    this.marks.operand.add(type);
    reader.u32();
    return this.callWeight(type);
  }

  private callWeight(type: number): number {
    return transferWeight(this.shape.parameterCounts.at(type) + this.shape.resultCounts.at(type));
  }
}

/** The index that `opcode` works on: a table, or the function of ref.func. */
function readOperand(reader: Reader, opcode: number): number {
  switch (opcode) {
    case OP.ref_func:
    case OP.table_grow:
    case OP.table_fill:
      return reader.u32();
    case OP.memory_grow:
    case OP.memory_fill:
      return readMemory(reader);
    case OP.memory_copy:
      readMemory(reader);
      return readMemory(reader);
    case OP.memory_init:
      reader.u32();
      return readMemory(reader);
    case OP.table_copy: {
      const destination = reader.u32();
      reader.u32();
      return destination;
    }
    case OP.table_init:
      reader.u32();
      return reader.u32();
    default:
      return 0;
  }
}

export function readOpcode(reader: Reader): number {
  const at = reader.at;
  const byte = reader.u8();
  const opcode = byte === 0xfc ? PREFIX_FC + reader.u32() : byte === 0xfd ? PREFIX_FD + reader.u32() : byte;
  const known = byte === 0xfc ? opcode < PREFIX_FD : opcode < IMMEDIATE_OF.length;
  if (!known || IMMEDIATE_OF[opcode] === IMMEDIATE.absent) {
    const hex = [...reader.bytes.subarray(at, reader.at)].map((part) => part.toString(16).padStart(2, "0")).join(" ");
    throw unsupported(featureOf(known || byte === 0xfd ? opcode : -1), at, `opcode ${hex}`);
  }
  return opcode;
}

function readMemory(reader: Reader): number {
  const at = reader.at;
  if (reader.u8() !== 0) throw unsupported("multi-memory", at);
  return 0;
}

function readHeap(reader: Reader): void {
  const at = reader.at;
  const byte = reader.u8();
  if (byte !== 0x70 && byte !== 0x6f)
    throw unsupported("typed-function-references", at, `heap type 0x${byte.toString(16)}`);
}

function readMemoryArgument(reader: Reader): void {
  const at = reader.at;
  if (reader.u32() >= 0x40) throw unsupported("multi-memory", at);
  reader.skipLeb(5);
}

function readTypes(reader: Reader): void {
  for (let left = reader.count(); left > 0; left--) readValueType(reader);
}

export function skipImmediate(reader: Reader, opcode: number, at: number): void {
  switch (IMMEDIATE_OF[opcode]) {
    case IMMEDIATE.none:
      return;
    case IMMEDIATE.index:
    case IMMEDIATE.i32:
      return reader.skipLeb(5);
    case IMMEDIATE.memarg:
      return readMemoryArgument(reader);
    case IMMEDIATE.i64:
      return reader.skipLeb(10);
    case IMMEDIATE.f32:
      return reader.skip(4);
    case IMMEDIATE.f64:
      return reader.skip(8);
    case IMMEDIATE.lane:
      return reader.skip(1);
    case IMMEDIATE.memargLane:
      readMemoryArgument(reader);
      return reader.skip(1);
    case IMMEDIATE.bytes16:
      return reader.skip(16);
    case IMMEDIATE.memory:
      readMemory(reader);
      return;
    case IMMEDIATE.heap:
      return readHeap(reader);
    case IMMEDIATE.types:
      return readTypes(reader);
    default:
      throw unsupported("unknown", at, `opcode 0x${opcode.toString(16)}`);
  }
}
