// Algorithms that call algorithms, inside workerd with the real ledger: what passes between them, what it costs, who pays
// when some of it fails, and where trees end.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_FEE } from "../../worker/market/money/price.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { chain, priced, relay, relayMany, variant } from "./relay.ts";

let ada: Client;
let alice: Client;
let bob: Client;

const ROYALTY = { echo: 50_000, relay: 20_001 };
const call = { permissions: ["call"] };
const state = { permissions: ["state"] };
const MONEY = 1_000_000_000;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  alice = await invited(ada, "alice");
  bob = await invited(ada, "bob", MONEY);
  await alice.publish("alice", { name: "echo", royalty: ROYALTY.echo }, testModule("echo"));
  await alice.publish("alice", { name: "work", output: "void" }, testModule("work"));
  await alice.publish("alice", { name: "traps", output: "void", royalty: 7 }, testModule("traps"));
  await alice.publish("alice", { name: "secret", visibility: "private" }, testModule("echo"));
  await alice.publish("alice", { name: "counter", ...state }, testModule("counter"));
  await alice.publish("alice", { name: "words", input: "text", output: "text" }, testModule("echo"));
  await alice.publish("alice", { name: "relay", royalty: ROYALTY.relay, ...call }, testModule("relay"));
  await ada.publish("ada", { name: "relay", royalty: ROYALTY.relay, ...call }, testModule("relay"));
  await ada.publish("ada", { name: "trap", royalty: ROYALTY.relay, ...call }, testModule("relay-trap"));
  await ada.publish("ada", { name: "many", ...call }, testModule("relay-many"));
});

/** A node of `GET /v1/calls/{id}/tree`. */
interface TreeNode {
  readonly id: string;
  readonly algorithm: string;
  readonly status: string;
  readonly error: string | null;
  readonly fuel: number;
  readonly charge: {
    readonly compute: number;
    readonly call: number;
    readonly royalty: number;
    readonly payer: string;
  };
  readonly children: readonly TreeNode[];
}

const flat = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(flat)];
const nodesOf = async (client: Client, id: string): Promise<readonly TreeNode[]> =>
  flat((await (await client.get(`/v1/calls/${id}/tree`)).json<{ tree: TreeNode }>()).tree);
const balanceOf = async (client: Client): Promise<number> =>
  (await (await client.get("/v1/account")).json<{ balance_microcredits: number }>()).balance_microcredits;
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const countIn = (text: string): number => text.charCodeAt(0);

describe("a call of a call", () => {
  test("passes bytes as bytes, and costs both prices to the microcredit", async () => {
    const before = await balanceOf(bob);
    const found = await priced(bob.call("ada/relay", relay("alice/echo", Uint8Array.of(104, 105, 255))));
    expect(found.body.result).toBe(btoa("hi\xff"));
    const nodes = await nodesOf(bob, found.id);
    expect(nodes.map(({ id, algorithm, status }) => [id, algorithm, status])).toEqual([
      [found.id, "ada/relay", "completed"],
      [`${found.id}/1`, "alice/echo", "completed"],
    ]);
    const charges = nodes.map(({ charge }) => charge.compute + charge.call + charge.royalty);
    expect(charges.reduce((sum, each) => sum + each, 0)).toBe(found.cost);
    expect(found.cost).toBeGreaterThan(2 * CALL_FEE + ROYALTY.echo + ROYALTY.relay);
    expect(before - (await balanceOf(bob))).toBe(found.cost);
    expect(nodes[0]).toMatchObject({ host_calls: 1, answers_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(nodes[1]).toMatchObject({ host_calls: 0, answers_sha256: null, input_bytes: 3, output_bytes: 3 });
  });

  test("costs the same each time", async () => {
    const run = () => priced(bob.call("ada/relay", relay("alice/work", u32(50_000))));
    const costs = [];
    for (let n = 0; n < 5; n++) costs.push((await run()).cost);
    expect(new Set(costs).size).toBe(1);
  });

  test.for<readonly [name: string, type: string]>([
    ["nobody/nothing", "UnknownAlgorithm"],
    ["alice/secret", "UnknownAlgorithm"],
    ["alice/echo/9.9.9", "UnknownVersion"],
    ["alice", "UnknownAlgorithm"],
    ["", "UnknownAlgorithm"],
    ["alice/echo/1.0.0/x", "UnknownAlgorithm"],
    ["Simple key@bob/echo", "UnknownAlgorithm"],
    ["alice/words", "InvalidInput"],
  ])("an error of the callee is a value: %s is %s", async ([name, type]) => {
    const found = await priced(bob.call("ada/relay", relay(name)));
    expect(JSON.parse(found.text)).toMatchObject({ error_type: type });
    expect(await nodesOf(bob, found.id)).toHaveLength(1);
  });

  test("an author's own private algorithm can be called by the author's public one, and by its owner through any", async () => {
    const inside = await priced(bob.call("alice/relay", relay("alice/secret", Uint8Array.of(65))));
    expect(inside.text).toBe("A");
    const owner = await invited(ada, "carol", MONEY);
    await owner.publish("carol", { name: "mine", visibility: "private" }, testModule("echo"));
    expect((await priced(owner.call("ada/relay", relay("carol/mine", Uint8Array.of(66))))).text).toBe("B");
    expect((await priced(bob.call("ada/relay", relay("carol/mine")))).text).toContain("UnknownAlgorithm");
  });
});

describe("who pays when a part fails", () => {
  test("a callee that completed is paid although its parent traps; the parent gets nothing", async () => {
    const before = await balanceOf(bob);
    const found = await priced(bob.call("ada/trap", relay("alice/echo", Uint8Array.of(1))));
    expect(found.body.error?.error_type).toBe("Trap");
    const [parent, child] = await nodesOf(bob, found.id);
    expect(parent).toMatchObject({ status: "failed", error: "Trap", charge: { compute: 0, call: 0, royalty: 0 } });
    expect(parent?.charge.payer).toBe("author");
    expect(child).toMatchObject({ status: "completed", charge: { call: CALL_FEE, royalty: ROYALTY.echo } });
    expect(found.cost).toBe(CALL_FEE + ROYALTY.echo + (child?.charge.compute ?? 0));
    expect(before - (await balanceOf(bob))).toBe(found.cost);
  });

  test("its own author pays for what it burned, but no royalty", async () => {
    const found = await priced(ada.call("ada/trap", relay("alice/echo", Uint8Array.of(1))));
    const [parent] = await nodesOf(ada, found.id);
    expect(parent).toMatchObject({ status: "failed", charge: { call: CALL_FEE, royalty: 0, payer: "caller" } });
    expect(parent?.charge.compute).toBeGreaterThan(0);
  });

  test("a callee that traps costs its caller nothing, and the parent goes on", async () => {
    const found = await priced(bob.call("ada/relay", relay("alice/traps")));
    expect(JSON.parse(found.text)).toMatchObject({ error_type: "Trap" });
    const [parent, child] = await nodesOf(bob, found.id);
    expect(parent?.status).toBe("completed");
    expect(child).toMatchObject({ status: "failed", charge: { compute: 0, call: 0, royalty: 0, payer: "author" } });
    expect(child?.fuel).toBeGreaterThan(1_000);
  });
});

describe("a ceiling", () => {
  test("holds for the whole tree, to the microcredit", async () => {
    const input = chain(["ada/relay", "alice/work"], u32(200_000));
    const { cost } = await priced(bob.call("ada/relay", input));
    const enough = await priced(bob.call("ada/relay", input, { "X-Orcade-Max-Cost": String(cost) }));
    expect(enough.body.error).toBeUndefined();
    expect(enough.cost).toBe(cost);
    const short = await priced(bob.call("ada/relay", input, { "X-Orcade-Max-Cost": String(cost - 1) }));
    expect(short.body).toMatchObject({ error: { error_type: "BudgetExceeded" } });
    expect(short.body.result).toBeUndefined();
    expect(short.cost).toBeLessThanOrEqual(cost - 1);
  });

  test("below two fees stops the tree before the callee begins", async () => {
    const found = await priced(
      bob.call("ada/relay", relay("alice/echo"), { "X-Orcade-Max-Cost": String(2 * CALL_FEE + ROYALTY.relay) }),
    );
    expect(found.body).toMatchObject({ error: { error_type: "BudgetExceeded" } });
    expect(found.cost).toBeLessThan(2 * CALL_FEE);
    expect(await nodesOf(bob, found.id)).toHaveLength(1);
  });

  test("a time-out of the caller's ends callee and parents, and what was burned is the caller's", async () => {
    const found = await priced(bob.call("ada/relay?timeout=1", relay("alice/work", u32(4_000_000_000))));
    expect(found.body).toMatchObject({ error: { error_type: "TimeoutError" } });
    const nodes = await nodesOf(bob, found.id);
    expect(nodes.map(({ error, charge }) => [error, charge.payer, charge.royalty])).toEqual([
      ["TimeoutError", "caller", 0],
      ["TimeoutError", "caller", 0],
    ]);
    expect(nodes[1]?.charge.compute).toBeGreaterThan(1_000);
  });
});

describe("the bounds of a tree", () => {
  test("calls nest so deep and no deeper, whatever builds they are of", async () => {
    const names = Array.from({ length: LIMITS.callDepth }, (_, n) => `ada/deep${n % 6}`);
    for (let n = 0; n < 6; n++) {
      await ada.publish("ada", { name: `deep${n}`, ...call }, variant(testModule("relay"), n));
    }
    const [first = "", ...rest] = names;
    const deepest = await priced(ada.call(first, chain([...rest.slice(0, -1), "alice/echo"], Uint8Array.of(7))));
    expect(deepest.text).toBe("\x07");
    expect(await nodesOf(ada, deepest.id)).toHaveLength(LIMITS.callDepth);
    const deeper = await priced(ada.call(first, chain([...rest, "alice/echo"], Uint8Array.of(7))));
    const message = `Calls nest at most 16 deep: ${[...names, "alice/echo"].join(" > ")}`;
    expect(JSON.parse(deeper.text)).toEqual({ error_type: "CallDepth", message });
    expect(await nodesOf(ada, deeper.id)).toHaveLength(LIMITS.callDepth);
  });

  test("one algorithm may call itself so deep, many at once, without waiting for itself for ever", async () => {
    const names = Array.from({ length: LIMITS.callDepth - 2 }, () => "ada/deep0");
    const runs = Array.from({ length: 8 }, () =>
      priced(ada.call("ada/deep0", chain([...names, "alice/echo"], Uint8Array.of(8)))),
    );
    for (const { text } of await Promise.all(runs)) expect(text).toBe("\x08");
  });

  test("a tree holds so many calls and no more", async () => {
    const more = await priced(bob.call("ada/many", relayMany(LIMITS.treeCalls, "alice/echo", Uint8Array.of(9))));
    expect(JSON.parse(more.text)).toMatchObject({
      error_type: "CallCount",
      message: expect.stringMatching(/ada\/many > alice\/echo$/),
    });
    expect(await nodesOf(bob, more.id)).toHaveLength(LIMITS.treeCalls);
  });

  test("a module that calls a million times what is no algorithm is stopped at LIMITS.hostCalls", async () => {
    const { body, id } = await priced(ada.call("ada/many", relayMany(1_000_000, "nobody")));
    expect(body.error).toMatchObject({ error_type: "HostLimit", message: expect.stringContaining("10,000 times") });
    expect(await nodesOf(ada, id)).toMatchObject([{ status: "failed", host_calls: LIMITS.hostCalls }]);
  });

  test("a name is so long and no longer", async () => {
    const longest = await priced(bob.call("ada/relay", relay("x".repeat(LIMITS.calleeBytes))));
    expect(JSON.parse(longest.text)).toMatchObject({ error_type: "UnknownAlgorithm" });
    const longer = await priced(ada.call("ada/relay", relay("x".repeat(LIMITS.calleeBytes + 1))));
    expect(longer.body).toMatchObject({ error: { error_type: "CallLimit" } });
  });
});

describe("state in a tree", () => {
  test("is the caller's, seen by later calls of the tree, and kept when it settles", async () => {
    const found = await priced(bob.call("ada/many", relayMany(3, "alice/counter")));
    expect(countIn(found.text)).toBe(3);
    expect(countIn((await priced(bob.call("alice/counter", new Uint8Array(0)))).text)).toBe(4);
    expect(countIn((await priced(ada.call("alice/counter", new Uint8Array(0)))).text)).toBe(1);
  });

  test("of a callee that completed is kept, and paid, although its parent traps", async () => {
    await priced(bob.call("ada/trap", relay("alice/counter")));
    expect(countIn((await priced(bob.call("alice/counter", new Uint8Array(0)))).text)).toBe(6);
  });

  test("counts exactly when many trees write it at once", async () => {
    const carol = await invited(ada, "dora", MONEY);
    await Promise.all(Array.from({ length: 12 }, () => priced(carol.call("ada/many", relayMany(2, "alice/counter")))));
    expect(countIn((await priced(carol.call("alice/counter", new Uint8Array(0)))).text)).toBe(25);
  });
});
