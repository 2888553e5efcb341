// Call trees with real records: what the calls engine would settle.
import { sharesOf } from "../../../worker/market/money/shares.ts";
import type { CallNode, CallRecord, NodeCharge } from "../../../worker/market/record.ts";
import type { Settlement } from "../../../worker/objects/account/protocol.ts";

export interface Leaf {
  readonly algorithm: string;
  readonly compute: number;
  readonly royalty: number;
  /** Failed at its author's cost: charged nothing. */
  readonly failed?: boolean;
}

const HASH = "0".repeat(64);
const FEE = 20_000;

function nodeOf(call: string, { algorithm, compute, royalty, failed }: Leaf, n: number): CallNode {
  const charge: NodeCharge = failed
    ? { compute: 0, call: 0, royalty: 0, payer: "author" }
    : { compute, call: FEE, royalty, payer: "caller" };
  return {
    id: n === 0 ? call : `${call}/${n}`,
    parent: n === 0 ? null : call,
    algorithm,
    version: "1.0.0",
    build: HASH,
    costTable: "1",
    closed: false,
    status: failed ? "failed" : "completed",
    error: failed ? "Trap" : null,
    fuel: compute * 1_000,
    fuelTotal: compute * 1_000,
    hostCalls: 0,
    inputBytes: 10,
    outputBytes: 10,
    memoryPages: 1,
    started: 1_764_000_000_000,
    duration: 3,
    input: HASH,
    output: failed ? null : HASH,
    answers: null,
    charge,
  };
}

/** The settlement of a tree whose root is the first leaf and whose other leaves it called. */
export function treeOf(account: string, call: string, leaves: readonly Leaf[]): Settlement {
  const nodes = leaves.map((leaf, n) => nodeOf(call, leaf, n));
  const shares = nodes.flatMap(sharesOf);
  const total = shares.reduce((sum, { amount }) => sum + amount, 0);
  const record: CallRecord = { id: call, account, key: "first key", at: 1_764_000_000_000, cost: total, nodes };
  const status = leaves[0]?.failed ? "failed" : "completed";
  const algorithm = leaves[0]?.algorithm ?? "ada/echo";
  return { call, algorithm, version: "1.0.0", status, total, shares, record: JSON.stringify(record) };
}
