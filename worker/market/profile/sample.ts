// What profiles are made of: one sample for every node of a settled call tree. Pure.
import { type CallNode, type CallRecord, chargeOf } from "../record.ts";

/** A callee of a call: what it costs beside its own fuel. */
export interface Callee {
  /** Canonical `owner/name`. */
  readonly algorithm: string;
  readonly version: string;
  /** Microcredits. */
  readonly royalty: number;
}

export interface Sample {
  /** Id of the node. */
  readonly call: string;
  readonly algorithm: string;
  readonly version: string;
  readonly build: string;
  readonly completed: boolean;
  /** Whether a ceiling ended it: it would have used more fuel than this. */
  readonly cut: boolean;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly fuel: number;
  /** Pages of memory. */
  readonly pages: number;
  /** Milliseconds. */
  readonly duration: number;
  /** Microcredits charged for everything below it. */
  readonly nested: number;
  /** The calls it made itself, in order. */
  readonly callees: readonly Callee[];
}

const calleeOf = ({ algorithm, version, charge }: CallNode): Callee => ({
  algorithm,
  version,
  royalty: charge.royalty,
});

/** @returns one sample for each node, in the record's order */
export function samplesOf(record: CallRecord): readonly Sample[] {
  const children = new Map<string, CallNode[]>();
  const below = new Map<string, number>();
  // Children come after their parents, so that a walk from the end sees every subtree whole.
  for (const node of record.nodes.toReversed()) {
    if (node.parent === null) continue;
    children.set(node.parent, [node, ...(children.get(node.parent) ?? [])]);
    const total = chargeOf(node) + (below.get(node.id) ?? 0);
    below.set(node.parent, (below.get(node.parent) ?? 0) + total);
  }
  return record.nodes.map((node) => ({
    call: node.id,
    algorithm: node.algorithm,
    version: node.version,
    build: node.build,
    completed: node.status === "completed",
    cut: node.error === "BudgetExceeded",
    inputBytes: node.inputBytes,
    outputBytes: node.outputBytes,
    fuel: node.fuel,
    pages: node.memoryPages,
    duration: node.duration,
    nested: below.get(node.id) ?? 0,
    callees: (children.get(node.id) ?? []).map(calleeOf),
  }));
}
