// What of a call its author may see: how it went and what it earned, not what went in or came out, and not who called. The
// calls engine puts it into the shares of a settlement, so that it reaches the author's account with the money. Pure.
import { type NodeShare, sharesOf } from "../money/shares.ts";
import type { CallNode, CallRecord } from "../record.ts";

/** One call of an algorithm as its author's account keeps it. */
export interface SoldItem {
  /** Id of the node; its root's is the call's. */
  readonly id: string;
  readonly build: string;
  readonly status: CallNode["status"];
  readonly error: string | null;
  readonly fuel: number;
  readonly hostCalls: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryPages: number;
  readonly started: number;
  readonly duration: number;
  readonly charge: CallNode["charge"];
}

export const itemOf = (node: CallNode): SoldItem => ({
  id: node.id,
  build: node.build,
  status: node.status,
  error: node.error,
  fuel: node.fuel,
  hostCalls: node.hostCalls,
  inputBytes: node.inputBytes,
  outputBytes: node.outputBytes,
  memoryPages: node.memoryPages,
  started: node.started,
  duration: node.duration,
  charge: node.charge,
});

/** A share as a settlement carries it (objects/account/protocol.ts). */
export interface ItemShare {
  readonly to: string;
  readonly amount: number;
  readonly for: NodeShare["for"];
  readonly item?: string;
}

/**
 * Who gets what of a call tree, with what each author may see: for every node the platform's share, and one for the author
 * that carries the item, of 0 microcredits where there is no royalty, so that authors see free and failed calls too.
 */
export function settlementShares({ nodes }: CallRecord): readonly ItemShare[] {
  return nodes.flatMap((node): ItemShare[] => {
    const shares = sharesOf(node);
    const { algorithm, version } = node;
    const earned = shares.find((share) => share.for.kind === "royalty")?.amount ?? 0;
    const author: ItemShare = {
      to: algorithm.slice(0, algorithm.indexOf("/")),
      amount: earned,
      for: { algorithm, version, kind: "royalty" },
      item: JSON.stringify(itemOf(node)),
    };
    return [...shares.filter((share) => share.for.kind === "platform"), author];
  });
}
