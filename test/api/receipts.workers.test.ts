// Receipts: signed by a published key, through rotations, for who paid; what was kept for a replay is theirs alone.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { TABLE_REGISTER } from "../../kv-schema/index.ts";
import { LIMITS } from "../../worker/limits.ts";
import { sha256OfText } from "../../worker/market/hash.ts";
import { type PublishedKey, type Receipt, verifySignature } from "../../worker/market/receipt/receipt.ts";
import { keepTree, keptOf } from "../../worker/objects/kept/object.ts";
import { signerOf } from "../../worker/objects/signer/object.ts";
import { signUp } from "../support/accounts.ts";
import { type Client, bootstrap } from "../support/client.ts";
import { env, fetchInside } from "../support/inside.ts";
import { recordOf, settlementOf } from "../support/records.ts";

let ada: Client;
let bob: Client;

beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  bob = await signUp(fetchInside, env, "bob");
  const stub = env.ACCOUNT.get(env.ACCOUNT.idFromName("bob"));
  await stub.grantMoney({ id: "grant:1", amount: 10_000_000, by: "tests", note: "" });
  const request = { isolate: "one", key: sha256OfText(bob.key), want: 10_000_000, least: 1, calls: 0, until: 0 };
  const lease = await stub.lease(request);
  if (!lease.ok) throw new Error(lease.error.code);
  const records = ["req-1", "req-2"].map((id) =>
    recordOf(id, "bob", [
      { path: "", algorithm: "bob/audit", royalty: 20_001, closed: false },
      { path: "1", algorithm: "ada/tags", royalty: 50_000, fuel: 1_234 },
    ]),
  );
  await stub.settle(lease.value.id, records.map(settlementOf));
});

const receiptOf = async (call: string): Promise<Receipt> => {
  const answer = await bob.get(`/v1/calls/${call}/receipt`);
  expect(answer.status).toBe(200);
  return answer.json<Receipt>();
};

const keys = async (): Promise<readonly PublishedKey[]> =>
  (await (await fetchInside("/.well-known/orcade-keys")).json<{ keys: PublishedKey[] }>()).keys;

describe("a receipt", () => {
  test("is signed by a published key, which anybody may ask for", async () => {
    const receipt = await receiptOf("req-1");
    expect(receipt.statement).toMatchObject({ account: "bob", call: "req-1", issuer: "http://orcade.test" });
    expect(receipt.statement.nodes.map(({ fuel }) => fuel)).toEqual([1_234_567, 2_000]);
    expect(await verifySignature(receipt, await keys())).toMatchObject({ ok: true });
  });

  test("with any one digit changed is refused", async () => {
    const text = JSON.stringify((await receiptOf("req-1")).statement);
    const known = await keys();
    const { signature } = await receiptOf("req-1");
    const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
    expect(digits.length).toBeGreaterThan(100);
    for (const index of digits.filter((_, n) => n % 7 === 0)) {
      const digit = String((Number(text[index]) + 1) % 10);
      const changed = `${text.slice(0, index)}${digit}${text.slice(index + 1)}`;
      const statement = JSON.parse(changed.replace(/:0(\d)/g, ":1$1")) as Receipt["statement"];
      expect(
        await verifySignature({ statement, signature }, known),
        changed.slice(index - 20, index + 5),
      ).toMatchObject({ ok: false });
    }
    const value = `${signature.value[0] === "A" ? "B" : "A"}${signature.value.slice(1)}`;
    const forged = { statement: JSON.parse(text) as Receipt["statement"], signature: { ...signature, value } };
    expect(await verifySignature(forged, known)).toEqual({ ok: false, error: "bad-signature" });
  });

  test("still holds after the key was rotated; new ones are signed by the new key, and the old private key is gone", async () => {
    const old = await receiptOf("req-1");
    expect((await bob.post("/v1/admin/receipt-keys", {})).status).toBe(403);
    expect((await ada.post("/v1/admin/receipt-keys", {})).status).toBe(201);
    const next = await receiptOf("req-1");
    expect(next.signature.key).not.toBe(old.signature.key);
    const known = await keys();
    expect(known.map(({ retired }) => retired === null)).toEqual([true, false]);
    for (const receipt of [old, next]) expect(await verifySignature(receipt, known)).toMatchObject({ ok: true });
    expect(await verifySignature(old, known.slice(0, 1))).toEqual({ ok: false, error: "unknown-key" });
    const rows = await runInDurableObject(signerOf(env), (_, state) =>
      state.storage.sql.exec("SELECT count(private) AS signing, count(*) AS keys FROM signing_key").one(),
    );
    expect(rows).toEqual({ signing: 1, keys: 2 });
    expect(JSON.stringify(known)).not.toContain("private");
  });

  test("is signed by a new key after LIMITS.signingKeyMs", async () => {
    const before = await receiptOf("req-1");
    const due = await runInDurableObject(signerOf(env), (_, state) => {
      const row = state.storage.sql.exec<{ due: number }>("SELECT due FROM agenda").one();
      state.storage.sql.exec("UPDATE agenda SET due = 0");
      return row.due;
    });
    expect(Math.abs(due - Date.now() - LIMITS.signingKeyMs)).toBeLessThan(60_000);
    await runDurableObjectAlarm(signerOf(env));
    expect((await receiptOf("req-1")).signature.key).not.toBe(before.signature.key);
  });

  test("is for who paid alone: for others, the author too, there is no such call", async () => {
    for (const path of ["receipt", "kept"]) {
      const [real, none] = [await ada.get(`/v1/calls/req-1/${path}`), await ada.get(`/v1/calls/req-0/${path}`)];
      expect([real.status, none.status]).toEqual([404, 404]);
    }
  });
});

describe("what is kept for a replay", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const nodes = [
    {
      id: "req-2",
      input: bytes("hello"),
      answers: [
        { function: "state_get" as const, parts: [] },
        { function: "state_list" as const, parts: [bytes("a"), bytes("")] },
        { function: "call" as const, parts: [bytes("text"), new Uint8Array(2_500_000).fill(7)] },
      ],
    },
    { id: "req-2/1", input: new Uint8Array(0), answers: [] },
  ];

  test("comes back byte for byte, to who paid", async () => {
    await keepTree(env, "bob", "req-2", nodes);
    await keepTree(env, "bob", "req-2", []);
    const found = await keptOf(env, "req-2").get("BOB");
    expect(found).toEqual(nodes);
    expect(await keptOf(env, "req-2").get("ada")).toBeNull();
    const shown = await (await bob.get("/v1/calls/req-2/kept")).json<{ nodes: { id: string; input: string }[] }>();
    expect(shown.nodes.map(({ id, input }) => [id, atob(input)])).toEqual([
      ["req-2", "hello"],
      ["req-2/1", ""],
    ]);
    expect(await (await bob.get("/v1/calls/req-1/kept")).json()).toEqual({ call: "req-1", nodes: [] });
  });

  test("is forgotten after LIMITS.keptMs, without a trace", async () => {
    const stub = keptOf(env, "req-2");
    await runInDurableObject(stub, (_, state) => {
      const { until } = state.storage.sql.exec<{ until: number }>("SELECT until FROM kept").one();
      expect(Math.abs(until - Date.now() - LIMITS.keptMs)).toBeLessThan(60_000);
      state.storage.sql.exec("UPDATE kept SET until = 0");
    });
    expect(await stub.get("bob")).toBeNull();
    await runDurableObjectAlarm(stub);
    const left = await runInDurableObject(stub, (_, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('kept', 'part', 'migration')").toArray(),
    );
    expect(left).toEqual([]);
  });

  test("has LIMITS.keptBytes at most", async () => {
    const node = { id: "x", answers: [], input: new Uint8Array(LIMITS.keptBytes) };
    expect(await keptOf(env, "req-most").keep("bob", "req-most", [node])).toMatchObject({ ok: true });
    const more = { ...node, answers: [{ function: "call" as const, parts: [bytes("x")] }] };
    expect(await keptOf(env, "req-more").keep("bob", "req-more", [more])).toEqual({ ok: false, error: "too-large" });
  });
});

test("what the objects store is in the register", async () => {
  for (const [name, stub] of [
    ["Signer", signerOf(env)],
    ["Kept", keptOf(env, "req-most")],
  ] as const) {
    const tables = await runInDurableObject(stub as DurableObjectStub, (_, state) =>
      state.storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray(),
    );
    const ours = tables.map((row) => row.name).filter((table) => !/^(_cf_|sqlite_)/.test(table));
    expect(ours.toSorted()).toEqual(TABLE_REGISTER[name]?.map((entry) => entry.name).toSorted());
  }
});
