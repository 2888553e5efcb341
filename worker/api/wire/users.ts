// Users on the wire (contract §6). An account has no password here: its keys open it. Operators make and end accounts.
import type { Hono } from "hono";
import * as z from "zod";
import type { CatalogueEntry } from "../../market/catalogue.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { newKey } from "../../market/access/secret.ts";
import type { Scopes } from "../../market/access/scopes.ts";
import { sha256OfText } from "../../market/hash.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { KeyChangeRefusal, KeyView, Overview } from "../../objects/account/keys.ts";
import { accountOf } from "../../objects/account/object.ts";
import type { AlgorithmView } from "../../objects/algorithm/object.ts";
import { algorithmOf } from "../../objects/algorithm/store.ts";
import { cardByExternalId, cardById } from "../../objects/card/object.ts";
import { catalogueOf, publicCatalogue } from "../../objects/catalogue/announce.ts";
import { directoryOf } from "../../objects/directory/object.ts";
import type { ListedName } from "../../objects/directory/protocol.ts";
import { nameRefusal } from "../accounts.ts";
import { forgetGrants, isMember } from "../caller.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { announceKey } from "../keys.ts";
import { pageLink, pageSize } from "../page.ts";
import { name as nameShape, plain } from "../shapes.ts";
import { wireBody } from "./body.ts";
import { factsOf, keepFacts, userFacts, userObject } from "./cards.ts";
import { algorithmObject, shownVersion } from "./objects.ts";
import { UUID, notAuthorized } from "./target.ts";
import { DELETED } from "./within.ts";
import { bodyOf } from "../openapi/bodies.ts";

const createBody = bodyOf("POST /v1/users", userFacts.extend({ username: nameShape }));
const unknown = (): Failure => failure("unknown-account", "There is no such user.");
const badLimit = (): Failure => failure("invalid-parameter", "limit must be 1 to 100.");

/** The user that the address names, by name or UUID; one that was deleted is not there. */
async function userOf(c: AppContext): Promise<Result<ListedName, Failure>> {
  const asked = c.req.param("account") ?? "";
  const card = UUID.test(asked) ? await cardById(c.env, asked).read() : null;
  const listed = (await directoryOf(c.env).find(card?.name ?? asked)) as ListedName | null;
  if (listed?.kind !== "user") return err(unknown());
  const overview = (await accountOf(c.env, listed.name).overview()) as Overview | null;
  return overview === null || overview.suspended?.reason === DELETED ? err(unknown()) : ok(listed);
}

async function create(c: AppContext): Promise<Response> {
  const body = await wireBody(c, createBody);
  if (!body.ok) return refuse(c, body.error);
  const { username, email, ...facts } = body.value;
  if ((await directoryOf(c.env).find(username)) !== null)
    return refuse(c, failure("name-taken", `The name ${username} is taken: choose another.`, { wire: 3003 }));
  const mail = email?.toLowerCase();
  if (mail !== undefined && (await cardByExternalId(c.env, `email:${mail}`).read()) !== null)
    return refuse(c, failure("name-taken", "This e-mail address belongs to another user.", { wire: 3004 }));
  const claimed = await directoryOf(c.env).claim(username, "user", username);
  if (!claimed.ok) return refuse(c, nameRefusal(claimed.error, username));
  await accountOf(c.env, username).create(username, "user", false);
  if (mail !== undefined) await cardByExternalId(c.env, `email:${mail}`).put("user", username, "{}");
  const kept = await keepFacts(c.env, "user", username, { ...facts, ...(email === undefined ? {} : { email }) });
  return c.json(userObject({ name: username, created: Date.now() }, kept));
}

async function list(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, badLimit());
  const rows = (await directoryOf(c.env).list(c.req.query("marker") ?? "", limit + 1)) as readonly ListedName[];
  const marker = rows.length > limit ? (rows[limit - 1]?.name.toLowerCase() ?? null) : null;
  const users = rows.slice(0, limit).filter(({ kind }) => kind === "user");
  const results = await Promise.all(users.map(async (user) => userObject(user, await factsOf(c.env, user.name))));
  return c.json({ marker, next_link: pageLink(c, marker), results });
}

async function get(c: AppContext): Promise<Response> {
  const user = await userOf(c);
  if (!user.ok) return refuse(c, user.error);
  return c.json(userObject(user.value, await keepFacts(c.env, "user", user.value.name, {})));
}

async function update(c: AppContext): Promise<Response> {
  const user = await userOf(c);
  if (!user.ok) return refuse(c, user.error);
  const body = await wireBody(c, userFacts);
  if (!body.ok) return refuse(c, body.error);
  return c.json(userObject(user.value, await keepFacts(c.env, "user", user.value.name, body.value)));
}

async function remove(c: AppContext): Promise<Response> {
  const user = await userOf(c);
  if (!user.ok) return refuse(c, user.error);
  if (user.value.name.toLowerCase() === c.get("grant").account.toLowerCase())
    return refuse(c, failure("forbidden", "Operators cannot do this to themselves: another operator may."));
  await accountOf(c.env, user.value.name).suspend(DELETED);
  forgetGrants();
  return c.body(null, 204);
}

/** Algorithms of an owner: all of one's own, the public ones of others. */
async function algorithms(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, badLimit());
  const owner = (c.req.param("account") ?? "").toLowerCase();
  const member = isMember(c.get("grant"), owner);
  const catalogue = member ? catalogueOf(c.env, owner) : publicCatalogue(c.env);
  const filter = { match: null, owner, tag: null, maxPrice: null, language: null };
  const page = await catalogue.list(filter, c.req.query("marker") ?? null, limit);
  if (!page.ok) return refuse(c, failure("invalid-marker", "The marker is none that a list answered."));
  const { marker, entries } = page.value as { marker: string | null; entries: readonly CatalogueEntry[] };
  const views = (await Promise.all(
    entries.map(({ name }) => algorithmOf(c.env, name.toLowerCase()).view(member, null, 1)),
  )) as readonly (AlgorithmView | null)[];
  const results = views.flatMap((view) => {
    const [newest] = view?.versions ?? [];
    return view === null || newest === undefined ? [] : [algorithmObject(view.id, shownVersion(newest))];
  });
  return c.json({ marker, next_link: pageLink(c, marker), results });
}

const keyShape = bodyOf(
  "POST /v1/users/:account/keys",
  z.object({
    name: plain(100).min(1).optional(),
    short_name: plain(100).min(1).optional(),
    key_type: z.enum(["AlgorithmKey", "PlatformAdminKey", "ManagementKey"]).default("AlgorithmKey"),
    allow_algo: z.boolean().default(true),
    allow_data: z.boolean().default(false),
    allow_data_write: z.boolean().default(false),
    allow_algo_management: z.boolean().default(false),
    algo_acl: z.array(z.string().max(100)).max(100).default(["algo://*"]),
  }),
);

/** `algo://owner/name/*` and so on, as our own patterns; what is none of these opens nothing. */
const patternOf = (acl: string): string[] => {
  const path = acl.replace(/^algo:\/\//, "").replace(/^([^/]+\/[^/*]+)\/\*$/, "$1");
  return /^(?:\*|\w{1,30}\/(?:\*|[\w-]{1,30}))$/.test(path) ? [path] : [];
};

const scopesOf = (asked: z.infer<typeof keyShape>): Scopes => ({
  call: asked.allow_algo ? asked.algo_acl.flatMap(patternOf) : [],
  data: asked.allow_data_write ? "write" : asked.allow_data ? "read" : "none",
  manage: asked.allow_algo_management || asked.key_type === "ManagementKey",
  admin: asked.key_type === "PlatformAdminKey",
});

const keyObject = ({ id, label, scopes, created }: KeyView, key: string): object => ({
  id,
  name: label,
  key,
  key_type: scopes.admin ? "PlatformAdminKey" : "AlgorithmKey",
  allow_algo: scopes.call.length > 0,
  allow_web_algo: scopes.call.length > 0,
  allow_data: scopes.data !== "none",
  allow_data_write: scopes.data === "write",
  allow_algo_management: scopes.manage,
  algo_acl: scopes.call.map((pattern) => `algo://${pattern}`),
  created_at: new Date(created).toISOString(),
  resource_type: "api_key",
});

/** The user whose keys are meant: the caller itself, or anybody for an operator. */
async function holderOf(c: AppContext): Promise<Result<string, Failure>> {
  const user = await userOf(c);
  const { account, operator } = c.get("grant");
  if (!user.ok) return operator ? user : err(notAuthorized());
  return operator || user.value.name.toLowerCase() === account.toLowerCase()
    ? ok(user.value.name)
    : err(notAuthorized());
}

async function keys(c: AppContext): Promise<Response> {
  const holder = await holderOf(c);
  if (!holder.ok) return refuse(c, holder.error);
  const rows = (await accountOf(c.env, holder.value).listKeys(null, 100)) as readonly KeyView[];
  return c.json(
    rows.filter(({ revoked }) => revoked === null).map((row) => keyObject(row, "sim*************************")),
  );
}

async function makeKey(c: AppContext): Promise<Response> {
  const holder = await holderOf(c);
  if (!holder.ok) return refuse(c, holder.error);
  const body = await wireBody(c, keyShape);
  if (!body.ok) return refuse(c, body.error);
  const key = newKey();
  const hash = sha256OfText(key);
  const { name, short_name: other } = body.value;
  const limits = { spend: null, spendPerDay: null, callsPerMinute: null };
  const wish = { label: name ?? other ?? "key", expires: null, scopes: scopesOf(body.value), limits };
  const made = (await accountOf(c.env, holder.value).makeKey(hash, wish, c.get("grant").key)) as Result<
    KeyView,
    KeyChangeRefusal
  >;
  if (!made.ok)
    return refuse(c, failure("forbidden", "A key hands on only what it may do itself, within the account's limits."));
  await announceKey(c.env, hash, holder.value);
  c.header("Cache-Control", "no-store");
  return c.json(keyObject(made.value, key));
}

export function wireUserRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/users", create);
  app.get("/v1/users", list);
  app.get("/v1/users/:account", get);
  app.put("/v1/users/:account", update);
  app.delete("/v1/users/:account", remove);
  app.get("/v1/users/:account/algorithms", algorithms);
  app.get("/v1/users/:account/keys", keys);
  app.post("/v1/users/:account/keys", makeKey);
}
