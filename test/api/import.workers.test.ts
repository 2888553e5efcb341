// What an import brings, route by route, inside workerd: names, ids and keys stay as they were, and nobody's is taken over.
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { invited } from "../support/accounts.ts";
import { Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
let bob: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await invited(ada, "bob");
});

const ID = "5f0d5a3e-9b1c-4c0e-8a55-0123456789ab";
interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
async function bring(what: string, body: object, by = ada): Promise<Answer> {
  const answer = await by.post(`/v1/admin/import/${what}`, body);
  return { status: answer.status, body: await answer.json() };
}
const user = (name: string, more: object = {}): object => ({ record: "user", name, ...more });
const key = (account: string, text: string, more: object = {}): object => ({
  account,
  sha256: sha256OfText(text),
  label: "old key",
  scopes: { call: ["*"], data: "write", manage: true, admin: false },
  ...more,
});
const get = async (client: Client, path: string): Promise<Answer> => {
  const answer = await client.get(path);
  return { status: answer.status, body: await answer.json() };
};

describe("accounts", () => {
  test("keep their names, also those that look like others, and their ids and balances, once", async () => {
    expect(await bring("accounts", user("Carol", { id: ID, email: "c@x", microcredits: 7 }))).toMatchObject({
      status: 200,
      body: { name: "Carol", new: true },
    });
    expect((await bring("accounts", user("Caro1"))).body).toMatchObject({ new: true });
    expect((await bring("accounts", user("Carol", { id: ID, email: "c@x", microcredits: 7 }))).body).toMatchObject({
      new: false,
    });
    expect((await get(ada, `/v1/users/${ID}`)).body).toMatchObject({ id: ID, username: "Carol", email: "c@x" });
    expect((await bring("accounts", user("Carol", { microcredits: 8 }))).status).toBe(409);
  });

  test("that stand already and were not imported are never taken over", async () => {
    expect((await bring("accounts", user("Bob"))).status).toBe(409);
    expect((await bring("keys", key("bob", "mine now"))).status).toBe(409);
    expect((await bring("accounts", user("admin"))).body).toMatchObject({ code: "name-reserved" });
    const other = await bring("accounts", user("dave", { id: ID }));
    expect([other.status, other.body["detail"]]).toEqual([409, `The id ${ID} is Carol's.`]);
  });

  test("of organisations have their owners and members", async () => {
    const group = { record: "organization", name: "Old_Group", owners: ["Carol", "Caro1"], members: [], label: "Old" };
    expect((await bring("accounts", { ...group, owners: ["nobody"] })).status).toBe(404);
    for (const isNew of [true, false]) expect((await bring("accounts", group)).body).toMatchObject({ new: isNew });
    await bring("keys", key("Carol", "carol's"));
    const { body } = await get(new Client(fetchInside, "carol's"), "/v1/organizations/old_group/members");
    expect(body["results"]).toMatchObject([
      { username: "Caro1", role: "owner" },
      { username: "Carol", role: "owner" },
    ]);
  });

  test("a dry run makes nothing", async () => {
    expect((await bring("accounts", user("Erin", { dry_run: true }))).body).toMatchObject({ new: true });
    expect((await get(ada, "/v1/users/Erin")).status).toBe(404);
    expect((await bring("accounts", user("Bob", { dry_run: true }))).status).toBe(409);
  });

  test("are for operators to bring", async () => {
    for (const what of ["accounts", "keys", "algorithms"]) expect((await bring(what, {}, bob)).status).toBe(403);
  });
});

describe("keys", () => {
  const account = async (text: string): Promise<number> =>
    (await new Client(fetchInside, text).get("/v1/account")).status;

  test(`of any length up to ${LIMITS.keyCharacters} characters (LIMITS.keyCharacters)`, async () => {
    await bring("accounts", user("Frank"));
    for (const length of [1, 28, 300, LIMITS.keyCharacters, LIMITS.keyCharacters + 1]) {
      const text = "f".repeat(length);
      expect((await bring("keys", key("Frank", text, { label: `of ${length}` }))).status).toBe(200);
      expect(await account(text)).toBe(length <= LIMITS.keyCharacters ? 200 : 401);
    }
    const called = await new Client(fetchInside, "f".repeat(LIMITS.keyCharacters)).call("nobody/nothing", "1");
    expect(called.status).toBe(404);
    const over = await new Client(fetchInside, "f".repeat(LIMITS.keyCharacters + 1)).call("nobody/nothing", "1");
    expect(over.status).toBe(401);
  });

  test("of another account, with other settings, or that would make an operator are refused", async () => {
    await bring("accounts", user("Grace"));
    for (const isNew of [true, false]) {
      const dry = await bring("keys", key("Grace", "grace's", { dry_run: true }));
      expect([dry.status, dry.body["new"]]).toEqual([200, isNew]);
      const made = await bring("keys", key("Grace", "grace's"));
      expect([made.status, made.body["new"]]).toEqual([200, isNew]);
    }
    const dry = { dry_run: true };
    expect((await bring("keys", key("Grace", "grace's", { ...dry, label: "another" }))).status).toBe(409);
    expect((await bring("keys", key("Frank", "grace's", dry))).status).toBe(409);
    expect((await bring("keys", key("bob", "any", dry))).status).toBe(409);
    expect((await bring("keys", key("not brought yet", "any", dry))).status).toBe(400);
    expect((await bring("keys", key("Not_brought_yet", "any", dry))).body).toMatchObject({ new: true });
    expect((await bring("keys", key("Grace", "grace's", { label: "another" }))).status).toBe(409);
    expect((await bring("keys", key("Frank", "grace's"))).status).toBe(409);
    const admin = { scopes: { call: ["*"], data: "write", manage: true, admin: true } };
    expect((await bring("keys", key("Grace", "more", admin))).status).toBe(403);
    expect((await bring("keys", key("nobody", "more"))).status).toBe(404);
  });
});

describe("algorithms", () => {
  const wish = (name: string, id: string, more: object = {}): object => ({ owner: "Carol", name, id, ...more });
  const id = (n: number): string => ID.replace("5f0d", `000${n}`);

  test("keep their ids, answer from the first moment, and take versions from who acts for the owner", async () => {
    const made = await bring("algorithms", wish("old", id(1), { template: true, details: { label: "Old" } }));
    expect(made).toMatchObject({ status: 200, body: { id: id(1), new: true } });
    expect((await bring("algorithms", wish("old", id(1), { template: true }))).body).toMatchObject({ new: false });
    expect((await get(ada, `/v1/admin/accounts/Carol`)).status).toBe(200);
    const carol = new Client(fetchInside, "carol's");
    expect((await get(carol, `/v1/algorithms/${id(1)}`)).body).toMatchObject({ id: id(1), details: { label: "Old" } });
    const form = new FormData();
    form.set(
      "manifest",
      JSON.stringify({
        name: "old",
        version: "1.4.2",
        summary: "x",
        input: { kind: "bytes" },
        output: { kind: "bytes" },
      }),
    );
    form.set("module", new Blob([testModule("echo")]), "module.wasm");
    const path = "/v1/algorithms/carol/old/versions/1.4.2";
    const put = (by: Client): Promise<Response> =>
      fetchInside(path, { method: "PUT", body: form, headers: { Authorization: by.key, "X-Orcade-For": "carol" } });
    expect((await put(bob)).status).toBe(403);
    expect([(await put(ada)).status, (await put(ada)).status]).toEqual([201, 200]);
    expect((await get(carol, `/v1/algorithms/${id(1)}/versions/1.4.2`)).body).toMatchObject({ id: id(1) });
  });

  test("with another's id, or another id than stands, are refused", async () => {
    const same = await bring("algorithms", wish("other", id(1)));
    expect([same.status, same.body["detail"]]).toEqual([409, `The id ${id(1)} is that of Carol/old.`]);
    expect((await bring("algorithms", wish("old", id(2)))).status).toBe(409);
    expect((await bring("algorithms", wish("o1d", id(3)))).body).toMatchObject({ code: "look-alike" });
    expect((await bring("algorithms", { ...wish("x", id(4)), owner: "nobody" })).status).toBe(404);
    expect((await bring("algorithms", wish("x", "no uuid"))).status).toBe(400);
  });
});

describe("acting for somebody", () => {
  test("an operator puts data where it belongs; nobody else does", async () => {
    const as = (by: Client, path: string, init: RequestInit, who = "carol"): Promise<Response> =>
      fetchInside(path, { ...init, headers: { Authorization: by.key, "X-Orcade-For": who } });
    const make = { method: "POST", body: JSON.stringify({ name: "models", acl: { read: [] } }) };
    expect((await as(bob, "/v1/data/carol", make)).status).toBe(403);
    expect((await as(ada, "/v1/data/carol", make, "nobody")).status).toBe(404);
    expect(await (await as(ada, "/v1/data/carol", make)).json()).toEqual({ result: "data://Carol/models" });
    expect((await as(ada, "/v1/data/carol/models/f", { method: "PUT", body: "x" })).status).toBe(200);
    expect((await ada.get("/v1/data/carol/models/f")).status).toBe(404);
    expect(await (await new Client(fetchInside, "carol's").get("/v1/data/.my/models/f")).text()).toBe("x");
  });
});
