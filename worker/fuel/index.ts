// WebAssembly bytes in, metered WebAssembly bytes out: the module counts what it does and asks for more when its balance
// is used up. Pure functions; imports nothing of ours, no Workers or Node interface but WebAssembly.validate.
import {
  assemble,
  assembleReporting,
  FUEL_EXPORT,
  IMPORT_MODULE,
  IMPORT_NAME,
  START_EXPORT,
  type Target,
} from "./assemble.ts";
import type { MeterReport } from "./report.ts";
import { COST_TABLE, initialCost } from "./cost.ts";
import { FuelError, tooLarge } from "./errors.ts";
import {
  type Export,
  hasHeader,
  type Import,
  type Memory,
  type ModuleShape,
  parseModule,
  type Table,
} from "./sections.ts";

export { COST_TABLE } from "./cost.ts";
export { type Feature, FuelError, type FuelErrorReason, type LargeSubject } from "./errors.ts";
export type { FunctionReport, LoopForm, LoopReport, MeterReport } from "./report.ts";
export type { Export, ExternalKind, Import } from "./sections.ts";

/** Of the module that the host must provide: `refuel: (balance: i64) -> i64`. */
export const REFUEL: Readonly<{ module: string; name: string }> = { module: IMPORT_MODULE, name: IMPORT_NAME };

export interface MeterOptions {
  /** Cap of the memory in pages of 64 KiB: its maximum becomes the smaller of its own and this. */
  readonly maximumPages?: number;
  /** Makes the memory's initial size its maximum, so that it never grows. Without any maximum: its initial size. */
  readonly fixedMemory?: boolean;
  /** Cap of each table in entries, as maximumPages is of the memory. */
  readonly maximumTableEntries?: number;
  /** Makes of the start function an export (see `startExport`), for the host to call. */
  readonly exportStart?: boolean;
  /** Bytes beyond which the module, as given or metered, is refused. Default 24 MiB. */
  readonly maximumBytes?: number;
}

export interface MeteredModule {
  readonly module: Uint8Array;
  /** Identifier of the cost table: the same table gives the same fuel for ever. */
  readonly costTable: string;
  /** Name of the exported mutable i64 global that holds the balance; 0 at first, never read by the module's own code. */
  readonly fuelExport: string;
  /** Name of the exported start function, when there was one and `exportStart` was asked for. */
  readonly startExport: string | null;
  /** The memory as rewritten, in pages of 64 KiB. */
  readonly memory: Memory | null;
  /** The module's own imports and exports, without what metering adds. */
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Number of functions with a body. */
  readonly functions: number;
  /** Fuel for instantiation (initial pages, table entries, segments), which the host charges. */
  readonly initialCost: number;
}

export type MeterResult =
  | { readonly ok: true; readonly value: MeteredModule }
  | { readonly ok: false; readonly error: FuelError };

const DEFAULT_MAXIMUM_BYTES = 24 * 1024 * 1024;
const RESERVED = "orcade:";
/** Bytes of a module that is metered in some 5 ms. */
const SMALL_MODULE = 32_768;

/** Parses in steps, and validates. A feature that is not metered is named even where the engine does not know it. */
function* readModule(bytes: Uint8Array, maximumBytes: number): Generator<undefined, ModuleShape> {
  if (hasHeader(bytes) && bytes.length > maximumBytes) {
    throw tooLarge(`The module is larger than ${maximumBytes} bytes.`, "module");
  }
  const shape = yield* parsed(bytes);
  yield;
  if (WebAssembly.validate(bytes)) return shape;
  throw new FuelError("invalid", "The module does not validate as WebAssembly.");
}

function* parsed(bytes: Uint8Array): Generator<undefined, ModuleShape> {
  try {
    return yield* parseModule(bytes);
  } catch (error) {
    // What neither we nor the engine know is no feature.
    if (!(error instanceof FuelError) || error.feature !== "unknown" || WebAssembly.validate(bytes)) throw error;
    throw new FuelError("invalid", error.message, error.offset === undefined ? {} : { offset: error.offset });
  }
}

function refuseReserved({ imports, exports }: ModuleShape): void {
  const metered = imports.some(({ module, name }) => module === IMPORT_MODULE && name === IMPORT_NAME);
  if (metered && exports.some(({ name }) => name === FUEL_EXPORT)) {
    throw new FuelError("already-metered", "The module is metered already; publish the module as it was built.");
  }
  for (const { module, name } of imports) for (const each of [module, name]) refuseReservedName(each);
  for (const { name } of exports) refuseReservedName(name);
}

function refuseReservedName(name: string): void {
  if (!name.startsWith(RESERVED)) return;
  throw new FuelError(
    "reserved-name",
    `The module imports or exports "${name}"; names beginning "${RESERVED}" are reserved.`,
  );
}

/** The memory as it shall be; an imported one is its exporter's, so only its initial size is checked. */
function targetMemory({ memory }: ModuleShape, options: MeterOptions): Memory | null {
  if (memory === null) return null;
  const cap = options.maximumPages;
  if (cap !== undefined && memory.initial > cap) {
    throw tooLarge(
      `The module's memory starts with ${memory.initial} pages of 64 KiB, and ${cap} are allowed.`,
      "memory",
    );
  }
  if (memory.imported) return memory;
  const maximum = smaller(memory.maximum, cap);
  if (options.fixedMemory !== true) return { ...memory, maximum };
  const size = maximum ?? memory.initial;
  return { ...memory, initial: size, maximum: size };
}

function targetTable(table: Table, cap: number | undefined): Table {
  if (cap !== undefined && table.initial > cap) {
    throw tooLarge(`A table starts with ${table.initial} entries, and ${cap} are allowed.`, "table");
  }
  return table.imported ? table : { ...table, maximum: smaller(table.maximum, cap) };
}

function smaller(own: number | null, cap: number | undefined): number | null {
  if (cap === undefined) return own;
  return own === null ? cap : Math.min(own, cap);
}

function targetOf(shape: ModuleShape, options: MeterOptions): Target {
  return {
    memory: targetMemory(shape, options),
    tables: shape.tables.map((table) => targetTable(table, options.maximumTableEntries)),
    exportStart: options.exportStart === true,
    maximumBytes: options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES,
  };
}

/**
 * Meters in steps of a few milliseconds: whoever drives the generator may let others run between them. Throws FuelError.
 * The engine's own validation of the whole module is one step. The bytes must not change until it is done.
 */
export function* meterInSteps(module: Uint8Array, options: MeterOptions = {}): Generator<undefined, MeteredModule> {
  const shape = yield* readModule(module, options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES);
  refuseReserved(shape);
  yield;
  const target = targetOf(shape, options);
  const metered = yield* assemble(shape, target);
  yield;
  if (!WebAssembly.validate(metered)) {
    throw new FuelError("internal", "The metered module does not validate; please report this module.");
  }
  return describe(shape, target, metered);
}

function describe(shape: ModuleShape, { memory, tables, exportStart }: Target, metered: Uint8Array): MeteredModule {
  const tableEntries = tables.reduce((sum, { initial, imported }) => sum + (imported ? 0 : initial), 0);
  const pages = memory === null || memory.imported ? 0 : memory.initial;
  const { dataBytes, elementEntries } = shape;
  return {
    module: metered,
    costTable: COST_TABLE,
    fuelExport: FUEL_EXPORT,
    startExport: exportStart && shape.start !== null ? START_EXPORT : null,
    memory,
    imports: shape.imports,
    exports: shape.exports,
    functions: shape.bodies.length / 2,
    initialCost: initialCost({ pages, tableEntries, dataBytes, elementEntries }),
  };
}

/** Meters a module, or throws a FuelError that says why it is refused. */
export function meter(module: Uint8Array, options: MeterOptions = {}): MeteredModule {
  return finished(meterInSteps(module, options));
}

/** Takes all steps at once. */
function finished<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** What a refusal is as a value. */
function refusal(error: unknown): MeterResult {
  if (error instanceof FuelError) return { ok: false, error };
  throw error;
}

/**
 * As `tryMeter`, in steps. @param turn lets others run between two steps, and resolves when they had their turn; not asked
 * for by modules that take a few milliseconds
 */
export async function tryMeterInTurns(
  module: Uint8Array,
  options: MeterOptions,
  turn: () => Promise<void>,
): Promise<MeterResult> {
  try {
    const steps = meterInSteps(module, options);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return { ok: true, value: step.value };
      if (module.length > SMALL_MODULE) await turn();
    }
  } catch (error) {
    return refusal(error);
  }
}

/** As `meter`, with the refusal as a value. */
export function tryMeter(module: Uint8Array, options: MeterOptions = {}): MeterResult {
  try {
    return { ok: true, value: meter(module, options) };
  } catch (error) {
    return refusal(error);
  }
}

/** How `meter` meters a module: its sizes in bytes, its functions and their loops. Throws what `meter` throws. */
export function report(module: Uint8Array, options: MeterOptions = {}): MeterReport {
  const shape = finished(readModule(module, options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES));
  refuseReserved(shape);
  const { module: metered, report: functions } = assembleReporting(shape, targetOf(shape, options));
  return { size: module.length, meteredSize: metered.length, ...functions };
}
