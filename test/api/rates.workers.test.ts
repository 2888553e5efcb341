// Rate limits: exactly as many as the limit are let through, of requests in one isolate and of calls in any; who is told to
// wait is told how long; other accounts and windows are not touched.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { Callers } from "../../worker/api/caller.ts";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import type { Lease, LeaseRefusal } from "../../worker/objects/account/protocol.ts";
import { Finder } from "../../worker/objects/keyring/find.ts";
import type { Result } from "../../worker/market/result.ts";
import { invited } from "../support/accounts.ts";
import { Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";

let ada: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
});

const setTerms = async (account: string, terms: object): Promise<void> => {
  const answer = await fetchInside(`/v1/admin/accounts/${account}`, {
    method: "PATCH",
    headers: { Authorization: ada.key },
    body: JSON.stringify(terms),
  });
  expect(answer.status).toBe(200);
};

/** Ends the windows of an account's limits, as time would. */
const endWindows = (account: string): Promise<void> =>
  runInDurableObject(accountOf(env, account), (_, state) => {
    state.storage.sql.exec("UPDATE rate SET began = began - ?", LIMITS.rateWindowMs);
  });

const ratesOf = ({ headers }: Response): number[] =>
  ["Limit", "Remaining", "Reset"].map((name) => Number(headers.get(`RateLimit-${name}`)));

describe("requests", () => {
  test("the last of the limit, and the one after it", async () => {
    const bob = await invited(ada, "bob");
    await setTerms("bob", { requests_per_minute: 10 });
    for (let n = 9; n >= 0; n--) {
      const answer = await bob.get("/v1/account");
      const [limit, remaining, reset] = ratesOf(answer);
      expect([answer.status, limit, remaining]).toEqual([200, 10, n]);
      expect(reset).toBeGreaterThan(0);
      expect(reset).toBeLessThanOrEqual(LIMITS.rateWindowMs / 1_000);
    }
    const refused = await bob.get("/v1/account");
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: "rate-limited", retry: true }]);
    expect(ratesOf(refused).slice(0, 2)).toEqual([10, 0]);
    const [, , reset = 0] = ratesOf(refused);
    expect(Math.abs(Number(refused.headers.get("Retry-After")) - reset)).toBeLessThanOrEqual(1);
    expect((await ada.get("/v1/account")).status).toBe(200);
  });

  test("are told on answers of every kind, a stream of data included", async () => {
    const headers = { Authorization: ada.key };
    await fetchInside("/v1/data/.my", { method: "POST", headers, body: JSON.stringify({ name: "notes" }) });
    await fetchInside("/v1/data/.my/notes/a.txt", { method: "PUT", headers, body: "text" });
    const file = await fetchInside("/v1/data/.my/notes/a.txt", { headers });
    expect([file.status, (await file.arrayBuffer()).byteLength]).toEqual([200, 4]);
    const openapi = await fetchInside("/v1/algorithms/ada/none/openapi.json", { headers });
    for (const answer of [file, openapi]) expect(ratesOf(answer)[0]).toBe(LIMITS.requestsPerMinute);
  });

  test("all keys of an account share its limit, however many ask at once", async () => {
    const carol = await invited(ada, "carol");
    await setTerms("carol", { requests_per_minute: 21 });
    const { key } = await (await carol.post("/v1/keys", {})).json<{ key: string }>();
    const both = [carol, new Client(fetchInside, key)];
    const asked = Array.from({ length: 40 }, (_, n) => (both[n % 2] ?? carol).get("/v1/account"));
    const statuses = (await Promise.all(asked)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  });

  test("several isolates let through no more than the limit, and less by no more than they hold", async () => {
    const dora = await invited(ada, "dora");
    await setTerms("dora", { requests_per_minute: 500 });
    const isolates = Array.from({ length: 4 }, () => new Callers(new Finder()));
    let through = 0;
    for (let n = 0; n < 800; n++) {
      const admitted = await isolates[n % 4]?.admit(env, dora.key, "");
      if (admitted?.grant.ok === true) through++;
    }
    expect(through).toBeLessThanOrEqual(500);
    expect(through).toBeGreaterThanOrEqual(500 - 3 * LIMITS.requestsTaken);
  });

  test("a new window begins when the old one has ended", async () => {
    const elsa = await invited(ada, "elsa");
    await setTerms("elsa", { requests_per_minute: 1 });
    const ask = async (): Promise<boolean> => (await new Callers(new Finder()).admit(env, elsa.key, "")).grant.ok;
    expect([await ask(), await ask()]).toEqual([true, false]);
    await endWindows("elsa");
    expect([await ask(), await ask()]).toEqual([true, false]);
  });

  test("a limit that is raised lets through again once the grant is asked for anew", async () => {
    const fred = await invited(ada, "fred");
    await setTerms("fred", { requests_per_minute: 1 });
    expect((await fred.get("/v1/account")).status).toBe(200);
    expect((await fred.get("/v1/account")).status).toBe(429);
    await setTerms("fred", { requests_per_minute: 3 });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await fred.get("/v1/account")).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  test("without a limit of its own an account has that of all", async () => {
    const gina = await invited(ada, "gina");
    const [limit, remaining] = ratesOf(await gina.get("/v1/account"));
    expect([limit, remaining]).toEqual([LIMITS.requestsPerMinute, LIMITS.requestsPerMinute - 1]);
  });
});

describe("calls, taken with a lease", () => {
  async function lease(
    client: Client,
    account: string,
    calls: number,
    isolate = "one",
  ): Promise<Result<Lease, LeaseRefusal>> {
    const request = { isolate, key: sha256OfText(client.key), want: 0, least: 0, calls, until: 0 };
    return accountOf(env, account).lease(request);
  }
  const taken = (leased: Result<Lease, LeaseRefusal>): number | string =>
    leased.ok ? leased.value.calls : leased.error.code;

  test("as many as the account's limit, in whatever isolate", async () => {
    const hans = await invited(ada, "hans", 1_000);
    await setTerms("hans", { calls_per_minute: 12 });
    const answers = [
      await lease(hans, "hans", 5, "one"),
      await lease(hans, "hans", 5, "two"),
      await lease(hans, "hans", 5, "three"),
      await lease(hans, "hans", 1, "one"),
    ];
    expect(answers.map(taken)).toEqual([5, 5, 2, "rate-limited"]);
    const [, , , refused] = answers;
    if (refused?.ok !== false || refused.error.code !== "rate-limited") throw new Error("not refused");
    expect(refused.error.rate).toMatchObject({ limit: 12, remaining: 0 });
    expect(refused.error.retryAfter).toBeGreaterThan(0);
    await endWindows("hans");
    expect(taken(await lease(hans, "hans", 12, "four"))).toBe(12);
  });

  test("as many as the key's own limit, and the account's for its other keys", async () => {
    const ida = await invited(ada, "ida", 1_000);
    await setTerms("ida", { calls_per_minute: 10 });
    const made = await ida.post("/v1/keys", { limits: { calls_per_minute: 4 } });
    const narrow = new Client(fetchInside, (await made.json<{ key: string }>()).key);
    expect(taken(await lease(narrow, "ida", 9))).toBe(4);
    expect(taken(await lease(narrow, "ida", 1))).toBe("rate-limited");
    expect(taken(await lease(ida, "ida", 9))).toBe(6);
    expect(taken(await lease(ida, "ida", 1))).toBe("rate-limited");
  });

  test("without a limit of its own an account has that of all", async () => {
    const jo = await invited(ada, "jo", 1_000);
    const leased = await lease(jo, "jo", 3);
    expect(leased).toMatchObject({
      ok: true,
      value: { rate: { limit: LIMITS.callsPerMinute, remaining: LIMITS.callsPerMinute - 3 } },
    });
  });
});

describe("what a key may spend", () => {
  async function lease(client: Client, account: string, want: number): Promise<number | string> {
    const request = { isolate: "one", key: sha256OfText(client.key), want, least: 1, calls: 0, until: 0 };
    const leased = (await accountOf(env, account).lease(request)) as Result<Lease, LeaseRefusal>;
    return leased.ok ? leased.value.added : leased.error.code;
  }

  test.for([
    [{ microcredits: 30 }, 30],
    [{ microcredits_per_day: 20 }, 20],
    [{ microcredits: 30, microcredits_per_day: 40 }, 30],
    [{ microcredits: 0 }, 0],
  ] as const)("with the limits %j is leased no more than %i", async ([limits, most]) => {
    const account = `spender${"abcd"[most / 10] ?? "e"}${Object.keys(limits).length}`;
    const owner = await invited(ada, account, 10_000);
    const { key } = await (await owner.post("/v1/keys", { limits })).json<{ key: string }>();
    const narrow = new Client(fetchInside, key);
    let sum = 0;
    for (let n = 0; n < 50; n++) {
      const added = await lease(narrow, account, 7);
      if (typeof added === "string") {
        expect(added).toBe("key-limit");
        break;
      }
      sum += added;
    }
    expect(sum).toBe(most);
    expect(await lease(owner, account, 500)).toBe(500);
  });

  test("a key that was revoked, has expired or is suspended leases nothing", async () => {
    const owner = await invited(ada, "owner_of_ends", 1_000);
    const made = await (await owner.post("/v1/keys", {})).json<{ key: string; id: string }>();
    const other = new Client(fetchInside, made.key);
    expect(await lease(other, "owner_of_ends", 1)).toBe(1);
    await fetchInside(`/v1/keys/${made.id}`, { method: "DELETE", headers: { Authorization: owner.key } });
    expect(await lease(other, "owner_of_ends", 1)).toBe("unknown-key");
    await accountOf(env, "owner_of_ends").suspend("spam");
    expect(await lease(owner, "owner_of_ends", 1)).toBe("suspended");
  });
});
