// How the counter travels. It is the last parameter and the last result of every function that can carry it; the others
// are *plain*: they keep their type, and the exported balance is exact whenever one is entered or left. Plain are
// imports, functions whose type has no room, and functions that must make a tail call to a plain one. Whoever reaches a
// carrying function from outside reaches a *wrapper* of the original type, one for each function, so that the identity of
// function references is kept.
//
// A module is *closed* when no function reference can enter or leave it: then tables hold the carrying functions
// themselves and `call_indirect` carries too. Else tables hold wrappers.
import { BodyDecoder, readHead } from "./body.ts";
import { tooLarge } from "./errors.ts";
import { OP } from "./opcodes.ts";
import { Reader } from "./reader.ts";
import { FUNCREF, MAXIMUM_ITEMS, MAXIMUM_VALUES, type ModuleShape } from "./sections.ts";
import { Writer } from "./writer.ts";

/** Stands for whatever function a table holds. */
const THROUGH_TABLE = -1;

const FUNCTION_FORM = 0x60;
const I64 = 0x7e;

/** Types that we add after the module's own. */
class AddedTypes {
  private readonly shape: ModuleShape;
  private readonly threadedOf = new Map<number, number>();
  private readonly resultsOf = new Map<number, number>();
  readonly written = new Writer();
  count = 0;

  constructor(shape: ModuleShape) {
    this.shape = shape;
  }

  /** @returns the index of the type that was written */
  add(parameters: Uint8Array, results: Uint8Array): number {
    this.written.u8(FUNCTION_FORM);
    for (const list of [parameters, results]) {
      this.written.u32(list.length);
      this.written.bytes(list);
    }
    return this.shape.parameterCounts.length + this.count++;
  }

  /** The type with the counter as last parameter and last result. */
  threaded(type: number): number {
    const known = this.threadedOf.get(type);
    if (known !== undefined) return known;
    const { parameters, results } = valuesOf(this.shape, type);
    const made = this.add(Uint8Array.of(...parameters, I64), Uint8Array.of(...results, I64));
    this.threadedOf.set(type, made);
    return made;
  }

  /** A type without parameters and with the results of this one. */
  results(type: number): number {
    if (this.shape.parameterCounts.at(type) === 0) return type;
    const known = this.resultsOf.get(type);
    if (known !== undefined) return known;
    const made = this.add(new Uint8Array(), valuesOf(this.shape, type).results);
    this.resultsOf.set(type, made);
    return made;
  }
}

/** The bytes of a type's parameters and results. */
export function valuesOf(shape: ModuleShape, type: number): { parameters: Uint8Array; results: Uint8Array } {
  const [from, to] = [shape.parametersAt.at(type), shape.resultsAt.at(type)];
  return {
    parameters: shape.bytes.subarray(from, from + shape.parameterCounts.at(type)),
    results: shape.bytes.subarray(to, to + shape.resultCounts.at(type)),
  };
}

/** Thrown when a function turns out to need `Carrier.findTailCallers` to have run. */
export class TailCallOut extends Error {
  override readonly name = "TailCallOut";
}

export class Carrier {
  readonly types: AddedTypes;
  /** Then no function with a body is plain. */
  closed: boolean;
  /** Number of functions, imported ones too, of the module as it was given. */
  readonly functions: number;
  private readonly shape: ModuleShape;
  /** Of each function: 1 when it is plain. */
  private readonly plain: Uint8Array;
  /** Functions that have a wrapper, and which it is. */
  private readonly wrappers = new Map<number, number>();
  private readonly helpers: number;
  private searched = false;

  constructor(shape: ModuleShape, helpers: number) {
    this.shape = shape;
    this.helpers = helpers;
    this.functions = shape.functionTypes.length;
    this.types = new AddedTypes(shape);
    this.plain = new Uint8Array(this.functions).fill(1, 0, shape.importedFunctions);
    if (shape.fullTypes) {
      for (let index = shape.importedFunctions; index < this.functions; index++) {
        if (!this.hasRoom(shape.functionTypes.at(index))) this.plain[index] = 1;
      }
    }
    // A plain function may come to a table by an element segment or by `ref.func`, which wants it declared.
    this.closed = isClosed(shape) && !shape.fullTypes && !shape.importedUsed;
  }

  private hasRoom(type: number): boolean {
    const { parameterCounts, resultCounts } = this.shape;
    return Math.max(parameterCounts.at(type), resultCounts.at(type)) < MAXIMUM_VALUES;
  }

  isPlain(index: number): boolean {
    return this.plain[index] === 1;
  }

  /** The function's index in the metered module: our import stands after the module's own. */
  shifted(index: number): number {
    return index < this.shape.importedFunctions ? index : index + 1;
  }

  /** The function of the original type that does the same. */
  outside(index: number): number {
    if (this.isPlain(index)) return this.shifted(index);
    const known = this.wrappers.get(index);
    if (known !== undefined) return known;
    const made = this.functions + 1 + this.helpers + this.wrappers.size;
    if (made >= MAXIMUM_ITEMS) throw tooLarge(`The module would have more than ${MAXIMUM_ITEMS} functions.`, "module");
    this.wrappers.set(index, made);
    return made;
  }

  /** The function as tables and `ref.func` name it. */
  reference(index: number): number {
    return this.closed ? this.shifted(index) : this.outside(index);
  }

  /** The functions that have wrappers, in the order of these. */
  wrapped(): Iterable<number> {
    return this.wrappers.keys();
  }

  get wrapperCount(): number {
    return this.wrappers.size;
  }

  /** The type of a function with a body, as metered. */
  typeOf(index: number): number {
    const type = this.shape.functionTypes.at(index);
    return this.isPlain(index) ? type : this.types.threaded(type);
  }

  /** A carrying function cannot tail-call a plain one. @throws TailCallOut when the callers were not looked for yet */
  needTailCallers(): void {
    if (!this.searched) throw new TailCallOut();
  }

  /** Makes plain whatever tail-calls something plain, and what tail-calls that. */
  *findTailCallers(): Generator<undefined> {
    this.searched = true;
    this.wrappers.clear();
    const callers = yield* this.tailCalls();
    const plain = [...callers.keys()].filter((callee) => callee >= 0 && this.isPlain(callee));
    if (plain.length > 0) this.closed = false;
    const queue = this.closed ? plain : [...plain, THROUGH_TABLE];
    for (let callee = queue.pop(); callee !== undefined; callee = queue.pop()) {
      for (const caller of callers.get(callee) ?? []) {
        if (this.isPlain(caller)) continue;
        this.plain[caller] = 1;
        queue.push(caller);
      }
    }
  }

  /** The callers of each function that is tail-called; those of tables under THROUGH_TABLE. */
  private *tailCalls(): Generator<undefined, Map<number, number[]>> {
    const { shape } = this;
    const callers = new Map<number, number[]>();
    const decoder = new BodyDecoder(shape);
    for (let body = 0; body < shape.bodies.length / 2; body++) {
      const caller = shape.importedFunctions + body;
      const reader = new Reader(shape.bytes, shape.bodies.at(body * 2), shape.bodies.at(body * 2 + 1));
      readHead(reader);
      const { opcode, operand, count } = yield* decoder.decode(reader, shape.functionTypes.at(caller), -1);
      for (let mark = 0; mark < count; mark++) {
        const indirect = opcode.at(mark) === OP.return_call_indirect;
        if (!indirect && opcode.at(mark) !== OP.return_call) continue;
        const callee = indirect ? THROUGH_TABLE : operand.at(mark);
        const known = callers.get(callee);
        if (known === undefined) callers.set(callee, [caller]);
        else if (known.at(-1) !== caller) known.push(caller);
      }
      if (body % 256 === 255) yield;
    }
    return callers;
  }
}

function isClosed(shape: ModuleShape): boolean {
  const { imports, exports, tables, functionGlobals } = shape;
  const outside = (kind: string) =>
    imports.some((one) => one.kind === kind) || exports.some((one) => one.kind === kind);
  if (tables.some(({ type }) => type === FUNCREF) && outside("table")) return false;
  if (functionGlobals && outside("global")) return false;
  return !shape.functionTyped;
}
