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

export type FindRefusal =
  | { readonly code: "unknown-key" }
  /** The client's address asked for too many unknown keys. @see Throttle */
  | { readonly code: "throttled"; readonly retryAfter: number };

/** The keyring's answer to a miss, which becomes the copy. */
async function trueOwner(env: Env, hash: string): Promise<string | null> {
  const account = await keyringOf(env, hash).owner(hash);
  if (account !== null) waitUntil(putCopy(env, apiKeyKey(hash), account));
  return account;
}

/** What one isolate remembers of keys and of who asked for unknown ones. */
export class Finder {
  readonly #accounts = new Map<string, string>();
  readonly #failures = new Throttle({
    each: LIMITS.lookupFailures,
    all: LIMITS.lookupFailuresInAll,
    windowMs: LIMITS.rateWindowMs,
  });

  /** @param address of the client @returns whole seconds it has to wait before anything is looked up for it; 0: none */
  wait(address: string): number {
    return this.#failures.wait(address, Date.now());
  }

  /** Counts a look-up that found nothing: of a key, of an invite. */
  failed(address: string): void {
    this.#failures.failed(address, Date.now());
  }

  /**
   * @param hash SHA-256 of the key, 64 hex digits
   * @param address of the client, "" when there is none
   * @returns the account's name
   */
  async account(env: Env, hash: string, address: string): Promise<Result<string, FindRefusal>> {
    const known = this.#accounts.get(hash);
    if (known !== undefined) return ok(known);
    const retryAfter = this.wait(address);
    if (retryAfter > 0) return err({ code: "throttled", retryAfter });
    const key = apiKeyKey(hash);
    const account = (await readCopy(key, () => env.KV.get(key))) ?? (await trueOwner(env, hash));
    if (account === null) {
      this.failed(address);
      return err({ code: "unknown-key" });
    }
    if (this.#accounts.size >= KEPT) this.#accounts.clear();
    this.#accounts.set(hash, account);
    return ok(account);
  }
}

/** This isolate's. */
export const finder = new Finder();
