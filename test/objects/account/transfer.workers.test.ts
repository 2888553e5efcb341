// Money between accounts: out through the outbox in batches, in exactly once. Whatever is lost, doubled or late on the way,
// every book balances, and what is not delivered lies in transit.
import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { Share, Transfer } from "../../../worker/objects/account/protocol.ts";
import { account, booked, evicted, flush, leased, paying, rows, settle, shares, stubOf } from "./support.ts";

const CREDIT = 1_000_000;
let payer: string;
let author: string;
let round = 0;

beforeEach(async () => {
  payer = `payer${++round}`;
  author = `author${round}`;
  await account(payer, 10 * CREDIT);
  await account(author);
});

/** Settles a call that pays the author, the platform and the payer itself. */
async function pay(call: string, amounts: Readonly<Record<string, number>>): Promise<void> {
  const { id } = await leased(payer, { want: CREDIT });
  expect(await settle(payer, id, paying(call, amounts))).toMatchObject([{ ok: true }]);
}

const transitOf = async (...names: string[]): Promise<number> => {
  let sum = 0;
  for (const name of names) sum += (await booked(name)).transit;
  return sum;
};

describe("the outbox", () => {
  test("pays every beneficiary once for all calls since the last time", async () => {
    const before = (await stubOf("orcade").balance()).balance;
    for (let n = 0; n < 10; n++) await pay(`req-${n}`, { [author.toUpperCase()]: 35_000, orcade: 20_000, [payer]: 7 });
    expect(await stubOf(author).balance()).toMatchObject({ balance: 0 });
    await flush(payer);
    expect(await stubOf(author).balance()).toMatchObject({ balance: 350_000, available: 350_000 });
    expect((await stubOf("orcade").balance()).balance - before).toBe(200_000);
    expect(await booked(payer)).toMatchObject({ balance: 10 * CREDIT - 550_000, transit: 550_000, unbalanced: 0 });
    expect(await rows(author, "SELECT id, balance, transit FROM entry")).toEqual([
      { id: `transfer:${payer}#1`, balance: 350_000, transit: -350_000 },
    ]);
    expect(await rows(payer, "SELECT count(*) AS n, count(delivered) AS done FROM transfer")).toEqual([
      { n: 3, done: 3 },
    ]);
    expect(await rows(payer, "SELECT * FROM agenda WHERE kind NOT IN ('leases', 'records')")).toEqual([]);
    // Nothing new: nothing leaves.
    await flush(payer);
    expect(await rows(payer, "SELECT count(*) AS n FROM transfer")).toEqual([{ n: 3 }]);
  });

  test("carries what a beneficiary may see of each call, free and failed ones too", async () => {
    const { id } = await leased(payer, { want: CREDIT });
    const item = JSON.stringify({ fuel: 5, error: "Trap" });
    const share: Share = { to: author, amount: 0, for: { algorithm: "a/b", version: "1.0.0", kind: "royalty" }, item };
    const failed = paying("req-1", {}, { status: "failed", shares: [share] });
    await settle(payer, id, failed, paying("req-2", { [author]: 5 }));
    await flush(payer);
    const [parcel] = await rows(author, "SELECT items FROM parcel");
    const [{ at, ...kept }] = JSON.parse(parcel?.["items"] as string) as [{ at: number }];
    expect(kept).toEqual({ call: "req-1", kind: "call", amount: 0, for: share.for, item });
    expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
    expect((await stubOf(author).balance()).balance).toBe(5);
    // Delivered items are the beneficiary's alone.
    expect(await rows(payer, "SELECT items FROM transfer")).toEqual([{ items: null }]);
  });

  test("packs a long backlog in pieces, and loses none of it", async () => {
    const item = JSON.stringify({ text: "x".repeat(5_000) });
    const { id } = await leased(payer, { want: CREDIT });
    const batch = Array.from({ length: 230 }, (_, n) => {
      const share = shares({ [author]: 1 }).map((one) => ({ ...one, item }));
      return paying(`req-${n}`, { [author]: 1 }, { shares: share });
    });
    const settled = await settle(payer, id, ...batch);
    expect(settled.every(({ ok }) => ok)).toBe(true);
    await flush(payer);
    expect((await stubOf(author).balance()).balance).toBe(230);
    const parcels = await rows(author, "SELECT items FROM parcel");
    const calls = parcels.flatMap(({ items }) =>
      (JSON.parse(items as string) as { call: string }[]).map(({ call }) => call),
    );
    expect(calls).toEqual(batch.map(({ call }) => call));
    expect(parcels.length).toBeGreaterThan(2);
    // The ranges of the transfers cover each call once.
    const ranges = await rows(payer, "SELECT first, last FROM transfer ORDER BY number");
    for (let n = 1; n < ranges.length; n++)
      expect(ranges[n]?.["first"]).toBeGreaterThan(Number(ranges[n - 1]?.["last"]));
  });

  test("waits for an account that does not exist yet, without keeping others waiting", async () => {
    const late = `late${round}`;
    await pay("req-1", { [late]: 100, [author]: 50 });
    await flush(payer);
    expect((await stubOf(author).balance()).balance).toBe(50);
    expect(await rows(payer, "SELECT amount FROM transfer WHERE delivered IS NULL")).toEqual([{ amount: 100 }]);
    expect(await rows(payer, "SELECT kind, subject FROM agenda WHERE kind = 'deliver'")).toEqual([
      { kind: "deliver", subject: late },
    ]);
    expect(await transitOf(payer, author)).toBe(100);
    await pay("req-2", { [late]: 1 });
    await account(late);
    await flush(payer);
    expect((await stubOf(late).balance()).balance).toBe(101);
    expect(await transitOf(payer, author, late)).toBe(0);
  });

  test("delivers again what was booked but not acknowledged, and it is booked once", async () => {
    await pay("req-1", { [author]: 100 });
    await flush(payer);
    // As if the payer died between the beneficiary's answer and its own note of it.
    await runInDurableObject(stubOf(payer), (_, state) => {
      state.storage.sql.exec("UPDATE transfer SET delivered = NULL");
      state.storage.sql.exec("INSERT INTO agenda (kind, subject, due) VALUES ('outbox', '', 1)");
    });
    await flush(payer);
    expect((await stubOf(author).balance()).balance).toBe(100);
    expect(await rows(payer, "SELECT count(*) AS n FROM transfer WHERE delivered IS NULL")).toEqual([{ n: 0 }]);
  });

  test("does not leave twice when the object dies between packing and delivering", async () => {
    await pay("req-1", { [author]: 100 });
    await evicted(payer);
    await pay("req-2", { [author]: 11 });
    await flush(payer);
    expect((await stubOf(author).balance()).balance).toBe(111);
  });
});

describe("a transfer", () => {
  const transfer = (number: number, amount: number, more: Partial<Transfer> = {}): Transfer => ({
    key: `${payer}#${number}`,
    from: payer,
    to: author,
    amount,
    items: [],
    ...more,
  });
  const credit = (one: Transfer) => stubOf(one.to).credit(one);

  test("delivered twice, out of order and after others is booked once each", async () => {
    const [one, two, three] = [transfer(1, 10), transfer(2, 200), transfer(3, -50)];
    for (const next of [three, two, three, one, two, one]) expect(await credit(next)).toMatchObject({ ok: true });
    expect(await booked(author)).toEqual({ balance: 160, transit: -160, external: 0, after: 160, unbalanced: 0 });
    expect(await rows(author, "SELECT count(*) AS n FROM entry")).toEqual([{ n: 3 }]);
  });

  test("of one key and another content is a conflict", async () => {
    await credit(transfer(1, 10));
    expect(await credit(transfer(1, 11))).toEqual({ ok: false, error: "conflict" });
    expect(await credit(transfer(1, 10, { from: "orcade" }))).toEqual({ ok: false, error: "conflict" });
  });

  test("to an account that does not exist leaves nothing behind there", async () => {
    const to = `ghost${round}`;
    expect(await credit(transfer(1, 10, { to }))).toEqual({ ok: false, error: "unknown-account" });
    expect(
      await runInDurableObject(stubOf(to), (_, state) =>
        state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'entry'").toArray(),
      ),
    ).toEqual([]);
  });

  test("that is no posting, or another account's, is refused; so is one the balance cannot hold", async () => {
    for (const amount of [0.5, Number.NaN, 2 ** 53, -0]) {
      expect(await credit(transfer(1, amount))).toEqual({ ok: false, error: "invalid" });
    }
    expect(await stubOf(author).credit(transfer(1, 5, { to: "orcade" }))).toEqual({ ok: false, error: "invalid" });
    expect(await credit(transfer(1, Number.MAX_SAFE_INTEGER))).toMatchObject({ ok: true });
    expect(await credit(transfer(2, 1))).toEqual({ ok: false, error: "overflow" });
    expect((await stubOf(author).balance()).balance).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe("a grant", () => {
  const grant = (amount: number, id = "g1", note = "") => stubOf(payer).grantMoney({ id, amount, by: "ada", note });

  test("is booked once per id, against the outside world", async () => {
    expect(await grant(500)).toMatchObject({ ok: true, value: { balance: 10 * CREDIT + 500 } });
    expect(await grant(500)).toMatchObject({ ok: true, value: { balance: 10 * CREDIT + 500 } });
    expect(await grant(501)).toEqual({ ok: false, error: "conflict" });
    expect(await grant(500, "g1", "another note")).toEqual({ ok: false, error: "conflict" });
    expect(await booked(payer)).toMatchObject({ external: -10 * CREDIT - 500, unbalanced: 0 });
  });

  test.each([0, -1, 0.5, Number.NaN, 2 ** 53, -0])("of %s is refused", async (amount) => {
    expect(await grant(amount)).toEqual({ ok: false, error: "invalid" });
  });

  test("beyond what a balance holds is refused; to nobody too", async () => {
    expect(await grant(Number.MAX_SAFE_INTEGER)).toEqual({ ok: false, error: "overflow" });
    expect(await grant(Number.MAX_SAFE_INTEGER - 10 * CREDIT)).toMatchObject({ ok: true });
    expect(await grant(1, "g2")).toEqual({ ok: false, error: "overflow" });
    expect(await stubOf("nobody").grantMoney({ id: "g", amount: 5, by: "ada", note: "" })).toEqual({
      ok: false,
      error: "unknown-account",
    });
  });
});

describe("a refund", () => {
  const refund = (call: string) => stubOf(payer).refund(call, "ada", "it was our fault");

  test("gives the payer everything back, once, and takes it from those who got it, below zero if need be", async () => {
    const platform = (await stubOf("orcade").balance()).balance;
    await pay("req-1", { [author]: 35_000, orcade: 20_000 });
    await flush(payer);
    // The author has spent its earnings meanwhile.
    const lease = await leased(author, { want: 35_000, least: 35_000 });
    await settle(author, lease.id, paying("req-x", { [payer]: 35_000 }));
    expect(await refund("req-1")).toMatchObject({ ok: true, value: { amount: 55_000 } });
    expect(await refund("req-1")).toMatchObject({ ok: true, value: { amount: 55_000 } });
    expect((await stubOf(payer).balance()).balance).toBe(10 * CREDIT);
    await flush(payer);
    expect(await stubOf(author).balance()).toEqual({ balance: -35_000, reserved: 0, available: 0 });
    expect((await stubOf("orcade").balance()).balance).toBe(platform);
    await flush(author);
    expect(await transitOf(payer, author)).toBe(0);
    expect(await booked(payer)).toMatchObject({ balance: 10 * CREDIT + 35_000, unbalanced: 0 });
  });

  test("before the money left takes both back in one go", async () => {
    await pay("req-1", { [author]: 35_000 });
    await refund("req-1");
    await flush(payer);
    expect((await stubOf(author).balance()).balance).toBe(0);
    expect(await booked(payer)).toMatchObject({ balance: 10 * CREDIT, transit: 0 });
  });

  test("of a call that is unknown, of no call, or of one that cost nothing is refused", async () => {
    const { id } = await leased(payer, { want: CREDIT });
    await settle(payer, id, paying("req-free", {}));
    expect(await refund("req-none")).toEqual({ ok: false, error: "unknown-call" });
    expect(await refund(`grant:start-${payer}`)).toEqual({ ok: false, error: "unknown-call" });
    expect(await refund("req-free")).toEqual({ ok: false, error: "nothing-to-refund" });
    await pay("req-1", { [author]: 1 });
    await refund("req-1");
    expect(await refund("refund:req-1")).toEqual({ ok: false, error: "unknown-call" });
  });

  test("that claims money back from leases makes their settlements fail rather than the balance negative", async () => {
    await pay("req-1", { [author]: 1_000 });
    await flush(payer);
    const lease = await leased(author, { want: 1_000, least: 1_000 });
    await refund("req-1");
    await flush(payer);
    expect(await stubOf(author).balance()).toEqual({ balance: 0, reserved: 1_000, available: 0 });
    expect(await settle(author, lease.id, paying("req-2", { orcade: 1 }))).toEqual([
      { ok: false, error: "over-lease" },
    ]);
  });
});
