// An account's books over HTTP: pages, filters, statements; operators' grants and refunds; who may see and do what.
import { beforeAll, describe, expect, test } from "vitest";
import { type Client, START_MONEY, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { account, flush, leased, paying, settle, stubOf } from "../objects/account/support.ts";

let ada: Client;
const today = new Date().toISOString().slice(0, 10);
const month = today.slice(0, 7);

interface Page {
  readonly results: readonly { readonly entry: number; readonly id: string; readonly amount_microcredits: number }[];
  readonly marker: string | null;
  readonly next_link: string | null;
}
const page = async (query: string): Promise<Page> => (await ada.get(`/v1/account/ledger${query}`)).json<Page>();
const ids = async (query: string): Promise<readonly string[]> => (await page(query)).results.map(({ id }) => id);

/** Settles calls for ada as her isolates would. */
async function pay(call: string, algorithm: string, version: string, amount: number): Promise<void> {
  const key = (await import("../../worker/market/hash.ts")).sha256OfText(ada.key);
  const { id } = await leased("ada", { key, want: 1_000_000, least: amount });
  const settled = await settle("ada", id, paying(call, { bob: amount }, { algorithm, version }));
  expect(settled).toMatchObject([{ ok: true }]);
}

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await account("bob");
  for (let n = 1; n <= 5; n++) await pay(`req-a${n}`, "bob/tags", "1.0.0", 100 * n);
  for (let n = 1; n <= 3; n++) await pay(`req-b${n}`, "bob/tags", "1.1.0", 10 * n);
  await pay("req-c1", "bob/other", "1.0.0", 7);
});

describe("the ledger", () => {
  test("lists entries, newest first, in pages that fit together", async () => {
    const all = await page("");
    expect(all.results[0]).toMatchObject({
      id: "req-c1",
      kind: "call",
      algorithm: "bob/other",
      version: "1.0.0",
      amount_microcredits: -7,
      balance_microcredits: START_MONEY - 1_567,
    });
    expect(all.results.at(-1)).toMatchObject({
      id: "grant:start",
      kind: "grant",
      amount_microcredits: START_MONEY,
      by: "ada",
    });
    const seen: string[] = [];
    for (let path: string | null = "/v1/account/ledger?limit=3"; path !== null;) {
      const answer = await ada.get(path);
      const next: Page = await answer.json();
      expect(answer.headers.get("Link")).toBe(next.next_link === null ? null : `<${next.next_link}>; rel="next"`);
      expect(next.results.length).toBeLessThanOrEqual(3);
      seen.push(...next.results.map(({ id }) => id));
      path = next.next_link;
    }
    expect(seen).toEqual(all.results.map(({ id }) => id));
  });

  test("is filtered by kind, algorithm, version, key and day, in pages too", async () => {
    const tags = ["req-b3", "req-b2", "req-b1", "req-a5", "req-a4", "req-a3", "req-a2", "req-a1"];
    expect(await ids("?algorithm=BOB/Tags")).toEqual(tags);
    expect(await ids("?algorithm=bob/tags&version=1.1.0")).toEqual(tags.slice(0, 3));
    expect(await ids("?kind=grant")).toEqual(["grant:start"]);
    expect(await ids("?algorithm=bob/nothing")).toEqual([]);
    const first = await page("?algorithm=bob/tags&limit=5");
    expect(first.results.map(({ id }) => id)).toEqual(tags.slice(0, 5));
    const rest: Page = await (await ada.get(first.next_link ?? "")).json();
    expect([rest.results.map(({ id }) => id), rest.next_link]).toEqual([tags.slice(5), null]);
    expect(await ids(`?day=${today}`)).toHaveLength(10);
    expect(await ids("?day=2020-02-29")).toEqual([]);
    const [{ key } = { key: "" }] = (await page("?limit=1")).results as unknown as { key: string }[];
    expect(await ids(`?key=${key}&version=1.0.0&algorithm=bob/other`)).toEqual(["req-c1"]);
    expect(await ids("?key=key-0000")).toEqual([]);
  });

  test.each([
    "?limit=0",
    "?limit=101",
    "?marker=abc",
    "?marker=-1",
    "?marker=0",
    "?day=2021-02-29",
    "?day=today",
    "?kind=tip",
  ])("refuses %s", async (query) => {
    const answer = await ada.get(`/v1/account/ledger${query}`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: "invalid-parameter" }]);
  });
});

describe("the balance", () => {
  test("stands with the account, with what leases hold of it", async () => {
    const { sha256OfText } = await import("../../worker/market/hash.ts");
    const { id } = await leased("ada", { key: sha256OfText(ada.key), isolate: "held", want: 5_000, least: 5_000 });
    const account = await (await ada.get("/v1/account")).json<Record<string, number>>();
    const { balance_microcredits: balance = 0, reserved_microcredits: reserved = 0 } = account;
    expect(balance).toBe(START_MONEY - 1_567);
    expect(account["available_microcredits"]).toBe(balance - reserved);
    await stubOf("ada").giveBack(id, 5_000);
    const after = await (await ada.get("/v1/account")).json<Record<string, number>>();
    expect(after["reserved_microcredits"]).toBe(reserved - 5_000);
  });
});

describe("the statement", () => {
  test("sums a month by source, from its opening to its closing balance", async () => {
    const answer = await ada.get(`/v1/account/statements/${month}`);
    const statement = await answer.json<{ lines: { amount_microcredits: number }[] }>();
    expect(statement).toMatchObject({
      account: "ada",
      month,
      opening_microcredits: 0,
      closing_microcredits: START_MONEY - 1_567,
    });
    expect(statement.lines).toMatchObject([
      { kind: "grant", entries: 1, amount_microcredits: START_MONEY },
      { kind: "call", algorithm: "bob/tags", version: "1.0.0", entries: 5, amount_microcredits: -1_500 },
      { kind: "call", algorithm: "bob/tags", version: "1.1.0", entries: 3, amount_microcredits: -60 },
      { kind: "call", algorithm: "bob/other", entries: 1, amount_microcredits: -7 },
    ]);
    const before = await (await ada.get("/v1/account/statements/2020-01")).json();
    expect(before).toMatchObject({ opening_microcredits: 0, closing_microcredits: 0, lines: [] });
    const after = await (await ada.get("/v1/account/statements/2999-12")).json();
    expect(after).toMatchObject({
      opening_microcredits: START_MONEY - 1_567,
      closing_microcredits: START_MONEY - 1_567,
    });
  });

  test("comes as CSV whose rows add up, by month or by day", async () => {
    for (const by of ["month", "day"]) {
      const answer = await ada.get(`/v1/account/statements/${month}?format=csv&by=${by}`);
      expect(answer.headers.get("Content-Type")).toContain("text/csv");
      const [header, ...rows] = (await answer.text()).trimEnd().split("\r\n");
      expect(header).toBe("day,kind,algorithm,version,key,entries,microcredits,credits");
      const amounts = rows.map((row) => Number(row.split(",")[6]));
      const closing = amounts.pop();
      expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(closing);
      expect(
        rows.some((row) => row.startsWith(by === "day" ? `${today},call,bob/tags` : `${month},call,bob/tags`)),
      ).toBe(true);
    }
  });

  test.each(["2026-13", "2026", "26-01", "2026-1"])("of %s is refused", async (wrong) => {
    expect((await ada.get(`/v1/account/statements/${wrong}`)).status).toBe(400);
  });
});

describe("operators", () => {
  test("grant once per id", async () => {
    const grant = (amount: unknown, id = "g1") => ada.post("/v1/admin/accounts/bob/grants", { id, amount });
    expect(await (await grant(5)).json()).toMatchObject({ amount_microcredits: 5, balance_microcredits: 5 });
    expect(await (await grant(5)).json()).toMatchObject({ balance_microcredits: 5 });
    expect([(await grant(6)).status, (await grant(Number.MAX_SAFE_INTEGER, "g2")).status]).toEqual([409, 409]);
    for (const amount of [0, -1, 0.5, 2 ** 53, "5", null]) expect((await grant(amount, "g3")).status).toBe(400);
    const nobody = await ada.post("/v1/admin/accounts/nobody/grants", { id: "g", amount: 1 });
    expect([nobody.status, await nobody.json()]).toMatchObject([404, { code: "unknown-account" }]);
  });

  test("refund a call once, and everybody's books show it", async () => {
    await pay("req-r1", "bob/tags", "2.0.0", 500);
    const refund = (call: string) => ada.post("/v1/admin/accounts/ada/refunds", { call, note: "sorry" });
    expect(await (await refund("req-r1")).json()).toMatchObject({ amount_microcredits: 500 });
    expect(await (await refund("req-r1")).json()).toMatchObject({ amount_microcredits: 500 });
    expect((await refund("req-none")).status).toBe(404);
    expect((await page("?kind=refund")).results).toMatchObject([{ id: "refund:req-r1", by: "ada", note: "sorry" }]);
    expect(await stubOf("ada").call("req-r1")).toMatchObject({ cost: 500, refund: { amount: 500 } });
    await flush("ada");
    expect((await stubOf("bob").balance()).balance).toBe(5 + 1_567);
  });

  test("alone do so: other keys are refused, and see only their own books", async () => {
    const { Client: Other } = await import("../support/client.ts");
    const made = await (await ada.post("/v1/keys", { label: "caller" })).json<{ key: string }>();
    const caller = new Other(fetchInside, made.key);
    const paths = [
      "/v1/admin/accounts/ada/ledger",
      "/v1/admin/accounts/ada/ledger/entries",
      "/v1/admin/accounts/ada/ledger/transfers",
      "/v1/account/ledger",
      `/v1/account/statements/${month}`,
      "/v1/organizations/ada/ledger",
    ];
    for (const path of paths) expect((await caller.get(path)).status).toBe(403);
    expect((await caller.post("/v1/admin/accounts/ada/grants", { id: "x", amount: 1 })).status).toBe(403);
    expect((await caller.post("/v1/admin/accounts/ada/refunds", { call: "req-a1" })).status).toBe(403);
    await ada.post("/v1/organizations", { org_name: "lab" });
    expect(await (await ada.get("/v1/organizations/LAB/ledger")).json()).toMatchObject({ account: "lab", results: [] });
    expect((await ada.get("/v1/organizations/other/ledger")).status).toBe(403);
  });
});
