// Accounts over HTTP: the first operator, organisations, and who am I.
import type { Hono } from "hono";
import * as z from "zod";
import { apiKeyKey } from "../../kv-schema/keys.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { OWNER_NAME } from "../market/manifest.ts";
import { type Result, err, ok } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import { keyringOf } from "../objects/keyring/object.ts";
import { readBody } from "./body.ts";
import { authenticate, forgetGrants, keyOf } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { fieldErrors, refuse } from "./errors.ts";

const name = z.string().regex(OWNER_NAME, "a letter, then letters, digits or _, at most 30");
const bootstrapBody = z.strictObject({
  account: name,
  key_sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 hex digits"),
});
const organizationBody = z.object({ org_name: name });

/** A JSON body that fits a shape, or what is wrong with it, field by field. */
async function jsonBody<T>(request: Request, shape: z.ZodType<T>): Promise<Result<T, Failure>> {
  const body = await readBody(request, LIMITS.bodyBytes);
  if (!body.ok) return body;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body.value));
  } catch {
    return err(failure("not-json", "The body must be one JSON object in UTF-8."));
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const errors = fieldErrors(parsed.error);
  return err(failure("invalid-body", "The body does not fit what this route takes; see `errors`.", { errors }));
}

/** Compares secrets without telling by time where they differ: their hashes are compared. */
const sameSecret = (a: string, b: string): boolean => sha256OfText(a) === sha256OfText(b);

/** Makes a key usable: the account first, so that a key never opens nothing; all of it can be repeated. */
async function installKey(env: Env, account: string, hash: string, label: string): Promise<void> {
  await accountOf(env, account).addKey(hash, label);
  await keyringOf(env, hash).put(hash, account);
  await env.KV.put(apiKeyKey(hash), account);
  forgetGrants();
}

const nameTaken = (name: string): Failure => failure("name-taken", `The name ${name} is taken: choose another.`);

const bootstrapFailure = (reason: "bootstrapped" | "taken", account: string): Failure =>
  reason === "taken"
    ? nameTaken(account)
    : failure("already-bootstrapped", "This system has its first operator already.");

async function bootstrap(c: AppContext): Promise<Response> {
  const token = keyOf(c.req.header("Authorization"));
  const expected = c.env.ORCADE_BOOTSTRAP;
  if (expected === undefined || expected === "" || token === undefined || !sameSecret(token, expected)) {
    return refuse(c, failure("authorization-required", "The one-time token is missing or wrong."));
  }
  const body = await jsonBody(c.req.raw, bootstrapBody);
  if (!body.ok) return refuse(c, body.error);
  const { account, key_sha256: hash } = body.value;
  const directory = c.env.DIRECTORY.get(c.env.DIRECTORY.idFromName("directory"));
  const claimed = await directory.bootstrap(account, hash);
  if (!claimed.ok) return refuse(c, bootstrapFailure(claimed.error, account));
  await accountOf(c.env, account).create(account, "user", true);
  await installKey(c.env, account, hash, "first key");
  return c.json({ account, operator: true });
}

const tooMany = (): Failure =>
  failure("too-many-organizations", `An account may found ${LIMITS.organizations} organisations: this one has.`);

async function createOrganization(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const body = await jsonBody(c.req.raw, organizationBody);
  if (!body.ok) return refuse(c, body.error);
  const { org_name: wanted } = body.value;
  const directory = c.env.DIRECTORY.get(c.env.DIRECTORY.idFromName("directory"));
  const founder = accountOf(c.env, caller.value.account);
  if (!(await founder.want(wanted))) return refuse(c, tooMany());
  const claimed = await directory.claim(wanted, "organisation", caller.value.account);
  if (!claimed.ok) {
    await founder.unwant(wanted);
    return refuse(c, nameTaken(wanted));
  }
  await accountOf(c.env, wanted).create(claimed.value.name, "organisation", false);
  await founder.join(claimed.value.name, "owner");
  forgetGrants();
  return c.json({ org_name: claimed.value.name, resource_type: "organization" });
}

async function whoami(c: AppContext): Promise<Response> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return refuse(c, caller.error);
  const { account, operator, organisations, key } = caller.value;
  return c.json({
    account,
    operator,
    organizations: organisations,
    key: { label: key.label, created: new Date(key.created).toISOString() },
  });
}

export function accountRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/admin/bootstrap", bootstrap);
  app.post("/v1/organizations", createOrganization);
  app.get("/v1/account", whoami);
}
