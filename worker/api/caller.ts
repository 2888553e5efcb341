// Who calls: from the Authorization header to a Grant, and whether the account's rate limit lets the request through.
// What a living key opens is asked of the account's object and believed for LIMITS.freshMs, so that a key that was revoked,
// whatever KV shows, opens nothing anywhere after that time. Requests are taken from the rate limit a few at once.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { KeyRefusal } from "../market/access/grant.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Asked } from "../objects/account/keys.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import type { Rate } from "../objects/account/protocol.ts";
import { findAccount } from "../objects/keyring/find.ts";

/** Longer than any key that was ever issued or imported. */
const KEY_LENGTH = 256;
/** Entries of each map; on passing it the oldest go, or all. */
const KEPT = 20_000;

interface Believed {
  readonly grant: Grant;
  readonly until: number;
}

/**
 * What living keys open, by the key itself: hashing it would cost a request more than finding it. Dropped when it is stale,
 * at the next look-up of it or of any new key.
 */
const grants = new Map<string, Believed>();

/** What this isolate may still let through with a key. */
interface Allowance {
  left: number;
  /** As the account's object last told. */
  rate: Rate;
  /** How many to take next time: twice as many each time, LIMITS.requestsTaken at most. */
  batch: number;
  /** When to ask again after nothing was left. */
  again: number;
}
const FIRST_BATCH = 4;
const allowances = new Map<string, Allowance>();

interface Refused {
  readonly code: KeyRefusal;
  readonly until: number;
}

/**
 * Hashes of keys that open nothing, and until when that is believed: LIMITS.unknownKeyMs, so that a client which repeats a
 * wrong key as fast as it can costs a few look-ups a second, and a key that is added works at once for a person.
 */
const refused = new Map<string, Refused>();

/** The key in `Simple K`, `Bearer K` or a bare `K` (any case of the scheme); undefined when there is none. */
export function keyOf(authorization: string | undefined): string | undefined {
  const text = authorization?.trim() ?? "";
  const match = /^(?:simple|bearer)\s+(.*)$/i.exec(text);
  const key = (match?.[1] ?? text).trim();
  return key === "" || /^(?:simple|bearer)$/i.test(key) ? undefined : key;
}

const REFUSALS: Readonly<Record<KeyRefusal, Failure>> = {
  "unknown-key": failure(
    "unknown-key",
    "This API key is not known or no longer valid: check it, or ask your operator for one.",
  ),
  "key-expired": failure("key-expired", "This API key has expired: make a new one with another key of the account."),
  suspended: failure("account-suspended", "An operator has suspended this account: ask them why."),
};

/** What is said of a key that opens nothing. */
export const keyRefusal = (code: KeyRefusal): Failure => REFUSALS[code];

export const throttled = (retryAfter: number): Failure =>
  failure("throttled", `Too many attempts from this address failed: wait ${retryAfter} s.`, { retryAfter });

/** Whether this isolate believes that a key opens nothing. */
function refusalOf(hash: string): KeyRefusal | null {
  const known = refused.get(hash);
  if (known === undefined) return null;
  if (Date.now() < known.until) return known.code;
  refused.delete(hash);
  return null;
}

/** Asks the account's object. @param want requests to take from its rate limit */
async function ask(env: Env, key: string, address: string, want: number): Promise<Result<Grant, Failure>> {
  const hash = sha256OfText(key);
  const believed = refusalOf(hash);
  if (believed !== null) return err(keyRefusal(believed));
  const found = await findAccount(env, hash, address);
  if (!found.ok && found.error.code === "throttled") return err(throttled(found.error.retryAfter));
  const asked = found.ok ? ((await accountOf(env, found.value).ask(hash, want)) as Result<Asked, KeyRefusal>) : null;
  if (asked?.ok !== true) {
    const code = asked?.error ?? "unknown-key";
    if (refused.size >= KEPT) refused.clear();
    refused.set(hash, { code, until: Date.now() + LIMITS.unknownKeyMs });
    return err(keyRefusal(code));
  }
  keep(key, asked.value, want);
  return ok(asked.value.grant);
}

function keep(key: string, { grant, granted, rate }: Asked, want: number): void {
  const now = Date.now();
  dropStale(now);
  grants.set(key, { grant, until: now + LIMITS.freshMs });
  const known = allowances.get(key);
  const sameWindow = known?.rate.reset === rate.reset;
  const left = granted + (sameWindow ? known.left : 0);
  const batch = Math.min(LIMITS.requestsTaken, (known?.batch ?? FIRST_BATCH) * (want > 0 ? 2 : 1));
  const again = left > 0 ? 0 : Math.min(rate.reset, now + LIMITS.freshMs);
  allowances.set(key, { left, rate, batch, again });
}

/** Forgets keys that nobody used again: the oldest come first, because a grant is put once and lasts as long as any other. */
function dropStale(now: number): void {
  if (allowances.size >= KEPT) allowances.clear();
  for (const [key, { until }] of grants) {
    if (until > now && grants.size < KEPT) return;
    grants.delete(key);
  }
}

/** A grant this isolate still believes. */
function believed(key: string): Grant | null {
  const known = grants.get(key);
  if (known === undefined) return null;
  if (Date.now() < known.until) return known.grant;
  grants.delete(key);
  return null;
}

/** Forgets what this isolate believes of all keys: called after an account has changed. */
export function forgetGrants(): void {
  grants.clear();
  refused.clear();
}

function keyFrom(authorization: string | undefined): Result<string, Failure> {
  const key = keyOf(authorization);
  if (key === undefined) return err(failure("authorization-required", "authorization required"));
  return key.length > KEY_LENGTH ? err(keyRefusal("unknown-key")) : ok(key);
}

/**
 * What the request's key opens. Counts nothing: `admit` does, before any handler runs.
 * @param address of the client, for those who try keys
 */
export async function authenticate(
  env: Env,
  authorization: string | undefined,
  address = "",
): Promise<Result<Grant, Failure>> {
  const key = keyFrom(authorization);
  if (!key.ok) return key;
  const grant = believed(key.value);
  return grant === null ? ask(env, key.value, address, 0) : ok(grant);
}

/** `RateLimit-*` as the caller sees it: what this isolate still holds counts as remaining. */
export interface Limits {
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds since 1970. */
  readonly reset: number;
}

export interface Admission {
  readonly grant: Result<Grant, Failure>;
  /** Null when the key opens nothing. */
  readonly limits: Limits | null;
}

/** What the request's key opens, counting the request. */
export async function admit(env: Env, authorization: string | undefined, address: string): Promise<Admission> {
  const key = keyFrom(authorization);
  if (!key.ok) return { grant: key, limits: null };
  const grant = await fresh(env, key.value, address);
  const allowance = allowances.get(key.value);
  if (!grant.ok || allowance === undefined) return { grant, limits: null };
  return spend(grant.value, allowance);
}

/** The grant, with requests to spend if the object gave any. */
async function fresh(env: Env, key: string, address: string): Promise<Result<Grant, Failure>> {
  const now = Date.now();
  const allowance = allowances.get(key);
  if (allowance !== undefined && now >= allowance.rate.reset) allowance.left = 0;
  const left = allowance?.left ?? 0;
  const grant = believed(key);
  if (grant !== null && (left > 0 || now < (allowance?.again ?? 0))) return ok(grant);
  return ask(env, key, address, Math.max(0, (allowance?.batch ?? FIRST_BATCH) - left));
}

function spend(grant: Grant, allowance: Allowance): Admission {
  const through = allowance.left > 0;
  if (through) allowance.left--;
  const { limit, remaining, reset } = allowance.rate;
  const limits = { limit, remaining: remaining + allowance.left, reset };
  if (through) return { grant: ok(grant), limits };
  const retryAfter = Math.max(1, Math.ceil((reset - Date.now()) / 1_000));
  const message = `The account may send ${limit} requests a minute: wait ${retryAfter} s.`;
  return { grant: err(failure("rate-limited", message, { retryAfter })), limits };
}

/** Whether the caller is the owner or belongs to it. */
export function isMember(grant: Grant, owner: string): boolean {
  const name = owner.toLowerCase();
  return (
    grant.account.toLowerCase() === name ||
    grant.organisations.some((organisation) => organisation.toLowerCase() === name)
  );
}
