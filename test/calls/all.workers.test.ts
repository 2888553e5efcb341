// Many calls at once, inside workerd with the real ledger: their answers in order, their places in the tree, what they cost, and
// what bounds them.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { priced, relay, relayMany } from "./relay.ts";
import { SCRIPTED, script } from "./script.ts";

let ada: Client;
let bob: Client;
const call = { permissions: ["call"] };
const ROYALTY = 1_000;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 2_000_000_000);
  expect((await ada.publish("ada", { name: "fan", ...call }, testModule("fan"))).status).toBe(201);
  await ada.publish("ada", { name: "echo", royalty: ROYALTY }, testModule("echo"));
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
  await ada.publish("ada", { name: "traps", output: "void" }, testModule("traps"));
  await ada.publish("ada", { name: "relay", ...call }, testModule("relay"));
  await ada.publish("ada", { name: "script", ...SCRIPTED }, testModule("script"));
});

interface TreeNode {
  readonly id: string;
  readonly algorithm: string;
  readonly status: string;
  readonly error: string | null;
  readonly fuel: number;
  readonly started: number;
  readonly charge: { readonly compute: number; readonly call: number; readonly royalty: number };
  readonly children: readonly TreeNode[];
}

const treeOf = async (id: string): Promise<TreeNode> =>
  (await (await bob.get(`/v1/calls/${id}/tree`)).json<{ tree: TreeNode }>()).tree;
const flat = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(flat)];
const costOf = ({ charge }: TreeNode): number => charge.compute + charge.call + charge.royalty;
const fan = (times: number, name: string, input: Uint8Array = Uint8Array.of(0), headers = {}) =>
  priced(bob.call("ada/fan", relayMany(times, name, input), headers));
const codes = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe("answers", () => {
  test.for([0, 1, 2, 7, LIMITS.listedCalls])("of %d calls come in their order", async (count) => {
    const ran = await fan(count, "ada/echo");
    expect(codes(ran.text)).toEqual(upTo(count));
    const tree = await treeOf(ran.id);
    expect(tree.children.map(({ id }) => id)).toEqual(upTo(count).map((n) => `${ran.id}/${n + 1}`));
    expect(flat(tree).reduce((sum, node) => sum + costOf(node), 0)).toBe(ran.cost);
    expect(tree.children.every(({ charge }) => charge.call === CALL_FEE && charge.royalty === ROYALTY)).toBe(true);
  });

  test("cost the same every time", async () => {
    const costs = [await fan(9, "ada/echo"), await fan(9, "ada/echo")].map(({ cost }) => cost);
    expect(costs[1]).toBe(costs[0]);
  });

  test("one call more than LIMITS.listedCalls ends the call", async () => {
    const ran = await fan(LIMITS.listedCalls + 1, "ada/echo");
    expect(ran.body.error?.error_type).toBe("CallLimit");
    expect((await treeOf(ran.id)).children).toEqual([]);
  });

  test("that failed are errors in their place, and those that completed are paid", async () => {
    const ran = await fan(3, "ada/traps");
    expect(ran.text.match(/"error_type":"Trap"/g)).toHaveLength(3);
    const none = await fan(2, "ada/none");
    expect(none.text.match(/"error_type":"UnknownAlgorithm"/g)).toHaveLength(2);
    expect((await treeOf(none.id)).children).toEqual([]);
  });

  test("come from many builds at once, through hops", async () => {
    const ran = await fan(5, "ada/relay", relay("ada/echo", Uint8Array.of(7)));
    expect(codes(ran.text)).toEqual([7, 7, 7, 7, 7]);
    expect(flat(await treeOf(ran.id))).toHaveLength(11);
  });

  test("of callees that write state come one after the other all the same", async () => {
    const ran = await fan(5, "ada/script", script(["increment", "n"], ["increment", "n"]));
    const counts = codes(ran.text);
    expect(counts).toHaveLength(10);
    const after = await priced(bob.call("ada/script", script(["increment", "n"])));
    // Those that ran side by side did not see each other's writes; who completed last is what stays.
    expect(codes(after.text)[0]).toBeGreaterThanOrEqual(3);
    expect(codes(after.text)[0]).toBeLessThanOrEqual(11);
  });
});

describe("bounds", () => {
  test("a ceiling that is used up ends the whole tree, and it costs no more", async () => {
    const amount = new Uint8Array(Uint32Array.of(2_000_000_000).buffer);
    amount[0] = 1;
    const ran = await fan(6, "ada/work", amount, { "X-Orcade-Max-Cost": "1500000" });
    expect(ran.body.error?.error_type).toBe("BudgetExceeded");
    expect(ran.body.error?.error_type).toBe("BudgetExceeded");
    expect(ran.cost).toBeLessThanOrEqual(1_500_000);
    const nodes = flat(await treeOf(ran.id));
    expect(nodes.reduce((sum, node) => sum + costOf(node), 0)).toBe(ran.cost);
  });

  test("no more than LIMITS.treeCalls in one tree: the rest is told CallCount", async () => {
    const ran = await fan(11, "ada/fan", relayMany(LIMITS.listedCalls, "ada/echo", Uint8Array.of(1)));
    expect(flat(await treeOf(ran.id))).toHaveLength(LIMITS.treeCalls);
    expect(ran.text).toContain("CallCount");
  });
});
