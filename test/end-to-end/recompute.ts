// An account's calls from its records alone, read over HTTP and added up again with none of our own rules of money.
import type { Client } from "../support/client.ts";

interface Node {
  readonly algorithm: string;
  readonly input_sha256: string;
  readonly charge: { readonly compute: number; readonly call: number; readonly royalty: number };
  readonly children: readonly Node[];
}

export async function recomputed(payer: Client) {
  const [calls, earned, inputs, doubled] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Set<string>(),
    [] as string[],
  ];
  const earn = (name: string, amount: number) => earned.set(name, (earned.get(name) ?? 0) + amount);
  const walk = ({ algorithm, charge, children }: Node): number => {
    const forUs = Math.floor(0.3 * charge.royalty);
    earn("orcade", charge.compute + charge.call + forUs);
    earn(algorithm.split("/")[0] ?? "", charge.royalty - forUs);
    return charge.compute + charge.call + charge.royalty + children.reduce((sum, child) => sum + walk(child), 0);
  };
  let paid = 0;
  for (let path: string | null = "/v1/calls?limit=100"; path !== null;) {
    const page = (await (await payer.get(path)).json()) as {
      results: readonly { id: string }[];
      next_link: string | null;
    };
    for (const { id } of page.results) {
      const { tree } = (await (await payer.get(`/v1/calls/${id}/tree`)).json()) as { tree: Node };
      const cost = walk(tree);
      if (calls.has(id) || inputs.has(tree.input_sha256)) doubled.push(id);
      calls.set(id, cost);
      inputs.add(tree.input_sha256);
      paid += cost;
    }
    path = page.next_link;
  }
  return { calls, earned, inputs, doubled, paid };
}
