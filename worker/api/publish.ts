// PUT /v1/algorithms/{owner}/{name}/versions/{version}: from an upload to a version that is current. Nothing is visible
// before the algorithm's object has it, and blobs that no version came to hold are swept (objects/blobs).
import * as z from "zod";
import type { Env } from "../env.ts";
import { type FuelError, type LargeSubject, type MeteredModule, tryMeter } from "../fuel/index.ts";
import { LIMITS, PAGE_BYTES } from "../limits.ts";
import { recognise } from "../market/abi.ts";
import { PUBLISH_CODES, type PublishCode } from "../market/codes.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256Hex, sha256OfParts } from "../market/hash.ts";
import { parseJson } from "../market/json.ts";
import { type Manifest, manifest as manifestShape } from "../market/manifest.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { compileSchema } from "../market/schema.ts";
import { moduleInterface } from "../market/signatures.ts";
import { algorithmOf, copyRelease, forgetResolutions } from "../objects/algorithm/store.ts";
import { confirmBlob, copyBlob, putBlob } from "../objects/blobs/store.ts";
import { proveModule } from "../sandbox/prove.ts";
import { readBody } from "./body.ts";
import type { AppContext } from "./context.ts";

/** An upload taken apart and within its limits. */
interface Upload {
  readonly manifest: Manifest;
  readonly module: Uint8Array;
  readonly readme: string;
  readonly notes: string;
}

export interface Published {
  readonly release: Release;
  readonly created: boolean;
}

const { moduleBytes, manifestBytes, readmeBytes, notesBytes } = LIMITS;
/** The parts and their multipart frame. */
const UPLOAD_BYTES = moduleBytes + manifestBytes + readmeBytes + notesBytes + 16 * 1024;

const refusedModule = (reason: PublishCode, detail: string): Failure =>
  failure("refused-module", `${PUBLISH_CODES[reason]}${detail === "" ? "" : ` (${detail})`}`, { reason });

function invalidManifest(error: z.ZodError): Failure {
  const errors = error.issues.map((issue) => ({ path: ["$", ...issue.path].join("."), message: issue.message }));
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
  return ok(manifest);
}

/** One text part of the form; "" when it is not there. */
async function textPart(form: FormData, name: string, limit: number): Promise<Result<string, Failure>> {
  const part = form.get(name);
  const text = part === null ? "" : typeof part === "string" ? part : await part.text();
  return Buffer.byteLength(text) > limit
    ? err(failure("body-too-large", `The part ${name} is over ${limit} bytes.`))
    : ok(text);
}

async function formOf(request: Request): Promise<Result<FormData, Failure>> {
  const type = request.headers.get("Content-Type") ?? "";
  const wanted = failure("invalid-body", "Send multipart/form-data with the parts `manifest` and `module`.");
  if (!type.toLowerCase().startsWith("multipart/form-data")) return err(wanted);
  const body = await readBody(request, UPLOAD_BYTES);
  if (!body.ok) return body;
  try {
    return ok(
      await new Response(body.value as Uint8Array<ArrayBuffer>, { headers: { "Content-Type": type } }).formData(),
    );
  } catch {
    return err(wanted);
  }
}

async function readUpload(request: Request): Promise<Result<Upload, Failure>> {
  const form = await formOf(request);
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

const TOO_LARGE: Readonly<Record<LargeSubject, PublishCode>> = {
  module: "metered-too-large",
  function: "function-too-large",
  memory: "memory-too-large",
  table: "table-too-large",
};

/** FuelError's reasons as the codes of a publish. */
function meterFailure(error: FuelError): Failure {
  switch (error.reason) {
    case "not-wasm":
      return refusedModule("not-wasm", "");
    case "invalid":
      return refusedModule("invalid-module", error.message);
    case "unsupported-feature":
      return refusedModule("unsupported-feature", error.message);
    case "reserved-name":
    case "already-metered":
      return refusedModule("reserved-name", error.message);
    case "too-large":
      return refusedModule(TOO_LARGE[error.subject ?? "module"], error.message);
    case "internal":
      return failure("internal", error.message);
  }
}

function meterModule({ manifest, module }: Upload): Result<MeteredModule, Failure> {
  const pages = (manifest.memory * 1024 * 1024) / PAGE_BYTES;
  const metered = tryMeter(module, {
    maximumPages: pages,
    maximumTableEntries: LIMITS.tableEntries,
    fixedMemory: true,
    exportStart: true,
    maximumBytes: LIMITS.meteredBytes,
  });
  if (!metered.ok) return err(meterFailure(metered.error));
  const typed = moduleInterface(module);
  if (!typed.ok) return err(refusedModule("invalid-module", typed.error.message));
  const abi = recognise(typed.value.imports, typed.value.exports, manifest.permissions);
  return abi.ok ? ok(metered.value) : err(refusedModule(abi.error.reason, abi.error.message));
}

async function releaseOf(owner: string, upload: Upload, metered: MeteredModule): Promise<Release> {
  const { manifest, module } = upload;
  return {
    algorithm: `${owner}/${manifest.name}`,
    version: manifest.version,
    build: await sha256OfParts([manifest.abi, metered.costTable, metered.module]),
    module: { sha256: await sha256Hex(module), bytes: module.length },
    metered: {
      sha256: await sha256Hex(metered.module),
      bytes: metered.module.length,
      costTable: metered.costTable,
      fuelExport: metered.fuelExport,
      startExport: metered.startExport,
      pages: metered.memory?.maximum ?? 0,
      instantiation: metered.initialCost,
    },
    manifest,
  };
}

/** Stores bytes and version: blobs first (provisional), then the version, which is the moment of publication. */
async function store(
  env: Env,
  release: Release,
  upload: Upload,
  code: Uint8Array,
): Promise<Result<Published, Failure>> {
  const id = release.algorithm.toLowerCase();
  const holder = `${id}@${release.version}`;
  await Promise.all([
    putBlob(env, release.module.sha256, upload.module, holder, false),
    putBlob(env, release.metered.sha256, code, holder, true),
  ]);
  await copyBlob(env, release.metered.sha256, code);
  const { notes, readme } = upload;
  const published = await algorithmOf(env, id).publish({ release: JSON.stringify(release), notes, readme });
  if (!published.ok) return err(publishFailure(published.error.reason, published.error.message));
  const { created, release: standing } = published.value;
  // What stood already has its blobs; the ones of this upload, if they differ, are swept.
  if (created) await confirm(env, id, release, holder);
  forgetResolutions(id);
  return ok({ release: JSON.parse(standing) as Release, created });
}

async function confirm(env: Env, id: string, release: Release, holder: string): Promise<void> {
  await Promise.all([
    confirmBlob(env, release.module.sha256, holder),
    confirmBlob(env, release.metered.sha256, holder),
    copyRelease(env, id, release),
  ]);
}

function publishFailure(reason: string, message: string): Failure {
  switch (reason) {
    case "version-exists":
    case "royalty-rule":
    case "too-many-versions":
      return failure(reason, message);
    default:
      return failure("invalid-manifest", message, { reason });
  }
}

/**
 * Publishes what the request carries. The same upload again changes nothing.
 * @param owner canonical spelling; the caller may publish there
 */
export async function publish(
  c: AppContext,
  owner: string,
  name: string,
  version: string,
): Promise<Result<Published, Failure>> {
  const upload = await readUpload(c.req.raw);
  if (!upload.ok) return upload;
  const { manifest } = upload.value;
  if (algorithmId(owner, manifest.name) !== algorithmId(owner, name) || manifest.version !== version) {
    const errors = [
      { path: "$.name", message: name },
      { path: "$.version", message: version },
    ];
    return err(
      failure("invalid-manifest", "The manifest's name and version must be those of the address.", { errors }),
    );
  }
  const metered = meterModule(upload.value);
  if (!metered.ok) return metered;
  const release = await releaseOf(owner, upload.value, metered.value);
  const proof = await proveModule(c.env, release, metered.value.module);
  if (!proof.ok) return err(refusedModule(proof.error.reason, proof.error.message));
  return store(c.env, release, upload.value, metered.value.module);
}
