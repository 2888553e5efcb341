// Puts the metered module together: every section of the original but custom ones, with our types, import, helper
// functions, wrappers, globals and exports appended, functions renumbered and limits rewritten.
import { Planner } from "./blocks.ts";
import { BodyDecoder, readHead } from "./body.ts";
import { Carrier, TailCallOut } from "./carrier.ts";
import { entryWeight } from "./cost.ts";
import { tooLarge } from "./errors.ts";
import { OP } from "./opcodes.ts";
import { Pace } from "./pace.ts";
import { Reader } from "./reader.ts";
import type { CountedLoop } from "./loops/counted.ts";
import { countedLoops } from "./loops/index.ts";
import { ALL_EFFORT, type Effort, type Body, BodyRewriter } from "./rewrite.ts";
import {
  COUNTER_TYPES,
  HELPER_COUNT,
  HELPER_TYPES,
  HELPERS,
  helperBodies,
  type RuntimeNames,
  wrapperBody,
} from "./runtime.ts";
import { type FunctionReport, type MeterReport, reportLoops } from "./report.ts";
import { type Limits, MAXIMUM_ITEMS, type Memory, type ModuleShape, SECTION, type Table } from "./sections.ts";
import { Writer } from "./writer.ts";

export const IMPORT_MODULE = "orcade:fuel";
export const IMPORT_NAME = "refuel";
export const FUEL_EXPORT = "orcade:fuel";
export const START_EXPORT = "orcade:start";

/** V8's limits: locals of a function, bytes of a function, entries of a table, pages of memory. */
const MAXIMUM_LOCALS = 50_000;
const MAXIMUM_BODY = 7_654_321;
const MAXIMUM_TABLE = 10_000_000;
const MAXIMUM_PAGES = 65_536;
/** Locals that metering may have to add to a function. */
const OWN_LOCALS = 2;
/** And more for loops that are paid ahead. */
const LOOP_LOCALS = 8;
/** Bytes of a body up to which V8 puts functions into their callers. */
const INLINED_BODY = 500;

const LESS_EFFORT: readonly Effort[] = [
  { ahead: false, outside: true },
  { ahead: false, outside: false },
];

/** What the metered module shall be like, beyond being metered. */
export interface Target {
  readonly memory: Memory | null;
  readonly tables: readonly Table[];
  readonly exportStart: boolean;
  /** Bytes beyond which the metered module is refused. */
  readonly maximumBytes: number;
}

/** Bytes of code after which the assembler lets others run. */
const STEP = 32_768;

const { custom, type, import: imports, function: functions, table, memory, global, export: exports } = SECTION;
const { start, element, dataCount, code, data } = SECTION;
/** Of the sections in their order in a module; the only custom one is that of the branch hints, which stands before the code. */
const ORDER = [type, imports, functions, table, memory, global, exports, start, element, dataCount, custom, code, data];

/** Stands for the eight bytes before the sections. */
const HEADER = -1;

const I64 = 0x7e;
const FUNCTION_KIND = 0;
const GLOBAL_KIND = 3;

class Assembler {
  /** Finished sections: heads and payloads. */
  private readonly parts = new Map<number, readonly Uint8Array[]>();
  private size = 0;
  private readonly section = new Writer();
  private readonly body = new Writer();
  private readonly hints = new Writer();
  private readonly shape: ModuleShape;
  private readonly target: Target;
  private readonly names: RuntimeNames;
  private readonly carrier: Carrier;
  private readonly decoder: BodyDecoder;
  private readonly planner: Planner;
  private readonly rewriter: BodyRewriter;
  /** Functions that are exported: the host calls them, and rarely others do. */
  private readonly exported = new Map<number, string>();
  private readonly reported: FunctionReport[] | undefined;
  private readonly pace = new Pace();

  constructor(shape: ModuleShape, target: Target, reported?: FunctionReport[]) {
    this.shape = shape;
    this.reported = reported;
    this.target = target;
    this.names = {
      fuel: shape.globals,
      offset: shape.globals + 1,
      refuel: shape.importedFunctions,
      first: shape.functionTypes.length + 1,
    };
    this.carrier = new Carrier(shape, HELPER_COUNT);
    this.decoder = new BodyDecoder(shape);
    this.planner = new Planner(this.decoder.marks);
    const bounds = {
      maximumPages: target.memory?.maximum ?? MAXIMUM_PAGES,
      maximumEntries: target.tables.map(({ maximum }) => maximum ?? MAXIMUM_TABLE),
    };
    this.rewriter = new BodyRewriter(shape, this.carrier, bounds, this.names, this.body);
  }

  private *findExported(): Generator<undefined> {
    const { bytes, exports, functionUses, sections } = this.shape;
    const reader = new Reader(bytes);
    let use = this.firstUse(sections[SECTION.export]?.start ?? 0);
    for (const { kind, name } of exports) {
      if (this.pace.over()) yield;
      if (kind !== "function") continue;
      reader.at = functionUses.at(use++);
      const index = reader.u32();
      if (!this.exported.has(index)) this.exported.set(index, name);
    }
  }

  get closed(): boolean {
    return this.carrier.closed;
  }

  // Code comes first, and what asks for wrappers and types before these.
  *run(): Generator<undefined, Uint8Array> {
    this.add(HEADER, [this.shape.bytes.subarray(0, 8)]);
    const counterTypes = COUNTER_TYPES.map(([takes, answers]) => this.counterType(takes, answers));
    const helperTypes = HELPER_TYPES.map((at) => counterTypes[at] ?? 0);
    yield* this.findExported();
    const written = yield* this.codeOfAll();
    yield* this.exports();
    this.start();
    yield* this.globals();
    yield* this.elements();
    yield* this.imports(helperTypes[HELPERS.settle] ?? 0);
    yield* this.functions(helperTypes);
    yield* this.types();
    this.tables();
    this.memory();
    yield* this.copySection(SECTION.dataCount);
    yield* this.copySection(SECTION.data);
    yield* this.finishCode(written);
    return this.concatenated();
  }

  private concatenated(): Uint8Array {
    const module = new Uint8Array(this.size);
    let at = 0;
    for (const id of [HEADER, ...ORDER]) {
      for (const part of this.parts.get(id) ?? []) {
        module.set(part, at);
        at += part.length;
      }
    }
    return module;
  }

  private add(id: number, parts: readonly Uint8Array[]): void {
    this.parts.set(id, parts);
    for (const part of parts) this.size += part.length;
    this.checkSize();
  }

  private checkSize(more = 0): void {
    if (this.size + more > this.target.maximumBytes) {
      throw tooLarge(`The metered module would be larger than ${this.target.maximumBytes} bytes.`, "module");
    }
  }

  /** Adds a section whose payload was written to `section`. */
  private finish(id: number): void {
    this.addSection(id, this.section.take());
    this.section.clear();
  }

  private addSection(id: number, payload: Uint8Array): void {
    const head = new Writer(8);
    head.u8(id);
    head.u32(payload.length);
    this.add(id, [head.take(), payload]);
  }

  /** Begins a section with the items it had and room for `added` ones after them. */
  private *begin(id: number, added: number): Generator<undefined> {
    const old = this.shape.sections[id];
    this.count((old?.count ?? 0) + added);
    if (old !== undefined) yield* this.copyRenumbered(old.start, old.end, id === SECTION.export);
  }

  private count(count: number): void {
    if (count > MAXIMUM_ITEMS)
      throw tooLarge(`A section of the module would hold more than ${MAXIMUM_ITEMS} items.`, "module");
    this.section.u32(count);
  }

  /** Copies bytes of a section, renumbering the functions they name. */
  private *copyRenumbered(from: number, to: number, outside: boolean): Generator<undefined> {
    const { bytes, functionUses } = this.shape;
    const reader = new Reader(bytes);
    let cursor = from;
    for (let use = this.firstUse(from); use < functionUses.length && functionUses.at(use) < to; use++) {
      reader.at = functionUses.at(use);
      this.section.bytes(bytes, cursor, reader.at);
      const index = reader.u32();
      this.section.u32(outside ? this.carrier.outside(index) : this.carrier.reference(index));
      cursor = reader.at;
      if (this.pace.over()) yield;
    }
    this.section.bytes(bytes, cursor, to);
  }

  /** The first of functionUses at or after an offset. */
  private firstUse(offset: number): number {
    const { functionUses } = this.shape;
    let low = 0;
    let high = functionUses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (functionUses.at(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private *copySection(id: number): Generator<undefined> {
    const old = this.shape.sections[id];
    if (old === undefined) return;
    if (id === SECTION.dataCount) this.section.bytes(this.shape.bytes, old.start, old.end);
    else yield* this.begin(id, 0);
    this.finish(id);
  }

  private counterType(takes: number, answers: number): number {
    return this.carrier.types.add(new Uint8Array(takes).fill(I64), new Uint8Array(answers).fill(I64));
  }

  private *types(): Generator<undefined> {
    const { types } = this.carrier;
    yield* this.begin(SECTION.type, types.count);
    this.section.append(types.written);
    this.finish(SECTION.type);
  }

  private *imports(refuelType: number): Generator<undefined> {
    yield* this.begin(SECTION.import, 1);
    this.section.name(IMPORT_MODULE);
    this.section.name(IMPORT_NAME);
    this.section.u8(FUNCTION_KIND);
    this.section.u32(refuelType);
    this.finish(SECTION.import);
  }

  private *functions(helperTypes: readonly number[]): Generator<undefined> {
    const { shape, carrier, section } = this;
    this.count(shape.bodies.length / 2 + HELPER_COUNT + carrier.wrapperCount);
    for (let index = shape.importedFunctions; index < carrier.functions; index++) {
      section.u32(carrier.typeOf(index));
      if (this.pace.over()) yield;
    }
    for (const helperType of helperTypes) section.u32(helperType);
    for (const index of carrier.wrapped()) {
      section.u32(shape.functionTypes.at(index));
      if (this.pace.over()) yield;
    }
    this.finish(SECTION.function);
  }

  private limits({ initial, maximum }: Limits): void {
    this.section.u8(maximum === null ? 0 : 1);
    this.section.u32(initial);
    if (maximum !== null) this.section.u32(maximum);
  }

  private tables(): void {
    const defined = this.target.tables.filter(({ imported }) => !imported);
    if (defined.length === 0) return;
    this.section.u32(defined.length);
    for (const one of defined) {
      this.section.u8(one.type);
      this.limits(one);
    }
    this.finish(SECTION.table);
  }

  private memory(): void {
    const own = this.target.memory;
    if (own === null || own.imported) return;
    this.section.u32(1);
    this.limits(own);
    this.finish(SECTION.memory);
  }

  private *globals(): Generator<undefined> {
    yield* this.begin(SECTION.global, 2);
    for (let added = 0; added < 2; added++) for (const byte of [I64, 1, OP.i64_const, 0, OP.end]) this.section.u8(byte);
    this.finish(SECTION.global);
  }

  private *exports(): Generator<undefined> {
    const index = this.shape.start;
    const exportStart = this.target.exportStart && index !== null;
    yield* this.begin(SECTION.export, exportStart ? 2 : 1);
    this.section.name(FUEL_EXPORT);
    this.section.u8(GLOBAL_KIND);
    this.section.u32(this.names.fuel);
    if (exportStart) {
      this.section.name(START_EXPORT);
      this.section.u8(FUNCTION_KIND);
      this.section.u32(this.carrier.outside(index));
    }
    this.finish(SECTION.export);
  }

  private start(): void {
    const index = this.shape.start;
    if (index === null || this.target.exportStart) return;
    this.section.u32(this.carrier.outside(index));
    this.finish(SECTION.start);
  }

  /** `ref.func` wants its function declared, and an export is of the wrapper only: a segment declares it again. */
  private *elements(): Generator<undefined> {
    const { referenced } = this.rewriter;
    const declares = this.carrier.closed && referenced.size > 0;
    if (!declares && this.shape.sections[SECTION.element] === undefined) return;
    yield* this.begin(SECTION.element, declares ? 1 : 0);
    if (declares) {
      for (const byte of [3, 0]) this.section.u8(byte);
      this.section.u32(referenced.size);
      for (const index of referenced) {
        this.section.u32(this.carrier.reference(index));
        if (this.pace.over()) yield;
      }
    }
    this.finish(SECTION.element);
  }

  private *codeOfAll(): Generator<undefined, Writer> {
    try {
      return yield* this.code();
    } catch (error) {
      if (!(error instanceof TailCallOut)) throw error;
    }
    yield* this.carrier.findTailCallers();
    this.hints.clear();
    if (this.reported !== undefined) this.reported.length = 0;
    this.rewriter.referenced.clear();
    return yield* this.code();
  }

  private *code(): Generator<undefined, Writer> {
    const { shape, body } = this;
    const count = shape.bodies.length / 2;
    const old = shape.sections[SECTION.code];
    const written = new Writer(old === undefined ? 64 : Math.ceil((old.end - old.start) * 1.5) + 64);
    let sinceStep = 0;
    for (let index = 0; index < count; index++) {
      yield* this.rewriteBody(index);
      this.append(written, body);
      this.writeHints(this.carrier.shifted(shape.importedFunctions + index));
      sinceStep += body.length;
      if (sinceStep > STEP || this.pace.over()) {
        sinceStep = 0;
        yield;
      }
    }
    return written;
  }

  private append(written: Writer, body: Writer): void {
    if (body.length > MAXIMUM_BODY)
      throw tooLarge(`A metered function would be larger than ${MAXIMUM_BODY} bytes.`, "function");
    written.u32(body.length);
    written.append(body);
    this.checkSize(written.length);
  }

  private *rewriteBody(position: number): Generator<undefined> {
    const { shape } = this;
    const index = shape.importedFunctions + position;
    const functionType = shape.functionTypes.at(index);
    const parameters = shape.parameterCounts.at(functionType);
    const [from, to] = [shape.bodies.at(position * 2), shape.bodies.at(position * 2 + 1)];
    const reader = new Reader(shape.bytes, from, to);
    const head = readHead(reader);
    if (parameters + head.locals > MAXIMUM_LOCALS - OWN_LOCALS) {
      throw tooLarge(`A function has more than ${MAXIMUM_LOCALS - OWN_LOCALS} parameters and locals.`, "function");
    }
    const moved = this.carrier.isPlain(index) || head.locals === 0 ? -1 : parameters;
    const marks = yield* this.decoder.decode(reader, functionType, moved);
    const plan = yield* this.planner.plan(entryWeight(parameters, head.locals));
    const room = parameters + head.locals <= MAXIMUM_LOCALS - LOOP_LOCALS;
    const counted = room ? yield* countedLoops(shape.bytes, marks, plan) : new Map<number, CountedLoop>();
    const body: Body = { index, type: functionType, head, marks, plan, counted };
    const effort = yield* this.writeSmall(body, to - from);
    this.reported?.push(this.report(body, to - from, effort));
  }

  /** What V8 would put into its callers shall stay so small, if that can be had. */
  private *writeSmall(body: Body, size: number): Generator<undefined, Effort> {
    yield* this.rewriter.rewrite(body, ALL_EFFORT);
    if (size > INLINED_BODY || this.body.length <= INLINED_BODY || this.exported.has(body.index)) return ALL_EFFORT;
    for (const effort of LESS_EFFORT) {
      yield* this.rewriter.rewrite(body, effort);
      if (this.body.length <= INLINED_BODY) return effort;
    }
    yield* this.rewriter.rewrite(body, ALL_EFFORT);
    return ALL_EFFORT;
  }

  private report(body: Body, size: number, effort: Effort): FunctionReport {
    const { index } = body;
    const name = this.exported.get(index) ?? null;
    const carries = !this.carrier.isPlain(index);
    const loops = reportLoops(this.shape.bytes, body, effort);
    return { index, name, size, meteredSize: this.body.length, carries, loops };
  }

  private *finishCode(written: Writer): Generator<undefined> {
    const { shape, carrier, names } = this;
    for (const helper of helperBodies(names)) this.append(written, helper);
    for (const index of carrier.wrapped()) {
      const parameters = shape.parameterCounts.at(shape.functionTypes.at(index));
      this.append(written, wrapperBody(names, carrier.shifted(index), parameters));
      if (this.pace.over()) yield;
    }
    this.branchHints(shape.bodies.length / 2);
    const count = new Writer(8);
    count.u32(shape.bodies.length / 2 + HELPER_COUNT + carrier.wrapperCount);
    const head = new Writer(8);
    head.u8(SECTION.code);
    head.u32(count.length + written.length);
    this.add(SECTION.code, [head.take(), count.take(), written.written()]);
  }

  // https://github.com/WebAssembly/branch-hinting: without these V8 keeps registers free for the slow path.
  private branchHints(count: number): void {
    if (count === 0) return;
    this.section.name("metadata.code.branch_hint");
    this.section.u32(count);
    this.section.append(this.hints);
    this.finish(SECTION.custom);
  }

  private writeHints(functionIndex: number): void {
    const { hints } = this.rewriter.emit;
    this.hints.u32(functionIndex);
    this.hints.u32(hints.length / 2);
    for (let at = 0; at < hints.length; at += 2) {
      this.hints.u32(hints.at(at));
      this.hints.u8(1);
      this.hints.u8(hints.at(at + 1));
    }
  }
}

/** Whether calls through the module's tables carry the counter, and each of its functions as it was metered. */
export type AssemblyReport = Pick<MeterReport, "closed" | "functions">;

/** Assembles the metered module; yields between functions, so that a caller may let others run. */
export function assemble(shape: ModuleShape, target: Target): Generator<undefined, Uint8Array> {
  return new Assembler(shape, target).run();
}

/** The same, with what became of each function. */
export function assembleReporting(shape: ModuleShape, target: Target): { module: Uint8Array; report: AssemblyReport } {
  const functions: FunctionReport[] = [];
  const assembler = new Assembler(shape, target, functions);
  const steps = assembler.run();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { module: step.value, report: { closed: assembler.closed, functions } };
  }
}
