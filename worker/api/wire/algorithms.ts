// Algorithms on the wire (contract §5): create, get, update, delete; and the way from a UUID to an owner and a name.
import type { Hono } from "hono";
import { type Failure, failure } from "../../market/failure.ts";
import { ALGORITHM_NAME } from "../../market/manifest.ts";
import { algorithmId } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { algorithmOf, forgetResolutions } from "../../objects/algorithm/store.ts";
import { cardById } from "../../objects/card/object.ts";
import { unpublishedVersion, workshopOf } from "../../objects/workshop/store.ts";
import { isMember } from "../caller.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { announced, buildUpload, keepBuild, nameFor } from "../publish.ts";
import { wireBody } from "./body.ts";
import { changeDraft, newestBuild, newestOf, overlayOf } from "./draft.ts";
import { type Shown, algorithmObject, createdObject, shownBuild } from "./objects.ts";
import { createBody, updateBody } from "./shapes.ts";
import { absent, nameOfId, notAuthorized, own, seen } from "./target.ts";
import { templateUpload } from "./template.ts";

const taken = (name: string): Failure =>
  failure("name-taken", `The algorithm ${name} exists already: choose another name.`, { wire: 1002 });

/** Builds the template as the algorithm's first build. Doing it again changes nothing. */
export async function firstBuild(c: AppContext, owner: string, name: string): Promise<Result<Shown, Failure>> {
  const id = algorithmId(owner, name);
  const upload = templateUpload(name);
  const started = Date.now();
  const built = await buildUpload(c, owner, upload);
  if (!built.ok) return built;
  const { release: made, code } = built.value;
  const release = { ...made, version: unpublishedVersion(made.build) };
  await keepBuild(c.env, release, upload.module, code);
  const text = JSON.stringify(release);
  await workshopOf(c.env, id).addBuild({ build: release.build, release: text, started, finished: Date.now() });
  const kept = await newestBuild(c.env, id);
  return kept === null ? err(failure("busy", "The algorithm is being deleted: try again.")) : ok(shownBuild(kept));
}

/** Whether there is anything of the algorithm beside a creation that was cut off. */
async function exists(c: AppContext, id: string): Promise<boolean> {
  const view = await algorithmOf(c.env, id).view(true, null, 1);
  return view !== null && (view.versions.length > 0 || (await newestBuild(c.env, id)) !== null);
}

async function create(c: AppContext): Promise<Response> {
  const caller = c.get("grant");
  const { owner = "" } = c.req.param() as Record<string, string>;
  const body = await wireBody(c, createBody);
  if (!body.ok) return refuse(c, body.error);
  if (!isMember(caller, owner)) return refuse(c, notAuthorized());
  const spelled =
    [caller.account, ...caller.organisations].find((each) => each.toLowerCase() === owner.toLowerCase()) ?? owner;
  const { name, details, settings } = body.value;
  if (!ALGORITHM_NAME.test(name)) {
    const message = "name must be a letter, then letters, digits, _ or -, at most 30.";
    return refuse(c, failure("invalid-body", message, { errors: [{ path: "$.name", message }] }));
  }
  const id = algorithmId(spelled, name);
  if (await exists(c, id)) return refuse(c, taken(`${spelled}/${name}`));
  const given = await nameFor(c.env, { algorithm: `${spelled}/${name}` });
  if (!given.ok) return refuse(c, given.error);
  const uuid = await algorithmOf(c.env, id).draft(`${spelled}/${name}`);
  if (uuid === null) return refuse(c, taken(`${spelled}/${name}`));
  await cardById(c.env, uuid).put("algorithm", `${spelled}/${name}`, "{}");
  const overlay = await changeDraft(c.env, id, { details, settings });
  const built = await firstBuild(c, spelled, name);
  if (!built.ok) return refuse(c, built.error);
  return c.json(createdObject(uuid, built.value, overlay), 201);
}

async function get(c: AppContext): Promise<Response> {
  const found = await seen(c);
  if (!found.ok) return refuse(c, found.error);
  const { id, view, member } = found.value;
  const shown = await newestOf(c.env, id, view, member);
  if (shown === null) return refuse(c, absent());
  return c.json(algorithmObject(view.id, shown, member ? await overlayOf(c.env, id) : undefined));
}

async function update(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const body = await wireBody(c, updateBody);
  if (!body.ok) return refuse(c, body.error);
  await changeDraft(c.env, found.value.id, body.value);
  return get(c);
}

async function remove(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const { id } = found.value;
  const removed = await algorithmOf(c.env, id).remove();
  if (!removed.ok) {
    const message = "A version of this algorithm was published for everybody: such an algorithm is not deleted.";
    return refuse(c, removed.error === "public" ? failure("forbidden", message) : absent());
  }
  await workshopOf(c.env, id).clear();
  forgetResolutions(id);
  await announced(c.env, id);
  return c.body(null, 204);
}

/** Answers for `/v1/algorithms/{uuid}...` what `/v1/algorithms/{owner}/{name}...` answers. */
const forward =
  (app: Hono<AppEnv>) =>
  async (c: AppContext): Promise<Response> => {
    const url = new URL(c.req.url);
    const [uuid = "", ...rest] = c.req.path.slice("/v1/algorithms/".length).split("/");
    const name = await nameOfId(c.env, uuid);
    if (name === null) return refuse(c, absent());
    url.pathname = ["/v1/algorithms", name, ...rest].join("/");
    return app.fetch(new Request(url, c.req.raw), c.env, c.executionCtx);
  };

export const UUID_ROUTE = "/v1/algorithms/:uuid{[0-9a-fA-F]+-[0-9a-fA-F-]+}";

export function wireAlgorithmRoutes(app: Hono<AppEnv>): void {
  app.all(UUID_ROUTE, forward(app));
  app.all(`${UUID_ROUTE}/*`, forward(app));
  app.post("/v1/algorithms/:owner", create);
  app.get("/v1/algorithms/:owner/:name", get);
  app.put("/v1/algorithms/:owner/:name", update);
  app.delete("/v1/algorithms/:owner/:name", remove);
}
