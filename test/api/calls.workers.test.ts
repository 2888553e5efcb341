// Records of calls: all of it for who paid, the own nodes for an author, nothing for anybody else.
import { beforeAll, describe, expect, test } from "vitest";
import { sha256OfText } from "../../worker/market/hash.ts";
import type { CallRecord } from "../../worker/market/record.ts";
import { flush } from "../objects/account/support.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { recordOf, settlementOf, split } from "../support/records.ts";

let ada: Client;
let bob: Client;
let cleo: Client;
let tree: CallRecord;
let before: number;

const balanceOf = async (account: string): Promise<number> =>
  (await env.ACCOUNT.get(env.ACCOUNT.idFromName(account)).balance()).balance;

async function settle(client: Client, account: string, ...records: CallRecord[]): Promise<void> {
  const stub = env.ACCOUNT.get(env.ACCOUNT.idFromName(account));
  const want = records.reduce((sum, { cost }) => sum + cost, 1);
  await stub.grantMoney({ id: `grant:${crypto.randomUUID()}`, amount: want, by: "tests", note: "" });
  const request = { isolate: "one", key: sha256OfText(client.key), want, least: want, calls: 0, until: 0 };
  const lease = await stub.lease(request);
  if (!lease.ok) throw new Error(JSON.stringify(lease.error));
  expect(await stub.settle(lease.value.id, records.map(settlementOf))).toEqual(
    records.map(() => expect.objectContaining({ ok: true })),
  );
}

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  before = await balanceOf("ada");
  bob = await signUp(fetchInside, env, "bob");
  cleo = await signUp(fetchInside, env, "cleo");
  tree = recordOf("req-tree", "cleo", [
    { path: "", algorithm: "bob/audit", royalty: 20_001, fuel: 1_500, closed: false },
    { path: "1", algorithm: "ada/tags", royalty: 50_000, fuel: 2_500 },
    { path: "1/1", algorithm: "ada/words", fuel: 10, closed: false },
    { path: "2", algorithm: "ada/tags", royalty: 0, fuel: 999, status: "failed", error: "Trap" },
  ]);
  const others = [1, 2, 3].map((n) => recordOf(`req-${n}`, "cleo", [{ path: "", algorithm: "ada/tags", royalty: 7 }]));
  await settle(cleo, "cleo", tree, ...others);
  await settle(bob, "bob", recordOf("req-bob", "bob", [{ path: "", algorithm: "ada/tags", royalty: 11 }]));
  await flush("cleo");
  await flush("bob");
});

interface Tree {
  readonly id: string;
  readonly fuel: number;
  readonly fuel_total: number;
  readonly charge: { compute: number; call: number; royalty: number };
  readonly postings: { to: string; amount: number }[];
  readonly children: Tree[];
}

const body = async <T>(answer: Promise<Response>): Promise<T> => (await answer).json<T>();
const flat = (node: Tree): Tree[] => [node, ...node.children.flatMap(flat)];

describe("who paid", () => {
  test("sees the whole tree; its postings sum to the cost", async () => {
    const found = await body<{ cost_microcredits: number; tree: Tree }>(cleo.get("/v1/calls/req-tree/tree"));
    expect(found.cost_microcredits).toBe(tree.cost);
    const nodes = flat(found.tree);
    expect(nodes.map(({ id }) => id)).toEqual(["req-tree", "req-tree/1", "req-tree/1/1", "req-tree/2"]);
    const postings = nodes.flatMap((node) => node.postings);
    expect(postings.reduce((sum, { amount }) => sum + amount, 0)).toBe(tree.cost);
    expect(nodes[1]?.postings.find(({ to }) => to === "ada")?.amount).toBe(35_000);
  });

  test("sees the fuel of closed algorithms rounded up to 1,000, and totals of what is shown", async () => {
    const found = await body<{ tree: Tree }>(cleo.get("/v1/calls/req-tree/tree"));
    const fuel = flat(found.tree).map((node) => [node.fuel, node.fuel_total]);
    expect(fuel).toEqual([
      [1_500, 5_510],
      [3_000, 3_010],
      [10, 10],
      [1_000, 1_000],
    ]);
  });

  test("sees the record, with a root and no input", async () => {
    const found = await body<Record<string, unknown>>(cleo.get("/v1/calls/req-tree"));
    expect(found).toMatchObject({
      account: "cleo",
      key_label: "first key",
      calls: 4,
      status: "completed",
      refund: null,
    });
    expect(found["cost_microcredits"]).toBe(tree.cost);
  });

  test("lists calls, newest first, in pages and by what it asks for", async () => {
    type Page = { marker: string | null; next_link: string | null; results: { id: string }[] };
    const ids: string[] = [];
    for (let path: string | null = "/v1/calls?limit=3"; path !== null;) {
      const page: Page = await body<Page>(cleo.get(path));
      ids.push(...page.results.map(({ id }) => id));
      path = page.next_link;
    }
    expect(ids).toEqual(["req-3", "req-2", "req-1", "req-tree"]);
    const audits = await body<Page>(cleo.get("/v1/calls?algorithm=bob/audit"));
    expect(audits).toMatchObject({ marker: null, results: [{ id: "req-tree" }] });
    for (const query of ["day=2026-02-30", "limit=0", "marker=x"]) {
      expect((await cleo.get(`/v1/calls?${query}`)).status, query).toBe(400);
    }
    expect((await cleo.get("/v1/calls?account=bob")).status).toBe(403);
  });
});

describe("an author", () => {
  type Sold = {
    id: string;
    algorithm: string;
    caller: string;
    status: string;
    error: string | null;
    earned_microcredits: number;
  };

  test("sees the own nodes of a tree, the caller by a pseudonym, nothing of input and output", async () => {
    const found = await body<{ nodes: Sold[] }>(ada.get("/v1/calls/req-tree/tree"));
    expect(found.nodes.map(({ id }) => id)).toEqual(["req-tree/1", "req-tree/1/1", "req-tree/2"]);
    const text = JSON.stringify(found);
    for (const secret of ["cleo", "bob", sha256OfText("in"), sha256OfText("out")]) expect(text).not.toContain(secret);
    expect(found.nodes[2]).toMatchObject({ status: "failed", error: "Trap", earned_microcredits: 0 });
  });

  test("sees every call of an algorithm in pages; a caller keeps its pseudonym, which no other author knows it by", async () => {
    const calls: Sold[] = [];
    for (let path: string | null = "/v1/algorithms/ada/tags/calls?limit=2"; path !== null;) {
      const page: { next_link: string | null; results: Sold[] } = await body(ada.get(path));
      calls.push(...page.results);
      path = page.next_link;
    }
    expect(calls.map(({ id }) => id).toSorted()).toEqual([
      "req-1",
      "req-2",
      "req-3",
      "req-bob",
      "req-tree/1",
      "req-tree/2",
    ]);
    const callers = new Map(calls.map(({ id, caller }) => [id, caller]));
    expect(new Set(callers.values()).size).toBe(2);
    expect(callers.get("req-1")).toBe(callers.get("req-tree/1"));
    const audits = await body<{ results: Sold[] }>(bob.get("/v1/algorithms/bob/audit/calls"));
    expect(audits.results).toHaveLength(1);
    expect([...callers.values()]).not.toContain(audits.results[0]?.caller);
  });

  test("sees earnings per day and version, which are what the account received", async () => {
    type Earned = { total_microcredits: number; results: { completed: number; failed: number }[] };
    const earned = await body<Earned>(ada.get("/v1/algorithms/ada/TAGS/earnings"));
    const expected = split(50_000)[0] + 3 * split(7)[0] + split(11)[0];
    expect(earned.total_microcredits).toBe(expected);
    expect(earned.results).toMatchObject([
      { version: "1.0.0", completed: 5, failed: 1, earned_microcredits: expected },
    ]);
    expect((await balanceOf("ada")) - before).toBe(expected);
    expect((await ada.get("/v1/algorithms/ada/tags/earnings?from=2026-13-01")).status).toBe(400);
  });

  test("sees that a refund took its share back, and not the call", async () => {
    await env.ACCOUNT.get(env.ACCOUNT.idFromName("cleo")).refund("req-1", "operator", "");
    await flush("cleo");
    const earned = await body<{ total_microcredits: number }>(ada.get("/v1/algorithms/ada/tags/earnings"));
    expect(earned.total_microcredits).toBe(split(50_000)[0] + 2 * split(7)[0] + split(11)[0]);
    expect(await body(cleo.get("/v1/calls/req-1"))).toMatchObject({ refunded: true });
    const calls = await body<{ results: Sold[] }>(ada.get("/v1/algorithms/ada/tags/calls"));
    expect(calls.results).toHaveLength(6);
  });
});

test("for anybody else a call is as one that never was", async () => {
  const seen = async (path: string): Promise<string> => {
    const answer = await bob.get(path);
    const text = (await answer.text()).replaceAll(/req-[0-9a-f-]{36}/g, "REQ");
    const headers = [...answer.headers].filter(([name]) => !/^(x-orcade-request|ratelimit)/.test(name));
    return JSON.stringify([answer.status, text, headers]);
  };
  for (const path of ["", "/tree"]) {
    expect(await seen(`/v1/calls/req-2${path}`)).toBe(await seen(`/v1/calls/req-0${path}`));
    expect(await seen(`/v1/calls/req-2${path}`)).toContain("404");
  }
  for (const path of ["calls", "earnings", "profile"]) {
    expect(await seen(`/v1/algorithms/ada/tags/${path}`)).toBe(await seen(`/v1/algorithms/ada/nothing/${path}`));
  }
});
