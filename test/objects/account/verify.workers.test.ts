// `orcade ledger verify` against real books over the real routes: what is right passes, also while money is on its way; one
// microcredit that is missing, doubled, moved or invented anywhere is found.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { Ask } from "../../../cli/ledger/reader.ts";
import { verify } from "../../../cli/ledger/verify.ts";
import { LIMITS } from "../../../worker/limits.ts";
import { type Client, START_MONEY, bootstrap } from "../../support/client.ts";
import { env, fetchInside } from "../../support/inside.ts";
import { account, flush, keyOf, leased, settle, stubOf } from "./support.ts";
import { treeOf } from "./trees.ts";

let ada: Client;
const ask: Ask = async (path) => {
  const answer = await ada.get(path);
  return answer.status === 404 ? null : answer.json();
};
const messages = async (): Promise<readonly string[]> =>
  (await verify(ask)).findings.map(({ account, at, message }) => `${account} ${at}: ${message}`);

/** An account that the directory knows too. */
async function member(name: string, money: number): Promise<void> {
  await env.DIRECTORY.get(env.DIRECTORY.idFromName("directory")).claim(name, "user", name);
  await account(name, money);
}

const composed = (call: string) =>
  treeOf("Carol", call, [
    { algorithm: "bob/audit", compute: 100, royalty: 20_001 },
    { algorithm: "alice/tags", compute: 7, royalty: 50_000 },
    { algorithm: "alice/tags", compute: 0, royalty: 0, failed: true },
  ]);

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await member("alice", 0);
  await member("bob", 5_000_000);
  await member("Carol", 90_000_000);
  const { id } = await leased("Carol", { key: keyOf("Carol"), want: 80_000_000, least: 80_000_000 });
  for (let n = 0; n < 20; n++) expect(await settle("carol", id, composed(`req-${n}`))).toMatchObject([{ ok: true }]);
  await flush("carol");
  // One refund and some calls are left on their way.
  await stubOf("carol").refund("req-3", "ada", "");
  for (let n = 20; n < 23; n++) await settle("carol", id, composed(`req-${n}`));
});

/** Runs a change of the tables on disk, verifies, and takes the change back. */
async function corrupted(name: string, ...changes: readonly string[]): Promise<readonly string[]> {
  const run = (work: (sql: SqlStorage) => void): Promise<void> =>
    runInDurableObject(stubOf(name), (_, state) => {
      work(state.storage.sql);
    });
  const tables = ["entry", "tree", "transfer", "usage"];
  await run((sql) => tables.forEach((table) => sql.exec(`CREATE TABLE kept_${table} AS SELECT * FROM ${table}`)));
  await run((sql) => changes.forEach((change) => sql.exec(change)));
  const found = await messages();
  await run((sql) =>
    tables.forEach((table) => {
      sql.exec(`DELETE FROM ${table}`);
      sql.exec(`INSERT INTO ${table} SELECT * FROM kept_${table}`);
      sql.exec(`DROP TABLE kept_${table}`);
    }),
  );
  expect(await messages()).toEqual([]);
  return found;
}

/** All calls so old that their records were dropped. */
const OLD = [`UPDATE entry SET at = at - ${2 * LIMITS.recordMs}`, "UPDATE tree SET record = ''"];

describe("ledger verify", () => {
  test("passes where records have been dropped in time", async () => {
    expect(await corrupted("carol", ...OLD)).toEqual([]);
  });

  test("passes, with money on its way and after it came; its sums are the money there is", async () => {
    const price = 40_107 + 20_001 + 50_000;
    const open = await verify(ask);
    expect(open.findings).toEqual([]);
    expect(open).toMatchObject({ calls: 23, inTransit: BigInt(3 * price - price) });
    expect(open.granted).toBe(BigInt(START_MONEY + 95_000_000));
    await flush("carol");
    const drained = await verify(ask);
    expect(drained).toMatchObject({ findings: [], inTransit: 0n, balances: open.granted });
    expect((await stubOf("alice").balance()).balance).toBe(22 * 35_000);
    expect((await stubOf("bob").balance()).balance).toBe(5_000_000 + 22 * (20_001 - 6_000));
    expect((await stubOf("orcade").balance()).balance).toBe(22 * (40_107 + 15_000 + 6_000));
  });

  test.each([
    [
      "a balance one microcredit higher",
      "alice",
      ["UPDATE entry SET after = after + 1 WHERE seq = 1"],
      "balance after it",
    ],
    [
      "an entry of one microcredit more, balanced in itself",
      "alice",
      ["UPDATE entry SET balance = balance + 1, transit = transit - 1, after = after + 1"],
      "sum to",
    ],
    ["a call that is gone", "carol", ["DELETE FROM entry WHERE id = 'req-5'"], "after place"],
    [
      "the newest entry gone",
      "carol",
      ["DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)"],
      "entries, but only",
    ],
    [
      "a debit that its tree does not sum to",
      "carol",
      ["UPDATE entry SET balance = balance - 1, transit = transit + 1 WHERE id = 'req-5'"],
      "leaves of its tree sum to",
    ],
    [
      "a leaf that costs one more",
      "carol",
      [`UPDATE tree SET record = replace(record, '"compute":7', '"compute":8') WHERE seq = 5`],
      "leaves of its tree sum to",
    ],
    [
      "a share that went to somebody else",
      "carol",
      [`UPDATE tree SET shares = replace(shares, '"to":"alice"', '"to":"bob"') WHERE seq = 5`],
      "it gives bob",
    ],
    [
      "a record of another call",
      "carol",
      [`UPDATE tree SET record = replace(record, 'req-5', 'req-6') WHERE seq = 7`],
      "is that of",
    ],
    ["a record that is gone", "carol", ["DELETE FROM tree WHERE seq = 5"], "cannot be read"],
    [
      "a record that was dropped before its time",
      "carol",
      ["UPDATE tree SET record = '' WHERE seq = 5"],
      "cannot be read",
    ],
    [
      "an old call without a record, whose shares are not its debit",
      "carol",
      [...OLD, `UPDATE tree SET shares = replace(shares, '"amount":35000', '"amount":34999') WHERE seq = 5`],
      "its shares sum to",
    ],
    [
      "a transfer of one microcredit less",
      "carol",
      ["UPDATE transfer SET amount = amount - 1 WHERE number = 1"],
      "its calls owe",
    ],
    ["a transfer that is gone", "carol", ["DELETE FROM transfer WHERE beneficiary = 'alice'"], "nobody sent"],
    [
      "a transfer that says it was delivered and was not",
      "alice",
      ["UPDATE entry SET id = 'transfer:nobody#1' WHERE seq = 1"],
      "who never booked them",
    ],
    ["money from nowhere", "alice", ["UPDATE entry SET id = 'transfer:nobody#1' WHERE seq = 1"], "nobody sent"],
    ["statements that miscount", "carol", ["UPDATE usage SET amount = amount + 1"], "statements count"],
    [
      "a refund of more than the call cost",
      "carol",
      ["UPDATE entry SET balance = balance + 1, transit = transit - 1 WHERE id LIKE 'refund:%'"],
      "of a call that cost",
    ],
    [
      "a grant out of transit",
      "carol",
      ["UPDATE entry SET transit = external, external = 0 WHERE id LIKE 'grant:%'"],
      "from outside",
    ],
    ["an entry of an unknown kind", "carol", ["UPDATE entry SET source = 99 WHERE id = 'req-5'"], "does not exist"],
  ])("finds %s", async (_, name, changes, said) => {
    const found = await corrupted(name, ...changes);
    expect(
      found.some((message) => message.includes(said)),
      found.join("\n"),
    ).toBe(true);
  });

  test("has nothing to find where the tables refuse what does not balance", async () => {
    const unbalance = (): Promise<unknown> =>
      runInDurableObject(stubOf("carol"), (_, state) =>
        state.storage.sql.exec("UPDATE entry SET balance = balance - 1 WHERE id = 'req-5'"),
      );
    await expect(unbalance()).rejects.toThrow(/CHECK/);
  });
});
