// The purse: what a call is given of an account's money when what the isolate holds of it runs out while the call runs.
import { env } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { Purse, type Reservation } from "../../worker/calls/purse.ts";
import type { Env } from "../../worker/env.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";

const here = env as unknown as Env;
const LEFT = 5;

beforeAll(async () => {
  await bootstrap(fetchInside, "ada");
});

/** A purse over an account with so much money, and a call that has reserved all but a little of what the purse holds. */
async function nearlyEmpty(account: string, money: number): Promise<{ purse: Purse; call: Reservation; free: number }> {
  const hash = sha256OfText(`key of ${account}`);
  await accountOf(here, account).create(account, "user", false);
  await accountOf(here, account).addKey(hash, "key");
  await accountOf(here, account).grantMoney({ id: "start", amount: money, by: "tests", note: "" });
  const purse = new Purse(hash, account);
  const deadline = Date.now() + 10_000;
  const taken = await purse.reserve(here, 1, 1, deadline);
  if (!taken.ok) throw new Error(taken.error.code);
  // Nobody else may give back what the other one is then to wait for.
  taken.value.close(0);
  const held = (await accountOf(here, account).balance()).reserved;
  const rest = await purse.reserve(here, held - LEFT, held - LEFT, deadline);
  if (!rest.ok) throw new Error(rest.error.code);
  expect(rest.value.amount).toBe(held - LEFT);
  return { purse, call: rest.value, free: money - held };
}

describe("a call that needs more than the purse holds", () => {
  test("is given all of it while the account has it, however little the purse has left", async () => {
    const { call } = await nearlyEmpty("rich", 1_000_000_000);
    const before = call.amount;
    expect(await call.extend(here, 123_456)).toBe(123_456);
    expect(call.amount).toBe(before + 123_456);
  });

  test("is given what there is when the account has less, and in the end nothing", async () => {
    const { call, free } = await nearlyEmpty("poor", 3_000_000);
    let given = 0;
    for (let added = -1; added !== 0; given += Math.max(0, added)) added = await call.extend(here, 10_000_000);
    expect(given).toBe(LEFT + free);
  });
});
