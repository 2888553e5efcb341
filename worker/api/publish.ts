// PUT /v1/algorithms/{owner}/{name}/versions/{version}: from an upload to a version that is current. Nothing is visible
// before the algorithm's object has it, and blobs that no version came to hold are swept (objects/blobs).
import type { Env } from "../env.ts";
import type { FuelError, LargeSubject, MeteredModule } from "../fuel/index.ts";
import { entryOf, recognise } from "../market/abi.ts";
import type { PublishCode } from "../market/codes.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256Hex } from "../market/hash.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { SampleRun } from "../market/sample.ts";
import { moduleInterfaceInSteps } from "../market/signatures.ts";
import { algorithmOf, copyRelease, forgetResolutions } from "../objects/algorithm/store.ts";
import { catalogueOf } from "../objects/catalogue/announce.ts";
import { confirmBlob, copyBlob, putBlob } from "../objects/blobs/store.ts";
import { buildHash, meterModuleInTurns } from "../sandbox/build.ts";
import { proveModule } from "../sandbox/prove.ts";
import { trySample } from "../sandbox/sample.ts";
import { tailOf } from "../tail.ts";
import type { AppContext } from "./context.ts";
import { type Upload, readUpload, refusedModule } from "./upload.ts";

export interface Published {
  readonly release: Release;
  readonly created: boolean;
  /** Whether the notes and README that stand are those of the upload. */
  readonly sameTexts: boolean;
  /** What it made of its sample. */
  readonly sample: SampleRun;
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

/** What a module came to: metered, and how it is called. */
interface Recognised {
  readonly metered: MeteredModule;
  readonly manifest: Upload["manifest"];
}

/** Lets other requests run. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Takes steps of a few milliseconds. */
async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

async function meter({ manifest, module }: Upload): Promise<Result<Recognised, Failure>> {
  const metered = await meterModuleInTurns(module, manifest.memory, nextTurn);
  if (!metered.ok) return err(meterFailure(metered.error));
  const typed = await inTurns(moduleInterfaceInSteps(module));
  if (!typed.ok) return err(refusedModule("invalid-module", typed.error.message));
  const abi = recognise(typed.value.imports, typed.value.exports, manifest.permissions);
  if (!abi.ok) return err(refusedModule(abi.error.reason, abi.error.message));
  const entry = entryOf(abi.value, typed.value.exports, manifest.entry);
  if (!entry.ok) return err(refusedModule(entry.error.reason, entry.error.message));
  const called = abi.value === "extism" ? { entry: entry.value } : {};
  return ok({ metered: metered.value, manifest: { ...manifest, abi: abi.value, ...called } });
}

async function releaseOf(owner: string, module: Uint8Array, { manifest, metered }: Recognised): Promise<Release> {
  return {
    algorithm: `${owner}/${manifest.name}`,
    version: manifest.version,
    build: await buildHash(manifest.abi, metered),
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

/** A version that stands, and whether its notes and README are those of the upload. */
type Standing = Omit<Published, "created">;

const holderOf = ({ algorithm, version }: Release): string => `${algorithm.toLowerCase()}@${version}`;

/** Confirms that a published version refers to a blob. A failure is no matter: the sweep asks the algorithm itself. */
async function confirm(env: Env, release: Release, sha256: string): Promise<boolean> {
  try {
    return await confirmBlob(env, sha256, holderOf(release));
  } catch (error) {
    console.error(JSON.stringify({ event: "confirm-failed", sha256, error: String(error) }));
    return true;
  }
}

/** @returns which of a published version's two blobs are gone */
async function confirmAll(env: Env, release: Release): Promise<string[]> {
  const hashes = [release.module.sha256, release.metered.sha256];
  const kept = await Promise.all(hashes.map((sha256) => confirm(env, release, sha256)));
  return hashes.filter((_, index) => kept[index] === false);
}

/** Asks what the upload would come to, before it costs any work. @returns null when it may be published */
async function consider(env: Env, id: string, upload: Upload): Promise<Result<Standing | null, Failure>> {
  const { manifest, module, notes, readme } = upload;
  const candidate = { version: manifest.version, module: await sha256Hex(module), manifest: JSON.stringify(manifest) };
  const found = await algorithmOf(env, id).consider({ ...candidate, notes, readme });
  if (!found.ok) return err(publishFailure(found.error.reason, found.error.message));
  if (found.value === null) return ok(null);
  const { release, sameTexts, sample } = found.value;
  return ok({ release: JSON.parse(release) as Release, sameTexts, sample: JSON.parse(sample) as SampleRun });
}

/** Stores bytes and version: blobs first (provisional), then the version, which is the moment of publication. */
async function store(
  c: AppContext,
  release: Release,
  upload: Upload,
  code: Uint8Array,
): Promise<Result<Published, Failure>> {
  const id = release.algorithm.toLowerCase();
  const named = await nameFor(c.env, release);
  if (!named.ok) return named;
  const tail = tailOf(c.executionCtx as ExecutionContext, c.env, release.metered.sha256);
  const sample = await trySample(c.env, release, code, tail);
  const putAll = (): Promise<unknown> =>
    Promise.all([
      putBlob(c.env, release.module.sha256, upload.module, holderOf(release), false),
      putBlob(c.env, release.metered.sha256, code, holderOf(release), true),
    ]);
  await putAll();
  const { notes, readme } = upload;
  const published = await algorithmOf(c.env, id).publish({
    release: JSON.stringify(release),
    sample: JSON.stringify(sample),
    notes,
    readme,
  });
  if (!published.ok) return err(publishFailure(published.error.reason, published.error.message));
  const { created, release: text, sameTexts, sample: run } = published.value;
  const standing = JSON.parse(text) as Release;
  // What stood may have other metered bytes than this upload, which are then swept.
  const gone = await confirmAll(c.env, standing);
  if (gone.length > 0) {
    await putAll();
    await confirmAll(c.env, standing);
  }
  forgetResolutions(id);
  await announced(c.env, id);
  c.executionCtx.waitUntil(copyRelease(c.env, id, standing));
  if (standing.metered.sha256 === release.metered.sha256) {
    c.executionCtx.waitUntil(copyBlob(c.env, release.metered.sha256, code));
  }
  return ok({ release: standing, created, sameTexts, sample: JSON.parse(run) as SampleRun });
}

/**
 * Keeps the bytes of a build that is not published yet.
 * @param release whose version says so (objects/workshop/store.ts)
 */
export async function keepBuild(env: Env, release: Release, module: Uint8Array, code: Uint8Array): Promise<void> {
  const holder = holderOf(release);
  await putBlob(env, release.module.sha256, module, holder, false);
  await putBlob(env, release.metered.sha256, code, holder, true);
  await confirmBlob(env, release.module.sha256, holder);
  await confirmBlob(env, release.metered.sha256, holder);
}

/** An algorithm's first version takes its name; it may not look like another of the same owner's. */
export async function nameFor(env: Env, { algorithm }: Pick<Release, "algorithm">): Promise<Result<null, Failure>> {
  const [owner = "", name = ""] = algorithm.split("/");
  const given = await catalogueOf(env, owner).giveName(owner, name);
  if (given.ok) return ok(null);
  const message = `${owner}/${name} looks like ${owner}/${given.error}, which exists: publish there, or choose another name.`;
  return err(failure("look-alike", message));
}

/** Lists what was published. A failure is no matter: the algorithm tries again by itself. */
export async function announced(env: Env, id: string): Promise<void> {
  try {
    await algorithmOf(env, id).announce();
  } catch (error) {
    console.error(JSON.stringify({ event: "announce-failed", algorithm: id, error: String(error) }));
  }
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
  const upload = await readUpload(c);
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
  return publishUpload(c, owner, upload.value);
}

/** Publishes an upload that was checked. @param owner as above */
export async function publishUpload(c: AppContext, owner: string, upload: Upload): Promise<Result<Published, Failure>> {
  const id = algorithmId(owner, upload.manifest.name);
  const considered = await consider(c.env, id, upload);
  if (!considered.ok) return considered;
  const standing = considered.value;
  if (standing !== null && (await confirmAll(c.env, standing.release)).length === 0) {
    c.executionCtx.waitUntil(copyRelease(c.env, id, standing.release));
    return ok({ ...standing, created: false });
  }
  const built = await buildUpload(c, owner, upload);
  return built.ok ? store(c, built.value.release, upload, built.value.code) : built;
}

export interface BuiltUpload {
  readonly release: Release;
  /** Bytes of the metered module. */
  readonly code: Uint8Array;
}

/** Validates, meters and tries a module; stores nothing. */
export async function buildUpload(c: AppContext, owner: string, upload: Upload): Promise<Result<BuiltUpload, Failure>> {
  const made = await meter(upload);
  if (!made.ok) return made;
  const { module } = made.value.metered;
  const release = await releaseOf(owner, upload.module, made.value);
  const tail = tailOf(c.executionCtx as ExecutionContext, c.env, release.metered.sha256);
  const proof = await proveModule(c.env, release, module, tail);
  if (proof.ok) return ok({ release, code: module });
  const { reason, message } = proof.error;
  return err(reason === "busy" ? failure("busy", `${message} Try again.`) : refusedModule(reason, message));
}
