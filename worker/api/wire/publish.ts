// POST .../versions, and /version: the newest unpublished build becomes a version (contract §5). A version whose number the
// author chooses, with a module of its own, comes by the native PUT.
import type { Hono } from "hono";
import type * as z from "zod";
import { type Failure, failure } from "../../market/failure.ts";
import type { Manifest } from "../../market/manifest.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err } from "../../market/result.ts";
import { sampleBytes } from "../../market/sample.ts";
import { formatVersion, parseVersion } from "../../market/semver.ts";
import { acceptKind } from "../../market/input.ts";
import { algorithmOf } from "../../objects/algorithm/store.ts";
import { getBlob } from "../../objects/blobs/store.ts";
import { workshopOf } from "../../objects/workshop/store.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { type Published, publishUpload } from "../publish.ts";
import { wireBody } from "./body.ts";
import { changeDraft, newestBuild } from "./draft.ts";
import { type Overlay, algorithmObject, shownVersion } from "./objects.ts";
import { publishBody } from "./shapes.ts";
import { type Seen, absent, own } from "./target.ts";

type VersionInfo = z.infer<typeof publishBody>["version_info"];
type VersionType = VersionInfo["version_type"];

/** Times that another publish may take the number first. */
const RIVALS = 5;

/** The version after the newest. @param newest null: there is none yet, and the first is 0.1.0, or 1.0.0 */
export function nextVersion(newest: string | null, type: VersionType): string {
  const parsed = newest === null ? null : parseVersion(newest);
  if (parsed?.ok !== true) return type === "major" ? "1.0.0" : "0.1.0";
  const [major, minor, patch] = parsed.value;
  if (type === "major") return formatVersion([major + 1, 0, 0]);
  return type === "minor" ? formatVersion([major, minor + 1, 0]) : formatVersion([major, minor, patch + 1]);
}

/** A sample as clients send it: a value, or (most) its text. One that the algorithm would not take is left out. */
function sampleOf(manifest: Manifest, given: unknown): Manifest["sample"] {
  const texts = typeof given === "string" && given !== "" ? [parsedOr(given), given] : [given];
  return texts.find((sample): sample is NonNullable<Manifest["sample"]> => fits(manifest, sample));
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fits(manifest: Manifest, sample: unknown): boolean {
  if (sample === undefined || sample === "") return false;
  const bytes = sampleBytes({ input: manifest.input, sample: sample as NonNullable<Manifest["sample"]> });
  return bytes.ok && acceptKind(bytes.value, manifest.input.kind, manifest).ok;
}

const SUMMARY = 200;
const firstLine = (text: string): string => (text.trim().split("\n")[0] ?? "").slice(0, SUMMARY);

/** The manifest of the next version: the build's, with what the draft and the request say. */
function manifestFrom(built: Release, { details, settings }: Overlay, info: VersionInfo, version: string): Manifest {
  const { sample: standing, ...rest } = built.manifest;
  const texts = [details.tagline, details.summary, details.label, rest.summary].map((text) => firstLine(text ?? ""));
  const sample = sampleOf(built.manifest, info.sample_input) ?? standing;
  return {
    ...rest,
    version,
    summary: texts.find((text) => text !== "") ?? rest.name,
    visibility: settings.algorithm_callability ?? rest.visibility,
    source: settings.source_visibility ?? rest.source,
    license: settings.license ?? rest.license,
    royalty: settings.royalty_microcredits ?? rest.royalty,
    ...(sample === undefined ? {} : { sample }),
  };
}

/** Publishes a build under the next number that nobody else takes. */
async function publishBuild(
  c: AppContext,
  { id, spelled }: Seen,
  built: Release,
  overlay: Overlay,
  info: VersionInfo,
): Promise<Result<Published, Failure>> {
  const [owner = ""] = spelled.split("/");
  const module = await getBlob(c.env, built.module.sha256);
  if (module === null) return err(failure("busy", "The module could not be read just now: try again."));
  for (let attempt = 1; ; attempt++) {
    const view = await algorithmOf(c.env, id).view(true, null, 1);
    const [newest] = view?.versions ?? [];
    const before = newest === undefined ? null : (JSON.parse(newest.release) as Release).version;
    const manifest = manifestFrom(built, overlay, info, nextVersion(before, info.version_type));
    const upload = { manifest, module, readme: overlay.details.summary ?? "", notes: info.release_notes };
    const done = await publishUpload(c, owner, upload);
    if (done.ok || done.error.code !== "version-exists" || attempt === RIVALS) return done;
  }
}

const nothing = (): Failure =>
  failure("nothing-to-publish", "The newest build is published already: upload or compile another first.");

async function publish(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const body = await wireBody(c, publishBody);
  if (!body.ok) return refuse(c, body.error);
  const { id, view } = found.value;
  const built = await newestBuild(c.env, id);
  if (built === null) return refuse(c, view.versions.length === 0 ? absent() : nothing());
  const { details, settings, version_info: info } = body.value;
  const overlay = await changeDraft(c.env, id, { details, settings });
  const done = await publishBuild(c, found.value, JSON.parse(built.release) as Release, overlay, info);
  if (!done.ok) return refuse(c, done.error);
  await workshopOf(c.env, id).published(built.seq);
  const now = await algorithmOf(c.env, id).find(done.value.release.version, true);
  const [version] = now.ok ? now.value.versions : [];
  return version === undefined ? refuse(c, absent()) : c.json(algorithmObject(view.id, shownVersion(version), overlay));
}

export function wirePublishRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/algorithms/:owner/:name/versions", publish);
  app.post("/v1/algorithms/:owner/:name/version", publish);
}
