// What `orcade admin import` brings: accounts, keys and algorithms of another marketplace, under the names and ids they had.
// Every step can be sent again, to the same end; what stands under a name already and was not imported is never touched.
import type { Hono } from "hono";
import type { Env } from "../env.ts";
import { ALL_SCOPES } from "../market/access/scopes.ts";
import { type Failure, failure } from "../market/failure.ts";
import { type RecordOf, accountBody, algorithmBody, keyBody } from "../market/import/records.ts";
import { algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { KeyChangeRefusal, KeyView, KeyWish } from "../objects/account/keys.ts";
import { accountOf } from "../objects/account/object.ts";
import type { MemberRefusal } from "../objects/account/members.ts";
import type { GrantRefusal } from "../objects/account/protocol.ts";
import { algorithmOf } from "../objects/algorithm/store.ts";
import { cardById } from "../objects/card/object.ts";
import { directoryOf } from "../objects/directory/object.ts";
import type { Adopted, NameKind, NameRefusal } from "../objects/directory/protocol.ts";
import { keyringOf } from "../objects/keyring/object.ts";
import { workshopOf } from "../objects/workshop/store.ts";
import { nameRefusal } from "./accounts.ts";
import { forgetAccount } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { announceKey, changeFailure } from "./keys.ts";
import { bodyOf } from "./openapi/bodies.ts";
import { announced, nameFor } from "./publish.ts";
import { firstBuild } from "./wire/algorithms.ts";
import { keepFacts } from "./wire/cards.ts";
import { changeDraft, newestBuild } from "./wire/draft.ts";
import { said } from "./wire/shapes.ts";

const accountShape = bodyOf("POST /v1/admin/import/accounts", accountBody);
const keyShape = bodyOf("POST /v1/admin/import/keys", keyBody);
const algorithmShape = bodyOf("POST /v1/admin/import/algorithms", algorithmBody);

const conflict = (message: string): Failure => failure("id-conflict", message);
const taken = (name: string): Failure =>
  conflict(`${name} exists and did not come by an import: rename one of them, or leave it out of the archive.`);

/** Takes the name for good, as it was spelled, also where it looks like another. */
async function adopt(
  env: Env,
  name: string,
  kind: NameKind,
  founder: string,
  dry: boolean,
): Promise<Result<Adopted, Failure>> {
  const adopted = (await directoryOf(env).adopt(name, kind, founder, dry)) as Result<Adopted, NameRefusal>;
  if (adopted.ok) return adopted;
  return err(adopted.error.code === "taken" ? taken(name) : nameRefusal(adopted.error, name));
}

/** What was had in credits, once. */
async function giveCredits(env: Env, name: string, amount: number, by: string): Promise<Failure | null> {
  if (amount === 0) return null;
  const grant = { id: `import:${name.toLowerCase()}`, amount, by, note: "imported balance" };
  const given = (await accountOf(env, name).grantMoney(grant)) as Result<unknown, GrantRefusal>;
  return given.ok ? null : conflict(`${name} was imported with another balance before: it keeps that.`);
}

/** The id that an account had leads to it, and is shown as its id. */
async function keepId(
  env: Env,
  kind: "user" | "organisation",
  name: string,
  id: string | undefined,
): Promise<Failure | null> {
  if (id === undefined) return null;
  const card = await cardById(env, id).read();
  if (card !== null && (card.kind !== kind || card.name !== name)) return conflict(`The id ${id} is ${card.name}'s.`);
  await cardById(env, id).put(kind, name, "{}");
  await keepFacts(env, kind, name, { id });
  return null;
}

async function importUser(env: Env, wish: RecordOf<"user">, by: string): Promise<Failure | null> {
  const { record: _kind, name, id, microcredits, ...facts } = wish;
  await accountOf(env, name).create(name, "user", false);
  await keepFacts(env, "user", name, said(facts));
  return (await keepId(env, "user", name, id)) ?? giveCredits(env, name, microcredits, by);
}

const MEMBER_REFUSALS: Readonly<Record<MemberRefusal, string>> = {
  "not-owner": "the founder owns it no more",
  "not-a-member": "somebody does not belong to it",
  "last-owner": "it would have no owner",
  "too-many-members": "it would have too many members",
};

async function importOrganization(env: Env, wish: RecordOf<"organization">, by: string): Promise<Failure | null> {
  const { name, id, owners, members, label, microcredits } = wish;
  const [founder = ""] = owners;
  if (!(await accountOf(env, founder).want(name)))
    return failure("too-many-organizations", `${founder} has founded too many organisations.`);
  await accountOf(env, name).found(name, founder);
  const roles = [
    ...owners.slice(1).map((each) => [each, "owner"] as const),
    ...members.map((each) => [each, "member"] as const),
  ];
  for (const [account, role] of roles) {
    const set = (await accountOf(env, name).setMember(founder, account, role)) as Result<boolean, MemberRefusal>;
    if (!set.ok) return conflict(`${account} cannot be taken into ${name}: ${MEMBER_REFUSALS[set.error]}.`);
  }
  await keepFacts(env, "organisation", name, said({ org_label: label }));
  return (await keepId(env, "organisation", name, id)) ?? giveCredits(env, name, microcredits, by);
}

/** Members of an organisation that are no people's accounts. */
async function strangers(env: Env, names: readonly string[]): Promise<readonly string[]> {
  const listed = await Promise.all(names.map((name) => directoryOf(env).find(name)));
  return names.filter((_, index) => listed[index]?.kind !== "user");
}

async function importAccount(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, accountShape);
  if (!body.ok) return refuse(c, body.error);
  const { dry_run: dry, ...wish } = body.value;
  const person = wish.record === "user";
  if (wish.record === "organization" && !dry) {
    const unknown = await strangers(c.env, [...wish.owners, ...wish.members]);
    if (unknown.length > 0) return refuse(c, failure("unknown-account", `There is no user ${unknown.join(", ")}.`));
  }
  const founder = wish.record === "user" ? wish.name : (wish.owners[0] ?? "");
  const adopted = await adopt(c.env, wish.name, person ? "user" : "organisation", founder, dry);
  if (!adopted.ok) return refuse(c, adopted.error);
  const by = c.get("grant").account;
  const refused = dry
    ? null
    : await (wish.record === "user" ? importUser(c.env, wish, by) : importOrganization(c.env, wish, by));
  return refused === null ? c.json({ name: wish.name, new: adopted.value.new }) : refuse(c, refused);
}

/** Imported keys may do what their records say, whoever imports them; but no key makes an operator. */
const IMPORTER = {
  label: "import",
  expires: null,
  scopes: ALL_SCOPES,
  limits: { spend: null, spendPerDay: null, callsPerMinute: null },
};

async function importKey(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, keyShape);
  if (!body.ok) return refuse(c, body.error);
  const { account, sha256, label, scopes, dry_run: dry } = body.value;
  if (scopes.admin)
    return refuse(c, failure("forbidden", "An import makes no operators: leave admin out of the scopes."));
  const wish = { label, scopes, expires: null, limits: IMPORTER.limits };
  const isNew = await keyIsNew(c.env, account, sha256, wish);
  if (!isNew.ok) return refuse(c, isNew.error);
  if (dry) return c.json({ account, new: isNew.value });
  const listed = await directoryOf(c.env).find(account);
  if (listed === null) return refuse(c, failure("unknown-account", `There is no account ${account}.`));
  const made = (await accountOf(c.env, listed.name).makeKey(sha256, wish, IMPORTER)) as Result<
    KeyView,
    KeyChangeRefusal
  >;
  if (!made.ok) return refuse(c, made.error === "too-many-keys" ? changeFailure(made.error) : standsOtherwise(account));
  if (!(await announceKey(c.env, sha256, listed.name))) {
    await accountOf(c.env, listed.name).revokeKey(made.value.id);
    return refuse(c, anothers(account));
  }
  forgetAccount(listed.name);
  return c.json({ account: listed.name, id: made.value.id, new: isNew.value });
}

const standsOtherwise = (account: string): Failure =>
  failure("key-exists", `A key of ${account} exists with other settings, or was revoked.`);
const anothers = (account: string): Failure =>
  failure("key-exists", `A key of ${account} is another account's already.`);

/** Whether the key is not there yet; an account that the same archive brings may not be there yet either. */
async function keyIsNew(env: Env, account: string, hash: string, wish: KeyWish): Promise<Result<boolean, Failure>> {
  const listed = await directoryOf(env).find(account);
  if (listed !== null && !(await directoryOf(env).isAdopted(account))) return err(taken(account));
  const owner = await keyringOf(env, hash).owner(hash);
  if (owner !== null && owner.toLowerCase() !== account.toLowerCase()) return err(anothers(account));
  const stands = await accountOf(env, account).keyStands(hash, wish);
  return stands === "other" ? err(standsOtherwise(account)) : ok(stands === "absent");
}

type AlgorithmWish = Omit<RecordOf<"algorithm">, "record">;

/** Whether the name and the id are free for one another. @returns whether the algorithm is new */
async function fits(env: Env, { owner, name, id }: AlgorithmWish): Promise<Result<boolean, Failure>> {
  const spelled = `${owner}/${name}`;
  const card = await cardById(env, id).read();
  if (card !== null && card.name.toLowerCase() !== spelled.toLowerCase())
    return err(conflict(`The id ${id} is that of ${card.name}.`));
  const view = await algorithmOf(env, algorithmId(owner, name)).view(true, null, 1);
  return view !== null && view.id !== id
    ? err(conflict(`${spelled} exists with the id ${view.id}: rename one of them, or leave it out of the archive.`))
    : ok(view === null);
}

async function importAlgorithm(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, algorithmShape);
  if (!body.ok) return refuse(c, body.error);
  const { dry_run: dry, template, ...wish } = body.value;
  const fit = await fits(c.env, wish);
  if (!fit.ok) return refuse(c, fit.error);
  if (dry) return c.json({ algorithm: `${wish.owner}/${wish.name}`, new: fit.value });
  const listed = await directoryOf(c.env).find(wish.owner);
  if (listed === null) return refuse(c, failure("unknown-account", `There is no account ${wish.owner}.`));
  const spelled = `${listed.name}/${wish.name}`;
  const made = await makeAlgorithm(c, spelled, { ...wish, owner: listed.name }, template);
  return made === null ? c.json({ algorithm: spelled, id: wish.id, new: fit.value }) : refuse(c, made);
}

/** Makes the algorithm under its id, with what is known of it. The same again changes nothing. */
async function makeAlgorithm(
  c: AppContext,
  spelled: string,
  wish: AlgorithmWish,
  template: boolean,
): Promise<Failure | null> {
  const { owner, name, id, details, settings, default_collection: collection } = wish;
  const place = algorithmId(owner, name);
  const given = await nameFor(c.env, { algorithm: spelled });
  if (!given.ok) return given.error;
  const stands = await algorithmOf(c.env, place).draft(spelled, id);
  if (stands !== id) return conflict(`${spelled} was deleted here, or exists with another id.`);
  await cardById(c.env, id).put("algorithm", spelled, "{}");
  await changeDraft(c.env, place, { details: said(details), settings: said(settings) });
  if (collection !== undefined) await workshopOf(c.env, place).assign({ owner, name: collection });
  const view = await algorithmOf(c.env, place).view(true, null, 1);
  const bare = view?.versions.length === 0 && (await newestBuild(c.env, place)) === null;
  const built = template && bare ? await firstBuild(c, owner, name) : ok(null);
  await announced(c.env, place);
  return built.ok ? null : built.error;
}

export function importRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/admin/import/accounts", importAccount);
  app.post("/v1/admin/import/keys", importKey);
  app.post("/v1/admin/import/algorithms", importAlgorithm);
}
