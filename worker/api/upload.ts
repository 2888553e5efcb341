// The upload of a publish, taken apart and held to its limits. Nothing is metered, run or stored here.
import type * as z from "zod";
import { acceptInput } from "../market/input.ts";
import { LIMITS } from "../limits.ts";
import { PUBLISH_CODES, type PublishCode } from "../market/codes.ts";
import { type Failure, failure } from "../market/failure.ts";
import { parseJson } from "../market/json.ts";
import { type Manifest, manifest as manifestShape } from "../market/manifest.ts";
import { type Result, err, ok } from "../market/result.ts";
import { sampleBytes } from "../market/sample.ts";
import { compileSchema } from "../market/schema.ts";
import { readHeld } from "./body.ts";
import type { AppContext } from "./context.ts";
import { fieldErrors } from "./errors.ts";

/** An upload taken apart and within its limits. */
export interface Upload {
  readonly manifest: Manifest;
  readonly module: Uint8Array;
  readonly readme: string;
  readonly notes: string;
}

const { moduleBytes, manifestBytes, readmeBytes, notesBytes } = LIMITS;
/** The parts and their multipart frame. */
const UPLOAD_BYTES = moduleBytes + manifestBytes + readmeBytes + notesBytes + 16 * 1024;
/**
 * How many times its length a publish holds: the parts are taken out of the body, and the metered module, up to three times as
 * long, is put together and stored. So two long ones never come together. And milliseconds that one may take.
 */
const PUBLISH_TIMES = 5;
const PUBLISH_MS = 600_000;
/** Parts of a form: four are known, and each that is not costs the parser more than its bytes say. */
const PARTS = 8;
/** Bytes of a sample as JSON: it stands in every list of versions. */
const SAMPLE_BYTES = 16 * 1024;
/** Bytes of a manifest as stored: numbers grow when they are written out (1e20 has 21 digits). */
const STORED_BYTES = 512 * 1024 - 1024;

/** Refuses the module, in the sentence that its code has. */
export const refusedModule = (reason: PublishCode, detail: string): Failure =>
  failure("refused-module", `${PUBLISH_CODES[reason]}${detail === "" ? "" : ` (${detail})`}`, { reason });

function invalidManifest(error: z.ZodError): Failure {
  const errors = fieldErrors(error);
  return failure("invalid-manifest", "The manifest is not valid; see `errors`. `orcade build` writes a valid one.", {
    errors,
  });
}

function parseManifest(text: string): Result<Manifest, Failure> {
  const read = parseJson(new TextEncoder().encode(text), { depth: LIMITS.jsonDepth });
  if (!read.ok) return err(failure("invalid-manifest", `The manifest is not JSON: ${read.error.message}`));
  const parsed = manifestShape.safeParse(read.value);
  return parsed.success ? checkSchemas(parsed.data) : err(invalidManifest(parsed.error));
}

function checkSchemas(manifest: Manifest): Result<Manifest, Failure> {
  for (const side of ["input", "output"] as const) {
    const { schema } = manifest[side];
    const compiled = schema === undefined ? undefined : compileSchema(schema);
    if (compiled?.ok === false) {
      const { path, message } = compiled.error;
      return err(
        failure("invalid-schema", `The ${side} schema is outside what is accepted: ${message}`, {
          errors: [{ path: `$.${side}.schema${path.slice(1)}`, message }],
        }),
      );
    }
  }
  return checkSizes(manifest);
}

function checkSizes(manifest: Manifest): Result<Manifest, Failure> {
  const sample = manifest.sample === undefined ? 0 : Buffer.byteLength(JSON.stringify(manifest.sample));
  if (sample > SAMPLE_BYTES) {
    const message = `has ${sample} bytes as JSON; at most ${SAMPLE_BYTES} are kept`;
    return err(failure("invalid-manifest", `The sample ${message}.`, { errors: [{ path: "$.sample", message }] }));
  }
  return Buffer.byteLength(JSON.stringify(manifest)) > STORED_BYTES
    ? err(failure("invalid-manifest", `The manifest is over ${STORED_BYTES} bytes when its numbers are written out.`))
    : checkSample(manifest);
}

const TYPE_OF_KIND = { json: "application/json", text: "text/plain", bytes: "application/octet-stream" } as const;

/** A sample is an input that a visitor may send as it is: so it must be one. */
function checkSample(manifest: Manifest): Result<Manifest, Failure> {
  if (manifest.sample === undefined) return ok(manifest);
  const misfit = (message: string): Result<never, Failure> =>
    err(failure("invalid-manifest", `The sample ${message}.`, { errors: [{ path: "$.sample", message }] }));
  const bytes = sampleBytes(manifest);
  if (!bytes.ok) return misfit(bytes.error);
  const accepted = acceptInput(bytes.value, TYPE_OF_KIND[manifest.input.kind], manifest);
  return accepted.ok ? ok(manifest) : misfit(`is no input of the algorithm: ${accepted.error.message}`);
}

/** One text part of the form; "" when it is not there. */
async function textPart(form: FormData, name: string, limit: number): Promise<Result<string, Failure>> {
  const part = form.get(name);
  const text = part === null ? "" : typeof part === "string" ? part : await part.text();
  return Buffer.byteLength(text) > limit
    ? err(failure("body-too-large", `The part ${name} is over ${limit} bytes.`))
    : ok(text);
}

/**
 * The boundary that a Content-Type names: of the characters of RFC 2046 §5.1.1, but longer than its 70, because programs
 * put hashes into it. Undefined when there is none.
 */
function boundaryOf(type: string): string | undefined {
  const named = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(type);
  const boundary = named?.[1] ?? named?.[2] ?? "";
  return /^[\w'()+,./:=? -]{0,199}[\w'()+,./:=?-]$/.test(boundary) ? boundary : undefined;
}

/** Whether the body has more parts than PARTS: n parts lie between n + 1 delimiters. Found without parsing. */
function hasManyParts(body: Uint8Array, boundary: string): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`--${boundary}`);
  let found = 0;
  for (let at = bytes.indexOf(delimiter); at >= 0; at = bytes.indexOf(delimiter, at + delimiter.length)) {
    if (++found > PARTS + 1) return true;
  }
  return false;
}

async function formOf(c: AppContext): Promise<Result<FormData, Failure>> {
  const boundary = boundaryOf(c.req.header("Content-Type") ?? "");
  const wanted = failure("invalid-body", "Send multipart/form-data with the parts `manifest` and `module`.");
  if (boundary === undefined) return err(wanted);
  const body = await readHeld(c, UPLOAD_BYTES, Date.now() + PUBLISH_MS, PUBLISH_TIMES);
  if (!body.ok) return body;
  if (hasManyParts(body.value, boundary)) {
    return err(failure("invalid-body", `A publish has at most ${PARTS} parts: manifest, module, readme and notes.`));
  }
  try {
    // The boundary that was counted is the one that is parsed.
    const headers = { "Content-Type": `multipart/form-data; boundary="${boundary}"` };
    return ok(await new Response(body.value as Uint8Array<ArrayBuffer>, { headers }).formData());
  } catch {
    return err(wanted);
  }
}

/** @returns the parts of the request, within their limits; the module is not looked into */
export async function readUpload(c: AppContext): Promise<Result<Upload, Failure>> {
  const form = await formOf(c);
  if (!form.ok) return form;
  const text = await textPart(form.value, "manifest", manifestBytes);
  const readme = await textPart(form.value, "readme", readmeBytes);
  const notes = await textPart(form.value, "notes", notesBytes);
  if (!text.ok) return text;
  if (!readme.ok) return readme;
  if (!notes.ok) return notes;
  const manifest = parseManifest(text.value);
  if (!manifest.ok) return manifest;
  const part = form.value.get("module");
  if (part === null || typeof part === "string")
    return err(failure("invalid-body", "The part `module` must be a file: the module's bytes."));
  const module = new Uint8Array(await part.arrayBuffer());
  if (module.length > moduleBytes) return err(refusedModule("module-too-large", `${module.length} bytes`));
  return ok({ manifest: manifest.value, module, readme: readme.value, notes: notes.value });
}
