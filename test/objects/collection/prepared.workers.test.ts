// What algorithms write to a collection, around a settlement, crash by crash: held bytes are nobody's, prepared ones become files
// when their call has settled and not before, and whoever meets them waits or asks the ledger, whose answer is for good.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { sha256OfText } from "../../../worker/market/hash.ts";
import { accountOf } from "../../../worker/objects/account/object.ts";
import { collectionOf } from "../../../worker/objects/collection/object.ts";
import { bootstrap } from "../../support/client.ts";
import { env, fetchInside } from "../../support/inside.ts";

const account = "ada";
const hash = sha256OfText(`sim${"k".repeat(25)}`);
const encoder = new TextEncoder();

beforeAll(() => bootstrap(fetchInside, account).then(() => undefined));

let made = 0;
async function fresh() {
  const at = collectionOf(env, account, `c${made++}`);
  await at.create(account, `c${made}`, "hosted", []);
  return at;
}
type At = Awaited<ReturnType<typeof fresh>>;

async function hold(at: At, call: string, file: string, text: string): Promise<number> {
  const held = await at.hold(call, "owner", file, encoder.encode(text));
  if (!held.ok) throw new Error(JSON.stringify(held.error));
  return held.value.upload;
}
const prepare = (at: At, call: string, file: string, upload: number | null, seen?: string | null) =>
  at.prepare({ call, account, reads: seen === undefined ? [] : [{ file, seen }], writes: [{ file, upload }] });

async function textIn(at: At, file: string): Promise<string | null> {
  const read = await at.read("owner", file, [], false);
  if (!read.ok || read.value.kind !== "bytes") return null;
  const { body } = read.value;
  return body === null ? null : new Response(body as BodyInit).text();
}
const put = (at: At, file: string, text: string) =>
  at.put({ reader: "owner", file, headers: [], length: text.length, md5: null }, encoder.encode(text));

async function settle(call: string): Promise<boolean> {
  const ledger = accountOf(env, account);
  const lease = await ledger.lease({ isolate: "tests", key: hash, want: 1, least: 1, calls: 0, until: 0 });
  if (!lease.ok) throw new Error(lease.error.code);
  const settlement = { call, algorithm: "tests/x", version: "1.0.0", status: "completed" as const, total: 0 };
  const [settled] = await ledger.settle(lease.value.id, [{ ...settlement, shares: [], record: "{}" }]);
  await ledger.giveBack(lease.value.id, lease.value.granted);
  return settled?.ok === true;
}

/** Rows that would be left over. */
const left = (at: At) =>
  runInDurableObject(at, (_, { storage }) => {
    const count = (sql: string): number => Number(Object.values(storage.sql.exec(sql).one())[0]);
    return {
      held: count("SELECT count(*) FROM held"),
      prepared: count("SELECT count(*) FROM prepared"),
      writes: count("SELECT count(*) FROM prepared_write"),
      loose: count("SELECT count(*) FROM upload WHERE state NOT IN ('live')"),
      stored: count("SELECT stored FROM collection"),
    };
  });

/** Serves the alarm with everything that is planned due, and lost uploads an hour older. */
async function later(at: At): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await runInDurableObject(at, (_, { storage }) => {
      storage.sql.exec("UPDATE agenda SET due = 0");
      storage.sql.exec("UPDATE upload SET touched = 0 WHERE state = 'held'");
    });
    await runDurableObjectAlarm(at);
  }
}

describe("held bytes", () => {
  test("are nobody's: neither read nor listed, and another call does not reach them", async () => {
    const at = await fresh();
    const upload = await hold(at, "req-a", "x", "abc");
    expect(await textIn(at, "x")).toBeNull();
    expect(await at.list("owner", "", 10)).toEqual({ ok: true, value: [] });
    expect(await at.readHeld("req-b", upload, 0, 9)).toBeNull();
    expect(new TextDecoder().decode((await at.readHeld("req-a", upload, 1, 9)) ?? new Uint8Array())).toBe("bc");
    expect(await prepare(at, "req-b", "x", upload)).toEqual({ ok: false, error: "conflict" });
  });

  test("of a call that was lost are swept after an hour, and their room is free again", async () => {
    const at = await fresh();
    await hold(at, "req-lost", "x", "abc");
    expect(await left(at)).toMatchObject({ held: 1, stored: 3 });
    await later(at);
    expect(await left(at)).toEqual({ held: 0, prepared: 0, writes: 0, loose: 0, stored: 0 });
  });

  test("that its call does not keep are buried when it prepares the others", async () => {
    const at = await fresh();
    await hold(at, "req-two", "x", "first try");
    const kept = await hold(at, "req-two", "x", "second");
    await prepare(at, "req-two", "x", kept);
    await at.confirm("req-two");
    await later(at);
    expect(await left(at)).toEqual({ held: 0, prepared: 0, writes: 0, loose: 0, stored: 6 });
    expect(await textIn(at, "x")).toBe("second");
  });
});

describe("a prepared write", () => {
  test("is a file when it is confirmed, gone when it is dropped, and doing either again changes nothing", async () => {
    const at = await fresh();
    const one = await hold(at, "req-c", "x", "one");
    expect((await prepare(at, "req-c", "x", one)).ok).toBe(true);
    expect((await prepare(at, "req-c", "x", one)).ok).toBe(true);
    await at.confirm("req-c");
    await at.confirm("req-c");
    await at.drop("req-c");
    expect(await textIn(at, "x")).toBe("one");
    await prepare(at, "req-d", "x", await hold(at, "req-d", "x", "two"));
    await at.drop("req-d");
    await at.confirm("req-d");
    expect(await textIn(at, "x")).toBe("one");
    await prepare(at, "req-e", "x", null);
    await at.confirm("req-e");
    expect(await textIn(at, "x")).toBeNull();
  });

  test("holds up those who read, list or write its file, and nobody else", async () => {
    const at = await fresh();
    await put(at, "y", "other");
    await prepare(at, "req-f", "x", await hold(at, "req-f", "x", "one"));
    expect(await textIn(at, "y")).toBe("other");
    const reader = textIn(at, "x");
    const lister = at.list("owner", "", 10);
    const writer = put(at, "x", "direct");
    await at.confirm("req-f");
    expect(["one", "direct"]).toContain(await reader);
    expect((await lister).ok && (await lister)).toMatchObject({ value: [{ name: "x" }, { name: "y" }] });
    expect((await writer).ok).toBe(true);
    expect(await textIn(at, "x")).toBe("direct");
  });

  test("is refused when what the call read has changed", async () => {
    const at = await fresh();
    await put(at, "x", "before");
    const upload = await hold(at, "req-g", "x", "mine");
    expect(await prepare(at, "req-g", "x", upload, null)).toEqual({ ok: false, error: "conflict" });
    expect(await textIn(at, "x")).toBe("before");
  });

  test("of a call that settled is found by whoever reads after a crash", async () => {
    const at = await fresh();
    await prepare(at, "req-settled", "x", await hold(at, "req-settled", "x", "kept"));
    expect(await settle("req-settled")).toBe(true);
    await evictDurableObject(at);
    expect(await textIn(at, "x")).toBe("kept");
  });

  test("of a call that never settled is dropped, and then that call can never settle", async () => {
    const at = await fresh();
    await prepare(at, "req-never", "x", await hold(at, "req-never", "x", "lost"));
    await evictDurableObject(at);
    expect(await textIn(at, "x")).toBeNull();
    expect(await settle("req-never")).toBe(false);
  });

  test("that nobody reads is resolved by the object's alarm, also after it was evicted", async () => {
    const at = await fresh();
    await prepare(at, "req-later", "x", await hold(at, "req-later", "x", "later"));
    await settle("req-later");
    await runInDurableObject(at, (_, { storage }) => void storage.sql.exec("UPDATE prepared SET since = 0"));
    await evictDurableObject(at);
    await later(at);
    expect(await left(at)).toEqual({ held: 0, prepared: 0, writes: 0, loose: 0, stored: 5 });
  });

  test("of a collection that is deleted is gone with it", async () => {
    const at = await fresh();
    await prepare(at, "req-gone", "x", await hold(at, "req-gone", "x", "gone"));
    const reader = textIn(at, "x");
    await at.remove(true);
    expect(await reader).toBeNull();
    await at.confirm("req-gone");
    expect(await at.facts("owner")).toBeNull();
  });
});
