// Algorithms as resources, natively: publish a version, read its README, module and OpenAPI document. What the wire contract
// has of them (wire/algorithms.ts, wire/versions.ts) is there for everybody.
import type { Hono } from "hono";
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import { ALGORITHM_NAME, OWNER_NAME, VERSION } from "../market/manifest.ts";
import { algorithmOpenApi } from "../market/openapi.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Grant } from "../objects/account/object.ts";
import { type Unfound, algorithmOf, findRelease } from "../objects/algorithm/store.ts";
import { getBlob } from "../objects/blobs/store.ts";
import { actorOf } from "./acting.ts";
import { authenticate, isMember } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
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
  const caller = await actorOf(c);
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

const absent = (): Failure => failure("unknown-algorithm", "No such algorithm");

const unknown = (what: Unfound): Failure =>
  what === "unknown-algorithm"
    ? absent()
    : what === "suspended-version"
      ? failure("suspended-version", "This version is suspended: choose another.")
      : failure("unknown-version", "The algorithm has no such version that this key may see.");

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
  app.get("/v1/algorithms/:owner/:name/versions/:version/module", getModule);
  app.get("/v1/algorithms/:owner/:name/readme", getReadme);
  app.get("/v1/algorithms/:owner/:name/openapi.json", openApi);
}
