// Who calls: from the Authorization header to a Grant. Which account a key belongs to never changes and is remembered;
// whether the key is alive is asked of the account's object and believed for LIMITS.freshMs.
import { apiKeyKey } from "../../kv-schema/keys.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import { keyringOf } from "../objects/keyring/object.ts";

/** Longer than any key that was ever issued or imported. */
const KEY_LENGTH = 256;
const KEPT = 20_000;
const accounts = new Map<string, string>();

interface Believed {
  readonly grant: Grant;
  readonly until: number;
}

/**
 * What living keys open, by the key itself: hashing it would cost a call more than finding it. Dropped when it is stale,
 * at the next look-up of it or of any new key.
 */
const grants = new Map<string, Believed>();

/**
 * Hashes of keys that open nothing, and until when that is believed: LIMITS.unknownKeyMs, so that a client which repeats a
 * wrong key as fast as it can costs a few look-ups a second, and a key that is added works at once for a person.
 */
const unknown = new Map<string, number>();

/** The key in `Simple K`, `Bearer K` or a bare `K` (any case of the scheme); undefined when there is none. */
export function keyOf(authorization: string | undefined): string | undefined {
  const text = authorization?.trim() ?? "";
  const match = /^(?:simple|bearer)\s+(.*)$/i.exec(text);
  const key = (match?.[1] ?? text).trim();
  return key === "" || /^(?:simple|bearer)$/i.test(key) ? undefined : key;
}

/** The account of a key hash: this isolate, KV, then the keyring, which is the truth. */
async function accountFor(env: Env, hash: string): Promise<string | null> {
  const known = accounts.get(hash) ?? (await env.KV.get(apiKeyKey(hash)));
  const account = known ?? (await keyringOf(env, hash).owner(hash));
  if (account === null) return null;
  if (accounts.size >= KEPT) accounts.clear();
  accounts.set(hash, account);
  return account;
}

/** Whether this isolate believes that a key opens nothing. */
function isUnknown(hash: string): boolean {
  const until = unknown.get(hash);
  if (until === undefined) return false;
  if (Date.now() < until) return true;
  unknown.delete(hash);
  return false;
}

async function grantFor(env: Env, key: string): Promise<Grant | null> {
  const hash = sha256OfText(key);
  if (isUnknown(hash)) return null;
  const account = await accountFor(env, hash);
  const grant = account === null ? null : ((await accountOf(env, account).open(hash)) as Grant | null);
  if (grant === null) {
    if (unknown.size >= KEPT) unknown.clear();
    unknown.set(hash, Date.now() + LIMITS.unknownKeyMs);
    return null;
  }
  dropStale();
  grants.set(key, { grant, until: Date.now() + LIMITS.freshMs });
  return grant;
}

/** Forgets keys that nobody used again: the oldest come first, because a grant is put once and lasts as long as any other. */
function dropStale(): void {
  const now = Date.now();
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
  unknown.clear();
}

/** @returns what the request's key opens */
export async function authenticate(env: Env, authorization: string | undefined): Promise<Result<Grant, Failure>> {
  const key = keyOf(authorization);
  if (key === undefined) return err(failure("authorization-required", "authorization required"));
  const grant = key.length > KEY_LENGTH ? null : (believed(key) ?? (await grantFor(env, key)));
  return grant === null
    ? err(
        failure("unknown-key", "This API key is not known or no longer valid: check it, or ask your operator for one."),
      )
    : ok(grant);
}

/** Whether the caller is the owner or belongs to it. */
export function isMember(grant: Grant, owner: string): boolean {
  const name = owner.toLowerCase();
  return (
    grant.account.toLowerCase() === name ||
    grant.organisations.some((organisation) => organisation.toLowerCase() === name)
  );
}
