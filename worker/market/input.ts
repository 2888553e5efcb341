// From a request's body to what the module reads. Refused here, before the module runs: the wrong content type, text that
// is not UTF-8, JSON that is malformed, too deep or outside the algorithm's schema. What passes reaches the module byte for byte.
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "./failure.ts";
import { decodeText, scanJson, type JsonError } from "./json.ts";
import type { Kind, Manifest } from "./manifest.ts";
import { type Result, err, ok } from "./result.ts";
import { checkJson, compileSchema, type CompiledSchema } from "./schema.ts";

/** A Map: the header is a stranger's and may say `constructor`. */
const KIND_OF_TYPE: ReadonlyMap<string, Kind> = new Map([
  ["application/json", "json"],
  ["text/plain", "text"],
  ["application/text", "text"],
  ["application/octet-stream", "bytes"],
]);
const TYPE_OF_KIND: Readonly<Record<Kind, string>> = {
  json: "application/json",
  text: "text/plain",
  bytes: "application/octet-stream",
};

/** The kind a Content-Type stands for: any case, parameters such as charset are ignored. */
export function kindOfContentType(header: string | undefined): Kind | undefined {
  return KIND_OF_TYPE.get((header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "");
}

const wrongType = (manifest: Manifest): Failure =>
  failure(
    "unsupported-content-type",
    `missing / unsupported Content-Type: this algorithm takes ${manifest.input.kind}, so send Content-Type: ${TYPE_OF_KIND[manifest.input.kind]}`,
  );

const jsonFailure = (error: JsonError): Failure => {
  const code = error.reason === "not-utf8" ? "not-utf8" : error.reason === "too-deep" ? "json-too-deep" : "not-json";
  return failure(error.reason === "empty" ? "body-missing" : code, error.message, { reason: error.reason });
};

const compiled = new WeakMap<Manifest, CompiledSchema>();

/**
 * The input's schema, compiled; undefined when the manifest has none. It was checked at publish: one that does not compile
 * now is a bug of ours, and the call is refused rather than run unchecked.
 */
function schemaOf(manifest: Manifest): Result<CompiledSchema | undefined, Failure> {
  const known = compiled.get(manifest);
  if (known !== undefined || manifest.input.schema === undefined) return ok(known);
  const made = compileSchema(manifest.input.schema);
  if (!made.ok) return err(failure("internal", `The published input schema cannot be read: ${made.error.message}`));
  compiled.set(manifest, made.value);
  return made;
}

function jsonInput(bytes: Uint8Array, manifest: Manifest): Result<Uint8Array, Failure> {
  const schema = schemaOf(manifest);
  if (!schema.ok) return schema;
  const limits = { depth: LIMITS.jsonDepth };
  if (schema.value === undefined) {
    const scanned = scanJson(bytes, limits);
    return scanned.ok ? ok(bytes) : err(jsonFailure(scanned.error));
  }
  const checked = checkJson(schema.value, bytes, limits);
  if (checked.ok) return ok(bytes);
  if (!("misfits" in checked.error)) return err(jsonFailure(checked.error));
  const errors = checked.error.misfits;
  const [first] = errors;
  const message =
    first === undefined
      ? "The input does not fit."
      : `The input does not fit the algorithm's schema: ${first.path}: ${first.message}`;
  return err(failure("invalid-input", message, { errors }));
}

/** Text, or a JSON string whose text is meant (the wire contract's clients send either). */
function textInput(bytes: Uint8Array, kind: Kind): Result<Uint8Array, Failure> {
  const text = decodeText(bytes);
  if (!text.ok) return err(jsonFailure(text.error));
  if (kind === "text") return ok(bytes);
  const scanned = scanJson(bytes, { depth: 1 });
  if (!scanned.ok) return err(jsonFailure(scanned.error));
  const value: unknown = JSON.parse(text.value);
  if (typeof value !== "string") {
    return err(
      failure("invalid-input", "This algorithm takes text: send text/plain, or one JSON string.", {
        errors: [{ path: "$", message: "expected a string" }],
      }),
    );
  }
  if (!value.isWellFormed()) {
    return err(failure("not-utf8", "The string holds a lone surrogate, which UTF-8 text cannot carry."));
  }
  return ok(new TextEncoder().encode(value));
}

/**
 * @param contentType the request's header
 * @returns the bytes the module reads, of the kind its manifest names
 */
export function acceptInput(
  bytes: Uint8Array,
  contentType: string | undefined,
  manifest: Manifest,
): Result<Uint8Array, Failure> {
  const kind = kindOfContentType(contentType);
  return kind === undefined ? err(wrongType(manifest)) : acceptKind(bytes, kind, manifest);
}

/** As acceptInput, for a caller that says the kind itself. */
export function acceptKind(bytes: Uint8Array, kind: Kind, manifest: Manifest): Result<Uint8Array, Failure> {
  const wanted = manifest.input.kind;
  if (wanted === "text" && kind !== "bytes") return textInput(bytes, kind);
  if (wanted !== kind) return err(wrongType(manifest));
  return wanted === "json" ? jsonInput(bytes, manifest) : ok(bytes);
}
