// What a tree came to: its record, and the settlement by which it is paid. Pure.
import type { Grant } from "../market/access/grant.ts";
import { type CallNode, type CallRecord, chargeOf } from "../market/record.ts";
import { settlementShares } from "../market/record/item.ts";
import type { Settlement } from "../objects/account/protocol.ts";
import type { Invocation } from "./invocation.ts";

interface Recorded {
  readonly id: string;
  readonly grant: Grant;
  readonly at: number;
  /** Root first, every parent before its children, children in the order of their start. */
  readonly invocations: readonly Invocation[];
}

/** Fuel of each with everything below it. */
function totals(invocations: readonly Invocation[]): Map<Invocation, number> {
  const sums = new Map<Invocation, number>();
  for (const invocation of invocations.toReversed()) {
    const total = invocation.fuel + (sums.get(invocation) ?? 0);
    sums.set(invocation, total);
    const { parent } = invocation;
    if (parent !== null) sums.set(parent, (sums.get(parent) ?? 0) + total);
  }
  return sums;
}

export function recordOf({ id, grant, at, invocations }: Recorded): CallRecord {
  const sums = totals(invocations);
  const nodes = invocations.map((invocation) => invocation.node(sums.get(invocation) ?? 0));
  const cost = nodes.reduce((sum, node) => sum + chargeOf(node), 0);
  return { id, account: grant.account, key: grant.key.label, at, cost, nodes };
}

const NOTHING = { compute: 0, call: 0, royalty: 0, payer: "nobody" } as const;

/**
 * The record of a tree that ran to its end and failed all the same, because its state could not be kept.
 * @param paid whether what ran is charged: completed callees and the root's own fuel and fee
 */
export function failedAs(record: CallRecord, type: string, paid: boolean): CallRecord {
  const nodes = record.nodes.map((node): CallNode => {
    if (!paid) return { ...node, status: "failed", error: type, output: null, outputBytes: 0, charge: NOTHING };
    if (node.parent !== null) return node;
    const charge = { ...node.charge, royalty: 0 };
    return { ...node, status: "failed", error: type, output: null, outputBytes: 0, charge };
  });
  return { ...record, nodes, cost: nodes.reduce((sum, node) => sum + chargeOf(node), 0) };
}

/** @param failed whether the tree as a whole gave no answer */
export function settlementOf(record: CallRecord, failed: boolean): Settlement {
  const [root] = record.nodes;
  return {
    call: record.id,
    algorithm: root?.algorithm ?? "",
    version: root?.version ?? "",
    status: failed ? "failed" : "completed",
    total: record.cost,
    shares: settlementShares(record),
    record: JSON.stringify(record),
  };
}
