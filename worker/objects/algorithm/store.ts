// Finding an algorithm's release: what changes is asked of the object and believed for LIMITS.freshMs; what never changes
// is read from this isolate, then KV, then the object.
import { waitUntil } from "cloudflare:workers";
import { releaseKey } from "../../../kv-schema/keys.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import type { Release } from "../../market/release.ts";
import { algorithmId } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { putCopy, readCopy } from "../blobs/copy.ts";
import { unpublishedRelease } from "../workshop/store.ts";
import type { Algorithm, Resolution, Unknown } from "./object.ts";

export const algorithmOf = (env: Env, id: string): DurableObjectStub<Algorithm> =>
  env.ALGORITHM.get(env.ALGORITHM.idFromName(id));

/** Why a call finds nothing to run. */
export type Unfound = Unknown | "suspended-version";

interface Fresh {
  readonly resolution: Resolution;
  readonly until: number;
}

/** Entries of each cache of an isolate; on passing it the cache is emptied. */
const KEPT = 5_000;
const resolutions = new Map<string, Fresh>();
const releases = new Map<string, Release>();

function keep<T>(cache: Map<string, T>, key: string, value: T): T {
  if (cache.size >= KEPT) cache.clear();
  cache.set(key, value);
  return value;
}

/** Forgets what this isolate believes of an algorithm: called after publishing to it. */
export function forgetResolutions(id: string): void {
  for (const key of resolutions.keys()) if (key.startsWith(`${id} `)) resolutions.delete(key);
}

/** @param selector `latest` and so on @param member whether the asker may see what is private */
async function resolution(
  env: Env,
  id: string,
  selector: string,
  member: boolean,
): Promise<Result<Resolution, Unfound>> {
  const key = `${id} ${member ? "+" : "-"} ${selector}`;
  const known = resolutions.get(key);
  const now = Date.now();
  if (known !== undefined && now < known.until) return ok(known.resolution);
  const found = await algorithmOf(env, id).resolve(selector, member);
  if (found.ok) keep(resolutions, key, { resolution: found.value, until: now + LIMITS.freshMs });
  return found;
}

/** The release of a version that exists. */
async function releaseOf(env: Env, id: string, version: string): Promise<Release | null> {
  const key = releaseKey(id, version);
  const known = releases.get(key);
  if (known !== undefined) return known;
  const text = (await readCopy(key, () => env.KV.get(key))) ?? (await trueRelease(env, id, version));
  return text === null ? null : keep(releases, key, JSON.parse(text) as Release);
}

/** The object's answer to a miss, which becomes the copy. */
async function trueRelease(env: Env, id: string, version: string): Promise<string | null> {
  const text = await algorithmOf(env, id).release(version);
  if (text !== null) waitUntil(putCopy(env, releaseKey(id, version), text));
  return text;
}

/** Puts the read copy of a version's release; this never rejects. */
export const copyRelease = (env: Env, id: string, release: Release): Promise<void> =>
  putCopy(env, releaseKey(id, release.version), JSON.stringify(release));

/**
 * What a call of `owner/name` with a selector runs.
 * @param member whether the caller is, or belongs to, the owner
 */
export async function findRelease(
  env: Env,
  owner: string,
  name: string,
  selector: string,
  member: boolean,
): Promise<Result<Release, Unfound>> {
  const id = algorithmId(owner, name);
  const found = await resolution(env, id, selector, member);
  if (!found.ok) {
    const built = member && found.error === "unknown-version" ? await unpublishedRelease(env, id, selector) : null;
    return built === null ? found : ok(built);
  }
  const release = await releaseOf(env, id, found.value.version);
  return release === null ? err("unknown-version") : ok(release);
}

/** Whether a version is suspended, as far as is known for LIMITS.freshMs: what began before asks it again while it runs. */
export async function isSuspended(env: Env, { algorithm, version }: Release): Promise<boolean> {
  const found = await resolution(env, algorithm.toLowerCase(), version, true);
  return !found.ok && found.error === "suspended-version";
}
