// Collections over HTTP: list, make, open, delete (algorithmia-api §4).
import { DEFAULT_ACL, type ReadAcl, readAcl } from "../../data/acl.ts";
import { PAGE_ENTRIES, markerAfter, readMarker, wireTime } from "../../data/listing.ts";
import { type Place, dataUri, isCollectionName } from "../../data/path.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Grant } from "../../objects/account/object.ts";
import { collectionOf } from "../../objects/collection/object.ts";
import type { FileFacts } from "../../objects/collection/protocol.ts";
import { shelfOf } from "../../objects/shelf/object.ts";
import { readBody } from "../body.ts";
import type { AppContext } from "../context.ts";
import { refuse } from "../errors.ts";
import { flag } from "../wire/body.ts";
import { collectionAt, pathNotFound, readerOf, spelled } from "./target.ts";

const badMarker = (): Failure =>
  failure("invalid-marker", "This marker is not one of this listing: begin without one.");

function directory(c: AppContext, body: object): Response {
  c.header("X-Data-Type", "directory");
  return c.json(body);
}

/** What the caller may begin at: itself and its organisations. */
export const listRoot = (c: AppContext, caller: Grant): Response =>
  directory(c, { folders: [caller.account, ...caller.organisations].map((name) => ({ name })), files: [] });

/** Has the shelf note how a collection stands: its row may be older than it. */
const settle = (env: Env, owner: string, name: string): Promise<boolean> => shelfOf(env, owner).settle(owner, name);

export async function listOwner(c: AppContext, caller: Grant, owner: string): Promise<Response> {
  const mine = readerOf(caller, owner) === "owner";
  const listing = owner.toLowerCase();
  const after = readMarker(listing, c.req.query("marker"));
  if (!after.ok) return refuse(c, badMarker());
  const page = await shelfOf(c.env, owner).page(after.value, !mine, PAGE_ENTRIES + 1);
  // A stranger who may see nothing of an owner does not learn whether there is one.
  if (!mine && page.length === 0 && after.value === "") return refuse(c, pathNotFound());
  const shown = page.slice(0, PAGE_ENTRIES);
  const existing = await Promise.all(
    shown.map(async ({ name, settled }) => settled || (await settle(c.env, owner, name))),
  );
  const folders = shown.filter((_, index) => existing[index]).map(({ name }) => ({ name }));
  const last = page.length > PAGE_ENTRIES ? shown.at(-1) : undefined;
  const marker = last === undefined ? {} : { marker: markerAfter(listing, last.name) };
  return directory(c, { folders, files: [], ...marker });
}

const fileEntry = ({ name, modified, size }: FileFacts): object => ({
  filename: name,
  last_modified: wireTime(modified),
  size,
});

export async function listCollection(c: AppContext, caller: Grant, place: Place): Promise<Response> {
  const reader = readerOf(caller, place.owner);
  const collection = collectionAt(c.env, place);
  const facts = await collection.facts(reader);
  if (facts === null) return refuse(c, pathNotFound());
  const listing = `${place.owner.toLowerCase()}/${place.collection}`;
  const after = readMarker(listing, c.req.query("marker"));
  if (!after.ok) return refuse(c, badMarker());
  const files = await collection.list(reader, after.value, PAGE_ENTRIES + 1);
  if (!files.ok) return refuse(c, pathNotFound());
  const shown = files.value.slice(0, PAGE_ENTRIES);
  const last = files.value.length > PAGE_ENTRIES ? shown.at(-1) : undefined;
  const marker = last === undefined ? {} : { marker: markerAfter(listing, last.name) };
  const wantsAcl = flag(c.req.query("acl")) === true && facts.acl !== null;
  const acl = wantsAcl ? { acl: { read: facts.acl } } : {};
  return directory(c, { folders: [], files: shown.map(fileEntry), ...marker, ...acl });
}

interface Wish {
  readonly name: string;
  readonly acl: ReadAcl;
}

const NAME_RULE = "A collection's name begins with a letter and has at most 30 letters, digits, - and _.";

/** `{"name", "acl"?}`, or the bare name as the TypeScript client sends it. */
async function wishOf(c: AppContext): Promise<Result<Wish, Failure>> {
  const text = await bodyText(c);
  if (!text.ok) return text;
  const value: unknown = jsonOf(text.value);
  const wish = typeof value === "object" && value !== null ? (value as { name?: unknown; acl?: unknown }) : undefined;
  const name = wish?.name ?? (typeof value === "string" ? value : text.value.trim());
  if (typeof name !== "string" || !isCollectionName(name)) return err(failure("invalid-path", NAME_RULE));
  const acl = wish?.acl === undefined || wish.acl === null ? ok(DEFAULT_ACL) : readAcl(wish.acl);
  return acl.ok ? ok({ name, acl: acl.value }) : err(failure("invalid-acl", acl.error));
}

async function bodyText(c: AppContext): Promise<Result<string, Failure>> {
  const body = await readBody(c.req.raw, LIMITS.bodyBytes);
  if (!body.ok) return body;
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body.value));
  } catch {
    return err(failure("not-utf8", "The body must be UTF-8."));
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notYours = (owner: string): Failure =>
  failure("forbidden", `Only ${owner} may make, open or delete collections there.`);

export async function makeCollection(c: AppContext, caller: Grant, owner: string): Promise<Response> {
  if (readerOf(caller, owner) !== "owner") return refuse(c, notYours(owner));
  const wish = await wishOf(c);
  if (!wish.ok) return refuse(c, wish.error);
  const { name, acl } = wish.value;
  const shelf = shelfOf(c.env, owner);
  if (!(await shelf.announce(name)).ok)
    return refuse(c, failure("too-many-collections", `An owner has at most ${LIMITS.collections} collections.`));
  const canonical = spelled(caller, owner);
  const made = await collectionOf(c.env, owner, name).create(canonical, name, "hosted", acl);
  await settle(c.env, owner, name);
  const uri = dataUri({ owner: canonical, collection: name, kind: "hosted" });
  return made.ok ? c.json({ result: uri }) : refuse(c, failure("collection-exists", `${uri} exists already.`));
}

/** A collection that the caller owns; a stranger learns of it only when he may read it. */
async function owned(c: AppContext, caller: Grant, place: Place): Promise<Failure | null> {
  const reader = readerOf(caller, place.owner);
  const facts = await collectionAt(c.env, place).facts(reader);
  if (facts === null) return pathNotFound();
  return reader === "owner" ? null : notYours(place.owner);
}

export async function setAcl(c: AppContext, caller: Grant, place: Place): Promise<Response> {
  const refused = await owned(c, caller, place);
  if (refused !== null) return refuse(c, refused);
  const text = await bodyText(c);
  if (!text.ok) return refuse(c, text.error);
  const value = jsonOf(text.value) as { acl?: unknown } | null | undefined;
  const acl = readAcl(value?.acl);
  if (!acl.ok) return refuse(c, failure("invalid-acl", acl.error));
  // Closing is announced first and opening last, so that a listing never shows what may not be read.
  await shelfOf(c.env, place.owner).announce(place.collection);
  const set = await collectionAt(c.env, place).setAcl(acl.value);
  await settle(c.env, place.owner, place.collection);
  return set.ok ? c.body(null, 200) : refuse(c, pathNotFound());
}

export async function deleteCollection(c: AppContext, caller: Grant, place: Place): Promise<Response> {
  const refused = await owned(c, caller, place);
  if (refused !== null) return refuse(c, refused);
  const force = flag(c.req.query("force")) === true;
  const hosted = place.kind === "hosted";
  if (hosted) await shelfOf(c.env, place.owner).announce(place.collection);
  const removed = await collectionAt(c.env, place).remove(force);
  await settle(c.env, place.owner, place.collection);
  if (removed.ok) return c.json({ result: { deleted: Math.max(1, removed.value) } });
  if (removed.error === "absent") return refuse(c, pathNotFound());
  return refuse(
    c,
    failure("collection-not-empty", "The collection is not empty: add ?force=true to delete its files too."),
  );
}
