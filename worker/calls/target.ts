// Which algorithm a call means: from a path to the release that it runs, as far as the caller may know of it.
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { findRelease } from "../objects/algorithm/store.ts";

/** `{owner}/{name}[/{version}]`: tolerant of empty segments and a literal `algo://` before them (contract §2.6, §3). */
export interface Target {
  readonly owner: string;
  readonly name: string;
  readonly selector: string;
}

/** Characters of what the caller sent that a message repeats. */
const ECHOED = 64;

export function targetOf(path: string): Result<Target, Failure> {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== "algo:");
  const [owner, name, selector = "", ...rest] = segments;
  if (owner === undefined || name === undefined || rest.length > 0) {
    return err(failure("unknown-route", "Call POST /v1/algo/{owner}/{name} or /v1/algo/{owner}/{name}/{version}."));
  }
  return ok({ owner, name, selector });
}

const unknownAlgorithm = ({ owner, name }: Target): Failure =>
  failure("unknown-algorithm", `algorithm algo://${owner}/${name} not found`);

const unknownVersion = ({ owner, name, selector }: Target): Failure => {
  const version = selector === "" ? "latest" : selector.slice(0, ECHOED);
  return failure(
    "unknown-version",
    `algorithm algo://${owner}/${name} has no version ${version} that this key may call`,
  );
};

const suspended = ({ owner, name }: Target): Failure =>
  failure("suspended-version", `this version of algo://${owner}/${name} is suspended: choose another`);

/** @param member whether who asks may call what is private there */
export async function releaseFor(env: Env, target: Target, member: boolean): Promise<Result<Release, Failure>> {
  const found = await findRelease(env, target.owner, target.name, target.selector, member);
  if (found.ok) return found;
  if (found.error === "suspended-version") return err(suspended(target));
  return err(found.error === "unknown-algorithm" ? unknownAlgorithm(target) : unknownVersion(target));
}
