// Signing up: by invite, with credits once, repeatable to the same end from wherever it was cut off.
import { runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { newInviteCode, newKey } from "../../worker/market/access/secret.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { directoryOf } from "../../worker/objects/directory/object.ts";
import type { SignUp } from "../../worker/objects/directory/signups.ts";
import { keyringOf } from "../../worker/objects/keyring/object.ts";
import { Client, type Fetch, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";

let ada: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
});

interface SignedUp {
  readonly status: number;
  readonly account?: string;
  readonly key?: string;
  readonly code?: string;
}

async function signUp(body: object, fetch: Fetch = fetchInside): Promise<SignedUp> {
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch("/v1/accounts", init);
  return { ...(await answer.json<object>()), status: answer.status };
}

async function invite(wish: object = {}): Promise<{ readonly code: string; readonly id: string }> {
  const answer = await ada.post("/v1/admin/invites", wish);
  expect(answer.status).toBe(201);
  return answer.json();
}

const balanceOf = async (account: string): Promise<number> => (await accountOf(env, account).balance()).balance;
const codes = async (...answers: Promise<SignedUp>[]): Promise<unknown[]> =>
  (await Promise.all(answers)).map(({ status, code }) => code ?? status);

describe("signing up", () => {
  test("makes an account with a key that works at once, and credits", async () => {
    const { code } = await invite({ microcredits: 5_000_000, note: "workshop" });
    const made = await signUp({ account: "Alice", invite: code });
    expect(made).toMatchObject({ status: 201, account: "Alice" });
    const alice = new Client(fetchInside, made.key ?? "");
    expect(await (await alice.get("/v1/account")).json()).toMatchObject({
      account: "Alice",
      kind: "user",
      operator: false,
      key: { label: "first key", scopes: { call: ["*"], data: "write", manage: true } },
    });
    expect(await balanceOf("alice")).toBe(5_000_000);
  });

  test("with a key of one's own nothing secret comes back, and it can be repeated for ever", async () => {
    const { code } = await invite({ microcredits: 7 });
    const key = newKey();
    const body = { account: "carol", invite: code, key_sha256: sha256OfText(key) };
    for (let n = 0; n < 3; n++) {
      const made = await signUp(body);
      expect(made).toMatchObject({ status: 201, account: "carol" });
      expect(made.key).toBeUndefined();
    }
    expect((await new Client(fetchInside, key).get("/v1/account")).status).toBe(200);
    expect(await balanceOf("carol")).toBe(7);
    expect(await codes(signUp({ ...body, key_sha256: sha256OfText(newKey()) }))).toEqual(["name-taken"]);
  });

  test("needs no invite where it is open, and then brings no credits", async () => {
    const open = fetchWith({ ORCADE_SIGNUP: "open" });
    expect(await signUp({ account: "olga" }, open)).toMatchObject({ status: 201, account: "olga" });
    expect(await balanceOf("olga")).toBe(0);
    expect(await codes(signUp({ account: "otto" }))).toEqual(["invite-required"]);
  });

  test("where it is open one address opens so many accounts a minute, and others are not kept waiting", async () => {
    const open = fetchWith({ ORCADE_SIGNUP: "open" });
    const from =
      (address: string): Fetch =>
      (path, init) =>
        open(path, { ...init, headers: { "CF-Connecting-IP": address } });
    const names = Array.from({ length: LIMITS.openSignUps + 1 }, (_, n) => `crowd_${"abcdefghjkopq"[n]}`);
    const statuses: number[] = [];
    for (const account of names) statuses.push((await signUp({ account }, from("192.0.2.77"))).status);
    expect(statuses).toEqual([...Array<number>(LIMITS.openSignUps).fill(201), 429]);
    expect((await signUp({ account: names.at(-1) }, from("192.0.2.78"))).status).toBe(201);
    expect(LIMITS.openSignUpsInAll).toBeGreaterThan(LIMITS.openSignUps);
  });

  test("two sign-ups for one name at once: one wins, and money comes once", async () => {
    const { code, id } = await invite({ microcredits: 1_000, uses: 10 });
    const answers = await Promise.all(
      ["Twin", "twin", "TWIN", "twin"].map((account) => signUp({ account, invite: code })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
    const [winner] = answers.filter(({ status }) => status === 201);
    expect((await new Client(fetchInside, winner?.key ?? "").get("/v1/account")).status).toBe(200);
    expect(await balanceOf("twin")).toBe(1_000);
    const { results } = await (await ada.get("/v1/admin/invites")).json<{ results: { id: string; used: number }[] }>();
    expect(results.find((found) => found.id === id)?.used).toBe(1);
  });

  test("an invite's last use goes to one of two names", async () => {
    const { code } = await invite({ microcredits: 3 });
    const answers = await codes(signUp({ account: "left", invite: code }), signUp({ account: "right", invite: code }));
    expect(new Set(answers)).toEqual(new Set([201, "invite-used-up"]));
    expect((await balanceOf("left")) + (await balanceOf("right"))).toBe(3);
    // The name that lost is free.
    const loser = answers[0] === 201 ? "right" : "left";
    expect(await codes(signUp({ account: loser, invite: (await invite()).code }))).toEqual([201]);
  });
});

describe("is refused", () => {
  test("without a good invite", async () => {
    const past = await invite({ expires_at: new Date(Date.now() + 60_000).toISOString() });
    await runInDurableObject(directoryOf(env), (_, state) => {
      state.storage.sql.exec("UPDATE invite SET expires = ? WHERE id = ?", Date.now() - 1, past.id);
    });
    const withdrawn = await invite();
    const withdraw = { method: "DELETE", headers: { Authorization: ada.key } };
    expect((await fetchInside(`/v1/admin/invites/${withdrawn.id}`, withdraw)).status).toBe(204);
    expect((await fetchInside(`/v1/admin/invites/inv-0`, withdraw)).status).toBe(404);
    expect(
      await codes(
        signUp({ account: "nobody" }),
        signUp({ account: "nobody", invite: newInviteCode() }),
        signUp({ account: "nobody", invite: past.code }),
        signUp({ account: "nobody", invite: withdrawn.code }),
      ),
    ).toEqual(["invite-required", "unknown-invite", "invite-expired", "unknown-invite"]);
  });

  test("for names that are taken, reserved or look like another, and the invite keeps its use", async () => {
    const { code } = await invite();
    const names = ["ADA", "Orcade", "adm1n", "admin", "Al1ce", "AIice", "me"];
    expect(await codes(...names.map((account) => signUp({ account, invite: code })))).toEqual([
      "name-taken",
      "name-taken",
      "name-reserved",
      "name-reserved",
      "look-alike",
      "look-alike",
      "name-reserved",
    ]);
    expect(await codes(signUp({ account: "fresh", invite: code }))).toEqual([201]);
  });

  test("with the key of another account", async () => {
    const { code } = await invite();
    const hash = sha256OfText(ada.key);
    expect(await codes(signUp({ account: "thief", invite: code, key_sha256: hash }))).toEqual(["key-exists"]);
    expect(await codes(signUp({ account: "thief", invite: code }))).toEqual([201]);
  });

  test.for([
    {},
    { account: "" },
    { account: "a".repeat(31) },
    { account: "1a" },
    { account: "a-b" },
    { account: "аda" },
    { account: "ok", invite: "short" },
    { account: "ok", key_sha256: "A".repeat(64) },
    { account: "ok", operator: true },
    { account: ["ok"] },
  ])("a body like %j", async (body) => {
    expect(await codes(signUp(body))).toEqual(["invalid-body"]);
  });

  test("too many codes that do not exist: the address waits, and a key it used before does not", async () => {
    const from =
      (address: string): Fetch =>
      (path, init) => {
        const headers = new Headers(init?.headers);
        headers.set("CF-Connecting-IP", address);
        return fetchInside(path, { ...init, headers });
      };
    const guess = (address: string): Promise<SignedUp> =>
      signUp({ account: "guesser", invite: newInviteCode() }, from(address));
    for (let n = 0; n < LIMITS.lookupFailures; n++) expect((await guess("192.0.2.1")).status).toBe(403);
    const waits = await from("192.0.2.1")("/v1/accounts", {
      method: "POST",
      body: JSON.stringify({ account: "guesser", invite: (await invite()).code }),
    });
    expect([waits.status, await waits.json()]).toMatchObject([429, { code: "throttled", retry: true }]);
    expect(Number(waits.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await guess("192.0.2.2")).status).toBe(403);
    const known = { headers: { Authorization: ada.key } };
    expect((await from("192.0.2.1")("/v1/account", known)).status).toBe(200);
    const wrong = { headers: { Authorization: newKey() } };
    expect((await from("192.0.2.1")("/v1/account", wrong)).status).toBe(429);
    expect((await from("192.0.2.3")("/v1/account", wrong)).status).toBe(401);
  });
});

describe("a sign-up that was cut off", () => {
  /** The steps of worker/api/accounts.ts, to be cut off after some of them. */
  async function steps(account: string, code: string, hash: string, most: number): Promise<void> {
    const request = { account, codeHash: sha256OfText(code), keyHash: hash, open: false };
    const begun = (await directoryOf(env).signUp(request)) as { ok: boolean; value: SignUp };
    expect(begun.ok).toBe(true);
    if (most > 0) await accountOf(env, account).signUp(account, hash, begun.value.attempt);
    if (most > 1) await keyringOf(env, hash).put(hash, account);
    const grant = { id: `signup:${begun.value.invite}:${account}`, amount: 11, by: begun.value.invite };
    if (most > 2) await accountOf(env, account).grantMoney({ ...grant, note: "sign-up credits" });
    if (most > 3) await directoryOf(env).signedUp(account, hash);
  }

  test.for([0, 1, 2, 3, 4])("after step %i ends the same when it is sent again with its key", async (most) => {
    const account = `cut${"abcde"[most]}`;
    const { code } = await invite({ microcredits: 11 });
    const key = newKey();
    await steps(account, code, sha256OfText(key), most);
    const again = () => signUp({ account, invite: code, key_sha256: sha256OfText(key) });
    expect(await codes(again(), again())).toEqual([201, 201]);
    expect((await new Client(fetchInside, key).get("/v1/account")).status).toBe(200);
    expect(await balanceOf(account)).toBe(11);
  });

  const age = (account: string, by: number): Promise<void> =>
    runInDurableObject(directoryOf(env), (_, state) => {
      state.storage.sql.exec("UPDATE signup SET began = began - ? WHERE account = ?", by, account);
    });

  test.for([0, 1, 2, 3])("after step %i may be taken over with the same invite, later", async (most) => {
    const account = `lost${"abcd"[most]}`;
    const { code } = await invite({ microcredits: 11 });
    const lost = newKey();
    await steps(account, code, sha256OfText(lost), most);
    const again = () => signUp({ account, invite: code });
    expect(await codes(again())).toEqual(["name-taken"]);
    await age(account, LIMITS.signupRetryMs - 1_000);
    expect(await codes(again())).toEqual(["name-taken"]);
    await age(account, 1_000);
    const made = await again();
    expect(made).toMatchObject({ status: 201, account });
    expect((await new Client(fetchInside, made.key ?? "").get("/v1/account")).status).toBe(200);
    expect((await new Client(fetchInside, lost).get("/v1/account")).status).toBe(401);
    expect(await balanceOf(account)).toBe(11);
    // The attempt that was cut off goes on after all: it has lost.
    const hash = sha256OfText(lost);
    expect(await accountOf(env, account).signUp(account, hash, 1)).toBe(false);
    expect(await directoryOf(env).signedUp(account, hash)).toBe(false);
    await age(account, 10 * LIMITS.signupRetryMs);
    expect(await codes(again(), signUp({ account, invite: (await invite()).code }))).toEqual([
      "name-taken",
      "name-taken",
    ]);
  });
});

describe("invites", () => {
  test("list what became of them, without their codes", async () => {
    const { code, id } = await invite({ microcredits: 42, uses: 3, note: "Üben" });
    await signUp({ account: "listed", invite: code });
    const page = await (await ada.get("/v1/admin/invites?limit=1")).json<{ results: object[]; marker: string }>();
    expect(page.results).toMatchObject([{ id, microcredits: 42, uses: 3, used: 1, note: "Üben", maker: "ada" }]);
    expect(JSON.stringify(page)).not.toContain(code);
    const next = await (await ada.get(`/v1/admin/invites?limit=1&marker=${page.marker}`)).json<{ results: object[] }>();
    expect(next.results).toHaveLength(1);
    expect(next.results).not.toMatchObject([{ id }]);
  });

  test.for([
    [{ microcredits: LIMITS.signUpCredits, uses: LIMITS.inviteUses }, 201],
    [{ microcredits: LIMITS.signUpCredits + 1 }, 400],
    [{ uses: LIMITS.inviteUses + 1 }, 400],
    [{ uses: 0 }, 400],
    [{ microcredits: -1 }, 400],
    [{ microcredits: 0.5 }, 400],
    [{ microcredits: 2 ** 53 }, 400],
    [{ note: "n".repeat(LIMITS.reasonCharacters) }, 201],
    [{ note: "n".repeat(LIMITS.reasonCharacters + 1) }, 400],
    [{ note: "a\u0000b" }, 400],
    [{ expires_at: "2020-01-01T00:00:00Z" }, 400],
    [{ expires_at: "tomorrow" }, 400],
    [{ expires_at: "2099-01-01T00:00:00+02:00" }, 201],
  ] as const)("%#: a wish like %j answers %i", async ([wish, status]) => {
    expect((await ada.post("/v1/admin/invites", wish)).status).toBe(status);
  });
});
