// Random numbers. Their state is part of the run, which begins with a seed that is handed in: the same seed gives the same run.
import type { Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { arityMismatch, illegalArgument, argumentType } from "../values/failure.ts";
import { Double, integer, isInteger, kindOf, type Value } from "../values/kinds.ts";
import { site0, siteN } from "./define.ts";

/** mulberry32 (T. Ettinger, public domain): 32 bits from a counter. @returns a number in 0..2^32-1 */
export function random32(run: Run): number {
  run.seed = (run.seed + 0x6d2b79f5) >>> 0;
  let bits = run.seed;
  bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return (bits ^ (bits >>> 14)) >>> 0;
}

/** @returns a number in 0..1-2^-52 */
const unit = (run: Run): number => (random32(run) * 2 ** 20 + (random32(run) >>> 12)) / 2 ** 52;

/** Even over 0..n-1, by drawing again what would favour the first. */
function below(run: Run, bound: bigint): bigint {
  const words = Math.ceil(bound.toString(16).length / 8);
  const span = 2n ** BigInt(32 * words);
  const fair = span - (span % bound);
  for (;;) {
    let drawn = 0n;
    for (let word = 0; word < words; word++) drawn = drawn * 4294967296n + BigInt(random32(run));
    if (drawn < fair) return drawn % bound;
  }
}

function random(run: Run, args: readonly Value[]): Outcome {
  if (args.length > 1) return arityMismatch(1, args.length);
  const [bound] = args;
  if (args.length === 0) return random32(run) | 0;
  if (!isInteger(bound)) return argumentType(0, "Integer", kindOf(bound as Value));
  return bound > 0 ? integer(below(run, BigInt(bound))) : illegalArgument("bound must be positive");
}

function uuid(run: Run): string {
  const hex = Array.from({ length: 4 }, () => random32(run).toString(16).padStart(8, "0")).join("");
  const variant = "89ab"[Number.parseInt(hex.slice(16, 17), 16) & 3] ?? "8";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export const RANDOM: readonly HostSite[] = [
  siteN("orc.lib.util.Random", random),
  site0("orc.lib.util.URandom", (run) => new Double(unit(run))),
  site0("orc.lib.util.UUID", uuid),
];
