// Reading books that go over months: days and months find their entries by time, whatever lies between; filters of many
// sources give the newest first without reading the rest.
import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../../worker/limits.ts";
import type { EntryFilter } from "../../../worker/objects/account/statements.ts";
import { account, evicted, flush, leased, paying, rows, settle, stubOf } from "./support.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const CALLS = 120;

/** A call every six hours from the first of January 2026 on, of one of seven algorithms. */
const timeOf = (n: number): number => START + n * (DAY / 4);

beforeAll(async () => {
  await account("reader", 1_000_000);
  const { id } = await leased("reader", { want: 1_000_000, least: 1_000_000 });
  const batch = Array.from({ length: CALLS }, (_, n) =>
    paying(`req-${n}`, { ada: n }, { algorithm: `ada/a${n % 7}`, version: `1.0.${n % 3}` }),
  );
  await settle("reader", id, ...batch);
  // The grant came on the last day of the year before.
  await rows("reader", `UPDATE entry SET at = ${START - DAY} WHERE seq = 1`);
  await rows("reader", `UPDATE entry SET at = ${START} + (seq - 2) * ${DAY / 4} WHERE seq > 1`);
  await rows("reader", "DELETE FROM usage");
  // Of a book in use the older entries are counted, and the newest are not yet.
  const counted = `FROM entry WHERE seq <= ${CALLS / 2}`;
  await rows("reader", `INSERT INTO usage SELECT source, at / ${DAY}, count(*), sum(balance) ${counted} GROUP BY 1, 2`);
  await rows("reader", `UPDATE outbox SET counted = ${CALLS / 2}`);
  await evicted("reader");
});

const ids = async (filter: EntryFilter, before: number | null = null, limit = 1_000): Promise<readonly string[]> =>
  (await stubOf("reader").entries(filter, before, limit)).map(({ id }) => id);
const calls = (which: (n: number) => boolean): readonly string[] =>
  Array.from({ length: CALLS }, (_, n) => n)
    .filter(which)
    .reverse()
    .map((n) => `req-${n}`);

describe("entries", () => {
  test("of a span of time are those in it, to the millisecond", async () => {
    for (const [from, until] of [
      [START, START + DAY],
      [START + 1, START + DAY],
      [START + 5 * DAY, START + 9 * DAY + 1],
      [START - 9 * DAY, START],
      [START + 400 * DAY, START + 401 * DAY],
    ] as const) {
      const found = await ids({ from, until, kind: "call" });
      expect(found).toEqual(calls((n) => timeOf(n) >= from && timeOf(n) < until));
    }
  });

  test("of some sources are the newest of them, page after page", async () => {
    const filters: readonly (readonly [EntryFilter, (n: number) => boolean])[] = [
      [{ algorithm: "ada/a3" }, (n) => n % 7 === 3],
      [{ version: "1.0.2" }, (n) => n % 3 === 2],
      [{ algorithm: "ada/a0", version: "1.0.1" }, (n) => n % 7 === 0 && n % 3 === 1],
      [{ kind: "call" }, () => true],
      [{ version: "1.0.0", from: START + 3 * DAY, until: START + 11 * DAY }, (n) => n % 3 === 0 && n >= 12 && n < 44],
    ];
    for (const [filter, which] of filters) {
      const seen: string[] = [];
      for (let before: number | null = null; ;) {
        const page = await stubOf("reader").entries(filter, before, 4);
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (last === undefined) break;
        before = last.seq;
      }
      expect(seen).toEqual(calls(which));
    }
  });
});

describe("statements", () => {
  test("of months follow one another: each opens with what the one before closed", async () => {
    const months = [
      ["2025-12", 0, 1_000_000],
      ["2026-01", 1_000_000, 1_000_000 - sumTo(31 * 4)],
      ["2026-02", 1_000_000 - sumTo(31 * 4), 1_000_000 - sumTo(CALLS)],
    ] as const;
    for (const [month, opening, closing] of months) {
      const [year = 0, number = 0] = month.split("-").map(Number);
      const statement = await stubOf("reader").statement(month, Date.UTC(year, number - 1), Date.UTC(year, number));
      expect(statement).toMatchObject({ account: "reader", month, opening, closing });
      expect(opening + (statement?.lines ?? []).reduce((sum, { amount }) => sum + amount, 0)).toBe(closing);
    }
  });

  test("of an account that does not exist there are none", async () => {
    expect(await stubOf("nobody").statement("2026-01", START, START + 31 * DAY)).toBeNull();
    expect(await stubOf("nobody").entries({}, null, 10)).toEqual([]);
  });
});

/** What the first so many calls cost: call n costs n. */
const sumTo = (count: number): number => {
  const last = Math.min(count, CALLS);
  return (last * (last - 1)) / 2;
};

describe("records", () => {
  test("are dropped after LIMITS.recordMs, oldest first; what was paid stays, and the books still verify", async () => {
    await account("old", 1_000_000);
    const { id } = await leased("old", { want: 1_000_000, least: 1_000_000 });
    await settle("old", id, ...["req-a", "req-b", "req-c"].map((call) => paying(call, { ada: 5 })));
    const age = (call: string, ms: number) =>
      rows("old", `UPDATE entry SET at = ${Date.now() - ms} WHERE id = '${call}'`);
    await rows("old", `UPDATE entry SET at = 1 WHERE id LIKE 'grant:%'`);
    await age("req-a", LIMITS.recordMs + 60_000);
    await age("req-b", LIMITS.recordMs - 60_000);
    await flush("old");
    expect(await rows("old", "SELECT kind FROM agenda WHERE kind = 'records'")).toHaveLength(1);
    await rows("old", "UPDATE agenda SET due = 1 WHERE kind = 'records'");
    expect(await runDurableObjectAlarm(stubOf("old"))).toBe(true);
    expect(await stubOf("old").call("req-a")).toBeNull();
    expect(await stubOf("old").call("req-b")).toMatchObject({ id: "req-b", cost: 5 });
    expect((await stubOf("old").calls({}, null, 10)).map((call) => call.id)).toEqual(["req-c", "req-b"]);
    const entries = await stubOf("old").entries({ kind: "call" }, null, 10);
    expect(entries.map((entry) => [entry.id, entry.amount])).toEqual([
      ["req-c", -5],
      ["req-b", -5],
      ["req-a", -5],
    ]);
    expect(await rows("old", "SELECT shares <> '' AS kept FROM tree WHERE record = ''")).toEqual([{ kept: 1 }]);
    // It comes by again: in a day, for what is left.
    const [next] = await rows("old", "SELECT due FROM agenda WHERE kind = 'records'");
    expect(Math.abs(Number(next?.["due"]) - Date.now() - DAY)).toBeLessThan(60_000);
  });
});
