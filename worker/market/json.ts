// JSON as it comes in and goes out: checked as bytes, handed on as the very same bytes. No I/O.
// The module reads the raw text itself, so host and module must not be able to see two different values in it: doubled
// keys and byte order marks are refused. Escaped lone surrogates are JSON and are accepted; raw ones are not UTF-8.
import { scan, type JsonLimits } from "./json/scan.ts";
import type { JsonError } from "./json/fault.ts";
import { ok, type Result } from "./result.ts";

export type { JsonError, JsonReason } from "./json/fault.ts";
export type { JsonLimits, JsonVisitor } from "./json/scan.ts";
export { scan } from "./json/scan.ts";
export { decodeText } from "./json/utf8.ts";

/** @returns nothing, or why `bytes` are not one JSON value within the limits. Builds nothing: see scan. */
export function scanJson(bytes: Uint8Array, limits: JsonLimits): Result<void, JsonError> {
  return scan(bytes, limits);
}

/**
 * Scans and builds the value. For bodies of our own routes and manifests, which are small; what a call brings may be large
 * and is scanned (scanJson) or checked against its schema (checkJson) without being built.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): Result<unknown, JsonError> {
  const scanned = scan(bytes, limits);
  return scanned.ok
    ? ok(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)))
    : scanned;
}
