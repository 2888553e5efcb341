// Keys: made, listed, limited, revoked; what a key can hand on; that a revoked one opens nothing anywhere after 5 s.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { database, migrate } from "../../kv-schema/database.ts";
import { ACCOUNT_MIGRATIONS } from "../../kv-schema/tables/account.ts";
import { Callers } from "../../worker/api/caller.ts";
import type { Env } from "../../worker/env.ts";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { newKey } from "../../worker/market/access/secret.ts";
import { Keys } from "../../worker/objects/account/keys.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { Finder } from "../../worker/objects/keyring/find.ts";
import { invited } from "../support/accounts.ts";
import { Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { stale } from "../support/stale.ts";

let ada: Client;
let bob: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob", 1_000_000);
});

interface Key {
  readonly id: string;
  readonly key: string;
  readonly code?: string;
  readonly label: string;
  readonly status: number;
}

async function send(who: Client, method: string, path: string, body?: unknown): Promise<Key> {
  const answer = await who.fetch(path, {
    method,
    headers: { Authorization: `Simple ${who.key}`, "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { ...(answer.status === 204 ? {} : await answer.json<object>()), status: answer.status } as Key;
}
const make = (who: Client, wish: object = {}): Promise<Key> => send(who, "POST", "/v1/keys", wish);
const codeOf = ({ code, status }: Key): string | number => code ?? status;
const opens = async (key: string): Promise<number> => (await new Client(fetchInside, key).get("/v1/account")).status;

const firstKey = async (who: Client): Promise<string> =>
  (await list(who)).results.find(({ label }) => label === "first key")?.id ?? "none";

/**
 * An isolate of its own: it shares storage with this one, and nothing it keeps in memory.
 * @returns whose a key is there, or why it opens nothing
 */
function another(changed: Partial<Env> = {}): (key: string) => Promise<string> {
  const callers = new Callers(new Finder());
  return async (key) => {
    const { grant } = await callers.admit({ ...env, ...changed }, key, "");
    return grant.ok ? grant.value.account : grant.error.code;
  };
}

interface Listed {
  readonly marker: string | null;
  readonly next_link: string | null;
  readonly results: readonly (Key & { readonly last_used_at: string | null; readonly revoked_at: string | null })[];
}
const list = async (who: Client, query = ""): Promise<Listed> => (await who.get(`/v1/keys${query}`)).json();

describe("a key", () => {
  test("is shown once, may call and use data but not manage unless that is asked for, and is listed", async () => {
    const made = await make(bob, { label: "laptop" });
    expect(made).toMatchObject({
      status: 201,
      label: "laptop",
      key: expect.stringMatching(/^sim[A-Za-z0-9]{25}$/) as string,
      id: expect.stringMatching(/^key-[0-9a-f]{16}$/) as string,
      scopes: { call: ["*"], data: "write", manage: false, admin: false },
      limits: { microcredits: null, microcredits_per_day: null, calls_per_minute: null },
      spent: { microcredits: 0, microcredits_today: 0 },
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    });
    expect(sha256OfText(made.key)).not.toContain(made.id.slice(4));
    expect(await opens(made.key)).toBe(200);
    const listed = await (await bob.get("/v1/keys")).text();
    expect(listed).toContain(made.id);
    expect(listed).not.toContain(made.key);
    expect(listed).not.toContain(sha256OfText(made.key));
    const used = (await list(bob)).results.find(({ id }) => id === made.id);
    expect(Date.now() - Date.parse(used?.last_used_at ?? "")).toBeLessThan(LIMITS.keyUsedMs);
  });

  test("of one's own making is told by its hash, again without effect", async () => {
    const wish = { label: "own", key_sha256: sha256OfText(newKey()) };
    const [one, two] = [await make(bob, wish), await make(bob, wish)];
    expect([one.status, two.status, two.id, one.key]).toEqual([201, 201, one.id, undefined]);
    expect(codeOf(await make(bob, { ...wish, label: "other" }))).toBe("key-exists");
    expect(codeOf(await make(ada, wish))).toBe("key-exists");
    await send(bob, "DELETE", `/v1/keys/${one.id}`);
    expect(codeOf(await make(bob, wish))).toBe("key-exists");
  });

  test("is changed only where it is said", async () => {
    const { id } = await make(bob, { label: "a", limits: { microcredits: 10, calls_per_minute: 7 } });
    const changed = await send(bob, "PATCH", `/v1/keys/${id}`, { label: "b", limits: { microcredits_per_day: 5 } });
    expect(changed).toMatchObject({
      label: "b",
      limits: { microcredits: 10, microcredits_per_day: 5, calls_per_minute: 7 },
    });
    const freed = await send(bob, "PATCH", `/v1/keys/${id}`, { limits: { microcredits: null } });
    expect(freed).toMatchObject({ limits: { microcredits: null, microcredits_per_day: 5, calls_per_minute: 7 } });
    expect(codeOf(await send(bob, "PATCH", "/v1/keys/key-0000000000000000", {}))).toBe("unknown-api-key");
  });

  test("expires when it says so", async () => {
    const { key, id } = await make(bob, { expires_at: new Date(Date.now() + 60_000).toISOString() });
    expect(await opens(key)).toBe(200);
    await runInDurableObject(accountOf(env, "bob"), (_, state) => {
      state.storage.sql.exec("UPDATE api_key SET expires = ? WHERE id = ?", Date.now() - 1, id);
    });
    expect(await another()(key)).toBe("key-expired");
  });

  test("belongs to its account: another's cannot see, change or end it", async () => {
    const { id, key } = await make(bob);
    expect((await list(ada)).results.some((found) => found.id === id)).toBe(false);
    expect(codeOf(await send(ada, "PATCH", `/v1/keys/${id}`, { label: "mine" }))).toBe("unknown-api-key");
    expect(codeOf(await send(ada, "DELETE", `/v1/keys/${id}`))).toBe("unknown-api-key");
    expect(await opens(key)).toBe(200);
  });

  test("pages of keys, newest first, each key once", async () => {
    const carol = await invited(ada, "carol");
    for (let n = 0; n < 5; n++) await make(carol, { label: `k${n}` });
    const seen: string[] = [];
    for (let path: string | null = "/v1/keys?limit=2"; path !== null;) {
      const page: Listed = await (await carol.get(path)).json();
      seen.push(...page.results.map(({ label }) => label));
      path = page.next_link;
    }
    expect(seen.toSorted()).toEqual(["first key", "k0", "k1", "k2", "k3", "k4"]);
    expect((await carol.get("/v1/keys?limit=0")).status).toBe(400);
  });
});

describe("a revoked key", () => {
  test("opens nothing in any isolate after the time a grant is believed, whatever an old KV shows", async () => {
    const { key, id } = await make(bob);
    const old = stale(env.KV, 60_000);
    const second = another({ KV: old });
    expect([await opens(key), await second(key)]).toEqual([200, "bob"]);
    const revoked = Date.now();
    expect(codeOf(await send(bob, "DELETE", `/v1/keys/${id}`))).toBe(204);
    expect(codeOf(await send(bob, "DELETE", `/v1/keys/${id}`))).toBe(204);
    // Here, where it was revoked, at once; a third isolate never believed it.
    expect(await opens(key)).toBe(401);
    expect(await another()(key)).toBe("unknown-key");
    expect(await env.KV.get(`key/${sha256OfText(key)}`)).toBe("bob");
    let last = "bob";
    while (last === "bob" && Date.now() - revoked < 2 * LIMITS.freshMs) {
      last = await second(key);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(last).toBe("unknown-key");
    expect(Date.now() - revoked).toBeLessThan(LIMITS.freshMs + 500);
    expect((await list(bob)).results.find((found) => found.id === id)?.revoked_at).toMatch(/^20/);
  });

  test("cannot be changed", async () => {
    const { id } = await make(bob);
    await send(bob, "DELETE", `/v1/keys/${id}`);
    expect(codeOf(await send(bob, "PATCH", `/v1/keys/${id}`, { label: "back" }))).toBe("unknown-api-key");
  });
});

describe("nobody shuts itself out", () => {
  test("the last key without limits and with all rights to manage stays as it is", async () => {
    const dora = await invited(ada, "dora");
    const id = await firstKey(dora);
    const last = async (): Promise<unknown[]> => [
      codeOf(await send(dora, "DELETE", `/v1/keys/${id}`)),
      codeOf(await send(dora, "PATCH", `/v1/keys/${id}`, { limits: { microcredits: 1 } })),
      codeOf(await send(dora, "PATCH", `/v1/keys/${id}`, { expires_at: "2099-01-01T00:00:00Z" })),
      codeOf(
        await send(dora, "PATCH", `/v1/keys/${id}`, {
          scopes: { call: ["*"], data: "write", manage: false, admin: false },
        }),
      ),
    ];
    expect(await last()).toEqual(Array(4).fill("last-key"));
    await make(dora, { scopes: { manage: true }, limits: { microcredits: 5 } });
    expect(await last()).toEqual(Array(4).fill("last-key"));
    const spare = await make(dora, { scopes: { manage: true } });
    expect(codeOf(await send(dora, "PATCH", `/v1/keys/${id}`, { label: "renamed" }))).toBe(200);
    expect(codeOf(await send(dora, "DELETE", `/v1/keys/${id}`))).toBe(204);
    const left = new Client(fetchInside, spare.key);
    expect(codeOf(await send(left, "DELETE", `/v1/keys/${spare.id}`))).toBe("last-key");
  });

  test("an operator needs one with the scope admin, too", async () => {
    const id = await firstKey(ada);
    await make(ada, { scopes: { manage: true } });
    expect(codeOf(await send(ada, "DELETE", `/v1/keys/${id}`))).toBe("last-key");
    const spare = await make(ada, { scopes: { manage: true, admin: true } });
    expect(codeOf(await send(ada, "DELETE", `/v1/keys/${spare.id}`))).toBe(204);
    expect(codeOf(await send(ada, "DELETE", `/v1/keys/${id}`))).toBe("last-key");
  });
});

describe("a key hands on no more than it has", () => {
  const bounded = { scopes: { manage: true } };

  test.for([
    ["a narrower one calls everything", { manage: true, call: ["bob/*"] }, { call: ["*"] }, "beyond-own"],
    ["within its patterns", { manage: true, call: ["bob/*"] }, { call: ["bob/echo"] }, 201],
    ["write from read", { manage: true, data: "read" }, { call: [], data: "write" }, "beyond-own"],
    ["admin from manage", { manage: true }, { admin: true }, "beyond-own"],
    ["without manage", { manage: false }, {}, "scope-missing"],
  ] as const)("%s", async ([, own, wanted, outcome]) => {
    const { key } = await make(bob, { scopes: own });
    expect(codeOf(await make(new Client(fetchInside, key), { scopes: wanted }))).toBe(outcome);
  });

  test.for([
    { limits: { microcredits: 5 } },
    { limits: { microcredits_per_day: 5 } },
    { limits: { calls_per_minute: 5 } },
    { expires_at: "2099-01-01T00:00:00Z" },
  ])("one with %j makes and changes none, itself included", async (bound) => {
    const { key, id } = await make(bob, { ...bounded, ...bound });
    const self = new Client(fetchInside, key);
    const free = {
      limits: { microcredits: null, microcredits_per_day: null, calls_per_minute: null },
      expires_at: null,
    };
    expect(codeOf(await make(self, bound))).toBe("beyond-own");
    expect(codeOf(await send(self, "PATCH", `/v1/keys/${id}`, free))).toBe("beyond-own");
    expect(codeOf(await send(bob, "PATCH", `/v1/keys/${id}`, free))).toBe(200);
  });

  test("nor does it change one that has more", async () => {
    const { key } = await make(bob, { scopes: { manage: true, data: "none" } });
    const { id } = await make(bob, { scopes: { data: "write" } });
    const scopes = { call: [], data: "none", manage: false, admin: false };
    expect(codeOf(await send(new Client(fetchInside, key), "PATCH", `/v1/keys/${id}`, { scopes }))).toBe("beyond-own");
  });
});

describe("a wish that cannot be met", () => {
  test.for([
    [{ label: "x".repeat(LIMITS.keyLabel) }, 201],
    [{ label: "x".repeat(LIMITS.keyLabel + 1) }, 400],
    [{ label: "" }, 400],
    [{ label: "two\nlines" }, 400],
    [{ label: "half a pair \ud800" }, 400],
    [{ label: "a whole one 😀" }, 201],
    [{ limits: { microcredits: 0 } }, 201],
    [{ limits: { microcredits: -1 } }, 400],
    [{ limits: { microcredits: 0.5 } }, 400],
    [{ limits: { microcredits: 2 ** 53 } }, 400],
    [{ limits: { microcredits: "5" } }, 400],
    [{ limits: { microcredits_per_day: -0.5 } }, 400],
    [{ limits: { calls_per_minute: 0 } }, 400],
    [{ limits: { calls_per_minute: 1 } }, 201],
    [{ limits: { credits: 1 } }, 400],
    [{ expires_at: "2020-01-01T00:00:00Z" }, 400],
    [{ expires_at: "2099-02-30T00:00:00Z" }, 400],
    [{ expires_at: 4_000_000_000 }, 400],
    [{ scopes: { call: ["*/*"] } }, 400],
    [{ scopes: { call: Array(LIMITS.keyPatterns).fill("bob/echo") } }, 201],
    [{ scopes: { call: Array(LIMITS.keyPatterns + 1).fill("bob/echo") } }, 400],
    [{ scopes: { data: "all" } }, 400],
    [{ scopes: { root: true } }, 400],
    [{ key_sha256: "beef" }, 400],
    [{ id: "key-1" }, 400],
    [[], 400],
  ] as const)("%#", async ([wish, status]) => {
    expect((await make(bob, wish)).status).toBe(status);
  });

  test("living keys of one account; revoked ones do not count", async () => {
    const eve = await invited(ada, "eve");
    const { id } = await make(eve);
    await runInDurableObject(accountOf(env, "eve"), (_, state) => {
      for (let n = 2; n < LIMITS.keys; n++) {
        const values = [`${n}`.padStart(64, "0"), `key-${n}`];
        state.storage.sql.exec("INSERT INTO api_key (hash, id, label, created) VALUES (?, ?, 'k', 0)", ...values);
      }
    });
    expect(codeOf(await make(eve))).toBe("too-many-keys");
    await send(eve, "DELETE", `/v1/keys/${id}`);
    expect(codeOf(await make(eve))).toBe(201);
    expect(codeOf(await make(eve))).toBe("too-many-keys");
  });
});

test("an account made before keys had ids and scopes keeps its key, with all rights", async () => {
  await runInDurableObject(env.STATE.get(env.STATE.idFromName("an old account")), (_, state) => {
    migrate(state.storage, ACCOUNT_MIGRATIONS.slice(0, 1));
    state.storage.sql.exec("INSERT INTO account VALUES (1, 'Old', 'user', 1, 5)");
    state.storage.sql.exec("INSERT INTO api_key VALUES ('aa', 'first', 6, NULL), ('bb', 'second', 7, 8)");
    state.storage.sql.exec("INSERT INTO membership VALUES ('Guild', 'owner', 6), ('Wanted', 'wanted', 6)");
    migrate(state.storage, ACCOUNT_MIGRATIONS);
    const keys = new Keys(database(state.storage.sql));
    const terms = keys.terms("aa", 10);
    expect(terms).toMatchObject({
      ok: true,
      value: {
        grant: { account: "Old", operator: true, owned: ["Guild"], key: { label: "first", scopes: { manage: true } } },
        limit: null,
      },
    });
    expect(keys.terms("bb", 10)).toEqual({ ok: false, error: "unknown-key" });
    const ids = keys.list(null, 10, 10).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^key-[0-9a-f]{16}$/);
  });
});
