// Parses everything of a module but its function bodies, and refuses by name what is not metered. Reads only; keeps
// byte ranges instead of copies, so memory use is a small multiple of the number of definitions; in steps, because a module
// may be nothing but definitions.
import { FuelError, invalid, tooLarge, unsupported } from "./errors.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";
import { Pace } from "./pace.ts";
import { Reader } from "./reader.ts";

export type ExternalKind = "function" | "table" | "memory" | "global";

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** Values that a function takes or answers at most, as engines have it. */
export const MAXIMUM_VALUES = 1_000;
/** Items of a section at most, as engines have it. */
export const MAXIMUM_ITEMS = 1_000_000;
/**
 * Less where we keep more than a number for each: large real programs have some thousand imports, some ten
 * thousand exports, and a few tables.
 */
const MAXIMUM_KEPT: Readonly<Record<number, number>> = {
  [SECTION.import]: 100_000,
  [SECTION.export]: 200_000,
  [SECTION.table]: 10_000,
  // This one as engines have it.
  [SECTION.data]: 100_000,
};
/** Entries of all element segments together: ten times what a table may hold. */
const MAXIMUM_ELEMENTS = 1_000_000;

/** The payload of a section: after its count, where it has one. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

export interface Limits {
  readonly initial: number;
  readonly maximum: number | null;
}

export interface Table extends Limits {
  /** The byte of its element type. */
  readonly type: number;
  readonly imported: boolean;
}

export interface Memory extends Limits {
  readonly imported: boolean;
}

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternalKind;
}

/** What is known of a module once all its sections but the function bodies are read. */
export class ModuleShape {
  readonly bytes: Uint8Array;
  readonly sections: (Section | undefined)[] = [];
  /** Numbers of parameters and results of each type. */
  readonly parameterCounts = new Growable();
  readonly resultCounts = new Growable();
  /** Whether a type has no room for one more parameter or result, and whether one names a function reference. */
  fullTypes = false;
  functionTyped = false;
  /** Offsets of each type's first parameter and of its first result: a byte for each. */
  readonly parametersAt = new Growable();
  readonly resultsAt = new Growable();
  readonly imports: Import[] = [];
  readonly exports: Export[] = [];
  readonly tables: Table[] = [];
  memory: Memory | null = null;
  /** Type of each function, imported ones first. */
  readonly functionTypes = new Growable();
  importedFunctions = 0;
  importedGlobals = 0;
  globals = 0;
  /** Whether a global holds a function reference. */
  functionGlobals = false;
  start: number | null = null;
  dataBytes = 0;
  elementEntries = 0;
  /** Bounds of each function body: start, end, start, end... */
  readonly bodies = new Growable();
  /** Where sections other than code name functions: the offset of the number. */
  readonly functionUses = new Growable();
  /** Whether one of those is imported. */
  importedUsed = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

const KINDS: readonly ExternalKind[] = ["function", "table", "memory", "global"];
const VALUE_TYPES = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f]);
export const FUNCREF = 0x70;
const EXTERNREF = 0x6f;

function refuseType(byte: number, offset: number): FuelError {
  const what = `type 0x${byte.toString(16)}`;
  if (byte === 0x69 || byte === 0x74) return unsupported("exceptions", offset, what);
  if (byte === 0x63 || byte === 0x64) return unsupported("typed-function-references", offset, what);
  if (byte >= 0x4d && byte <= 0x73) return unsupported("garbage-collection", offset, what);
  return unsupported("unknown", offset, what);
}

export function readValueType(reader: Reader): number {
  const at = reader.at;
  const byte = reader.u8();
  if (!VALUE_TYPES.has(byte)) throw refuseType(byte, at);
  return byte;
}

function readReferenceType(reader: Reader): number {
  const at = reader.at;
  const byte = reader.u8();
  if (byte !== FUNCREF && byte !== EXTERNREF) throw refuseType(byte, at);
  return byte;
}

/** What `ref.null` is of: later versions let it be a type of the module, by its index. */
function readHeapType(reader: Reader): void {
  const at = reader.at;
  const byte = reader.bytes[at] ?? 0;
  if (byte < 0x40 || byte >= 0x80) throw unsupported("typed-function-references", at, "a reference to a type");
  readReferenceType(reader);
}

function readLimits(reader: Reader): Limits {
  const at = reader.at;
  const flags = reader.u8();
  if (flags > 0x0f) throw unsupported("unknown", at, `limits 0x${flags.toString(16)}`);
  if (flags & 0x02) throw unsupported("threads", at, "a shared memory");
  if (flags & 0x04) throw unsupported("memory64", at);
  if (flags & 0x08) throw unsupported("custom-page-sizes", at);
  const initial = reader.u32();
  return { initial, maximum: flags === 1 ? reader.u32() : null };
}

// ignoreBOM keeps a leading U+FEFF, which is part of a name like any other character.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: false });

/** Bytes of a name at most, as engines have it. */
const MAXIMUM_NAME = 100_000;

function readName(reader: Reader): string {
  const { start, end } = reader.span();
  if (end - start > MAXIMUM_NAME)
    throw tooLarge(`A name of the module is longer than ${MAXIMUM_NAME} bytes.`, "module");
  return utf8.decode(reader.bytes.subarray(start, end));
}

function readTable(reader: Reader): Omit<Table, "imported"> {
  const at = reader.at;
  if (reader.bytes[at] === 0x40) throw unsupported("typed-function-references", at, "a table with an initial value");
  const type = readReferenceType(reader);
  return { type, ...readLimits(reader) };
}

function readGlobalType(shape: ModuleShape, reader: Reader): void {
  if (readValueType(reader) === FUNCREF) shape.functionGlobals = true;
  const mutability = reader.u8();
  if (mutability === 2 || mutability === 3) throw unsupported("threads", reader.at - 1, "a shared global");
  if (mutability > 1) throw invalid(reader.at - 1, "a global is neither mutable nor immutable");
}

function addMemory(shape: ModuleShape, memory: Memory, offset: number): void {
  if (shape.memory !== null) throw unsupported("multi-memory", offset);
  shape.memory = memory;
}

function noteFunction(shape: ModuleShape, reader: Reader): void {
  shape.functionUses.add(reader.at);
  const index = reader.u32();
  if (index < shape.importedFunctions) shape.importedUsed = true;
}

/** A constant expression: one constant and `end`. */
function readConstant(shape: ModuleShape, reader: Reader): void {
  const at = reader.at;
  const opcode = reader.u8();
  if (opcode === OP.i32_const) reader.skipLeb(5);
  else if (opcode === OP.i64_const) reader.skipLeb(10);
  else if (opcode === OP.f32_const) reader.skip(4);
  else if (opcode === OP.f64_const) reader.skip(8);
  else if (opcode === OP.ref_null) readHeapType(reader);
  else if (opcode === OP.ref_func) noteFunction(shape, reader);
  else if (opcode === OP.global_get) readConstantGlobal(shape, reader);
  else if (opcode === 0xfd && reader.u32() === 12) reader.skip(16);
  else throw notConstant(opcode, at);
  const next = reader.u8();
  if (next !== OP.end) throw notConstant(next, reader.at - 1);
}

/** What constant expressions of later versions hold beside: sums and products, and constants before them. */
function notConstant(opcode: number, at: number): FuelError {
  if (opcode === 0xfb) return unsupported("garbage-collection", at);
  const constant = opcode >= OP.i32_const && opcode <= OP.f64_const;
  const sum = (opcode >= OP.i32_add && opcode <= OP.i32_mul) || (opcode >= OP.i64_add && opcode <= OP.i64_mul);
  const extended = constant || sum || opcode === OP.global_get;
  return unsupported(extended ? "extended-constants" : "unknown", at, `opcode 0x${opcode.toString(16)} of a constant`);
}

function readConstantGlobal(shape: ModuleShape, reader: Reader): void {
  const at = reader.at;
  const index = reader.u32();
  // WebAssembly 2.0 lets constants name imported globals only.
  if (index >= shape.globals) throw invalid(at, "unknown global");
  if (index >= shape.importedGlobals) {
    throw unsupported("extended-constants", at, "the value of a global that is not imported");
  }
}

type Steps = Generator<undefined, void>;

function* readTypes(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let index = 0; index < count; index++) {
    const at = reader.at;
    const form = reader.u8();
    if (form !== 0x60)
      throw form >= 0x4e && form <= 0x5f ? unsupported("garbage-collection", at) : invalid(at, "not a type");
    shape.parameterCounts.add(readValues(shape, reader, shape.parametersAt));
    shape.resultCounts.add(readValues(shape, reader, shape.resultsAt));
    if (pace.over()) yield;
  }
}

/** @param places takes the offset of the first one @returns how many there are */
function readValues(shape: ModuleShape, reader: Reader, places: Growable): number {
  const count = reader.count();
  if (count > MAXIMUM_VALUES) throw invalid(reader.at, `a function has more than ${MAXIMUM_VALUES} values`);
  if (count === MAXIMUM_VALUES) shape.fullTypes = true;
  places.add(reader.at);
  for (let left = count; left > 0; left--) if (readValueType(reader) === FUNCREF) shape.functionTyped = true;
  return count;
}

function readType(shape: ModuleShape, reader: Reader): number {
  const at = reader.at;
  const type = reader.u32();
  if (type >= shape.parameterCounts.length) throw invalid(at, "unknown type");
  return type;
}

function* readImports(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let index = 0; index < count; index++) {
    const module = readName(reader);
    const name = readName(reader);
    const at = reader.at;
    const byte = reader.u8();
    if (byte === 4) throw unsupported("exceptions", at, "an imported tag");
    const kind = KINDS[byte];
    if (kind === undefined) throw invalid(at, "unknown kind of import");
    if (kind === "function") shape.functionTypes.add(readType(shape, reader));
    else if (kind === "table") shape.tables.push({ ...readTable(reader), imported: true });
    else if (kind === "memory") addMemory(shape, { ...readLimits(reader), imported: true }, at);
    else readGlobalType(shape, reader);
    if (kind === "global") shape.globals = ++shape.importedGlobals;
    shape.imports.push({ module, name, kind });
    if (pace.over()) yield;
  }
  shape.importedFunctions = shape.functionTypes.length;
}

function* readExports(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let index = 0; index < count; index++) {
    const name = readName(reader);
    const at = reader.at;
    const byte = reader.u8();
    if (byte === 4) throw unsupported("exceptions", at, "an exported tag");
    const kind = KINDS[byte];
    if (kind === undefined) throw invalid(at, "unknown kind of export");
    if (kind === "function") noteFunction(shape, reader);
    else reader.u32();
    shape.exports.push({ name, kind });
    if (pace.over()) yield;
  }
}

// Bit 0: passive or declarative; bit 1: names a table, or is declarative; bit 2: expressions instead of indices.
function* readElements(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let index = 0; index < count; index++) {
    const at = reader.at;
    const flags = reader.u32();
    if (flags > 7) throw invalid(at, "unknown kind of element segment");
    const active = (flags & 1) === 0;
    if (active && flags & 2) reader.u32();
    if (active) readConstant(shape, reader);
    if (flags & 3) {
      if (flags & 4) readReferenceType(reader);
      else if (reader.u8() !== 0) throw invalid(reader.at - 1, "unknown kind of element");
    }
    const entries = reader.count();
    shape.elementEntries += entries;
    if (shape.elementEntries > MAXIMUM_ELEMENTS) {
      throw tooLarge(`The module's element segments hold more than ${MAXIMUM_ELEMENTS} entries.`, "module");
    }
    for (let left = entries; left > 0; left--) {
      if (flags & 4) readConstant(shape, reader);
      else noteFunction(shape, reader);
      if (pace.over()) yield;
    }
    if (pace.over()) yield;
  }
}

function* readData(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let index = 0; index < count; index++) {
    const at = reader.at;
    const flags = reader.u32();
    if (flags > 2) throw invalid(at, "unknown kind of data segment");
    if (flags === 2 && reader.u32() !== 0) throw unsupported("multi-memory", reader.at - 1);
    if (flags !== 1) readConstant(shape, reader);
    const { start, end } = reader.span();
    shape.dataBytes += end - start;
    if (pace.over()) yield;
  }
}

function* readBodies(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  if (count !== shape.functionTypes.length - shape.importedFunctions)
    throw invalid(reader.at, "functions without code");
  for (let index = 0; index < count; index++) {
    const { start, end } = reader.span();
    shape.bodies.add(start);
    shape.bodies.add(end);
    if (pace.over()) yield;
  }
}

function* readFunctions(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let left = count; left > 0; left--) {
    shape.functionTypes.add(readType(shape, reader));
    if (pace.over()) yield;
  }
}

function* readTables(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let left = count; left > 0; left--) {
    shape.tables.push({ ...readTable(reader), imported: false });
    if (pace.over()) yield;
  }
}

function* readMemories(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let left = count; left > 0; left--) {
    addMemory(shape, { ...readLimits(reader), imported: false }, reader.at);
    if (pace.over()) yield;
  }
}

function* readGlobals(shape: ModuleShape, reader: Reader, count: number): Steps {
  const pace = new Pace();
  for (let left = count; left > 0; left--) {
    readGlobalType(shape, reader);
    readConstant(shape, reader);
    shape.globals++;
    if (pace.over()) yield;
  }
}

const READERS: Readonly<Record<number, (shape: ModuleShape, reader: Reader, count: number) => Steps>> = {
  [SECTION.type]: readTypes,
  [SECTION.import]: readImports,
  [SECTION.function]: readFunctions,
  [SECTION.table]: readTables,
  [SECTION.memory]: readMemories,
  [SECTION.global]: readGlobals,
  [SECTION.export]: readExports,
  [SECTION.element]: readElements,
  [SECTION.code]: readBodies,
  [SECTION.data]: readData,
};

/** How many items a section has. */
function readCount(id: number, reader: Reader): number {
  const count = reader.count();
  const most = MAXIMUM_KEPT[id] ?? MAXIMUM_ITEMS;
  if (count > most) throw tooLarge(`A section of the module holds more than ${most} items.`, "module");
  return count;
}

/** Reads one section at the reader; custom sections are skipped. */
function* readNextSection(shape: ModuleShape, reader: Reader): Steps {
  const at = reader.at;
  const id = reader.u8();
  const { start, end } = reader.span();
  if (id === SECTION.custom) return;
  if (id === SECTION.tag) throw unsupported("exceptions", at, "a section of tags");
  if (id > SECTION.tag) throw unsupported("unknown", at, `section ${id}`);
  if (shape.sections[id] !== undefined) throw invalid(at, "a section comes twice");
  const inner = new Reader(reader.bytes, start, end);
  const plain = id === SECTION.start || id === SECTION.dataCount;
  const count = plain ? 1 : readCount(id, inner);
  shape.sections[id] = { start: inner.at, end, count };
  if (id === SECTION.start) shape.start = inner.u32();
  else if (id === SECTION.dataCount) inner.u32();
  else yield* READERS[id]?.(shape, inner, count) ?? [];
  if (inner.at !== end) throw invalid(inner.at, "a section is longer than what it holds");
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Reads all sections, in steps. Throws FuelError: not-wasm, invalid, unsupported-feature or too-large. */
export function* parseModule(bytes: Uint8Array): Generator<undefined, ModuleShape> {
  if (!hasHeader(bytes)) {
    throw new FuelError("not-wasm", "These bytes are not a WebAssembly module of version 1.", { offset: 0 });
  }
  const shape = new ModuleShape(bytes);
  const reader = new Reader(bytes, HEADER.length);
  const pace = new Pace();
  while (reader.at < reader.end) {
    yield* readNextSection(shape, reader);
    if (pace.over()) yield;
  }
  if (shape.bodies.length / 2 !== shape.functionTypes.length - shape.importedFunctions) {
    throw invalid(reader.at, "functions without code");
  }
  return shape;
}

export function hasHeader(bytes: Uint8Array): boolean {
  return HEADER.every((byte, at) => bytes[at] === byte);
}
