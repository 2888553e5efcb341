// POST .../compile: validates the newest upload again, as publishing would today. Nothing is compiled here: modules come built.
import type { Hono } from "hono";
import { type Failure, failure } from "../../market/failure.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { getBlob } from "../../objects/blobs/store.ts";
import { unpublishedVersion, workshopOf } from "../../objects/workshop/store.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { buildUpload, keepBuild } from "../publish.ts";
import { wireBody } from "./body.ts";
import { newestBuild, newestOf, overlayOf } from "./draft.ts";
import { algorithmObject, shownBuild } from "./objects.ts";
import { compileBody } from "./shapes.ts";
import { absent, own } from "./target.ts";

/** Builds a release's module again. @returns the build, and its parts */
async function rebuilt(
  c: AppContext,
  { algorithm, manifest, module }: Release,
): Promise<Result<{ release: Release; module: Uint8Array; code: Uint8Array }, Failure>> {
  const [owner = ""] = algorithm.split("/");
  const bytes = await getBlob(c.env, module.sha256);
  if (bytes === null) return err(failure("busy", "The module could not be read just now: try again."));
  const built = await buildUpload(c, owner, { manifest, module: bytes, readme: "", notes: "" });
  return built.ok ? ok({ release: built.value.release, module: bytes, code: built.value.code }) : built;
}

async function compile(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const body = await wireBody(c, compileBody);
  if (!body.ok) return refuse(c, body.error);
  const { id, view } = found.value;
  const overlay = await overlayOf(c.env, id);
  const standing = await newestOf(c.env, id, view, true);
  if (standing === null) return refuse(c, absent());
  const started = Date.now();
  const made = await rebuilt(c, standing.release);
  if (!made.ok && made.error.code === "busy") return refuse(c, made.error);
  if (!made.ok) {
    const failed = {
      compilation: { successful: false, output: `Beginning container customization\n${made.error.message}\n` },
    };
    const build = { status: "failed", started_at: new Date(started).toISOString(), resource_type: "algorithm_build" };
    return c.json({ ...algorithmObject(view.id, standing, overlay), ...failed, build });
  }
  const { release: fresh, module, code } = made.value;
  if (fresh.build === standing.release.build) return c.json(algorithmObject(view.id, standing, overlay));
  // Metering has changed since: the same module is another build.
  const release = { ...fresh, version: unpublishedVersion(fresh.build) };
  await keepBuild(c.env, release, module, code);
  const text = JSON.stringify(release);
  await workshopOf(c.env, id).addBuild({ build: release.build, release: text, started, finished: Date.now() });
  const built = await newestBuild(c.env, id);
  return built === null ? refuse(c, absent()) : c.json(algorithmObject(view.id, shownBuild(built), overlay));
}

export function wireCompileRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/algorithms/:owner/:name/compile", compile);
}
