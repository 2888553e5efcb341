// Checking a receipt: its signature, that its figures add up, and the replay of what is open.
import { computePrice } from "../../worker/market/money/price.ts";
import { sharesOf } from "../../worker/market/money/shares.ts";
import { type PublishedKey, verifySignature } from "../../worker/market/receipt/receipt.ts";
import { shownFuel } from "../../worker/market/record/view.ts";
import type { ReceiptFile, ReceiptNode } from "./file.ts";
import { type NodeVerdict, Replay } from "./replay.ts";

export interface Verification {
  /** Why the receipt proves nothing; null: it holds. */
  readonly refused: string | null;
  readonly key: string;
  readonly nodes: readonly NodeVerdict[];
}

const SENTENCES = {
  "unknown-key": "it is signed by a key that the issuer does not publish",
  "key-not-then": "it is signed by a key that was retired before the call was settled",
  "bad-signature": "its signature does not hold: something in it was changed",
  "not-canonical": "it cannot be written as canonical JSON",
} as const;

const costOf = ({ charge }: ReceiptNode): number => charge.compute + charge.call + charge.royalty;

/** Whether the figures of one node agree with each other. */
function nodeMisfit(node: ReceiptNode, below: number): string | undefined {
  const shares = sharesOf(node).map(({ to, amount, for: { kind } }) => ({ to, amount, for: kind }));
  if (JSON.stringify(shares) !== JSON.stringify(node.postings)) return `the postings of ${node.id} are not its charge`;
  if (node.fuelTotal !== node.fuel + below) return `the total fuel of ${node.id} is not the sum of its parts`;
  const { payer, compute } = node.charge;
  const paid = payer === "caller" && node.status === "completed";
  return paid && shownFuel(compute * 1_000, false) !== computePrice(node.fuel) * 1_000
    ? `the price of ${node.id} is not that of its fuel`
    : undefined;
}

function misfit({ cost, nodes }: ReceiptFile["receipt"]["statement"]): string | undefined {
  if (nodes.reduce((sum, node) => sum + costOf(node), 0) !== cost)
    return "its cost is not the sum of its nodes' charges";
  const below = new Map<string, number>();
  for (const node of nodes.toReversed()) {
    const wrong = nodeMisfit(node, below.get(node.id) ?? 0);
    if (wrong !== undefined) return wrong;
    if (node.parent !== null) below.set(node.parent, (below.get(node.parent) ?? 0) + node.fuelTotal);
  }
  return undefined;
}

/** @param keys of the issuer, from where whoever checks trusts them */
export async function verifyReceipt(file: ReceiptFile, keys: readonly PublishedKey[]): Promise<Verification> {
  const { signature, statement } = file.receipt;
  const signed = await verifySignature(file.receipt, keys);
  const refuse = (reason: string): Verification => ({ refused: reason, key: signature.key, nodes: [] });
  if (!signed.ok) return refuse(SENTENCES[signed.error]);
  const wrong = misfit(statement);
  if (wrong !== undefined) return refuse(wrong);
  const nodes = await new Replay(file).run();
  const differs = nodes.find(({ verdict }) => verdict === "refused");
  const reason = differs === undefined ? null : `${differs.id} ${differs.reason}`;
  return { refused: reason, key: signature.key, nodes };
}
