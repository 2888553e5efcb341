// Records of call trees, made as the calls engine makes them, for tests of what becomes of them.
import { sha256OfText } from "../../worker/market/hash.ts";
import { authorPart, platformPart } from "../../worker/market/money/price.ts";
import { type CallNode, type CallRecord, chargeOf } from "../../worker/market/record.ts";
import { settlementShares } from "../../worker/market/record/item.ts";
import type { Settlement } from "../../worker/objects/account/protocol.ts";

export interface WantedNode extends Partial<CallNode> {
  /** Steps from the root: "" or "1" or "1/2". */
  readonly path: string;
  readonly royalty?: number;
}

function nodeOf(id: string, { path, royalty = 0, ...more }: WantedNode): CallNode {
  const fuel = more.fuel ?? 1_234_567;
  const failed = more.status === "failed";
  return {
    id: path === "" ? id : `${id}/${path}`,
    parent: path === "" ? null : path.includes("/") ? `${id}/${path.slice(0, path.lastIndexOf("/"))}` : id,
    algorithm: "ada/echo",
    version: "1.0.0",
    build: sha256OfText("build"),
    costTable: "orcade-1",
    closed: true,
    status: "completed",
    error: null,
    fuel,
    fuelTotal: fuel,
    hostCalls: 0,
    inputBytes: 10,
    outputBytes: 20,
    memoryPages: 16,
    started: 1_764_000_000_000,
    duration: 3,
    input: sha256OfText("in"),
    output: failed ? null : sha256OfText("out"),
    answers: null,
    charge: { compute: Math.ceil(fuel / 1_000), call: 20_000, royalty, payer: "caller" },
    ...more,
  };
}

/** A record of nodes, root first. */
export function recordOf(id: string, account: string, wanted: readonly WantedNode[]): CallRecord {
  const nodes = wanted.map((node) => nodeOf(id, node));
  return {
    id,
    account,
    key: "first key",
    at: Date.now(),
    cost: nodes.reduce((sum, node) => sum + chargeOf(node), 0),
    nodes,
  };
}

export function settlementOf(record: CallRecord): Settlement {
  const [root] = record.nodes;
  if (root === undefined) throw new RangeError("a record has a root");
  return {
    call: record.id,
    algorithm: root.algorithm,
    version: root.version,
    status: root.status,
    total: record.cost,
    shares: settlementShares(record),
    record: JSON.stringify(record),
  };
}

/** What a royalty comes to: [the author's, the platform's]. */
export const split = (royalty: number): readonly [number, number] => [authorPart(royalty), platformPart(royalty)];
