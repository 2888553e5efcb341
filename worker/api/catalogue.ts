// The catalogue over HTTP: list and search what is public (or, of one's own, all), and what an owner or operator may change
// of a version that stands.
import type { Hono } from "hono";
import * as z from "zod";
import type { ListingFilter } from "../../kv-schema/tables/catalogue.ts";
import { LIMITS } from "../limits.ts";
import { type CatalogueEntry, matchOf } from "../market/catalogue.ts";
import { type Failure, failure } from "../market/failure.ts";
import { OWNER_NAME } from "../market/manifest.ts";
import { algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import { algorithmOf, forgetResolutions } from "../objects/algorithm/store.ts";
import { catalogueOf, publicCatalogue } from "../objects/catalogue/announce.ts";
import { watchOf } from "../objects/watch/object.ts";
import { authenticate, isMember } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { pageLink, pageSize } from "./page.ts";
import { announced } from "./publish.ts";
import { bodyOf } from "./openapi/bodies.ts";

const WHOLE = /^\d{1,16}$/;

function filterOf(c: AppContext): Result<ListingFilter, Failure> {
  const query = c.req.query();
  const price = query["max_price"];
  if (price !== undefined && !WHOLE.test(price)) {
    return err(
      failure("invalid-parameter", "max_price must be a whole number of microcredits: the fee and royalty of a call."),
    );
  }
  const owner = query["owner"];
  if (owner !== undefined && !OWNER_NAME.test(owner))
    return err(failure("invalid-parameter", "owner must be an account's name."));
  const words = (query["q"] ?? "").trim();
  const match = words === "" ? null : matchOf(words);
  if (words !== "" && match === null) return err(failure("invalid-parameter", "q must hold letters or digits."));
  return ok({
    match,
    owner: owner?.toLowerCase() ?? null,
    tag: query["tag"]?.toLowerCase() ?? null,
    maxPrice: price === undefined ? null : Number(price),
    language: query["language"]?.toLowerCase() ?? null,
  });
}

const listed = ({ published, ...entry }: CatalogueEntry): object => ({
  ...entry,
  published_at: new Date(published).toISOString(),
  self_link: `/v1/algorithms/${entry.name}/versions/${entry.version}`,
});

/** Who belongs to the owner that is asked for sees what is private of them, too. */
async function list(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const filter = filterOf(c);
  if (!filter.ok) return refuse(c, filter.error);
  const { owner } = filter.value;
  const own = owner !== null && isMember(caller.value, owner);
  const catalogue = own ? catalogueOf(c.env, owner) : publicCatalogue(c.env);
  const page = await catalogue.list(filter.value, c.req.query("marker") ?? null, limit);
  if (!page.ok) return refuse(c, failure("invalid-parameter", "The marker is none that a list answered."));
  const { marker, entries } = page.value;
  const next = pageLink(c, marker);
  return c.json({ marker, next_link: next, results: (entries as CatalogueEntry[]).map(listed) });
}

/** Public algorithms of others whose names look like this one, so that nobody takes one for the other. */
async function similar(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "" } = c.req.param() as Record<string, string>;
  return c.json({ results: await publicCatalogue(c.env).alike(algorithmId(owner, name)) });
}

const reason = z.string().min(1).max(LIMITS.reasonCharacters);
const standingBody = bodyOf(
  "PATCH /v1/algorithms/:owner/:name/versions/:version",
  z.strictObject({ yanked: z.boolean().optional(), deprecated: reason.nullable().optional() }),
);
const suspensionBody = bodyOf(
  "POST /v1/admin/algorithms/:owner/:name/versions/:version/suspension",
  z.strictObject({ reason: reason.nullable() }),
);

const absent = (): Failure => failure("unknown-version", "There is no such version.");

/** After a version's standing has changed: this isolate forgets what it believed, the catalogue is told. */
async function told(c: AppContext, id: string): Promise<void> {
  forgetResolutions(id);
  await announced(c.env, id);
}

async function changeStanding(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { owner = "", name = "", version = "" } = c.req.param() as Record<string, string>;
  if (!isMember(caller.value, owner)) {
    return refuse(c, failure("forbidden", `Only ${owner.slice(0, 30)} may change this version's standing.`));
  }
  const body = await jsonBody(c.req.raw, standingBody);
  if (!body.ok) return refuse(c, body.error);
  const id = algorithmId(owner, name);
  const found = await algorithmOf(c.env, id).stand(version, body.value);
  if (!found.ok) return refuse(c, absent());
  await told(c, id);
  const { yanked, deprecated, suspended } = found.value;
  return c.json({ algorithm: `${owner}/${name}`, version, yanked, deprecated, suspended });
}

/** The caller, if it is an operator. */
async function operatorOf(c: AppContext): Promise<Result<Grant, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return caller;
  return caller.value.operator ? ok(caller.value) : err(failure("forbidden", "Only operators may do this."));
}

async function suspend(c: AppContext): Promise<Response> {
  const operator = await operatorOf(c);
  if (!operator.ok) return refuse(c, operator.error);
  const body = await jsonBody(c.req.raw, suspensionBody);
  if (!body.ok) return refuse(c, body.error);
  const { owner = "", name = "", version = "" } = c.req.param() as Record<string, string>;
  const id = algorithmId(owner, name);
  // A version that runs again begins with no faults: else its next failure would suspend it.
  if (body.value.reason === null) await accountOf(c.env, owner).forgiveFaults(`${id}@${version}`);
  const found = await algorithmOf(c.env, id).suspend(version, body.value.reason);
  if (!found.ok) return refuse(c, absent());
  await told(c, id);
  return c.json({ algorithm: `${owner}/${name}`, version, suspended: found.value.suspended });
}

/** What profiles flagged, newest first. */
async function flags(c: AppContext): Promise<Response> {
  const operator = await operatorOf(c);
  if (!operator.ok) return refuse(c, operator.error);
  const limit = pageSize(c.req.query("limit"));
  const marker = c.req.query("marker") ?? String(Number.MAX_SAFE_INTEGER);
  if (limit === undefined || !WHOLE.test(marker))
    return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const rows = await watchOf(c.env).flags(Number(marker), limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const next = last === undefined ? null : String(last.seq);
  const results = rows.slice(0, limit).map(({ seq: _, ...flag }) => flag);
  return c.json({ marker: next, next_link: pageLink(c, next), results });
}

export function catalogueRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/algorithms", list);
  app.get("/v1/algorithms/:owner/:name/similar", similar);
  app.patch("/v1/algorithms/:owner/:name/versions/:version", changeStanding);
  app.post("/v1/admin/algorithms/:owner/:name/versions/:version/suspension", suspend);
  app.get("/v1/admin/flags", flags);
}
