// The purses of this isolate, by API key: by the key itself, because hashing it would cost a call more than finding it.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { LeaseRefusal } from "../objects/account/protocol.ts";
import { finder } from "../objects/keyring/find.ts";
import { type Entered, Purse } from "./purse.ts";

const KEPT = 20_000;
const purses = new Map<string, Purse>();
/** The same purses by the hashes of their keys, for what goes on after the request that showed the key. */
const byHash = new Map<string, Purse>();

/** What is believed of keys that open nothing, by their hashes: shortly, so that a new key works at once. */
const refused = new Map<string, { readonly failure: Failure; readonly until: number }>();

/** What a caller is told when the ledger grants nothing. */
export function leaseFailure(refusal: LeaseRefusal): Failure {
  switch (refusal.code) {
    case "unknown-key":
      return failure(
        "unknown-key",
        "This API key is not known or no longer valid: check it, or ask your operator for one.",
      );
    case "key-expired":
      return failure("key-expired", "This API key has expired: make a new one with another key of the account.");
    case "suspended":
      return failure("account-suspended", "An operator has suspended this account: ask them why.");
    case "key-limit":
      return failure(
        "key-limit",
        `The key's own limit leaves ${refusal.available} microcredits, less than this call needs.`,
      );
    case "insufficient-credits":
      return failure(
        "insufficient-credits",
        `The account has ${refusal.available} microcredits that nothing else holds, less than this call needs: add credits.`,
      );
    case "rate-limited":
      return failure(
        "rate-limited",
        `The key may begin ${refusal.rate.limit} calls a minute: wait ${refusal.retryAfter} s.`,
        {
          retryAfter: refusal.retryAfter,
          rate: refusal.rate,
        },
      );
  }
}

export interface Opened extends Entered {
  readonly purse: Purse;
}

/** Drops purses that hold nothing, oldest first. */
function sweep(): void {
  if (byHash.size < KEPT) return;
  for (const [key, purse] of purses) if (purse.idle) purses.delete(key);
  for (const [hash, purse] of byHash) if (purse.idle) byHash.delete(hash);
}

/** The one purse of a key in this isolate: two would both spend what one lease holds. */
function purseOf(hash: string, account: string): Purse {
  sweep();
  const purse = byHash.get(hash) ?? new Purse(hash, account);
  byHash.set(hash, purse);
  return purse;
}

async function open(env: Env, key: string, address: string): Promise<Result<Opened, Failure>> {
  const hash = sha256OfText(key);
  const known = refused.get(hash);
  if (known !== undefined && Date.now() < known.until) return err(known.failure);
  const account = await finder.account(env, hash, address);
  if (!account.ok && account.error.code === "throttled") {
    const { retryAfter } = account.error;
    return err(
      failure("throttled", `Too many attempts from this address failed: wait ${retryAfter} s.`, { retryAfter }),
    );
  }
  if (!account.ok) return err(remember(hash, { code: "unknown-key" }));
  const purse = purseOf(hash, account.value);
  purses.set(key, purse);
  const entered = await purse.enter(env);
  if (entered.ok) return ok({ ...entered.value, purse });
  if (purse.idle) purses.delete(key);
  return err(remember(hash, entered.error));
}

/**
 * What a key opens now that somebody showed before, counting one call of its rate limit.
 * @param hash SHA-256 of the key, 64 hex digits @param account whose it is
 */
export async function openPurseOf(env: Env, hash: string, account: string): Promise<Result<Opened, Failure>> {
  const purse = purseOf(hash, account);
  const entered = await purse.enter(env);
  return entered.ok ? ok({ ...entered.value, purse }) : err(leaseFailure(entered.error));
}

/** After what an account's keys open has changed, this isolate asks before their next calls. @param account undefined: all */
export function doubtPurses(account?: string): void {
  for (const purse of byHash.values()) if (account === undefined || purse.isOf(account)) purse.doubt();
}

/** A key that opens nothing is not asked for again at once. */
function remember(hash: string, refusal: LeaseRefusal): Failure {
  const found = leaseFailure(refusal);
  if (refusal.code === "unknown-key" || refusal.code === "key-expired" || refusal.code === "suspended") {
    if (refused.size >= KEPT) refused.clear();
    refused.set(hash, { failure: found, until: Date.now() + LIMITS.unknownKeyMs });
  }
  return found;
}

/**
 * What a key opens, counting one call of its rate limit.
 * @param address of the client, for those who try keys: looked at only when a key is looked up
 */
export async function openPurse(env: Env, key: string, address: () => string): Promise<Result<Opened, Failure>> {
  const purse = purses.get(key);
  if (key.length > LIMITS.keyCharacters) return err(leaseFailure({ code: "unknown-key" }));
  const entered = purse?.enterNow();
  if (purse === undefined || entered === undefined || entered === null) return open(env, key, address());
  return ok({ ...entered, purse });
}
