// Accounts over HTTP: the first operator, sign-up, and who am I.
import type { Hono } from "hono";
import * as z from "zod";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { INVITE_CODE, newKey } from "../market/access/secret.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { PLATFORM } from "../market/money/price.ts";
import { type Result, err } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import type { GrantRefusal } from "../objects/account/protocol.ts";
import { directoryOf } from "../objects/directory/object.ts";
import type { NameRefusal } from "../objects/directory/protocol.ts";
import type { SignUp, SignUpRefusal } from "../objects/directory/signups.ts";
import { Throttle } from "../objects/keyring/throttle.ts";
import { finder } from "../objects/keyring/find.ts";
import { keyringOf } from "../objects/keyring/object.ts";
import { keyOf, throttled } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { addressOf } from "./guard.ts";
import { jsonBody } from "./json.ts";
import { announceKey, keyBody } from "./keys.ts";
import { balanceFields } from "./ledger.ts";
import { keyHash, name } from "./shapes.ts";
import { bodyOf } from "./openapi/bodies.ts";

const bootstrapBody = bodyOf("POST /v1/admin/bootstrap", z.strictObject({ account: name, key_sha256: keyHash }));
const signUpBody = bodyOf(
  "POST /v1/accounts",
  z.strictObject({
    account: name,
    invite: z.string().regex(INVITE_CODE, '"inv" and 25 letters or digits').optional(),
    key_sha256: keyHash.optional(),
  }),
);

/** Compares secrets without telling by time where they differ: their hashes are compared. */
const sameSecret = (a: string, b: string): boolean => sha256OfText(a) === sha256OfText(b);

export function nameRefusal(refusal: NameRefusal, name: string): Failure {
  switch (refusal.code) {
    case "taken":
      return failure("name-taken", `The name ${name} is taken: choose another.`);
    case "reserved":
      return failure("name-reserved", `The name ${name} is the platform's, or looks like one that is: choose another.`);
    case "looks-alike":
      return failure("look-alike", `The name ${name} looks like ${refusal.like}, which is taken: choose another.`);
  }
}

async function bootstrap(c: AppContext): Promise<Response> {
  const token = keyOf(c.req.header("Authorization"));
  const expected = c.env.ORCADE_BOOTSTRAP;
  if (expected === undefined || expected === "" || token === undefined || !sameSecret(token, expected)) {
    return refuse(c, failure("authorization-required", "The one-time token is missing or wrong."));
  }
  const body = await jsonBody(c.req.raw, bootstrapBody);
  if (!body.ok) return refuse(c, body.error);
  const { account, key_sha256: hash } = body.value;
  const claimed = await directoryOf(c.env).bootstrap(account, hash);
  if (!claimed.ok) {
    const { error } = claimed;
    const done = failure("already-bootstrapped", "This system has its first operator already.");
    return refuse(c, error.code === "bootstrapped" ? done : nameRefusal(error, account));
  }
  await accountOf(c.env, PLATFORM).create(PLATFORM, "platform", false);
  const operator = accountOf(c.env, account);
  await operator.create(account, "user", true);
  // The account first, so that a key never opens nothing.
  await operator.addKey(hash, "first key");
  await announceKey(c.env, hash, account);
  return c.json({ account, operator: true });
}

const INVITE_REFUSED = {
  "invite-required": "Signing up needs an invite here: ask an operator for a code.",
  "unknown-invite": "There is no such invite, or it was withdrawn: check the code.",
  "invite-expired": "The invite has expired: ask an operator for another.",
  "invite-used-up": "The invite is used up: ask an operator for another.",
} as const;

function signUpRefusal(refusal: SignUpRefusal, name: string): Failure {
  if (refusal.code === "taken" || refusal.code === "reserved" || refusal.code === "looks-alike")
    return nameRefusal(refusal, name);
  return failure("invite-refused", INVITE_REFUSED[refusal.code], { reason: refusal.code });
}

/** Sign-ups without an invite: nothing but this bounds how many names one client takes. */
const newcomers = new Throttle({
  each: LIMITS.openSignUps,
  all: LIMITS.openSignUpsInAll,
  windowMs: LIMITS.rateWindowMs,
});

interface Applicant {
  readonly account: string;
  readonly invite: string | undefined;
  readonly hash: string;
  readonly address: string;
}

const keyExists = (): Failure =>
  failure("key-exists", "This key belongs to another account already: make a new one for each account.");

/** Takes the name and the invite. @see SignUps */
async function begin(env: Env, { account, invite, hash, address }: Applicant): Promise<Result<SignUp, Failure>> {
  const wait = invite === undefined ? newcomers.wait(address, Date.now()) : finder.wait(address);
  if (wait > 0) return err(throttled(wait));
  const owner = await keyringOf(env, hash).owner(hash);
  if (owner !== null && owner.toLowerCase() !== account.toLowerCase()) return err(keyExists());
  const codeHash = invite === undefined ? null : sha256OfText(invite);
  const open = env.ORCADE_SIGNUP === "open";
  const signUp = (await directoryOf(env).signUp({ account, codeHash, keyHash: hash, open })) as Result<
    SignUp,
    SignUpRefusal
  >;
  if (signUp.ok && codeHash === null) newcomers.failed(address, Date.now());
  if (signUp.ok) return signUp;
  if (signUp.error.code === "unknown-invite") finder.failed(address);
  return err(signUpRefusal(signUp.error, account));
}

/** The credits of the invite, once, however often this is repeated. */
async function giveCredits(env: Env, { account, credits, invite }: SignUp): Promise<void> {
  if (credits === 0) return;
  const grant = { id: `signup:${invite}:${account}`, amount: credits, by: invite, note: "sign-up credits" };
  const given = (await accountOf(env, account).grantMoney(grant)) as Result<unknown, GrantRefusal>;
  if (!given.ok) console.error(JSON.stringify({ event: "signup-credits-refused", account, error: given.error }));
}

/** Every step can be repeated, and is in the order in which a later one needs the earlier. */
async function signUp(env: Env, applicant: Applicant): Promise<Result<SignUp, Failure>> {
  const begun = await begin(env, applicant);
  if (!begun.ok) return begun;
  const { account, attempt } = begun.value;
  const lost = err(nameRefusal({ code: "taken" }, account));
  if (!(await accountOf(env, account).signUp(account, applicant.hash, attempt))) return lost;
  if (!(await announceKey(env, applicant.hash, account))) return err(keyExists());
  await giveCredits(env, begun.value);
  return (await directoryOf(env).signedUp(account, applicant.hash)) ? begun : lost;
}

async function createAccount(c: AppContext): Promise<Response> {
  const body = await jsonBody(c.req.raw, signUpBody);
  if (!body.ok) return refuse(c, body.error);
  const { account, invite, key_sha256: given } = body.value;
  const key = given === undefined ? newKey() : undefined;
  const hash = given ?? sha256OfText(key ?? "");
  const made = await signUp(c.env, { account, invite, hash, address: addressOf(c) });
  if (!made.ok) return refuse(c, made.error);
  c.header("Cache-Control", "no-store");
  const { account: spelled, credits } = made.value;
  return c.json({ account: spelled, credits_microcredits: credits, ...(key === undefined ? {} : { key }) }, 201);
}

async function whoami(c: AppContext): Promise<Response> {
  const { account, kind, operator, organisations, owned, key } = c.get("grant");
  return c.json({
    account,
    kind,
    operator,
    organizations: organisations,
    owned_organizations: owned,
    key: keyBody(key),
    ...(await balanceFields(c.env, account)),
  });
}

export function accountRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/admin/bootstrap", bootstrap);
  app.post("/v1/accounts", createAccount);
  app.get("/v1/account", whoami);
}
