// Failures that an author answers for: the platform bears them, up to a limit a day for each version (its algorithm's object
// counts, and suspends the version beyond it), and up to a part of that for each caller, so that one caller can neither
// compute for nothing nor have an algorithm suspended. Counted in this isolate and told in batches.
import { waitUntil } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { CALL_FEE, computePrice } from "../market/money/price.ts";
import type { Release } from "../market/release.ts";
import { algorithmOf, forgetResolutions } from "../objects/algorithm/store.ts";

const DAY_MS = 86_400_000;
const GATHER_MS = 250;
/** Entries that are remembered; on passing it all are forgotten, to the callers' good. */
const KEPT = 20_000;

interface Gathered {
  calls: number;
  cost: number;
}

/** Microcredits that a caller's failures cost today, by build, account and day. */
const borne = new Map<string, number>();
const gathered = new Map<string, Gathered>();

/**
 * Counts a failure of the author's.
 * @param fuel burned
 * @returns false when this caller has had its part for today, and pays
 */
export function bearsFault(env: Env, release: Release, account: string, fuel: number): boolean {
  const cost = computePrice(fuel) + CALL_FEE;
  const key = `${release.algorithm}@${release.version} ${account} ${Math.floor(Date.now() / DAY_MS)}`;
  const before = borne.get(key) ?? 0;
  if (before + cost > LIMITS.faultBudgetPerCaller) return false;
  if (borne.size >= KEPT) borne.clear();
  borne.set(key, before + cost);
  gather(env, release, cost);
  return true;
}

function gather(env: Env, { algorithm, version }: Release, cost: number): void {
  const key = `${algorithm.toLowerCase()}@${version}`;
  const known = gathered.get(key);
  if (known !== undefined) {
    known.calls++;
    known.cost += cost;
    return;
  }
  gathered.set(key, { calls: 1, cost });
  waitUntil(tell(env, algorithm.toLowerCase(), version, key));
}

async function tell(env: Env, algorithm: string, version: string, key: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  const faults = gathered.get(key) ?? { calls: 0, cost: 0 };
  gathered.delete(key);
  try {
    if (await algorithmOf(env, algorithm).addFaults(version, faults)) forgetResolutions(algorithm);
  } catch (error) {
    console.error(JSON.stringify({ event: "faults-failed", algorithm, ...faults, error: String(error) }));
  }
}
