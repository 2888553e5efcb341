// The closed subset of JSON Schema that manifests use, and how values are checked against it. An author's schema runs
// unmetered in our own isolate, so compiling is linear in the schema and checking is linear in the value.
import { scan, type JsonLimits } from "./json/scan.ts";
import type { JsonError } from "./json/fault.ts";
import { err, ok, type Result } from "./result.ts";
import { Checker, type Misfit } from "./schema/check.ts";
import type { CompiledSchema } from "./schema/compile.ts";
import { walk } from "./schema/walk.ts";

export { compileSchema, SCHEMA_BYTES, SCHEMA_DEPTH } from "./schema/compile.ts";
export type { CompiledSchema, SchemaError, SchemaReason } from "./schema/compile.ts";
export { FIELD_ERRORS, type Misfit } from "./schema/check.ts";

/** Depth to which a value in memory is followed. */
const DEPTH = 256;

/** Why bytes are not an input: not JSON, or JSON whose `misfits` (10 at most) the schema refuses. */
export type InputError = JsonError | { readonly reason: "schema"; readonly misfits: readonly Misfit[] };

/** Checks a value in memory. @returns up to 10 offending fields */
export function checkValue(schema: CompiledSchema, value: unknown): Result<void, readonly Misfit[]> {
  const checker = new Checker(schema);
  const problem = walk(value, checker, DEPTH);
  if (problem === "not-json") return err([{ path: "$", message: "holds something that JSON cannot hold" }]);
  if (problem === "too-deep") return err([{ path: "$", message: `nests deeper than ${DEPTH} levels` }]);
  return checker.errors.length === 0 ? ok(undefined) : err(checker.errors);
}

/**
 * Checks a JSON text in one pass, without building the value: what a call brings may be 10 MiB, and as objects 200.
 * A text that is not JSON is told as such, whatever else is wrong with it.
 */
export function checkJson(schema: CompiledSchema, bytes: Uint8Array, limits: JsonLimits): Result<void, InputError> {
  const checker = new Checker(schema);
  const scanned = scan(bytes, limits, checker);
  if (!scanned.ok) return scanned;
  return checker.errors.length === 0 ? ok(undefined) : err({ reason: "schema", misfits: checker.errors });
}
