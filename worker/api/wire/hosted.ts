// Hosted collections as management sees them (contract §4): the caller's and its organisations', with an id for each; and the
// one that an algorithm reads as `.algo/default`.
import type { Hono } from "hono";
import { type ReadAcl, isPublic, mayRead } from "../../data/acl.ts";
import { markerAfter, readMarker } from "../../data/listing.ts";
import { dataUri } from "../../data/path.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { failure } from "../../market/failure.ts";
import { collectionOf } from "../../objects/collection/object.ts";
import type { CollectionFacts } from "../../objects/collection/protocol.ts";
import { shelfOf } from "../../objects/shelf/object.ts";
import { workshopOf } from "../../objects/workshop/store.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { pageLink } from "../page.ts";
import { uuidOf } from "./objects.ts";
import { own } from "./target.ts";

/** Collections of a page: each is asked for its ACL, and the platform counts what one request asks. */
const PAGE = 100;
const LISTING = "hostedData";

interface Hosted {
  readonly owner: string;
  readonly name: string;
}

const collectionId = ({ owner, name }: Hosted): string => uuidOf("collection", owner.toLowerCase(), name);

const hostedObject = ({ owner, name }: Hosted, acl: ReadAcl): object => ({
  id: collectionId({ owner, name }),
  object_id: collectionId({ owner, name }),
  collection_name: name,
  username: owner,
  acl: {
    read_w: isPublic(acl),
    read_g: true,
    read_u: true,
    read_a: mayRead(acl, "algorithm-of-owner"),
  },
  location: dataUri({ owner, collection: name, kind: "hosted" }),
});

/** Whose collections a caller manages, in the order of their listing. */
const ownersOf = (c: AppContext): readonly string[] => {
  const { account, organisations } = c.get("grant");
  return [account, ...organisations].sort();
};

/** Collections of some owners from a place on, in order of owner and name. @param after `owner/name`, or "" */
async function collectionsOf(env: Env, owners: readonly string[], after: string, limit: number): Promise<Hosted[]> {
  const [from = "", behind = ""] = after.split("/");
  const found: Hosted[] = [];
  for (const owner of owners.filter((each) => each >= from)) {
    const rows = await shelfOf(env, owner).page(owner === from ? behind : "", false, limit - found.length);
    found.push(...rows.map(({ name }) => ({ owner, name })));
    if (found.length === limit) break;
  }
  return found;
}

async function list(c: AppContext): Promise<Response> {
  const after = readMarker(LISTING, c.req.query("marker"));
  if (!after.ok) return refuse(c, failure("invalid-marker", "The marker is none that this list answered."));
  const page = await collectionsOf(c.env, ownersOf(c), after.value, PAGE + 1);
  const shown = page.slice(0, PAGE);
  const facts = await Promise.all(shown.map(({ owner, name }) => collectionOf(c.env, owner, name).facts("owner")));
  const result = shown.flatMap((each, index) => {
    const found = facts[index] as CollectionFacts | null | undefined;
    return found === null || found === undefined || found.acl === null ? [] : [hostedObject(each, found.acl)];
  });
  const last = page.length > PAGE ? shown.at(-1) : undefined;
  const marker = last === undefined ? null : markerAfter(LISTING, `${last.owner}/${last.name}`);
  return c.json({ marker, next_link: pageLink(c, marker), result });
}

/** The collection of an owner that an id means. */
async function byId(env: Env, owner: string, id: string): Promise<Hosted | undefined> {
  const all = await collectionsOf(env, [owner], "", LIMITS.collections);
  return all.find((each) => collectionId(each) === id.toLowerCase());
}

/** A collection of the algorithm's owner becomes its default: another's could not be read by it. */
async function assign(c: AppContext): Promise<Response> {
  const found = await own(c);
  if (!found.ok) return refuse(c, found.error);
  const [owner = ""] = found.value.spelled.split("/");
  const collection = await byId(c.env, owner, c.req.param("collection") ?? "");
  if (collection === undefined)
    return refuse(c, failure("path-not-found", `${owner} has no collection of this id: see GET /v1/hostedData.`));
  await workshopOf(c.env, found.value.id).assign(collection);
  const facts = (await collectionOf(c.env, owner, collection.name).facts("owner")) as CollectionFacts | null;
  return c.json(hostedObject(collection, facts?.acl ?? []));
}

export function wireHostedRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/hostedData", list);
  app.post("/v1/algorithms/:owner/:name/collections/:collection", assign);
}
