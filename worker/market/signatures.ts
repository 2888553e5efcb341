// The types of the functions a module imports and exports, which engines do not tell. For modules that worker/fuel has
// accepted: those are valid and use no type that is unknown here. Linear in the module, in steps; no code is read, and no type
// that no import or export has.
import { FuelError } from "../fuel/errors.ts";
import { Growable } from "../fuel/growable.ts";
import { Pace } from "../fuel/pace.ts";
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
  readonly bytes: Uint8Array;
  /** Where each type stands, and those that were asked for. */
  readonly typesAt: Growable;
  readonly types: Map<number, Signature>;
  /** Number of the type of each function, imported ones first. */
  readonly functions: Growable;
  readonly imports: ModuleImport[];
  readonly exports: ModuleExport[];
}

/** @returns imports and exports in their order, functions with their types; or why the bytes are not a module */
export function* moduleInterfaceInSteps(
  bytes: Uint8Array,
): Generator<undefined, Result<ModuleInterface, { readonly message: string }>> {
  const lists = { typesAt: new Growable(), functions: new Growable() };
  const known: Known = { bytes, ...lists, types: new Map(), imports: [], exports: [] };
  const pace = new Pace();
  try {
    const reader = new Reader(bytes, HEADER_BYTES);
    while (reader.at < reader.end) {
      yield* readSection(known, reader, pace);
      if (pace.over()) yield;
    }
  } catch (error) {
    if (error instanceof FuelError) return err({ message: error.message });
    throw error;
  }
  return ok({ imports: known.imports, exports: known.exports });
}

/** The same at once. */
export function moduleInterface(bytes: Uint8Array): Result<ModuleInterface, { readonly message: string }> {
  const steps = moduleInterfaceInSteps(bytes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const READERS: Readonly<Record<number, (known: Known, section: Reader) => unknown>> = {
  [SECTION.type]: skipSignature,
  [SECTION.import]: readImport,
  [SECTION.function]: readFunction,
  [SECTION.export]: readExport,
};

function* readSection(known: Known, reader: Reader, pace: Pace): Generator<undefined> {
  const id = reader.u8();
  const { start, end } = reader.span();
  const section = new Reader(reader.bytes, start, end);
  const read = READERS[id];
  if (read === undefined) return;
  for (let left = section.count(); left > 0; left--) {
    read(known, section);
    if (pace.over()) yield;
  }
}

function skipSignature(known: Known, reader: Reader): void {
  known.typesAt.add(reader.at);
  reader.skip(1);
  reader.skip(reader.count());
  reader.skip(reader.count());
}

/** The type of a number; undefined when there is none. */
function signatureOf({ bytes, typesAt, types }: Known, number: number): Signature | undefined {
  const seen = types.get(number);
  if (seen !== undefined || number >= typesAt.length) return seen;
  const reader = new Reader(bytes, typesAt.at(number) + 1);
  const signature = { params: readValueTypes(reader), results: readValueTypes(reader) };
  types.set(number, signature);
  return signature;
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
  const type = signatureOf(known, readFunction(known, reader));
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
  known.functions.add(type);
  return type;
}

function readExport(known: Known, reader: Reader): void {
  const name = readName(reader);
  const kind = KINDS[reader.u8()] ?? "tag";
  const index = reader.u32();
  const isFunction = kind === "function" && index < known.functions.length;
  const type = isFunction ? signatureOf(known, known.functions.at(index)) : undefined;
  known.exports.push(type === undefined ? { name, kind } : { name, kind, type });
}

function readName(reader: Reader): string {
  const { start, end } = reader.span();
  return decoder.decode(reader.bytes.subarray(start, end));
}
