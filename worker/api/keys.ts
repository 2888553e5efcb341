// API keys over HTTP: those of the caller's own account at /v1/keys, those of an organisation it owns at
// /v1/organizations/{org}/keys.
import type { Hono } from "hono";
import * as z from "zod";
import { apiKeyKey } from "../../kv-schema/keys.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { GrantKey, KeyLimits } from "../market/access/grant.ts";
import { DEFAULT_SCOPES, type Scopes, scopesShape } from "../market/access/scopes.ts";
import { newKey } from "../market/access/secret.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { KeyChange, KeyChangeRefusal, KeyView } from "../objects/account/keys.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import { putCopy } from "../objects/blobs/copy.ts";
import { keyringOf } from "../objects/keyring/object.ts";
import { forgetAccount, forgetRefusal } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { pageLink, pageSize } from "./page.ts";
import { expiry, keyHash, plain } from "./shapes.ts";
import { bodyOf } from "./openapi/bodies.ts";

const label = plain(LIMITS.keyLabel).min(1, "at least one character");
const amount = z.int().min(0).nullable();
const settings = {
  label: label.optional(),
  scopes: scopesShape.partial().optional(),
  limits: z
    .strictObject({
      microcredits: amount.optional(),
      microcredits_per_day: amount.optional(),
      calls_per_minute: z.int().min(1).nullable().optional(),
    })
    .optional(),
  expires_at: expiry.optional(),
};
const newKeyBody = bodyOf(
  ["POST /v1/keys", "POST /v1/organizations/:org/keys"],
  z.strictObject({ ...settings, key_sha256: keyHash.optional() }),
);
const changeBody = bodyOf(
  ["PATCH /v1/keys/:id", "PATCH /v1/organizations/:org/keys/:id"],
  z.strictObject({ ...settings, scopes: scopesShape.optional() }),
);
type Settings = z.infer<typeof changeBody>;

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const limitsBody = (limits: KeyLimits): object => ({
  microcredits: limits.spend,
  microcredits_per_day: limits.spendPerDay,
  calls_per_minute: limits.callsPerMinute,
});

/** A key as its own bearer sees it. */
export const keyBody = ({ id, label, created, expires, scopes, limits }: GrantKey): object => ({
  id,
  label,
  scopes,
  limits: limitsBody(limits),
  created: time(created),
  expires_at: time(expires),
});

const viewBody = (view: KeyView): object => ({
  ...keyBody(view),
  spent: { microcredits: view.spent, microcredits_today: view.spentToday },
  last_used_at: time(view.used),
  revoked_at: time(view.revoked),
});

function changeOf({ label, scopes, limits, expires_at: expires }: Settings): KeyChange {
  return {
    ...(label === undefined ? {} : { label }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(expires === undefined ? {} : { expires: expires === null ? null : Date.parse(expires) }),
    ...(limits === undefined ? {} : { limits: limitsOf(limits) }),
  };
}

/** Only what is said: the rest stays. */
function limitsOf(said: NonNullable<Settings["limits"]>): Partial<KeyLimits> {
  return {
    ...(said.microcredits === undefined ? {} : { spend: said.microcredits }),
    ...(said.microcredits_per_day === undefined ? {} : { spendPerDay: said.microcredits_per_day }),
    ...(said.calls_per_minute === undefined ? {} : { callsPerMinute: said.calls_per_minute }),
  };
}

export function changeFailure(refusal: KeyChangeRefusal): Failure {
  switch (refusal) {
    case "unknown-key":
      return failure("unknown-api-key", "The account has no living key with this id: GET the list of its keys.");
    case "beyond-own": {
      const message =
        "A key hands on only the scopes it has itself, and one with limits or an expiry makes and changes no keys: use a fuller one.";
      return failure("forbidden", message, { reason: "beyond-own" });
    }
    case "last-key":
      return failure(
        "last-key",
        "This is the last key of the account without limits and with all its rights to manage: make another like it first.",
      );
    case "too-many-keys":
      return failure("too-many-keys", `An account has at most ${LIMITS.keys} living keys: revoke some.`);
    case "key-exists":
      return failure("key-exists", "This key exists already with other settings, or was revoked: make a new one.");
  }
}

/**
 * Makes the way from a key to its account known; it can be repeated.
 * @returns false when the key is another account's
 */
export async function announceKey(env: Env, hash: string, account: string): Promise<boolean> {
  const owner = await keyringOf(env, hash).put(hash, account);
  if (owner.toLowerCase() !== account.toLowerCase()) return false;
  await putCopy(env, apiKeyKey(hash), account);
  forgetRefusal(hash);
  return true;
}

/** The account whose keys are meant: the organisation of the path, which the caller must own, or the caller's own. */
async function holderOf(c: AppContext): Promise<Result<string, Failure>> {
  const { account } = c.get("grant");
  const org = c.req.param("org");
  if (org === undefined) return ok(account);
  const role = await accountOf(c.env, org).role(account);
  return role === "owner"
    ? ok(org)
    : err(failure("unknown-organization", `${account} owns no organisation of this name.`));
}

async function list(c: AppContext): Promise<Response> {
  const holder = await holderOf(c);
  if (!holder.ok) return refuse(c, holder.error);
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const keys = (await accountOf(c.env, holder.value).listKeys(
    c.req.query("marker") ?? null,
    limit + 1,
  )) as readonly KeyView[];
  const marker = keys.length > limit ? (keys[limit - 1]?.id ?? null) : null;
  return c.json({ marker, next_link: pageLink(c, marker), results: keys.slice(0, limit).map(viewBody) });
}

/** What is not said is as DEFAULT_SCOPES has it. */
const scopesFrom = ({
  call,
  data,
  internet,
  manage,
  admin,
}: { readonly [Name in keyof Scopes]?: Scopes[Name] | undefined } = {}): Scopes => ({
  call: call ?? DEFAULT_SCOPES.call,
  data: data ?? DEFAULT_SCOPES.data,
  ...(internet === undefined ? {} : { internet }),
  manage: manage ?? DEFAULT_SCOPES.manage,
  admin: admin ?? DEFAULT_SCOPES.admin,
});

/** The asking key as the rules for making keys see it. */
const asking = ({ key }: Grant): GrantKey => key;

async function create(c: AppContext): Promise<Response> {
  const holder = await holderOf(c);
  if (!holder.ok) return refuse(c, holder.error);
  const body = await jsonBody(c.req.raw, newKeyBody);
  if (!body.ok) return refuse(c, body.error);
  const key = body.value.key_sha256 === undefined ? newKey() : undefined;
  const hash = body.value.key_sha256 ?? sha256OfText(key ?? "");
  const { limits = {}, ...change } = changeOf({ ...body.value, scopes: undefined });
  const wish = {
    label: "key",
    expires: null,
    ...change,
    scopes: scopesFrom(body.value.scopes),
    limits: { spend: null, spendPerDay: null, callsPerMinute: null, ...limits },
  };
  const account = accountOf(c.env, holder.value);
  const made = (await account.makeKey(hash, wish, asking(c.get("grant")))) as Result<KeyView, KeyChangeRefusal>;
  if (!made.ok) return refuse(c, changeFailure(made.error));
  if (!(await announceKey(c.env, hash, holder.value))) {
    await account.revokeKey(made.value.id);
    return refuse(c, changeFailure("key-exists"));
  }
  c.header("Cache-Control", "no-store");
  return c.json({ ...viewBody(made.value), ...(key === undefined ? {} : { key }) }, 201);
}

async function change(c: AppContext): Promise<Response> {
  const holder = await holderOf(c);
  if (!holder.ok) return refuse(c, holder.error);
  const body = await jsonBody(c.req.raw, changeBody);
  if (!body.ok) return refuse(c, body.error);
  const account = accountOf(c.env, holder.value);
  const id = c.req.param("id") ?? "";
  const changed = (await account.changeKey(id, changeOf(body.value), asking(c.get("grant")))) as Result<
    KeyView,
    KeyChangeRefusal
  >;
  if (!changed.ok) return refuse(c, changeFailure(changed.error));
  forgetAccount(holder.value);
  return c.json(viewBody(changed.value));
}

async function revoke(c: AppContext): Promise<Response> {
  const holder = await holderOf(c);
  if (!holder.ok) return refuse(c, holder.error);
  const account = accountOf(c.env, holder.value);
  const revoked = (await account.revokeKey(c.req.param("id") ?? "")) as Result<null, KeyChangeRefusal>;
  if (!revoked.ok) return refuse(c, changeFailure(revoked.error));
  forgetAccount(holder.value);
  return c.body(null, 204);
}

export function keyRoutes(app: Hono<AppEnv>): void {
  for (const base of ["/v1", "/v1/organizations/:org"]) {
    app.get(`${base}/keys`, list);
    app.post(`${base}/keys`, create);
    app.patch(`${base}/keys/:id`, change);
    app.delete(`${base}/keys/:id`, revoke);
  }
}
