// Which account a key belongs to: that never changes, so it is read from this isolate, then KV, then the keyring, which is
// the truth. KV may be old: a key it does not show yet is asked of the keyring. Whether the key is alive is not known here.
import { waitUntil } from "cloudflare:workers";
import { apiKeyKey } from "../../../kv-schema/keys.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { putCopy, readCopy } from "../blobs/copy.ts";
import { keyringOf } from "./object.ts";
import { Throttle } from "./throttle.ts";

/** Keys an isolate remembers; on passing it they are forgotten. */
const KEPT = 20_000;
const accounts = new Map<string, string>();

/** Failed look-ups of keys and invites by client address. */
export const lookups = new Throttle({
  each: LIMITS.lookupFailures,
  all: LIMITS.lookupFailuresInAll,
  windowMs: LIMITS.rateWindowMs,
});

export type FindRefusal =
  | { readonly code: "unknown-key" }
  /** The client's address asked for too many unknown keys. @see Throttle */
  | { readonly code: "throttled"; readonly retryAfter: number };

/**
 * @param hash SHA-256 of the key, 64 hex digits
 * @param address of the client, "" when there is none
 * @returns the account's name in its canonical spelling
 */
export async function findAccount(env: Env, hash: string, address: string): Promise<Result<string, FindRefusal>> {
  const known = accounts.get(hash);
  if (known !== undefined) return ok(known);
  const retryAfter = lookups.wait(address, Date.now());
  if (retryAfter > 0) return err({ code: "throttled", retryAfter });
  const key = apiKeyKey(hash);
  const account = (await readCopy(key, () => env.KV.get(key))) ?? (await trueOwner(env, hash));
  if (account === null) {
    lookups.failed(address, Date.now());
    return err({ code: "unknown-key" });
  }
  if (accounts.size >= KEPT) accounts.clear();
  accounts.set(hash, account);
  return ok(account);
}

/** The keyring's answer to a miss, which becomes the copy. */
async function trueOwner(env: Env, hash: string): Promise<string | null> {
  const account = await keyringOf(env, hash).owner(hash);
  if (account !== null) waitUntil(putCopy(env, apiKeyKey(hash), account));
  return account;
}
