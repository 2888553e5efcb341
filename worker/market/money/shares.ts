// Who gets what of a call tree: derived from the charges of its nodes, so that the leaves of a tree sum to its debit. Pure.
import type { CallNode } from "../record.ts";
import type { Microcredits } from "./amount.ts";
import { PLATFORM, authorPart, platformPart } from "./price.ts";

/** One part of one node's charge. */
export interface NodeShare {
  /** Account: the algorithm's owner, or the platform. */
  readonly to: string;
  readonly amount: Microcredits;
  readonly for: { readonly algorithm: string; readonly version: string; readonly kind: "royalty" | "platform" };
}

const ownerOf = (algorithm: string): string => algorithm.slice(0, algorithm.indexOf("/"));

/** What a node's charge comes to: the platform's part (compute, fee, its part of the royalty), then the author's, if any. */
export function sharesOf({
  algorithm,
  version,
  charge,
}: Pick<CallNode, "algorithm" | "version" | "charge">): readonly NodeShare[] {
  const platform = (charge.compute + charge.call + platformPart(charge.royalty)) as Microcredits;
  const author = authorPart(charge.royalty);
  return [
    ...(platform === 0
      ? []
      : [{ to: PLATFORM, amount: platform, for: { algorithm, version, kind: "platform" as const } }]),
    ...(author === 0
      ? []
      : [{ to: ownerOf(algorithm), amount: author, for: { algorithm, version, kind: "royalty" as const } }]),
  ];
}

/** The sums of shares by beneficiary (lower case). */
export function byBeneficiary(shares: Iterable<{ readonly to: string; readonly amount: number }>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { to, amount } of shares) {
    const name = to.toLowerCase();
    sums.set(name, (sums.get(name) ?? 0) + amount);
  }
  return sums;
}
