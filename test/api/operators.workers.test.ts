// Operators: they list every account there is, suspend one and let it back in, set its terms; never to themselves.
import { beforeAll, describe, expect, test } from "vitest";
import { Callers } from "../../worker/api/caller.ts";
import { LIMITS } from "../../worker/limits.ts";
import { Finder } from "../../worker/objects/keyring/find.ts";
import { invited } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
let bob: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "Bob");
});

async function send(who: Client, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await who.fetch(path, {
    method,
    headers: { Authorization: `Simple ${who.key}` },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { ...(await answer.json<object>()), http: answer.status };
}
const suspend = (account: string, reason: string | null): Promise<Record<string, unknown>> =>
  send(ada, "POST", `/v1/admin/accounts/${account}/suspension`, { reason });

describe("the list of accounts", () => {
  test("names each once, in order, organisations and the platform included, page by page", async () => {
    for (const name of ["Zeta", "guild", "Mid"]) await send(ada, "POST", "/v1/organizations", { org_name: name });
    const names: unknown[] = [];
    for (let path: unknown = "/v1/admin/accounts?limit=2"; typeof path === "string";) {
      const page = await send(ada, "GET", path);
      const results = page["results"] as { account: string; kind: string; founder: string }[];
      expect(results.length).toBeLessThanOrEqual(2);
      names.push(...results.map(({ account, kind, founder }) => `${account} ${kind} ${founder}`));
      path = page["next_link"];
    }
    expect(names).toEqual([
      "ada user ada",
      "Bob user Bob",
      "guild organisation ada",
      "Mid organisation ada",
      "orcade platform orcade",
      "Zeta organisation ada",
    ]);
    expect((await send(ada, "GET", "/v1/admin/accounts?limit=101"))["http"]).toBe(400);
  });

  test("shows one", async () => {
    expect(await send(ada, "GET", "/v1/admin/accounts/bob")).toMatchObject({
      account: "Bob",
      operator: false,
      suspended: null,
      living_keys: 1,
      calls_per_minute: LIMITS.callsPerMinute,
    });
    expect(await send(ada, "GET", "/v1/admin/accounts/nobody")).toMatchObject({ http: 404, code: "unknown-account" });
  });
});

describe("a suspended account", () => {
  test("opens nothing until it is let back in: here at once, elsewhere after 5 s at most", async () => {
    await bob.publish("bob", { name: "echo", visibility: "private" }, testModule("echo"));
    const elsewhere = new Callers(new Finder());
    const there = async (): Promise<string> => {
      const { grant } = await elsewhere.admit(env, bob.key, "");
      return grant.ok ? grant.value.account : grant.error.code;
    };
    expect(await there()).toBe("Bob");
    const began = Date.now();
    expect(await suspend("bob", "spam")).toMatchObject({ http: 200, suspended: { reason: "spam" } });
    expect(await send(bob, "GET", "/v1/account")).toMatchObject({ http: 403, code: "account-suspended" });
    const call = await bob.call("bob/echo", Uint8Array.of(1));
    expect([call.status, await call.json()]).toMatchObject([403, { error: { code: "account-suspended" } }]);
    let last = "Bob";
    while (last === "Bob" && Date.now() - began < 2 * LIMITS.freshMs) {
      last = await there();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(last).toBe("account-suspended");
    expect(Date.now() - began).toBeLessThan(LIMITS.freshMs + 500);
    expect(await suspend("bob", null)).toMatchObject({ http: 200, suspended: null });
    expect(await send(bob, "GET", "/v1/account")).toMatchObject({ http: 200, account: "Bob" });
  });

  test.for([{}, { reason: "" }, { reason: "r".repeat(LIMITS.reasonCharacters + 1) }, { reason: 1 }])(
    "is not made so by %#",
    async (body) => {
      const path = "/v1/admin/accounts/bob/suspension";
      expect(await send(ada, "POST", path, body)).toMatchObject({ http: 400, code: "invalid-body" });
    },
  );
});

describe("operators", () => {
  test("do nothing to themselves that they could not undo", async () => {
    expect(await suspend("ADA", "oops")).toMatchObject({ http: 403 });
    expect(await send(ada, "PATCH", "/v1/admin/accounts/ada", { operator: false })).toMatchObject({ http: 403 });
    expect(await suspend("nobody", "x")).toMatchObject({ http: 404 });
  });

  test("make operators and unmake them", async () => {
    const carol = await invited(ada, "carol");
    expect((await carol.get("/v1/admin/accounts")).status).toBe(403);
    expect(await send(ada, "PATCH", "/v1/admin/accounts/carol", { operator: true })).toMatchObject({ operator: true });
    expect((await carol.get("/v1/admin/accounts")).status).toBe(200);
    expect(await send(carol, "PATCH", "/v1/admin/accounts/ada", { requests_per_minute: 5_000 })).toMatchObject({
      requests_per_minute: 5_000,
      calls_per_minute: LIMITS.callsPerMinute,
    });
    expect(await send(carol, "PATCH", "/v1/admin/accounts/ada", { requests_per_minute: null })).toMatchObject({
      requests_per_minute: LIMITS.requestsPerMinute,
    });
    await send(ada, "PATCH", "/v1/admin/accounts/carol", { operator: false });
    expect((await carol.get("/v1/admin/accounts")).status).toBe(403);
  });

  test.for([
    [{ calls_per_minute: LIMITS.ratePerMinute }, 200],
    [{ calls_per_minute: LIMITS.ratePerMinute + 1 }, 400],
    [{ calls_per_minute: 0 }, 400],
    [{ requests_per_minute: 1.5 }, 400],
    [{ credits: 1 }, 400],
  ] as const)("set terms like %j: %i", async ([terms, status]) => {
    expect((await send(ada, "PATCH", "/v1/admin/accounts/bob", terms))["http"]).toBe(status);
  });
});
