// The types of the functions a module imports and exports, which engines do not tell. For modules that worker/fuel has
// accepted: those are valid and use no type that is unknown here. Linear in the module; no code is read.
import { FuelError } from "../fuel/errors.ts";
import { Reader } from "../fuel/reader.ts";
import type { ExternKind, ModuleExport, ModuleImport, Signature } from "./abi.ts";
import { err, ok, type Result } from "./result.ts";

export interface ModuleInterface {
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
}

const KINDS: readonly ExternKind[] = ["function", "table", "memory", "global"];
const SECTION = { type: 1, import: 2, function: 3, export: 7 } as const;
/** WebAssembly core specification §5.3. */
const VALUE_TYPES: Readonly<Record<number, string>> = {
  0x7f: "i32",
  0x7e: "i64",
  0x7d: "f32",
  0x7c: "f64",
  0x7b: "v128",
  0x70: "funcref",
  0x6f: "externref",
};
const HEADER_BYTES = 8;
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** What is known while the sections are read, in their order. */
interface Known {
  readonly types: Signature[];
  /** Index into `types` for each function, imported ones first. */
  readonly functions: number[];
  readonly imports: ModuleImport[];
  readonly exports: ModuleExport[];
}

/** @returns imports and exports in their order, functions with their types; or why the bytes are not a module */
export function moduleInterface(bytes: Uint8Array): Result<ModuleInterface, { readonly message: string }> {
  const known: Known = { types: [], functions: [], imports: [], exports: [] };
  try {
    const reader = new Reader(bytes, HEADER_BYTES);
    while (reader.at < reader.end) readSection(known, reader);
  } catch (error) {
    if (error instanceof FuelError) return err({ message: error.message });
    throw error;
  }
  return ok({ imports: known.imports, exports: known.exports });
}

function readSection(known: Known, reader: Reader): void {
  const id = reader.u8();
  const { start, end } = reader.span();
  const section = new Reader(reader.bytes, start, end);
  const read = {
    [SECTION.type]: readType,
    [SECTION.import]: readImport,
    [SECTION.function]: readFunction,
    [SECTION.export]: readExport,
  }[id];
  if (read === undefined) return;
  for (let left = section.count(); left > 0; left--) read(known, section);
}

function readType(known: Known, reader: Reader): void {
  reader.skip(1);
  known.types.push({ params: readValueTypes(reader), results: readValueTypes(reader) });
}

function readValueTypes(reader: Reader): string[] {
  return Array.from({ length: reader.count() }, () => VALUE_TYPES[reader.u8()] ?? "unknown");
}

function readImport(known: Known, reader: Reader): void {
  const module = readName(reader);
  const name = readName(reader);
  const kind = KINDS[reader.u8()] ?? "tag";
  if (kind !== "function") {
    skipType(kind, reader);
    known.imports.push({ module, name, kind });
    return;
  }
  const type = known.types[readFunction(known, reader)];
  known.imports.push(type === undefined ? { module, name, kind } : { module, name, kind, type });
}

/** Skips the type of a table (reference type, limits), a memory (limits), a global (value type, mutability) or a tag. */
function skipType(kind: ExternKind, reader: Reader): void {
  if (kind !== "memory") reader.skip(1);
  if (kind === "global") reader.skip(1);
  else if (kind === "tag") reader.u32();
  else skipLimits(reader);
}

function skipLimits(reader: Reader): void {
  const hasMaximum = (reader.u8() & 1) === 1;
  reader.skipLeb(10);
  if (hasMaximum) reader.skipLeb(10);
}

/** @returns the index of the type of the function read */
function readFunction(known: Known, reader: Reader): number {
  const type = reader.u32();
  known.functions.push(type);
  return type;
}

function readExport(known: Known, reader: Reader): void {
  const name = readName(reader);
  const kind = KINDS[reader.u8()] ?? "tag";
  const index = reader.u32();
  const type = kind === "function" ? known.types[known.functions[index] ?? -1] : undefined;
  known.exports.push(type === undefined ? { name, kind } : { name, kind, type });
}

function readName(reader: Reader): string {
  const { start, end } = reader.span();
  return decoder.decode(reader.bytes.subarray(start, end));
}
