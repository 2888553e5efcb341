// Algorithms and builds as the wire contract shows them (§5), from the registry we have: versions, and what the workshop adds.
import { createHash } from "node:crypto";
import { CALL_FEE } from "../../market/money/price.ts";
import type { Release } from "../../market/release.ts";
import type { SampleRun } from "../../market/sample.ts";
import type { VersionView } from "../../objects/algorithm/object.ts";
import type { Built } from "../../objects/workshop/object.ts";
import type { DraftDetails, DraftSettings } from "./shapes.ts";

/** Digits of a build hash on the wire: clients take it for a Git commit. */
export const gitHash = (build: string): string => build.slice(0, 40);

/** A UUID that follows from a name: the same each time, of version 8 (RFC 9562 §5.8). */
export function uuidOf(...parts: readonly string[]): string {
  const digits = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const variant = ((Number.parseInt(digits.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}

export const INTERNAL_SCM = { id: "internal", provider: "internal", default: true, enabled: true } as const;

const iso = (ms: number): string => new Date(ms).toISOString();

/** A version or unpublished build, in the form that objects are made of. */
export interface Shown {
  readonly release: Release;
  readonly started: number;
  readonly finished: number;
  /** Null: it is not published. */
  readonly version: VersionView | null;
}

export const shownVersion = (version: VersionView): Shown => ({
  release: JSON.parse(version.release) as Release,
  started: version.published,
  finished: version.published,
  version,
});
export const shownBuild = ({ release, started, finished }: Built): Shown => ({
  release: JSON.parse(release) as Release,
  started,
  finished,
  version: null,
});

export interface Overlay {
  readonly details: DraftDetails;
  readonly settings: DraftSettings;
}
const NO_OVERLAY: Overlay = { details: {}, settings: {} };

const detailsOf = ({ release: { manifest } }: Shown, { details }: Overlay): object => ({
  summary: details.summary ?? manifest.summary,
  label: details.label ?? manifest.name,
  tagline: details.tagline ?? manifest.summary,
});

/** How a module that other tools built is driven, where whoever may call it may also replay its calls. */
function driven({ abi, source, entry, args, environ, config }: Shown["release"]["manifest"]): object {
  return abi === "orcade" || source === "closed" ? {} : { entry, args, environ, config };
}

const settingsOf = ({ release: { manifest } }: Shown, { settings }: Overlay): object => ({
  algorithm_callability: settings.algorithm_callability ?? manifest.visibility,
  license: settings.license ?? manifest.license,
  source_visibility: settings.source_visibility ?? manifest.source,
  language: settings.language ?? manifest.language,
  environment: settings.environment ?? "cpu",
  ...(settings.package_set === undefined ? {} : { package_set: settings.package_set }),
  ...(settings.algorithm_environment === undefined ? {} : { algorithm_environment: settings.algorithm_environment }),
  royalty_microcredits: settings.royalty_microcredits ?? manifest.royalty,
  call_microcredits: CALL_FEE + (settings.royalty_microcredits ?? manifest.royalty),
  network_access: "isolated",
  pipeline_enabled: manifest.permissions.includes("call"),
  insights_enabled: settings.insights_enabled ?? false,
  permissions: manifest.permissions,
  abi: manifest.abi,
  memory_mib: manifest.memory,
  input: manifest.input.kind,
  output: manifest.output.kind,
  ...driven(manifest),
});

function sampleTexts({ release: { manifest } }: Shown, run: SampleRun | null): object {
  const { sample } = manifest;
  const text = sample === undefined ? "" : JSON.stringify(sample);
  return { sample_input: text, sample_output: run?.status === "completed" ? run.output : "" };
}

function versionInfo(shown: Shown): object {
  const { release, version } = shown;
  const run = version === null ? null : (JSON.parse(version.sample) as SampleRun);
  const both = {
    git_hash: gitHash(release.build),
    build: release.build,
    version_uuid: uuidOf("version", release.algorithm.toLowerCase(), release.version),
    release_notes: version?.notes ?? "",
    ...sampleTexts(shown, run),
  };
  if (version === null) return both;
  const { published, yanked, deprecated, suspended } = version;
  const standing = { published_at: iso(published), yanked, deprecated, suspended };
  return { semantic_version: release.version, ...both, sample_run: run, ...standing };
}

/** The id of a build follows from what was built, so that it stays when the build becomes a version. */
export const buildId = ({ algorithm, build }: Release): string => uuidOf("build", algorithm.toLowerCase(), build);

/** A build of its own, or as a part of its algorithm's object. */
export const buildObject = (shown: Shown): object => ({
  build_id: buildId(shown.release),
  status: "succeeded",
  commit_sha: gitHash(shown.release.build),
  started_at: iso(shown.started),
  finished_at: iso(shown.finished),
  version_info: {
    git_hash: gitHash(shown.release.build),
    ...(shown.version === null ? {} : { semantic_version: shown.release.version }),
  },
  resource_type: "algorithm_build",
});

/** What is known of a build, as its log. */
export function buildLog({ release, started, finished, version }: Shown): string {
  const { module, metered, manifest, build } = release;
  return [
    `${iso(started)} Beginning container customization`,
    `Read the module: ${module.bytes} bytes, SHA-256 ${module.sha256}`,
    `Recognised ABI ${manifest.abi}: takes ${manifest.input.kind}, gives ${manifest.output.kind}, ${manifest.memory} MiB`,
    `Metered: ${metered.bytes} bytes, cost table ${metered.costTable}`,
    `Loaded and instantiated in a sandbox`,
    `Build ${build}`,
    `${iso(finished)} ${version === null ? "Succeeded" : `Succeeded, published as ${release.version}`}`,
    "",
  ].join("\n");
}

const NAME = /^[^/]*\//;

/** The whole object. @param id the algorithm's UUID @param more of the draft, for members */
export function algorithmObject(id: string, shown: Shown, overlay: Overlay = NO_OVERLAY): object {
  const { algorithm, version } = shown.release;
  const where = shown.version === null ? gitHash(shown.release.build) : version;
  return {
    ...baseObject(id, algorithm),
    details: detailsOf(shown, overlay),
    settings: settingsOf(shown, overlay),
    version_info: versionInfo(shown),
    build: buildObject(shown),
    compilation: { successful: true, output: buildLog(shown) },
    self_link: `/v1/algorithms/${algorithm}/versions/${where}`,
  };
}

const baseObject = (id: string, algorithm: string): object => ({
  id,
  name: algorithm.replace(NAME, ""),
  algorithm,
  source: { scm: { ...INTERNAL_SCM, oauth: {}, urls: {} } },
  self_link: `/v1/algorithms/${algorithm}`,
  resource_type: "algorithm",
});

/** An algorithm as it was just made: nothing of versions and builds (contract §5). */
export const createdObject = (id: string, shown: Shown, overlay: Overlay): object => ({
  ...baseObject(id, shown.release.algorithm),
  details: detailsOf(shown, overlay),
  settings: settingsOf(shown, overlay),
});
