// What a shard owes becomes a bill: one settlement of the account's ledger, with a node for the mapper and one for the reducer.
// Its node is not one call but the sum of many tasks; what each came to stands in the shard. Pure.
import type { OwedRow } from "../../../kv-schema/tables/shard.ts";
import type { JobTerms } from "../../jobs/terms.ts";
import { sha256OfText } from "../../market/hash.ts";
import { computePrice } from "../../market/money/price.ts";
import type { CallNode, CallRecord } from "../../market/record.ts";
import { settlementShares } from "../../market/record/item.ts";
import type { Release } from "../../market/release.ts";
import type { Settlement } from "../account/protocol.ts";

/** What a bill comes to; fuel is rounded once for each node, so that is at most what was owed batch by batch. */
export interface Bill {
  readonly settlement: Settlement;
  readonly total: number;
}

function nodeOf(
  id: string,
  parent: string | null,
  release: Release,
  owed: OwedRow,
  job: string,
  now: number,
): CallNode {
  return {
    id,
    parent,
    algorithm: release.algorithm,
    version: release.version,
    build: release.build,
    costTable: release.metered.costTable,
    closed: release.manifest.source === "closed",
    status: "completed",
    error: null,
    fuel: owed.fuel,
    fuelTotal: owed.fuel,
    hostCalls: 0,
    inputBytes: owed.input,
    outputBytes: owed.output,
    memoryPages: 0,
    started: owed.since,
    duration: Math.max(0, now - owed.since),
    // Not of one input: it names the job whose tasks these were.
    input: sha256OfText(job),
    output: null,
    answers: null,
    charge: { compute: computePrice(owed.fuel), call: owed.call, royalty: owed.royalty, payer: "caller" },
  };
}

/** @param id `req-` and a UUID @param owed by role; at least one */
export function billOf(id: string, job: JobTerms, owed: readonly OwedRow[], now: number): Bill {
  const nodes: CallNode[] = [];
  for (const row of owed.toSorted((a, b) => (a.role < b.role ? -1 : 1))) {
    const release = row.role === "reduce" ? (job.reduce ?? job.map) : job.map;
    const root = nodes[0];
    nodes.push(nodeOf(root === undefined ? id : `${id}/1`, root?.id ?? null, release, row, job.id, now));
  }
  const [root, child] = nodes;
  if (root !== undefined && child !== undefined) nodes[0] = { ...root, fuelTotal: root.fuel + child.fuel };
  const cost = nodes.reduce((sum, { charge }) => sum + charge.compute + charge.call + charge.royalty, 0);
  const record: CallRecord = { id, account: job.account, key: job.keyLabel, at: now, cost, nodes };
  const settlement: Settlement = {
    call: id,
    algorithm: root?.algorithm ?? "",
    version: root?.version ?? "",
    status: "completed",
    total: cost,
    shares: settlementShares(record),
    record: JSON.stringify(record),
  };
  return { settlement, total: cost };
}
