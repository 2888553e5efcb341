// Keys on the path of calls: what they may call, how often, for how much, and what becomes of a call whose key is revoked
// while it runs.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { newKey } from "../../worker/market/access/secret.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { invited } from "../support/accounts.ts";
import { Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";
import { relay } from "../calls/relay.ts";

const MONEY = 100_000_000;
let ada: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  await ada.publish("ada", { name: "echo" }, testModule("echo"));
  await ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
});

interface Key {
  readonly client: Client;
  readonly id: string;
}
async function keyOf(owner: Client, wish: object): Promise<Key> {
  const { key, id } = await (await owner.post("/v1/keys", wish)).json<{ key: string; id: string }>();
  return { client: new Client(fetchInside, key), id };
}
const revoke = (owner: Client, id: string): Promise<Response> =>
  fetchInside(`/v1/keys/${id}`, { method: "DELETE", headers: { Authorization: owner.key } });

const echo = (client: Client, target = "ada/echo"): Promise<Response> => client.call(target, Uint8Array.of(1));
async function outcome(answer: Promise<Response>): Promise<string | number> {
  const { status, ...rest } = {
    status: (await answer).status,
    body: await (await answer).json<{ error?: { code?: string } }>(),
  };
  return rest.body.error?.code ?? status;
}
const spentBy = async (account: string): Promise<number> => MONEY - (await accountOf(env, account).balance()).balance;

test("a key calls what its patterns name, and does not learn what else there is", async () => {
  const bob = await invited(ada, "bob", MONEY);
  await bob.publish("bob", { name: "own", visibility: "private" }, testModule("echo"));
  const { client } = await keyOf(bob, { scopes: { call: ["ADA/echo", "bob/*"] } });
  expect([await outcome(echo(client)), await outcome(echo(client, "bob/own"))]).toEqual([200, 200]);
  for (const target of ["ada/work", "ada/nothing", "nobody/nothing"]) {
    expect(await outcome(echo(client, target))).toBe("forbidden");
  }
  const none = await keyOf(bob, { scopes: { call: [] } });
  expect(await outcome(echo(none.client))).toBe("forbidden");
});

test("somebody else's algorithm reaches the caller's private ones only where the key's patterns name them", async () => {
  await ada.publish("ada", { name: "relay", permissions: ["call"] }, testModule("relay"));
  const fay = await invited(ada, "fay", MONEY);
  await fay.publish("fay", { name: "secret", visibility: "private" }, testModule("echo"));
  const through = async (call: readonly string[]): Promise<string> => {
    const { client } = await keyOf(fay, { scopes: { call } });
    const answer = await client.call("ada/relay", relay("fay/secret", Uint8Array.of(104, 105)));
    return JSON.stringify(await answer.json());
  };
  expect(await through(["*"])).toContain(`"result":"${btoa("hi")}"`);
  expect(await through(["ada/*", "fay/secret"])).toContain(`"result":"${btoa("hi")}"`);
  expect(await through(["ada/relay"])).not.toContain(btoa("hi"));
  // What is public is the relay's to choose.
  const { client } = await keyOf(fay, { scopes: { call: ["ada/relay"] } });
  const open = await client.call("ada/relay", relay("ada/echo", Uint8Array.of(104, 105)));
  expect(JSON.stringify(await open.json())).toContain(`"result":"${btoa("hi")}"`);
});

test("the call after the last of the limit is told to wait", async () => {
  const carol = await invited(ada, "carol", MONEY);
  const { client } = await keyOf(carol, { limits: { calls_per_minute: 6 } });
  for (let n = 5; n >= 0; n--) {
    const answer = await echo(client);
    const headers = ["Limit", "Remaining"].map((name) => Number(answer.headers.get(`RateLimit-${name}`)));
    expect([answer.status, ...headers]).toEqual([200, 6, n]);
  }
  const refused = await echo(client);
  expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: "rate-limited" } }]);
  expect(["Limit", "Remaining"].map((name) => refused.headers.get(`RateLimit-${name}`))).toEqual(["6", "0"]);
  expect(Number(refused.headers.get("RateLimit-Reset"))).toBeGreaterThan(0);
  const wait = Number(refused.headers.get("Retry-After"));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(LIMITS.rateWindowMs / 1_000);
  // The account's other key goes on.
  expect((await echo(carol)).status).toBe(200);
});

test("as many at once as the limit are let through, not one more", async () => {
  const dora = await invited(ada, "dora", MONEY);
  const { client } = await keyOf(dora, { limits: { calls_per_minute: 10 } });
  const outcomes = await Promise.all(Array.from({ length: 25 }, () => outcome(echo(client))));
  expect(outcomes.filter((each) => each === 200)).toHaveLength(10);
  expect(outcomes.filter((each) => each === "rate-limited")).toHaveLength(15);
});

describe("what a key may spend", () => {
  test.for(["microcredits", "microcredits_per_day"])("in %s is not passed by a microcredit", async (limit) => {
    const account = `limited_${limit.length}`;
    const owner = await invited(ada, account, MONEY);
    const price = Number((await echo(owner)).headers.get("X-Orcade-Cost"));
    const before = await spentBy(account);
    // Fee and royalty, and a little more: with less no call is begun.
    const most = 5 * price + 1_000;
    const { client, id } = await keyOf(owner, { limits: { [limit]: most } });
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcome(echo(client))));
    expect(new Set(outcomes)).toEqual(new Set([200, "key-limit"]));
    // What calls at once held and gave back can be spent by others after them.
    for (let n = 0; n < 5; n++) await echo(client);
    const spent = (await spentBy(account)) - before;
    expect(spent).toBeLessThanOrEqual(most);
    expect(spent).toBe(5 * price);
    const { results } = await (await owner.get("/v1/keys")).json<{ results: { id: string; spent: object }[] }>();
    const shown = results.find((key) => key.id === id)?.spent;
    expect(shown).toEqual({ microcredits: spent, microcredits_today: spent });
    expect(await outcome(echo(owner))).toBe(200);
  });
});

describe("a key that is revoked while its call runs", () => {
  const turns = (count: number): Uint8Array<ArrayBuffer> => new Uint8Array(Uint32Array.of(count).buffer);

  test("answers that call and pays for it, and no other", async () => {
    const eve = await invited(ada, "eve", MONEY);
    const { client, id } = await keyOf(eve, {});
    const running = client.call("ada/work", turns(30_000_000));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await revoke(eve, id)).status).toBe(204);
    const answer = await running;
    expect([answer.status, await answer.json()]).toMatchObject([200, { result: null }]);
    expect(await spentBy("eve")).toBe(Number(answer.headers.get("X-Orcade-Cost")));
    const began = Date.now();
    let last: string | number = 200;
    while (last === 200 && Date.now() - began < 2 * LIMITS.freshMs) {
      last = await outcome(echo(client));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(last).toBe("unknown-key");
    expect(Date.now() - began).toBeLessThan(LIMITS.freshMs + 500);
  });
});

test("who tries keys on calls waits as on any route", async () => {
  const attempt = (key: string, address: string): Promise<Response> =>
    fetchInside("/v1/algo/ada/echo", { method: "POST", headers: { Authorization: key, "CF-Connecting-IP": address } });
  for (let n = 0; n < LIMITS.lookupFailures; n++) {
    expect(await outcome(attempt(newKey(), "2001:db8:7::1"))).toBe("unknown-key");
  }
  const refused = await attempt(newKey(), "2001:db8:7::ffff");
  expect([refused.status, await refused.json()]).toMatchObject([429, { error: { code: "throttled" } }]);
  expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(await outcome(attempt(newKey(), "2001:db8:8::1"))).toBe("unknown-key");
});
