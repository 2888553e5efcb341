// What a payer is shown of a call: all of it, but the fuel of algorithms whose source is closed rounded up to 1,000, because
// exact fuel tells what code did with data. A rounded node makes the totals above it sums of what is shown. Pure.
import { sharesOf } from "../money/shares.ts";
import type { CallNode, CallRecord } from "../record.ts";

/** Fuel is shown in steps of this where it is not shown exactly. The price has the same step: it tells no more. */
export const FUEL_STEP = 1_000;

/** @param exact whether who looks may know exactly */
export const shownFuel = (fuel: number, exact: boolean): number =>
  exact ? fuel : Math.ceil(fuel / FUEL_STEP) * FUEL_STEP;

/** Who got how much of a node's charge. */
export interface ShownPosting {
  readonly to: string;
  readonly amount: number;
  readonly for: "royalty" | "platform";
}

export interface ShownNode extends CallNode {
  readonly postings: readonly ShownPosting[];
}

export interface ShownTree extends Omit<ShownNode, "parent"> {
  readonly children: readonly ShownTree[];
}

/**
 * The nodes as the payer is shown them.
 * @param isOwn whether the payer belongs to the owner of an algorithm, whose fuel it then sees exactly
 */
export function shownNodes({ nodes }: CallRecord, isOwn: (owner: string) => boolean): readonly ShownNode[] {
  const exact = (node: CallNode): boolean => !node.closed || isOwn(ownerOf(node.algorithm));
  const totals = new Map<string, number>();
  for (const node of nodes.toReversed()) {
    const total = shownFuel(node.fuel, exact(node)) + (totals.get(node.id) ?? 0);
    totals.set(node.id, total);
    if (node.parent !== null) totals.set(node.parent, (totals.get(node.parent) ?? 0) + total);
  }
  return nodes.map((node) => ({
    ...node,
    fuel: shownFuel(node.fuel, exact(node)),
    fuelTotal: totals.get(node.id) ?? 0,
    postings: sharesOf(node).map(({ to, amount, for: { kind } }) => ({ to, amount, for: kind })),
  }));
}

const ownerOf = (algorithm: string): string => algorithm.slice(0, algorithm.indexOf("/"));

/** The nodes as a tree. @param nodes root first, parents before their children */
export function treeOf(nodes: readonly ShownNode[]): ShownTree | null {
  const children = new Map<string, ShownTree[]>();
  let root: ShownTree | null = null;
  for (const { parent, ...node } of nodes) {
    const below: ShownTree[] = [];
    children.set(node.id, below);
    const made: ShownTree = { ...node, children: below };
    if (parent === null) root = made;
    else children.get(parent)?.push(made);
  }
  return root;
}
