// The commit of state around a settlement, crash by crash: a prepared write counts when its call has settled and not before,
// whoever meets one waits or asks the ledger, and what the ledger says is for good.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../../worker/limits.ts";
import { sha256OfText } from "../../../worker/market/hash.ts";
import { accountOf } from "../../../worker/objects/account/object.ts";
import type { Settlement } from "../../../worker/objects/account/protocol.ts";
import { stateOf } from "../../../worker/objects/state/object.ts";
import { bootstrap } from "../../support/client.ts";
import { env, fetchInside } from "../../support/inside.ts";

const account = "ada";
const hash = sha256OfText(`sim${"k".repeat(25)}`);
const key = Uint8Array.of(1);
const bytes = (value: number): Uint8Array => Uint8Array.of(value);

beforeAll(() => bootstrap(fetchInside, account).then(() => undefined));

let stores = 0;
const freshStore = () => stateOf(env, `tests/store${stores++}`, account);
type Store = ReturnType<typeof freshStore>;

const prepare = (store: Store, call: string, value: number, at = key, revision?: number) =>
  store.prepare({
    call,
    account,
    reads: revision === undefined ? [] : [{ key: at, revision }],
    lists: [],
    writes: [[at, bytes(value)]],
  });

const free = (call: string): Settlement => ({
  call,
  algorithm: "tests/store",
  version: "1.0.0",
  status: "completed",
  total: 0,
  shares: [],
  record: "{}",
});

async function settle(call: string): Promise<boolean> {
  const ledger = accountOf(env, account);
  const request = { isolate: "tests", key: hash, want: 1, least: 1, calls: 0, until: 0 };
  const lease = await ledger.lease(request);
  if (!lease.ok) throw new Error(lease.error.code);
  const [settled] = await ledger.settle(lease.value.id, [free(call)]);
  await ledger.giveBack(lease.value.id, lease.value.granted);
  return settled?.ok === true;
}

const valueIn = async (store: Store): Promise<number | null> => (await store.get(key)).value?.[0] ?? null;

describe("a prepared write", () => {
  test("is the store's when it is confirmed, gone when it is dropped, and doing either again changes nothing", async () => {
    const store = freshStore();
    expect(await prepare(store, "req-a", 1)).toEqual({ ok: true, value: null });
    expect(await prepare(store, "req-a", 1)).toEqual({ ok: true, value: null });
    await store.confirm("req-a");
    await store.confirm("req-a");
    await store.drop("req-a");
    expect(await valueIn(store)).toBe(1);
    await prepare(store, "req-b", 2);
    await store.drop("req-b");
    await store.confirm("req-b");
    expect(await valueIn(store)).toBe(1);
  });

  test("holds up those who read or write its key, and nobody else", async () => {
    const store = freshStore();
    await prepare(store, "req-c", 1);
    expect((await store.get(bytes(9))).value).toBeNull();
    const reader = valueIn(store);
    const writer = prepare(store, "req-d", 2, key, 0);
    await store.confirm("req-c");
    expect(await reader).toBe(1);
    expect(await writer).toEqual({ ok: false, error: "conflict" });
  });

  test("of a call that settled is found by whoever reads after a crash", async () => {
    const store = freshStore();
    await prepare(store, "req-settled", 7);
    expect(await settle("req-settled")).toBe(true);
    expect(await valueIn(store)).toBe(7);
  });

  test("of a call that never settled is dropped, and then that call can never settle", async () => {
    const store = freshStore();
    await prepare(store, "req-never", 7);
    expect(await valueIn(store)).toBeNull();
    expect(await settle("req-never")).toBe(false);
  });

  test("of a call that may yet settle is waited for, but not for ever", async () => {
    const store = freshStore();
    const ledger = accountOf(env, account);
    const open = await ledger.lease({ isolate: "open", key: hash, want: 5, least: 5, calls: 0, until: 0 });
    await prepare(store, "req-open", 7);
    const began = Date.now();
    expect(await valueIn(store)).toBeNull();
    expect(Date.now() - began).toBeGreaterThanOrEqual(LIMITS.preparedDecideMs - 100);
    if (open.ok)
      expect(await ledger.settle(open.value.id, [free("req-open")])).toEqual([{ ok: false, error: "forbidden" }]);
  });

  test("that nobody reads is resolved by the object's alarm, also after it was evicted", async () => {
    const store = freshStore();
    await prepare(store, "req-later", 7);
    await settle("req-later");
    await runInDurableObject(store, (_, state) => {
      state.storage.sql.exec("UPDATE prepared SET since = 0");
      state.storage.sql.exec("UPDATE agenda SET due = 0");
    });
    await evictDurableObject(store);
    await runDurableObjectAlarm(store);
    const left = await runInDurableObject(store, (_, state) => ({
      prepared: state.storage.sql.exec("SELECT * FROM prepared").toArray().length,
      writes: state.storage.sql.exec("SELECT * FROM prepared_write").toArray().length,
      entries: state.storage.sql.exec("SELECT * FROM entry").toArray().length,
    }));
    expect(left).toEqual({ prepared: 0, writes: 0, entries: 1 });
  });
});
