// Asynchronous calls and Idempotency-Key over HTTP: what is refused, who sees what, and the limits. That each ends once
// whatever is killed is test/end-to-end/async's. Here every call is waited for before the next begins: the test plugin turns
// off the runtime's care for promises that one object resolves for another (no_handle_cross_request_promise_resolution).
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { database } from "../../kv-schema/database.ts";
import { preferenceOf } from "../../worker/api/async.ts";
import { webhookFault } from "../../worker/errands/policy.ts";
import { LIMITS } from "../../worker/limits.ts";
import { Errands } from "../../worker/objects/account/errands.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { WebhookSecrets } from "../../worker/objects/account/webhooks.ts";
import { errandOf } from "../../worker/objects/errand/find.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
let bob: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await signUp(fetchInside, env, "bob");
  await ada.publish("ada", { name: "echo" }, testModule("echo"));
  await ada.publish("ada", { name: "traps" }, testModule("traps"));
});

const one = Uint8Array.of(1);
const code = async (answer: Promise<Response>): Promise<readonly [number, string | undefined]> => {
  const response = await answer;
  const body = await response.json<{ error?: { code?: string }; code?: string }>();
  return [response.status, body.error?.code ?? body.code];
};

async function begin(client: Client, target = "ada/echo", headers: Record<string, string> = {}): Promise<string> {
  const answer = await client.call(target, one, { Prefer: "respond-async", ...headers });
  expect(answer.status).toBe(202);
  expect(answer.headers.get("Preference-Applied")).toBe("respond-async");
  return (await answer.json<{ id: string }>()).id;
}

const result = (client: Client, id: string, query = "", wait = 20): Promise<Response> =>
  client.fetch(`/v1/calls/${id}/result${query}`, {
    headers: { Authorization: `Simple ${client.key}`, Prefer: `wait=${wait}` },
  });

describe("asynchronous calls", () => {
  test("preferences are read as RFC 7240 spells them, and waiting has a limit", () => {
    expect(preferenceOf(undefined)).toEqual({ async: false, wait: null });
    expect(preferenceOf("respond-async, wait=10")).toEqual({ async: true, wait: 10 });
    expect(preferenceOf('Respond-Async; x=1, WAIT="7", return=minimal')).toEqual({ async: true, wait: 7 });
    expect(preferenceOf("wait=soon")).toEqual({ async: false, wait: null });
    const most = LIMITS.errandWaitSeconds;
    expect([most, most + 1].map((wait) => preferenceOf(`wait=${wait}`).wait)).toEqual([most, most]);
  });

  test("a result comes as the call itself would have answered", async () => {
    const id = await begin(bob);
    const answer = await result(bob, id);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("X-Orcade-Version")).toBe("1.0.0");
    expect(Number(answer.headers.get("X-Orcade-Cost"))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ result: "AQ==" });
    const raw = await result(bob, id, "?output=raw");
    expect(new Uint8Array(await raw.arrayBuffer())).toEqual(one);
    expect(raw.headers.get("Content-Security-Policy")).toBe("sandbox");
    const shown = await (await bob.get(`/v1/calls/${id}`)).json();
    expect(shown).toMatchObject({ id, state: "completed", attempts: 1, record: id, algorithm: "ada/echo" });
    const tree = await bob.get(`/v1/calls/${id}/tree`);
    expect(tree.status).toBe(200);
    const failed = await begin(bob, "ada/traps");
    expect(await (await result(bob, failed)).json()).toMatchObject({ error: { error_type: "Trap" } });
  });

  test("for others there is no such call, whether there is one or not", async () => {
    const id = await begin(bob);
    await result(bob, id);
    const carol = await signUp(fetchInside, env, "carol");
    const none = "req-00000000-0000-4000-8000-000000000000";
    for (const path of ["", "/result"]) {
      const [real, absent] = await Promise.all([id, none].map((each) => carol.get(`/v1/calls/${each}${path}`)));
      expect([real?.status, absent?.status]).toEqual([404, 404]);
      const [a, b] = (await Promise.all([real?.json(), absent?.json()])) as { detail: string }[];
      expect(a?.detail).toBe(b?.detail);
    }
    const told = await carol.fetch(`/v1/calls/${id}`, {
      method: "DELETE",
      headers: { Authorization: `Simple ${carol.key}` },
    });
    expect(told.status).toBe(404);
  });

  test("what cannot run is refused as the call would have been, and costs nothing", async () => {
    const poor = await signUp(fetchInside, env, "poor");
    const id = await begin(poor, "ada/echo", { "X-Orcade-Max-Cost": "1" });
    expect(await (await result(poor, id)).json()).toMatchObject({ error: { error_type: "BudgetExceeded" } });
    expect(await (await poor.get(`/v1/calls/${id}`)).json()).toMatchObject({ state: "failed", cost_microcredits: 0 });
    // A key that has ended when its call's turn comes opens nothing any more: the call is refused, and says why.
    const late = `req-${crypto.randomUUID()}`;
    const { commission } = (await errandOf(env, id).view(["poor"])) ?? {};
    const errand = errandOf(env, late);
    await errand.take({ ...commission, call: late, keyHash: "d".repeat(64) } as never, one, true);
    const gone = await result(poor, late);
    expect(gone.status).toBe(401);
    expect(await gone.json()).toMatchObject({ code: "unknown-key" });
    expect(await (await poor.get(`/v1/calls/${late}`)).json()).toMatchObject({
      state: "refused",
      cost_microcredits: 0,
    });
  });

  test("bad wishes are refused with what to do", async () => {
    const refused = (headers: Record<string, string>, target = "ada/echo") => code(bob.call(target, one, headers));
    const async = { Prefer: "respond-async" };
    expect(await refused({ "Idempotency-Key": "two words" })).toEqual([400, "invalid-parameter"]);
    const most = LIMITS.onceCharacters;
    expect((await bob.call("ada/echo", one, { "Idempotency-Key": "k".repeat(most) })).status).toBe(200);
    expect(await refused({ "Idempotency-Key": "k".repeat(most + 1) })).toEqual([400, "invalid-parameter"]);
    expect(await refused({ "X-Orcade-Webhook": "https://example.com/" })).toEqual([400, "invalid-parameter"]);
    // No secret to sign it with.
    expect(await refused({ ...async, "X-Orcade-Webhook": "https://example.com/" })).toEqual([400, "invalid-parameter"]);
    for (const url of [
      "http://example.com/",
      "https://10.0.0.1/",
      "http://127.0.0.1:9000/",
      "https://localhost/",
      "x",
    ]) {
      expect(await refused({ ...async, "X-Orcade-Webhook": url })).toEqual([400, "invalid-parameter"]);
    }
    expect(await code(ada.call("ada/echo?sudo=true", one, async))).toEqual([400, "invalid-parameter"]);
    const seconds = LIMITS.errandSeconds;
    const taken = await bob.call(`ada/echo?timeout=${seconds}`, one, async);
    expect(taken.status).toBe(202);
    await result(bob, (await taken.json<{ id: string }>()).id);
    expect(await refused(async, `ada/echo?timeout=${seconds + 1}`)).toEqual([400, "invalid-parameter"]);
    expect(await refused(async, "ada/absent")).toEqual([404, "unknown-algorithm"]);
  });

  test("the address of a webhook has a longest length, and loopback is for development only", () => {
    const url = (length: number): string => `https://example.com/${"a".repeat(length - 20)}`;
    const most = LIMITS.webhookUrlCharacters;
    expect([most, most + 1].map((length) => webhookFault(env, url(length)) === null)).toEqual([true, false]);
    const development = { ...env, ORCADE_WEBHOOK_LOOPBACK: "on", ORCADE_HOSTS: "127.0.0.1:8787" };
    const allowed = (text: string, bindings = development): boolean => webhookFault(bindings, text) === null;
    expect(allowed("http://127.0.0.1:9000/hook")).toBe(true);
    expect(allowed("http://127.0.0.1:9000/hook", { ...development, ORCADE_WEBHOOK_LOOPBACK: "" })).toBe(false);
    // Back to ourselves, a service of the machine, another machine: never.
    for (const text of ["http://127.0.0.1:8787/", "http://localhost:22/", "http://192.168.0.1:9000/"]) {
      expect(allowed(text)).toBe(false);
    }
  });
});

describe("what was begun", () => {
  test("one key, one request; another account and another route have keys of their own", async () => {
    const once = { "Idempotency-Key": "k1" };
    const first = await bob.call("ada/echo", one, once);
    const again = await bob.call("ada/echo", one, once);
    expect(again.headers.get("X-Orcade-Call")).toBe(first.headers.get("X-Orcade-Call"));
    expect(again.headers.get("X-Orcade-Replayed")).toBe("true");
    expect(await again.text()).toBe(await first.text());
    expect(await code(bob.call("ada/echo", Uint8Array.of(2), once))).toEqual([422, "idempotency-mismatch"]);
    expect(await code(bob.call("ada/echo?timeout=9", one, once))).toEqual([422, "idempotency-mismatch"]);
    const route = await bob.call("ada/traps", one, once);
    const other = await ada.call("ada/echo", one, once);
    const ids = [first, route, other].map(({ headers }) => headers.get("X-Orcade-Call"));
    expect(new Set(ids).size).toBe(3);
    // Asynchronous and with the same key: the same call.
    const async = await bob.call("ada/echo", one, { ...once, Prefer: "respond-async" });
    expect(async.headers.get("X-Orcade-Call")).toBe(ids[0]);
    expect(await async.json()).toMatchObject({ id: ids[0], state: "completed" });
  });

  test("a refused one gives its Idempotency-Key back", async () => {
    const dora = await signUp(fetchInside, env, "dora");
    const wish = { key: "key-1", algorithm: "ada/echo", version: "1.0.0" };
    const once = { hash: "a".repeat(64), print: "b".repeat(64) };
    const account = accountOf(env, "dora");
    expect(await account.entrust({ ...wish, call: "req-a", once })).toMatchObject({ is: "new", call: "req-a" });
    expect(await account.entrust({ ...wish, call: "req-b", once })).toMatchObject({ is: "known", call: "req-a" });
    await account.errandOver("req-a", true);
    expect(await account.entrust({ ...wish, call: "req-c", once })).toMatchObject({ is: "new", call: "req-c" });
    expect((await dora.get("/v1/calls?state=running")).status).toBe(200);
  });

  test("so many run at once, so many wait, the next is refused; who ends lets the next begin", async () => {
    await signUp(fetchInside, env, "emma");
    const account = accountOf(env, "emma");
    const wish = { key: "key-1", algorithm: "ada/echo", version: "1.0.0", once: null };
    const going = await runInDurableObject(account, (_, { storage }) => {
      const errands = new Errands(database(storage.sql));
      const taken = Array.from({ length: LIMITS.errands }, (__, n) =>
        errands.entrust({ ...wish, call: `req-${n}` }, n),
      );
      return taken.filter((each) => each.is === "new" && each.go).length;
    });
    expect(going).toBe(LIMITS.errandsAtOnce);
    expect(await account.entrust({ ...wish, call: "req-more" })).toEqual({ is: "full" });
    await account.errandOver("req-0", false);
    const rows = await account.errands();
    expect(rows).toHaveLength(LIMITS.errands - 1);
    expect(rows.filter(({ state }) => state === "running")).toHaveLength(LIMITS.errandsAtOnce);
    expect(await account.entrust({ ...wish, call: "req-more" })).toMatchObject({ is: "new", go: false });
    expect((await result(ada, await begin(ada))).status).toBe(200);
  });

  test("an Idempotency-Key and an old secret hold for a day, a result for a week", async () => {
    await signUp(fetchInside, env, "fred");
    await runInDurableObject(accountOf(env, "fred"), (_, { storage }) => {
      const db = database(storage.sql);
      const errands = new Errands(db);
      const wish = { key: "k", algorithm: "a/b", version: "1.0.0", once: { hash: "h", print: "p" } };
      const now = Date.now();
      errands.entrust({ ...wish, call: "req-1" }, now);
      const later = (ms: number): string => errands.entrust({ ...wish, call: "req-2" }, now + ms).is;
      expect([later(LIMITS.onceMs - 1), later(LIMITS.onceMs)]).toEqual(["known", "new"]);
      const secrets = new WebhookSecrets(db);
      const sealed = (sealer: string) => ({ sealer, nonce: new ArrayBuffer(1), sealed: new ArrayBuffer(1) });
      secrets.rotate(sealed("one"), now);
      secrets.rotate(sealed("two"), now);
      const at = (ms: number) => secrets.current(now + ms).map(({ sealer }) => sealer);
      expect([at(LIMITS.webhookOverlapMs - 1), at(LIMITS.webhookOverlapMs)]).toEqual([["two", "one"], ["two"]]);
    });
    const id = await begin(bob);
    await result(bob, id);
    const errand = errandOf(env, id);
    const endedAgo = (ms: number): Promise<unknown> =>
      runInDurableObject(errand, (_, { storage }) => {
        storage.sql.exec("UPDATE errand SET ended = ?", Date.now() - ms);
      });
    await endedAgo(LIMITS.errandKeptMs - 60_000);
    await runDurableObjectAlarm(errand);
    expect((await result(bob, id)).status).toBe(200);
    await endedAgo(LIMITS.errandKeptMs);
    await runDurableObjectAlarm(errand);
    expect((await result(bob, id)).status).toBe(404);
  });

  test("one that waits for its turn is cancelled without having run", async () => {
    const other = await begin(bob);
    await result(bob, other);
    const { commission } = (await errandOf(env, other).view(["bob"])) ?? {};
    if (commission === undefined) throw new RangeError("no errand");
    const call = `req-${crypto.randomUUID()}`;
    const errand = errandOf(env, call);
    await errand.take({ ...commission, call, keyHash: await sha256(bob.key) }, one, false);
    expect(await errand.view(["bob"])).toMatchObject({ state: "waiting", attempts: 0 });
    expect(await errand.cancel()).toBe(true);
    await runDurableObjectAlarm(errand);
    const { outcome } = (await errand.result(["bob"], 5_000)) ?? {};
    expect(outcome).toMatchObject({ status: "failed", error: { type: "Cancelled" }, cost: 0, settled: null });
    expect(await errand.cancel()).toBe(false);
  });

  test("those that nobody heard of again are called to their turn, or forgotten", async () => {
    await signUp(fetchInside, env, "gina");
    const account = accountOf(env, "gina");
    const wish = { key: "key-1", algorithm: "ada/echo", version: "1.0.0", once: null };
    // The request that should have begun it died: there is no such errand.
    await account.entrust({ ...wish, call: "req-never-begun" });
    // Whose turn it is, but nobody could tell.
    const other = await begin(bob);
    await result(bob, other);
    const { commission } = (await errandOf(env, other).view(["bob"])) ?? {};
    if (commission === undefined) throw new RangeError("no errand");
    const call = `req-${crypto.randomUUID()}`;
    await account.entrust({ ...wish, call });
    const untold = { ...commission, account: "gina", call, keyHash: "0".repeat(64) };
    await errandOf(env, call).take(untold, one, false);
    await runInDurableObject(account, (_, { storage }) => {
      storage.sql.exec("UPDATE errand SET since = since - 60000");
      storage.sql.exec("UPDATE agenda SET due = 0 WHERE kind = 'errands'");
    });
    await runDurableObjectAlarm(account);
    expect((await account.errands()).map((row) => row.call)).toEqual([call]);
    await runDurableObjectAlarm(errandOf(env, call));
    expect(await errandOf(env, call).result(["gina"], 5_000)).toMatchObject({ outcome: { status: "refused" } });
  });

  test("attempts that are lost again and again end as failed, and cost nothing", async () => {
    for (const [attempts, state] of [
      [LIMITS.errandAttempts - 1, "completed"],
      [LIMITS.errandAttempts, "failed"],
    ] as const) {
      const id = `req-${crypto.randomUUID()}`;
      const other = await begin(bob);
      await result(bob, other);
      const { commission } = (await errandOf(env, other).view(["bob"])) ?? {};
      if (commission === undefined) throw new RangeError("no errand");
      const keyHash = await sha256(bob.key);
      const errand = errandOf(env, id);
      await errand.take({ ...commission, call: id, keyHash }, one, false);
      await runInDurableObject(errand, (_, { storage }) => {
        storage.sql.exec("UPDATE task SET attempt = ? WHERE id = 'call'", attempts);
      });
      await errand.go();
      await runDurableObjectAlarm(errand);
      await errand.result(["bob"], 20_000);
      expect(await errand.view(["bob"])).toMatchObject({ state, attempts: attempts + 1 });
    }
  });

  test("a webhook's secret is shown once, to who may manage the account, where secrets can be sealed", async () => {
    expect(await code(bob.post("/v1/account/webhook-secret", {}))).toEqual([404, "not-available"]);
    const sealing = fetchWith({ ORCADE_SECRET_KEYS: `k1:${Buffer.alloc(32, 1).toString("base64")}` });
    const made = await sealing("/v1/account/webhook-secret", {
      method: "POST",
      headers: { Authorization: `Simple ${bob.key}` },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get("Cache-Control")).toBe("no-store");
    const { secret } = await made.json<{ secret: string }>();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const listed = await (await bob.get("/v1/account/webhook-secret")).text();
    expect(listed).not.toContain(secret.slice(6));
    expect(JSON.parse(listed)).toMatchObject({ results: [{ until: null }] });
    await sealing("/v1/account/webhook-secret", { method: "POST", headers: { Authorization: `Simple ${bob.key}` } });
    const both = await (await bob.get("/v1/account/webhook-secret")).json();
    expect(both).toMatchObject({ results: [{ until: null }, { until: expect.any(String) }] });
  });
});

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Buffer.from(digest).toString("hex");
}
