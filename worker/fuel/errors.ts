// Why a module is refused. The only error type this folder throws; `tryMeter` turns it into a tagged union.

/** The closed set of reasons for which a module is refused. */
export type FuelErrorReason =
  | "not-wasm" // no WebAssembly header, or not version 1
  | "invalid" // malformed or does not validate
  | "unsupported-feature" // valid, but uses something that is not metered (see `feature`)
  | "reserved-name" // imports or exports a name that begins with "orcade:"
  | "already-metered" // is itself an output of `meter`
  | "too-large" // larger than a limit, before or after metering
  | "internal"; // the metered module does not validate: a bug of ours, never of the module

/** The closed set of features that are refused by name. */
export type Feature =
  | "threads"
  | "relaxed-simd"
  | "garbage-collection"
  | "typed-function-references"
  | "memory64"
  | "multi-memory"
  | "exceptions"
  | "extended-constants"
  | "wide-arithmetic"
  | "custom-page-sizes"
  | "unknown";

/** What is too large. */
export type LargeSubject = "module" | "function" | "memory" | "table";

/** A refusal. `offset` is a byte offset in the module as given, where one is known. */
export class FuelError extends Error {
  override readonly name = "FuelError";
  readonly reason: FuelErrorReason;
  readonly feature: Feature | undefined;
  readonly offset: number | undefined;
  /** With reason "too-large". */
  readonly subject: LargeSubject | undefined;

  constructor(
    reason: FuelErrorReason,
    message: string,
    where: { feature?: Feature; offset?: number; subject?: LargeSubject } = {},
  ) {
    super(message);
    this.subject = where.subject;
    this.reason = reason;
    this.feature = where.feature;
    this.offset = where.offset;
  }
}

const FEATURE_NAMES: Readonly<Record<Feature, string>> = {
  threads: "threads (shared memory or atomic operations)",
  "relaxed-simd": "relaxed SIMD, whose results differ between processors",
  "garbage-collection": "garbage-collected types",
  "typed-function-references": "typed function references",
  memory64: "64-bit memories or tables",
  "multi-memory": "more than one memory",
  exceptions: "exception handling",
  "extended-constants": "constant expressions of more than one instruction",
  "wide-arithmetic": "wide arithmetic",
  "custom-page-sizes": "custom page sizes",
  unknown: "an unknown instruction or type",
};

/** Offset is in bytes from the start of the module; `what` names the instruction or type that was met. */
export function unsupported(feature: Feature, offset: number, what?: string): FuelError {
  const named = what === undefined ? "" : ` (${what})`;
  return new FuelError(
    "unsupported-feature",
    `The module uses ${FEATURE_NAMES[feature]}${named} at byte ${offset}; this cannot be metered.`,
    { feature, offset },
  );
}

export function invalid(offset: number, what: string): FuelError {
  return new FuelError("invalid", `The module is malformed at byte ${offset}: ${what}.`, { offset });
}

export function tooLarge(message: string, subject: LargeSubject): FuelError {
  return new FuelError("too-large", message, { subject });
}
