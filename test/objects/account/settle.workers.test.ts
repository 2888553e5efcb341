// Leases and settlements: the commit point of every call. Nothing is charged twice, nothing beyond a lease, nothing after
// its end; who asks after a call's fate gets an answer that never changes.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../worker/limits.ts";
import { account, booked, evicted, fates, keyOf, leaseOf, leased, paying, rows, settle, stubOf } from "./support.ts";

const CREDIT = 1_000_000;

describe("a lease", () => {
  test("holds money: what it holds is reserved, what is given back is free", async () => {
    const stub = await account("lease1", 10 * CREDIT);
    const lease = await leased("lease1", { want: 4 * CREDIT });
    expect(lease).toMatchObject({ account: "lease1", granted: 4 * CREDIT, added: 4 * CREDIT, spent: 0 });
    expect(await stub.balance()).toEqual({ balance: 10 * CREDIT, reserved: 4 * CREDIT, available: 6 * CREDIT });
    expect(await stub.giveBack(lease.id, CREDIT)).toBe(3 * CREDIT);
    expect(await stub.giveBack(lease.id, 99 * CREDIT)).toBe(0);
    expect(await stub.balance()).toMatchObject({ reserved: 0 });
    expect(await settle("lease1", lease.id, paying("req-1", { orcade: 1 }))).toMatchObject([
      { error: "lease-expired" },
    ]);
  });

  test("is topped up by asking again for the same isolate and key", async () => {
    await account("lease2", 10 * CREDIT);
    const first = await leased("lease2", { want: CREDIT });
    const second = await leased("lease2", { want: 2 * CREDIT });
    expect(second).toMatchObject({ id: first.id, granted: 3 * CREDIT, added: 2 * CREDIT });
    expect((await leased("lease2", { isolate: "two" })).id).not.toBe(first.id);
    // Nothing wanted, nothing needed: it only lasts longer.
    const until = Date.now() + 500_000;
    expect(await leased("lease2", { want: 0, least: 0, until })).toMatchObject({
      id: first.id,
      added: 0,
      expires: until,
    });
  });

  test("lasts as long as its calls may, LIMITS.leaseMs at least, LIMITS.leaseMsMax at most", async () => {
    await account("lease3", 10 * CREDIT);
    const length = async (until: number, isolate: string): Promise<number> => {
      const before = Date.now();
      const { expires } = await leased("lease3", { until: before + until, isolate });
      return expires - before;
    };
    expect(Math.abs((await length(0, "a")) - LIMITS.leaseMs)).toBeLessThan(2_000);
    expect(await length(LIMITS.leaseMs + 5_000, "b")).toBe(LIMITS.leaseMs + 5_000);
    expect(Math.abs((await length(LIMITS.leaseMsMax + 9_999, "c")) - LIMITS.leaseMsMax)).toBeLessThan(2_000);
  });

  test("of two isolates that share what is scarce, each gets a part; below `least` nothing", async () => {
    await account("lease4", 1_000);
    const one = await leased("lease4", { isolate: "one", want: 1_000, least: 100 });
    const two = await leased("lease4", { isolate: "two", want: 1_000, least: 100 });
    expect([one.granted, two.granted]).toEqual([500, 250]);
    const three = await leaseOf("lease4", { isolate: "three", want: 1_000, least: 251 });
    expect(three).toEqual({ ok: false, error: { code: "insufficient-credits", available: 250 } });
    expect((await leased("lease4", { isolate: "three", want: 1_000, least: 250 })).granted).toBe(250);
    expect(await leaseOf("lease4", { isolate: "four" })).toMatchObject({ error: { available: 0 } });
  });

  test("of a key with limits never holds more than they leave, open leases counted", async () => {
    await account("lease5", 100 * CREDIT);
    await runInDurableObject(stubOf("lease5"), (_, state) =>
      state.storage.sql.exec("UPDATE api_key SET spend = 1000, spend_day = 600"),
    );
    const lease = await leased("lease5", { want: 400 });
    expect(lease.added).toBe(300);
    const refused = await leaseOf("lease5", { isolate: "two", want: 400, least: 301 });
    expect(refused).toMatchObject({
      error: { code: "key-limit", available: 300, resets: expect.any(Number) as number },
    });
    expect((await leased("lease5", { want: 400, least: 300 })).granted).toBe(600);
    expect(await settle("lease5", lease.id, paying("req-a", { orcade: 600 }))).toMatchObject([{ ok: true }]);
    expect(await leaseOf("lease5", { least: 1 })).toMatchObject({ error: { code: "key-limit", available: 0 } });
    // The next day only the limit in all is left: what was spent counts as spent on another day.
    await runInDurableObject(stubOf("lease5"), (_, state) => state.storage.sql.exec("UPDATE usage SET day = day - 1"));
    expect((await leased("lease5", { want: 5_000, least: 400 })).added).toBe(400);
    expect(await leaseOf("lease5", { least: 1 })).toMatchObject({ error: { code: "key-limit", resets: null } });
  });

  test("is refused to a key that is unknown, over or revoked, and to an account that does not exist", async () => {
    await account("lease6", CREDIT);
    expect(await leaseOf("lease6", { key: keyOf("nobody") })).toEqual({ ok: false, error: { code: "unknown-key" } });
    expect(await leaseOf("absent6")).toEqual({ ok: false, error: { code: "unknown-key" } });
    const set = (sql: string): Promise<unknown> =>
      runInDurableObject(stubOf("lease6"), (_, state) => state.storage.sql.exec(`UPDATE api_key SET ${sql}`));
    await set("expires = 1");
    expect(await leaseOf("lease6")).toEqual({ ok: false, error: { code: "key-expired" } });
    await set("expires = NULL, revoked = 1");
    expect(await leaseOf("lease6")).toEqual({ ok: false, error: { code: "unknown-key" } });
  });

  test("that time has ended is swept by the alarm, and so is what was told to never settle once no run can go on", async () => {
    const stub = await account("sweep", CREDIT);
    const { id } = await leased("sweep");
    expect(await fates("sweep", ["req-1"], true)).toEqual(["never"]);
    const soon = LIMITS.leaseMs + 3_600_000;
    await runInDurableObject(stub, (_, state) => {
      const [plan] = state.storage.sql.exec("SELECT due FROM agenda WHERE kind = 'leases'").toArray();
      expect(Number(plan?.["due"])).toBeLessThan(Date.now() + soon);
      state.storage.sql.exec("UPDATE lease SET expires = 1");
      state.storage.sql.exec("UPDATE never SET until = 1");
      state.storage.sql.exec("UPDATE agenda SET due = 1");
    });
    await evicted("sweep");
    await runDurableObjectAlarm(stub);
    for (const table of ["lease", "never", "agenda"]) expect(await rows("sweep", `SELECT * FROM ${table}`)).toEqual([]);
    expect(await stub.balance()).toMatchObject({ reserved: 0 });
    expect(await settle("sweep", id, paying("req-2", { ada: 1 }))).toMatchObject([{ error: "lease-expired" }]);
  });

  test("of a key that was revoked meanwhile still pays for the calls in flight", async () => {
    await account("lease7", CREDIT);
    const lease = await leased("lease7");
    await runInDurableObject(stubOf("lease7"), (_, state) => state.storage.sql.exec("UPDATE api_key SET revoked = 1"));
    expect(await settle("lease7", lease.id, paying("req-f", { orcade: 5 }))).toMatchObject([{ ok: true }]);
  });

  test("that is refused takes no call of the rate limit, and one refused for the rate holds no money", async () => {
    const stub = await account("lease8", 1_000);
    await runInDurableObject(stub, (_, state) => state.storage.sql.exec("UPDATE api_key SET calls_minute = 3"));
    expect(await leaseOf("lease8", { least: 5_000, calls: 2 })).toMatchObject({
      error: { code: "insufficient-credits" },
    });
    expect(await leased("lease8", { want: 10, calls: 2 })).toMatchObject({
      calls: 2,
      rate: { limit: 3, remaining: 1 },
    });
    expect(await leased("lease8", { want: 10, calls: 2 })).toMatchObject({ calls: 1, rate: { remaining: 0 } });
    expect(await leaseOf("lease8", { want: 10, calls: 1 })).toMatchObject({ error: { code: "rate-limited" } });
    expect((await stub.balance()).reserved).toBe(20);
  });
});

describe("a settlement", () => {
  test("moves money out of the balance, in one balanced entry a call", async () => {
    const stub = await account("pay1", CREDIT);
    const lease = await leased("pay1", { want: CREDIT, least: CREDIT });
    const batch = [paying("req-1", { orcade: 20_000, ada: 35_000 }), paying("req-2", {}, { status: "failed" })];
    expect(await settle("pay1", lease.id, ...batch)).toEqual([
      { ok: true, value: { seq: 2 } },
      { ok: true, value: { seq: 3 } },
    ]);
    const left = CREDIT - 55_000;
    expect(await booked("pay1")).toEqual({
      balance: left,
      transit: 55_000,
      external: -CREDIT,
      after: left,
      unbalanced: 0,
    });
    expect(await stub.balance()).toEqual({ balance: left, reserved: left, available: 0 });
    expect(await fates("pay1", ["req-1", "req-2", "req-3"], false)).toEqual(["settled", "settled", "open"]);
  });

  test("sent again answers as before, whatever became of its lease; with another content it is a conflict", async () => {
    const stub = await account("pay2", CREDIT);
    const lease = await leased("pay2", { want: 100 });
    const first = paying("req-1", { orcade: 60 });
    const answer = await settle("pay2", lease.id, first);
    expect(await settle("pay2", lease.id, first)).toEqual(answer);
    await stub.giveBack(lease.id, 100);
    expect(await settle("pay2", lease.id, first)).toEqual(answer);
    expect(await settle("pay2", "no lease", first)).toEqual(answer);
    const others = [
      paying("req-1", { orcade: 61 }),
      paying("req-1", { ada: 60 }),
      { ...first, status: "failed" as const },
      { ...first, version: "1.0.1" },
      { ...first, record: "{}" },
    ];
    const { id } = await leased("pay2", { want: 1_000 });
    for (const other of others) expect(await settle("pay2", id, other)).toEqual([{ ok: false, error: "conflict" }]);
    expect((await stub.balance()).balance).toBe(CREDIT - 60);
    expect(await rows("pay2", "SELECT count(*) AS n FROM tree")).toEqual([{ n: 1 }]);
  });

  test("after its lease expired is refused, and the money is free", async () => {
    const stub = await account("pay3", CREDIT);
    const lease = await leased("pay3", { want: CREDIT });
    await rows("pay3", `UPDATE lease SET expires = ${Date.now()}`);
    await evicted("pay3");
    expect(await settle("pay3", lease.id, paying("req-1", { orcade: 1 }))).toEqual([
      { ok: false, error: "lease-expired" },
    ]);
    expect(await stub.balance()).toEqual({ balance: CREDIT, reserved: 0, available: CREDIT });
    expect((await leased("pay3", { want: CREDIT })).id).not.toBe(lease.id);
  });

  test("beyond its lease is refused by the microcredit, and the rest of its batch is not", async () => {
    await account("pay4", CREDIT);
    const lease = await leased("pay4", { want: 100 });
    const batch = [
      paying("req-1", { orcade: 60 }),
      paying("req-2", { orcade: 41 }),
      paying("req-3", { orcade: 40 }),
      paying("req-4", { orcade: 1 }),
    ];
    expect(await settle("pay4", lease.id, ...batch)).toMatchObject([
      { ok: true },
      { error: "over-lease" },
      { ok: true },
      { error: "over-lease" },
    ]);
    expect(await fates("pay4", ["req-1", "req-2", "req-3", "req-4"], true)).toEqual([
      "settled",
      "never",
      "settled",
      "never",
    ]);
  });

  test.each([
    ["an amount that is negative", paying("req-1", { orcade: -5, ada: 10 })],
    ["an amount with a fraction", paying("req-1", { orcade: 0.5, ada: 0.5 })],
    ["a royalty of 2^53", paying("req-1", { ada: 2 ** 53 })],
    ["minus zero", paying("req-1", { ada: -0 })],
    ["a total that is not the sum", { ...paying("req-1", { ada: 5 }), total: 4 }],
    ["shares whose sum is beyond 2^53", paying("req-1", { ada: Number.MAX_SAFE_INTEGER, bob: 1 }, { total: 2 ** 53 })],
    ["an id of another kind of entry", paying("grant:start-pay5", { ada: 5 })],
    ["an empty id", paying("", { ada: 5 })],
    ["NaN", paying("req-1", { ada: Number.NaN })],
  ])("with %s is refused", async (_, settlement) => {
    await account("pay5", CREDIT);
    const lease = await leased("pay5", { want: 100 });
    expect(await settle("pay5", lease.id, settlement)).toEqual([{ ok: false, error: "invalid" }]);
    expect((await stubOf("pay5").balance()).balance).toBe(CREDIT);
  });

  test("may carry a record and shares of the limits' length, in bytes, and not one more", async () => {
    await account("pay6", CREDIT);
    const lease = await leased("pay6", { want: 100 });
    const record = (bytes: number): string => `"${"ä".repeat((bytes - 2) / 2)}"`;
    const shared = (call: string, bytes: number) => {
      const [share] = paying(call, { ada: 1 }).shares;
      if (share === undefined) throw new Error("no share");
      const bare = JSON.stringify([{ ...share, item: "" }]).length;
      return paying(call, { ada: 1 }, { shares: [{ ...share, item: "x".repeat(bytes - bare) }] });
    };
    const full = { ...shared("req-1", LIMITS.sharesBytes), record: record(LIMITS.recordBytes) };
    expect(await settle("pay6", lease.id, full)).toMatchObject([{ ok: true }]);
    expect(await settle("pay6", lease.id, shared("req-2", LIMITS.sharesBytes + 1))).toMatchObject([
      { error: "invalid" },
    ]);
    const long = paying("req-3", { ada: 1 }, { record: record(LIMITS.recordBytes + 2) });
    expect(await settle("pay6", lease.id, long)).toMatchObject([{ error: "invalid" }]);
  });

  test("of a call that was told never to settle is refused for good", async () => {
    await account("fate1", CREDIT);
    const lease = await leased("fate1", { want: 100 });
    expect(await fates("fate1", ["req-1"], false)).toEqual(["open"]);
    expect(await fates("fate1", ["req-1"], true)).toEqual(["never"]);
    expect(await settle("fate1", lease.id, paying("req-1", { ada: 1 }))).toEqual([{ ok: false, error: "forbidden" }]);
    expect(await fates("fate1", ["req-1"], false)).toEqual(["never"]);
    // Without any lease nothing can settle any more: there is nothing to wait for.
    await stubOf("fate1").giveBack(lease.id, 100);
    expect(await fates("fate1", ["req-2"], false)).toEqual(["never"]);
    const { id } = await leased("fate1", { want: 100 });
    expect(await settle("fate1", id, paying("req-2", { ada: 1 }))).toEqual([{ ok: false, error: "forbidden" }]);
    expect(await fates("absent1", ["req-1"], false)).toEqual(["never"]);
  });

  test("64 at once against a balance that covers half of them: paid or refused, never over", async () => {
    const stub = await account("crowd", 32 * 1_000);
    const isolates = ["one", "two", "three"];
    const tries = Array.from({ length: 64 }, async (_, n) => {
      const isolate = isolates[n % 3] ?? "";
      const lease = await leaseOf("crowd", { isolate, want: 1_000, least: 1_000 });
      if (!lease.ok) return false;
      const [settled] = await settle("crowd", lease.value.id, paying(`req-${n}`, { ada: 1_000 }));
      return settled?.ok === true;
    });
    const paid = (await Promise.all(tries)).filter(Boolean).length;
    expect(paid).toBe(32);
    expect(await booked("crowd")).toMatchObject({ balance: 32_000 - paid * 1_000, unbalanced: 0 });
    const { balance, reserved } = await stub.balance();
    expect(balance).toBeGreaterThanOrEqual(reserved);
  });
});
