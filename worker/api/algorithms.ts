// Algorithms as resources: publish a version, list versions, read the OpenAPI document.
import type { Hono } from "hono";
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import { CALL_FEE } from "../market/money/price.ts";
import { ALGORITHM_NAME, OWNER_NAME, VERSION } from "../market/manifest.ts";
import { algorithmOpenApi } from "../market/openapi.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Grant } from "../objects/account/object.ts";
import type { AlgorithmView, VersionView } from "../objects/algorithm/object.ts";
import { type Unfound, algorithmOf, findRelease } from "../objects/algorithm/store.ts";
import { getBlob } from "../objects/blobs/store.ts";
import { authenticate, isMember } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { pageLink, pageSize } from "./page.ts";
import { type Published, publish } from "./publish.ts";

/** The owner's canonical spelling, if the caller may publish there. */
function ownerFor(caller: Grant, owner: string): Result<string, Failure> {
  if (!OWNER_NAME.test(owner) || !isMember(caller, owner)) {
    return err(failure("forbidden", `This key belongs to ${caller.account}, who may not publish for ${owner}.`));
  }
  const spelled = [caller.account, ...caller.organisations].find((name) => name.toLowerCase() === owner.toLowerCase());
  return ok(spelled ?? owner);
}

async function publishVersion(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "", version = "" } = c.req.param() as Record<string, string>;
  const spelled = ownerFor(caller.value, owner);
  if (!spelled.ok) return refuse(c, spelled.error);
  if (!ALGORITHM_NAME.test(name) || !VERSION.test(version)) {
    return refuse(
      c,
      failure("invalid-parameter", "The address must be /v1/algorithms/{owner}/{name}/versions/{MAJOR.MINOR.PATCH}."),
    );
  }
  const published = await publish(c, spelled.value, name, version);
  if (!published.ok) return refuse(c, published.error);
  return c.json(publicationBody(published.value), published.value.created ? 201 : 200);
}

const KEPT_TEXTS = "The notes and README of a published version never change: those of this upload were not kept.";

const publicationBody = ({ release, sameTexts, sample }: Published): object => ({
  algorithm: release.algorithm,
  version: release.version,
  build: release.build,
  url: `/v1/algo/${release.algorithm}/${release.version}`,
  module_bytes: release.module.bytes,
  metered_bytes: release.metered.bytes,
  cost_table: release.metered.costTable,
  sample,
  ...(sameTexts ? {} : { note: KEPT_TEXTS }),
});

/** A version as an algorithm object of the wire contract (§5). */
function algorithmObject(id: string, view: VersionView): object {
  const { algorithm, version, build, manifest } = JSON.parse(view.release) as Release;
  return {
    id,
    name: algorithm,
    details: { summary: manifest.summary, label: manifest.name, tagline: manifest.summary },
    settings: {
      algorithm_callability: manifest.visibility,
      license: manifest.license,
      source_visibility: manifest.source,
      language: manifest.language,
      royalty_microcredits: manifest.royalty,
      call_microcredits: CALL_FEE + manifest.royalty,
      network_access: "isolated",
      permissions: manifest.permissions,
      abi: manifest.abi,
      memory_mib: manifest.memory,
      input: manifest.input.kind,
      output: manifest.output.kind,
    },
    version_info: {
      semantic_version: version,
      git_hash: build,
      release_notes: view.notes,
      sample_input: manifest.sample === undefined ? "" : JSON.stringify(manifest.sample),
      sample_run: JSON.parse(view.sample) as unknown,
      published_at: new Date(view.published).toISOString(),
      yanked: view.yanked,
      deprecated: view.deprecated,
      suspended: view.suspended,
    },
    self_link: `/v1/algorithms/${algorithm}/versions/${version}`,
    resource_type: "algorithm",
  };
}

const absent = (): Failure => failure("unknown-algorithm", "No such algorithm");

const unknown = (what: Unfound): Failure =>
  what === "unknown-algorithm"
    ? absent()
    : what === "suspended-version"
      ? failure("suspended-version", "This version is suspended: choose another.")
      : failure("unknown-version", "The algorithm has no such version that this key may see.");

/** The algorithm as the caller may see it: what is private does not exist for a stranger. */
async function viewFor(c: AppContext, limit: number): Promise<Result<AlgorithmView, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return caller;
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  const marker = c.req.query("marker") ?? null;
  if (marker !== null && !VERSION.test(marker))
    return err(failure("invalid-parameter", "The marker is none that a list answered."));
  const view = await algorithmOf(c.env, algorithmId(owner, name)).view(isMember(caller.value, owner), marker, limit);
  return view === null ? err(absent()) : ok(view);
}

async function getAlgorithm(c: AppContext): Promise<Response> {
  const view = await viewFor(c, 1);
  if (!view.ok) return refuse(c, view.error);
  const [newest] = view.value.versions;
  return newest === undefined ? refuse(c, absent()) : c.json(algorithmObject(view.value.id, newest));
}

async function listVersions(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const view = await viewFor(c, limit);
  if (!view.ok) return refuse(c, view.error);
  const { id, versions, more } = view.value;
  const last = versions.at(-1);
  const marker = more && last !== undefined ? (JSON.parse(last.release) as Release).version : null;
  const next = pageLink(c, marker);
  return c.json({ marker, next_link: next, results: versions.map((version) => algorithmObject(id, version)) });
}

async function releaseFor(env: Env, caller: Grant, c: AppContext): Promise<Result<Release, Failure>> {
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  const found = await findRelease(env, owner, name, c.req.query("version") ?? "", isMember(caller, owner));
  return found.ok ? found : err(unknown(found.error));
}

async function openApi(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const release = await releaseFor(c.env, caller.value, c);
  if (!release.ok) return refuse(c, release.error);
  const { algorithm, version, manifest } = release.value;
  const [owner = "", name = ""] = algorithm.split("/");
  return c.json(algorithmOpenApi({ owner, name, version, manifest, serverUrl: new URL(c.req.url).origin }));
}

/** One version, named by its number, its build or any selector. */
async function getVersion(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "", version = "" } = c.req.param() as Record<string, string>;
  const found = await algorithmOf(c.env, algorithmId(owner, name)).find(version, isMember(caller.value, owner));
  if (!found.ok) return refuse(c, unknown(found.error));
  const [view] = found.value.versions;
  return view === undefined ? refuse(c, absent()) : c.json(algorithmObject(found.value.id, view));
}

/** The README as it was uploaded. It is a stranger's text: no browser may take it for anything but Markdown. */
async function getReadme(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  const selector = c.req.query("version") ?? "";
  const readme = await algorithmOf(c.env, algorithmId(owner, name)).readme(selector, isMember(caller.value, owner));
  if (!readme.ok) return refuse(c, unknown(readme.error));
  return c.body(readme.value, 200, {
    "Content-Type": "text/markdown; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
  });
}

/** The module as uploaded, of a version whose source is open; who may see the version may fetch it. */
async function getModule(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "", version = "" } = c.req.param() as Record<string, string>;
  const member = isMember(caller.value, owner);
  const found = await algorithmOf(c.env, algorithmId(owner, name)).find(version, member);
  const [view] = found.ok ? found.value.versions : [];
  if (view === undefined) return refuse(c, unknown(found.ok ? "unknown-version" : found.error));
  const release = JSON.parse(view.release) as Release;
  if (release.manifest.source !== "open" && !member) {
    return refuse(c, failure("forbidden", "The source of this version is closed: its owner did not open it."));
  }
  const bytes = await getBlob(c.env, release.module.sha256);
  if (bytes === null) return refuse(c, failure("busy", "The module could not be read just now: try again."));
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "Content-Type": "application/wasm",
    "X-Content-Type-Options": "nosniff",
    "X-Orcade-Build": release.build,
    ETag: `"${release.module.sha256}"`,
  });
}

export function algorithmRoutes(app: Hono<AppEnv>): void {
  app.put("/v1/algorithms/:owner/:name/versions/:version", publishVersion);
  app.get("/v1/algorithms/:owner/:name", getAlgorithm);
  app.get("/v1/algorithms/:owner/:name/versions", listVersions);
  app.get("/v1/algorithms/:owner/:name/versions/:version", getVersion);
  app.get("/v1/algorithms/:owner/:name/versions/:version/module", getModule);
  app.get("/v1/algorithms/:owner/:name/readme", getReadme);
  app.get("/v1/algorithms/:owner/:name/openapi.json", openApi);
}
