// Failures that an author answers for: the platform bears them, as far as the author's fault budget of the day and the
// caller's part of it reach. Both are counted in the author's account (objects/account/faults.ts), which also says when a
// version is to be suspended.
import { waitUntil } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { CALL_FEE, computePrice } from "../market/money/price.ts";
import type { Release } from "../market/release.ts";
import type { Borne } from "../objects/account/faults.ts";
import { accountOf } from "../objects/account/object.ts";
import { algorithmOf, forgetResolutions } from "../objects/algorithm/store.ts";

/** Entries that are remembered; on passing it all are forgotten. */
const KEPT = 20_000;

/** Callers for whom an author's account bears no more, and until when that is believed (ms). */
const spent = new Map<string, number>();

/**
 * Counts failures of the author's.
 * @param account that called
 * @param fuels burned by each
 * @returns how many of them, from the first, are borne: for the others the caller pays
 */
export async function bearFaults(
  env: Env,
  release: Release,
  account: string,
  fuels: readonly number[],
): Promise<number> {
  const algorithm = release.algorithm.toLowerCase();
  const [owner = ""] = algorithm.split("/");
  const key = `${owner} ${account.toLowerCase()}`;
  if (fuels.length === 0 || (spent.get(key) ?? 0) > Date.now()) return 0;
  const costs = fuels.map((fuel) => computePrice(fuel) + CALL_FEE);
  try {
    const faulty = { version: `${algorithm}@${release.version}`, caller: account, costs };
    const borne: Borne = await accountOf(env, owner).bearFaults(faulty);
    if (borne.suspend !== null) waitUntil(suspend(env, borne.suspend));
    if (borne.left < CALL_FEE) remember(key);
    return borne.calls;
  } catch (error) {
    // What nobody counts is not borne, or who overloads an account would compute for nothing.
    console.error(JSON.stringify({ event: "faults-failed", algorithm, error: String(error) }));
    return 0;
  }
}

function remember(key: string): void {
  if (spent.size >= KEPT) spent.clear();
  spent.set(key, Date.now() + LIMITS.freshMs);
}

/** What fails here is done at the next failure. */
async function suspend(env: Env, { version: named, reason }: NonNullable<Borne["suspend"]>): Promise<void> {
  const [algorithm = "", version = ""] = named.split("@");
  try {
    await algorithmOf(env, algorithm).tooFaulty(version, reason);
    forgetResolutions(algorithm);
  } catch (error) {
    console.error(JSON.stringify({ event: "suspension-failed", version: named, error: String(error) }));
  }
}
