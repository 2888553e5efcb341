// Puts the metered module together: every section of the original but custom ones, with our types, import, helper
// function, global and exports appended, functions renumbered and limits rewritten.
import { Planner } from "./blocks.ts";
import { BodyDecoder, readHead } from "./body.ts";
import { entryWeight } from "./cost.ts";
import { tooLarge } from "./errors.ts";
import { OP } from "./opcodes.ts";
import { Reader } from "./reader.ts";
import { BodyRewriter, type Counter, shifted } from "./rewrite.ts";
import { type Limits, type Memory, type ModuleShape, SECTION, type Table } from "./sections.ts";
import { Writer } from "./writer.ts";

export const IMPORT_MODULE = "orcade:fuel";
export const IMPORT_NAME = "refuel";
export const FUEL_EXPORT = "orcade:fuel";
export const START_EXPORT = "orcade:start";

/** V8's limits: items of a section, locals of a function, bytes of a function, entries of a table, pages of memory. */
const MAXIMUM_ITEMS = 1_000_000;
const MAXIMUM_LOCALS = 50_000;
const MAXIMUM_BODY = 7_654_321;
const MAXIMUM_TABLE = 10_000_000;
const MAXIMUM_PAGES = 65_536;

/** What the metered module shall be like, beyond being metered. */
export interface Target {
  readonly memory: Memory | null;
  readonly tables: readonly Table[];
  readonly exportStart: boolean;
  /** Bytes beyond which the metered module is refused. */
  readonly maximumBytes: number;
}

/** Bytes of code after which the assembler lets others run. */
const STEP = 65_536;

class Assembler {
  /** Finished sections. */
  private readonly parts: Uint8Array[] = [];
  private size = 0;
  private readonly section = new Writer();
  private readonly body = new Writer();
  private readonly shape: ModuleShape;
  private readonly target: Target;
  private readonly counter: Counter;
  private readonly decoder: BodyDecoder;
  private readonly planner: Planner;
  private readonly rewriter: BodyRewriter;

  constructor(shape: ModuleShape, target: Target) {
    this.shape = shape;
    this.target = target;
    this.counter = {
      global: shape.globals,
      helper: shape.functionTypes.length + 1,
      firstShifted: shape.importedFunctions,
      maximumPages: target.memory?.maximum ?? MAXIMUM_PAGES,
      maximumEntries: target.tables.map(({ maximum }) => maximum ?? MAXIMUM_TABLE),
    };
    this.decoder = new BodyDecoder(shape);
    this.planner = new Planner(this.decoder.marks);
    this.rewriter = new BodyRewriter(shape, this.counter, this.body);
  }

  *run(): Generator<undefined, Uint8Array> {
    this.add(this.shape.bytes.subarray(0, 8));
    this.types();
    this.imports();
    this.functions();
    this.tables();
    this.memory();
    this.globals();
    this.exports();
    this.start();
    this.copySection(SECTION.element);
    this.copySection(SECTION.dataCount);
    yield* this.code();
    this.copySection(SECTION.data);
    const module = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      module.set(part, at);
      at += part.length;
    }
    return module;
  }

  private add(part: Uint8Array): void {
    this.parts.push(part);
    this.size += part.length;
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
    this.add(head.take());
    this.add(payload);
  }

  /** Begins a section with the items it had and room for `added` ones after them. */
  private begin(id: number, added: number): void {
    const old = this.shape.sections[id];
    const count = (old?.count ?? 0) + added;
    if (count > MAXIMUM_ITEMS)
      throw tooLarge(`A section of the module would hold more than ${MAXIMUM_ITEMS} items.`, "module");
    this.section.u32(count);
    if (old !== undefined) this.copyRenumbered(old.start, old.end);
  }

  /** Copies bytes of a section, renumbering the functions they name. */
  private copyRenumbered(start: number, end: number): void {
    const { bytes, functionUses } = this.shape;
    let cursor = start;
    for (let use = this.firstUse(start); use < functionUses.length && functionUses.at(use) < end; use += 3) {
      this.section.bytes(bytes, cursor, functionUses.at(use));
      this.section.u32(shifted(functionUses.at(use + 2), this.counter));
      cursor = functionUses.at(use + 1);
    }
    this.section.bytes(bytes, cursor, end);
  }

  /** The first triple of functionUses at or after an offset. */
  private firstUse(offset: number): number {
    const { functionUses } = this.shape;
    let low = 0;
    let high = functionUses.length / 3;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (functionUses.at(middle * 3) < offset) low = middle + 1;
      else high = middle;
    }
    return low * 3;
  }

  private copySection(id: number): void {
    const old = this.shape.sections[id];
    if (old === undefined) return;
    if (id === SECTION.dataCount) this.section.bytes(this.shape.bytes, old.start, old.end);
    else this.begin(id, 0);
    this.finish(id);
  }

  // (i64) -> i64 for the import and () -> i64 for the helper.
  private types(): void {
    this.begin(SECTION.type, 2);
    for (const byte of [0x60, 1, 0x7e, 1, 0x7e, 0x60, 0, 1, 0x7e]) this.section.u8(byte);
    this.finish(SECTION.type);
  }

  private imports(): void {
    this.begin(SECTION.import, 1);
    this.section.name(IMPORT_MODULE);
    this.section.name(IMPORT_NAME);
    this.section.u8(0);
    this.section.u32(this.shape.parameterCounts.length);
    this.finish(SECTION.import);
  }

  private functions(): void {
    this.begin(SECTION.function, 1);
    this.section.u32(this.shape.parameterCounts.length + 1);
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
    for (const table of defined) {
      this.section.u8(table.type);
      this.limits(table);
    }
    this.finish(SECTION.table);
  }

  private memory(): void {
    const { memory } = this.target;
    if (memory === null || memory.imported) return;
    this.section.u32(1);
    this.limits(memory);
    this.finish(SECTION.memory);
  }

  private globals(): void {
    this.begin(SECTION.global, 1);
    for (const byte of [0x7e, 1, OP.i64_const, 0, OP.end]) this.section.u8(byte);
    this.finish(SECTION.global);
  }

  private exports(): void {
    const { start } = this.shape;
    const exportStart = this.target.exportStart && start !== null;
    this.begin(SECTION.export, exportStart ? 2 : 1);
    this.section.name(FUEL_EXPORT);
    this.section.u8(3);
    this.section.u32(this.counter.global);
    if (exportStart) {
      this.section.name(START_EXPORT);
      this.section.u8(0);
      this.section.u32(shifted(start, this.counter));
    }
    this.finish(SECTION.export);
  }

  private start(): void {
    const { start } = this.shape;
    if (start === null || this.target.exportStart) return;
    this.section.u32(shifted(start, this.counter));
    this.finish(SECTION.start);
  }

  private *code(): Generator<undefined> {
    const { shape, body } = this;
    const count = shape.bodies.length / 2;
    const old = shape.sections[SECTION.code];
    const code = new Writer(old === undefined ? 64 : Math.ceil((old.end - old.start) * 1.5) + 64);
    const hints = new Writer();
    let sinceStep = 0;
    code.u32(count + 1);
    for (let index = 0; index < count; index++) {
      this.rewriteBody(index);
      if (body.length > MAXIMUM_BODY)
        throw tooLarge(`A metered function would be larger than ${MAXIMUM_BODY} bytes.`, "function");
      code.u32(body.length);
      code.append(body);
      this.checkSize(code.length);
      writeHints(hints, shifted(shape.importedFunctions + index, this.counter), this.rewriter);
      sinceStep += body.length;
      if (sinceStep > STEP) {
        sinceStep = 0;
        yield;
      }
    }
    this.helper(code);
    if (count > 0) this.branchHints(count, hints);
    this.addSection(SECTION.code, code.written());
  }

  private rewriteBody(index: number): void {
    const { shape } = this;
    const type = shape.functionTypes.at(shape.importedFunctions + index);
    const parameters = shape.parameterCounts[type] ?? 0;
    const reader = new Reader(shape.bytes, shape.bodies.at(index * 2), shape.bodies.at(index * 2 + 1));
    const head = readHead(reader);
    // Two more are ours.
    if (parameters + head.locals > MAXIMUM_LOCALS - 2) {
      throw tooLarge(`A function has more than ${MAXIMUM_LOCALS - 2} parameters and locals.`, "function");
    }
    const marks = this.decoder.decode(reader, type);
    this.rewriter.rewrite(head, parameters, marks, this.planner.plan(entryWeight(parameters, head.locals)));
  }

  /** balance = refuel(balance); stops when it is negative, and answers it. */
  private helper(code: Writer): void {
    const { global } = this.counter;
    const body = new Writer();
    for (const byte of [1, 1, 0x7e, OP.global_get]) body.u8(byte);
    body.u32(global);
    body.u8(OP.call);
    body.u32(this.shape.importedFunctions);
    for (const byte of [OP.local_tee, 0, OP.global_set]) body.u8(byte);
    body.u32(global);
    for (const byte of [OP.local_get, 0, OP.i64_const, 0, OP.i64_lt_s, OP.if, 0x40, OP.unreachable, OP.end])
      body.u8(byte);
    for (const byte of [OP.local_get, 0, OP.end]) body.u8(byte);
    code.u32(body.length);
    code.append(body);
  }

  // https://github.com/WebAssembly/branch-hinting: without these V8 keeps registers free for the slow path.
  private branchHints(functions: number, hints: Writer): void {
    this.section.name("metadata.code.branch_hint");
    this.section.u32(functions);
    this.section.append(hints);
    this.finish(SECTION.custom);
  }
}

function writeHints(out: Writer, functionIndex: number, { hints }: BodyRewriter): void {
  out.u32(functionIndex);
  out.u32(hints.length);
  for (let at = 0; at < hints.length; at++) {
    out.u32(hints.at(at));
    out.u8(1);
    out.u8(0);
  }
}

/** Assembles the metered module; yields between functions, so that a caller may let others run. */
export function assemble(shape: ModuleShape, target: Target): Generator<undefined, Uint8Array> {
  return new Assembler(shape, target).run();
}
