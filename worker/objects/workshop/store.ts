// The way to workshops, and to what only a holder of the deployment's key can read in them.
import type { Env } from "../../env.ts";
import type { Release } from "../../market/release.ts";
import { seal, sealersOf, unseal } from "../../market/secrets.ts";
import type { Built, Workshop } from "./object.ts";

/** @param id `owner/name`, lower case */
export const workshopOf = (env: Env, id: string): DurableObjectStub<Workshop> =>
  env.WORKSHOP.get(env.WORKSHOP.idFromName(id));

/** Versions of builds that are not published: `0.0.0+` and 40 digits of the build (SemVer §10); 0.0.0 itself is never one. */
export const unpublishedVersion = (build: string): string => `0.0.0+${build.slice(0, 40)}`;
const BUILD = /^(?:0\.0\.0\+)?([0-9a-f]{40}(?:[0-9a-f]{24})?)$/i;

const NEWEST = new Set(["", "latest", "latestPrivate"]);

/**
 * The release of an unpublished build that a selector names by its hash, or the newest where the selector names none: asked
 * for members only, and after no version was found.
 */
export async function unpublishedRelease(env: Env, id: string, selector: string): Promise<Release | null> {
  const [, hash] = BUILD.exec(selector) ?? [];
  const workshop = workshopOf(env, id);
  const [newest] = NEWEST.has(selector) ? ((await workshop.builds(null, 1)) as readonly Built[]) : [];
  const built = hash === undefined ? (newest ?? null) : await workshop.build(hash);
  return built === null ? null : (JSON.parse(built.release) as Release);
}

/**
 * A secret's value, for the algorithm that owns it and nobody else: never log, journal or answer it. One that an older key
 * sealed is sealed anew.
 * @param algorithm `owner/name` @returns null when there is none, or no key of the deployment opens it
 */
export async function readSecret(env: Env, algorithm: string, name: string): Promise<string | null> {
  const sealers = sealersOf(env.ORCADE_SECRET_KEYS);
  const workshop = workshopOf(env, algorithm.toLowerCase());
  const sealed = await workshop.sealed(name);
  const opened = sealed === null ? null : await unseal(sealers, algorithm, name, sealed);
  if (sealed === null || opened === null || !opened.ok) return null;
  const [newest] = sealers;
  if (newest !== undefined && newest.id !== sealed.sealer)
    await workshop.reseal(name, sealed.sealer, await seal(newest, algorithm, name, opened.value));
  return opened.value;
}
