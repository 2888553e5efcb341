// Parses everything of a module but its function bodies, and refuses by name what is not metered. Reads only; keeps
// byte ranges instead of copies, so memory use is a small multiple of the number of definitions.
import { FuelError, invalid, unsupported } from "./errors.ts";
import { Growable } from "./growable.ts";
import { OP } from "./opcodes.ts";
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
  readonly parameterCounts: number[] = [];
  readonly resultCounts: number[] = [];
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
  /** Where sections other than code name functions: start of the number, its end, the function's index. */
  readonly functionUses = new Growable();

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

function readName(reader: Reader): string {
  const { start, end } = reader.span();
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

function noteFunction(shape: ModuleShape, reader: Reader): number {
  const start = reader.at;
  const index = reader.u32();
  shape.functionUses.add(start);
  shape.functionUses.add(reader.at);
  shape.functionUses.add(index);
  return index;
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

function readTypes(shape: ModuleShape, reader: Reader, count: number): void {
  for (let index = 0; index < count; index++) {
    const at = reader.at;
    const form = reader.u8();
    if (form !== 0x60)
      throw form >= 0x4e && form <= 0x5f ? unsupported("garbage-collection", at) : invalid(at, "not a type");
    const parameters = reader.count();
    shape.parametersAt.add(reader.at);
    for (let left = parameters; left > 0; left--) readValueType(reader);
    const results = reader.count();
    shape.resultsAt.add(reader.at);
    for (let left = results; left > 0; left--) readValueType(reader);
    shape.parameterCounts.push(parameters);
    shape.resultCounts.push(results);
  }
}

function readType(shape: ModuleShape, reader: Reader): number {
  const at = reader.at;
  const type = reader.u32();
  if (type >= shape.parameterCounts.length) throw invalid(at, "unknown type");
  return type;
}

function readImports(shape: ModuleShape, reader: Reader, count: number): void {
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
  }
  shape.importedFunctions = shape.functionTypes.length;
}

function readExports(shape: ModuleShape, reader: Reader, count: number): void {
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
  }
}

// Bit 0: passive or declarative; bit 1: names a table, or is declarative; bit 2: expressions instead of indices.
function readElements(shape: ModuleShape, reader: Reader, count: number): void {
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
    for (let left = entries; left > 0; left--) {
      if (flags & 4) readConstant(shape, reader);
      else noteFunction(shape, reader);
    }
  }
}

function readData(shape: ModuleShape, reader: Reader, count: number): void {
  for (let index = 0; index < count; index++) {
    const at = reader.at;
    const flags = reader.u32();
    if (flags > 2) throw invalid(at, "unknown kind of data segment");
    if (flags === 2 && reader.u32() !== 0) throw unsupported("multi-memory", reader.at - 1);
    if (flags !== 1) readConstant(shape, reader);
    const { start, end } = reader.span();
    shape.dataBytes += end - start;
  }
}

function readBodies(shape: ModuleShape, reader: Reader, count: number): void {
  if (count !== shape.functionTypes.length - shape.importedFunctions)
    throw invalid(reader.at, "functions without code");
  for (let index = 0; index < count; index++) {
    const { start, end } = reader.span();
    shape.bodies.add(start);
    shape.bodies.add(end);
  }
}

function readSection(shape: ModuleShape, id: number, reader: Reader, count: number): void {
  if (id === SECTION.type) readTypes(shape, reader, count);
  else if (id === SECTION.import) readImports(shape, reader, count);
  else if (id === SECTION.function) {
    for (let left = count; left > 0; left--) shape.functionTypes.add(readType(shape, reader));
  } else if (id === SECTION.table) {
    for (let left = count; left > 0; left--) shape.tables.push({ ...readTable(reader), imported: false });
  } else if (id === SECTION.memory) {
    for (let left = count; left > 0; left--) addMemory(shape, { ...readLimits(reader), imported: false }, reader.at);
  } else if (id === SECTION.global) {
    for (let left = count; left > 0; left--) {
      readGlobalType(shape, reader);
      readConstant(shape, reader);
      shape.globals++;
    }
  } else if (id === SECTION.export) readExports(shape, reader, count);
  else if (id === SECTION.element) readElements(shape, reader, count);
  else if (id === SECTION.code) readBodies(shape, reader, count);
  else if (id === SECTION.data) readData(shape, reader, count);
}

/** Reads one section at the reader; custom sections are skipped. */
function readNextSection(shape: ModuleShape, reader: Reader): void {
  const at = reader.at;
  const id = reader.u8();
  const { start, end } = reader.span();
  if (id === SECTION.custom) return;
  if (id === SECTION.tag) throw unsupported("exceptions", at, "a section of tags");
  if (id > SECTION.tag) throw unsupported("unknown", at, `section ${id}`);
  if (shape.sections[id] !== undefined) throw invalid(at, "a section comes twice");
  const inner = new Reader(reader.bytes, start, end);
  const plain = id === SECTION.start || id === SECTION.dataCount;
  const count = plain ? 1 : inner.count();
  shape.sections[id] = { start: inner.at, end, count };
  if (id === SECTION.start) shape.start = inner.u32();
  else if (id === SECTION.dataCount) inner.u32();
  else readSection(shape, id, inner, count);
  if (inner.at !== end) throw invalid(inner.at, "a section is longer than what it holds");
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** Reads all sections. Throws FuelError: not-wasm, invalid or unsupported-feature. */
export function parseModule(bytes: Uint8Array): ModuleShape {
  if (!hasHeader(bytes)) {
    throw new FuelError("not-wasm", "These bytes are not a WebAssembly module of version 1.", { offset: 0 });
  }
  const shape = new ModuleShape(bytes);
  const reader = new Reader(bytes, HEADER.length);
  while (reader.at < reader.end) readNextSection(shape, reader);
  if (shape.bodies.length / 2 !== shape.functionTypes.length - shape.importedFunctions) {
    throw invalid(reader.at, "functions without code");
  }
  return shape;
}

export function hasHeader(bytes: Uint8Array): boolean {
  return HEADER.every((byte, at) => bytes[at] === byte);
}
