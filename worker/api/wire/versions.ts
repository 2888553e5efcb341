// Versions, builds and their logs on the wire (contract §5). Unpublished builds come first, for members only.
import type { Hono } from "hono";
import { type Failure, failure } from "../../market/failure.ts";
import { VERSION } from "../../market/manifest.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { AlgorithmView } from "../../objects/algorithm/object.ts";
import { algorithmOf } from "../../objects/algorithm/store.ts";
import type { Built } from "../../objects/workshop/object.ts";
import { workshopOf } from "../../objects/workshop/store.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { pageLink, pageSize } from "../page.ts";
import { flag } from "./body.ts";
import {
  type Shown,
  algorithmObject,
  buildId,
  buildLog,
  buildObject,
  gitHash,
  shownBuild,
  shownVersion,
} from "./objects.ts";
import { type Seen, own, seen } from "./target.ts";

/** Which of builds and versions a list holds. */
interface Wanted {
  readonly unpublished: boolean;
  readonly published: boolean;
  /** True: public ones, false: private ones, undefined: both. */
  readonly callable: boolean | undefined;
}

interface ShownPage {
  readonly shown: readonly Shown[];
  readonly marker: string | null;
}

const BUILD_MARKER = /^build\.([1-9]\d{0,14})$/;
const badMarker = (): Failure => failure("invalid-marker", "The marker is none that a list answered.");

/** A page: unpublished builds, then versions, newest first. */
async function pageOf(c: AppContext, { id, member }: Seen, wanted: Wanted): Promise<Result<ShownPage, Failure>> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return err(failure("invalid-parameter", "limit must be 1 to 100."));
  const marker = c.req.query("marker") ?? "";
  const [, seq] = BUILD_MARKER.exec(marker) ?? [];
  if (marker !== "" && seq === undefined && !VERSION.test(marker)) return err(badMarker());
  const inBuilds = (marker === "" || seq !== undefined) && wanted.unpublished && member;
  const before = seq === undefined ? null : Number(seq);
  const builds = inBuilds ? ((await workshopOf(c.env, id).builds(before, limit + 1)) as readonly Built[]) : [];
  const last = builds[limit - 1];
  const some = builds.slice(0, limit).map(shownBuild);
  if (builds.length > limit && last !== undefined) return ok({ shown: some, marker: `build.${last.seq}` });
  const after = VERSION.test(marker) ? marker : null;
  const rest = await versionsAfter(c, id, member, wanted, after, limit - some.length);
  return ok({ shown: [...some, ...rest.shown], marker: rest.marker });
}

/** Versions older than one. Where builds have filled the page, and versions follow, the marker stands before them all. */
async function versionsAfter(
  c: AppContext,
  id: string,
  member: boolean,
  { published, callable }: Wanted,
  after: string | null,
  limit: number,
): Promise<ShownPage> {
  if (!published) return { shown: [], marker: null };
  const asked = Math.max(1, limit);
  const view = (await algorithmOf(c.env, id).view(member && callable !== true, after, asked)) as AlgorithmView | null;
  const shown = (view?.versions ?? []).map(shownVersion);
  if (limit === 0) return { shown: [], marker: shown.length > 0 ? ABOVE_ALL : null };
  const last = shown.at(-1)?.release.version ?? null;
  const kept = shown.filter(({ release }) => callable !== false || release.manifest.visibility === "private");
  return { shown: kept, marker: view?.more === true ? last : null };
}

/** A marker before the newest version there can be. */
const ABOVE_ALL = "999999.999999.999999";

function wantedOf(c: AppContext): Wanted {
  const published = flag(c.req.query("published"));
  const callable = flag(c.req.query("callable"));
  return { unpublished: published !== true && callable === undefined, published: published !== false, callable };
}

async function listVersions(c: AppContext): Promise<Response> {
  const found = await seen(c);
  if (!found.ok) return refuse(c, found.error);
  const page = await pageOf(c, found.value, wantedOf(c));
  if (!page.ok) return refuse(c, page.error);
  const { shown, marker } = page.value;
  const results = shown.map((each) => algorithmObject(found.value.view.id, each));
  return c.json({ marker, next_link: pageLink(c, marker), results });
}

async function listBuilds(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const page = await pageOf(c, found.value, { unpublished: true, published: true, callable: undefined });
  if (!page.ok) return refuse(c, page.error);
  const { shown, marker } = page.value;
  return c.json({ marker, next_link: pageLink(c, marker), results: shown.map(buildObject) });
}

/** One version or build, named by its number, its build hash, or any selector. */
async function getVersion(c: AppContext): Promise<Response> {
  const found = await seen(c);
  if (!found.ok) return refuse(c, found.error);
  const { id, member, view } = found.value;
  const selector = c.req.param("version") ?? "";
  const version = await algorithmOf(c.env, id).find(selector, member);
  const [standing] = version.ok ? version.value.versions : [];
  if (standing !== undefined) return c.json(algorithmObject(view.id, shownVersion(standing)));
  const built = member && /^[0-9a-f]{40,64}$/i.test(selector) ? await workshopOf(c.env, id).build(selector) : null;
  if (built !== null) return c.json(algorithmObject(view.id, shownBuild(built)));
  return refuse(c, failure("unknown-version", "The algorithm has no such version that this key may see."));
}

/** The build that an id or hash names, looked for from the newest. */
async function buildOf(c: AppContext, { id }: Seen): Promise<Shown | null> {
  const wanted = (c.req.param("build") ?? "").toLowerCase();
  const is = ({ release }: Shown): boolean =>
    buildId(release) === wanted || release.build === wanted || gitHash(release.build) === wanted;
  const builds = (await workshopOf(c.env, id).builds(null, 100)) as readonly Built[];
  const unpublished = builds.map(shownBuild).find(is);
  if (unpublished !== undefined) return unpublished;
  for (let after: string | null = null; ;) {
    const view = (await algorithmOf(c.env, id).view(true, after, 100)) as AlgorithmView | null;
    const shown = (view?.versions ?? []).map(shownVersion);
    const found = shown.find(is);
    if (found !== undefined) return found;
    after = shown.at(-1)?.release.version ?? null;
    if (view?.more !== true || after === null) return null;
  }
}

const noBuild = (): Failure => failure("unknown-build", "There is no such build of the algorithm.");

async function getBuild(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const build = await buildOf(c, found.value);
  return build === null ? refuse(c, noBuild()) : c.json(buildObject(build));
}

async function getLogs(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const build = await buildOf(c, found.value);
  if (build === null) return refuse(c, failure("unknown-logs", "There are no logs of such a build."));
  return c.json({ logs: buildLog(build) });
}

/** What Git would say of each build: versions with their notes, between two of them where that is asked for. */
async function getLog(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const page = await pageOf(c, found.value, { unpublished: true, published: true, callable: undefined });
  if (!page.ok) return refuse(c, page.error);
  const [author = ""] = found.value.spelled.split("/");
  const commits = page.value.shown.map(({ release, version }) => {
    const message = version?.notes || (version === null ? "An unpublished build" : `Version ${release.version}`);
    const id = gitHash(release.build);
    return { id, short_message: message.split("\n")[0], message, author: { name: author } };
  });
  const at = (name: string): number =>
    commits.findIndex(({ id }) => id === c.req.query(name)?.toLowerCase().slice(0, 40));
  const since = c.req.query("since") === undefined ? -1 : at("since");
  const until = c.req.query("until") === undefined ? 0 : at("until");
  if ((c.req.query("since") !== undefined && since < 0) || until < 0) return refuse(c, noBuild());
  return c.json({ commits: commits.slice(until, since < 0 ? undefined : since) });
}

export function wireVersionRoutes(app: Hono<AppEnv>): void {
  const base = "/v1/algorithms/:owner/:name";
  app.get(`${base}/versions`, listVersions);
  app.get(`${base}/versions/:version`, getVersion);
  app.get(`${base}/builds`, listBuilds);
  app.get(`${base}/builds/:build`, getBuild);
  app.get(`${base}/builds/:build/logs`, getLogs);
  app.get(`${base}/log`, getLog);
}
