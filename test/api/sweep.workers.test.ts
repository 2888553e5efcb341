// The sweep of blobs that no publication came to hold, while others publish the same bytes: what is acknowledged stays.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { blobKey } from "../../kv-schema/keys.ts";
import { sha256Hex } from "../../worker/market/hash.ts";
import type { Blob as BlobObject } from "../../worker/objects/blobs/object.ts";
import { env } from "../support/inside.ts";

type Work = (object: BlobObject) => void | Promise<void>;

/** A blob of a test's own, which `holder` tried to publish. */
class Trial {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly stub: DurableObjectStub<BlobObject>;
  static readonly holder = "ada/x@1.0.0";

  constructor(bytes: Uint8Array, sha256: string) {
    this.bytes = bytes;
    this.sha256 = sha256;
    this.stub = env.BLOB.get(env.BLOB.idFromName(sha256));
  }

  static async of(text: string): Promise<Trial> {
    const bytes = new TextEncoder().encode(text);
    const trial = new Trial(bytes, await sha256Hex(bytes));
    await trial.stub.put(trial.sha256, bytes, Trial.holder, true);
    await env.KV.put(blobKey(trial.sha256), bytes);
    return trial;
  }

  /** The attempt to publish of another caller. */
  readonly putAgain: Work = (object) => object.put(this.sha256, this.bytes, Trial.holder, true);

  /** Serves the agenda now, with the algorithm's object and KV of the test's choice. */
  async check(held: (object: BlobObject) => boolean | Promise<boolean>, deleteCopy?: Work): Promise<void> {
    await runInDurableObject(this.stub, (object, state) => {
      state.storage.sql.exec("UPDATE agenda SET due = 0");
      const ALGORITHM = { idFromName: (name: string) => name, get: () => ({ holds: () => held(object) }) };
      const remove = async (key: string): Promise<void> => {
        await deleteCopy?.(object);
        await env.KV.delete(key);
      };
      const KV = { delete: remove, put: (key: string, bytes: Uint8Array) => env.KV.put(key, bytes) };
      Object.defineProperty(object, "env", { configurable: true, value: { ALGORITHM, KV } });
    });
    expect(await runDurableObjectAlarm(this.stub)).toBe(true);
  }

  references(): Promise<unknown[]> {
    return runInDurableObject(this.stub, (_, state) =>
      state.storage.sql.exec("SELECT holder, confirmed FROM reference").toArray(),
    );
  }
}

test("an abandoned publish leaves neither bytes nor copy nor tables", async () => {
  const trial = await Trial.of("abandoned");
  await trial.check(() => false);
  expect(await trial.stub.get()).toBeNull();
  expect(await env.KV.get(blobKey(trial.sha256))).toBeNull();
  const tables = await runInDurableObject(trial.stub, (_, state) =>
    state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name IN ('content', 'reference')").toArray(),
  );
  expect(tables).toEqual([]);
});

test("an answer that was overtaken by a second publish drops nothing", async () => {
  const trial = await Trial.of("put and confirmed while the answer travelled");
  await trial.check(async (object) => {
    await trial.putAgain(object);
    object.confirm(Trial.holder);
    return false;
  });
  expect(await trial.references()).toEqual([{ holder: Trial.holder, confirmed: 1 }]);
  await trial.check(() => false);
  expect(await trial.stub.get()).toEqual(trial.bytes);
});

test("nor does one that was overtaken by a publish which is still under way; the next answer counts", async () => {
  const trial = await Trial.of("put while the answer travelled");
  await trial.check(async (object) => {
    await trial.putAgain(object);
    return false;
  });
  expect(await trial.references()).toEqual([{ holder: Trial.holder, confirmed: 0 }]);
  await trial.check(() => true);
  expect(await trial.references()).toEqual([{ holder: Trial.holder, confirmed: 1 }]);
  expect(await trial.stub.get()).toEqual(trial.bytes);
});

test("a confirmation alone, without a second put, is not undone either", async () => {
  const trial = await Trial.of("confirmed late");
  await trial.check((object) => {
    object.confirm(Trial.holder);
    return false;
  });
  expect(await trial.references()).toEqual([{ holder: Trial.holder, confirmed: 1 }]);
});

test("a publish that comes in while the copy is deleted gets bytes and copy back", async () => {
  const trial = await Trial.of("put while the copy was deleted");
  await trial.check(
    () => false,
    async (object) => {
      await trial.putAgain(object);
      await env.KV.put(blobKey(trial.sha256), trial.bytes);
    },
  );
  expect(await trial.stub.get()).toEqual(trial.bytes);
  expect(new Uint8Array((await env.KV.get(blobKey(trial.sha256), "arrayBuffer")) ?? new ArrayBuffer(0))).toEqual(
    trial.bytes,
  );
  expect(await trial.references()).toEqual([{ holder: Trial.holder, confirmed: 0 }]);
});

test("a check that fails does not hasten the one of a publish that came in meanwhile", async () => {
  const trial = await Trial.of("failing check");
  const before = Date.now();
  await trial.check(async (object) => {
    await trial.putAgain(object);
    return Promise.reject(new Error("the algorithm's object does not answer"));
  });
  const [entry] = await runInDurableObject(trial.stub, (_, state) =>
    state.storage.sql.exec<{ due: number }>("SELECT due FROM agenda").toArray(),
  );
  expect(entry?.due).toBeGreaterThanOrEqual(before + 15 * 60_000);
});

test("bytes that are gone cannot be confirmed: who publishes must put them again", async () => {
  const trial = await Trial.of("gone");
  await trial.check(() => false);
  expect(await trial.stub.confirm(Trial.holder)).toBe(false);
  await trial.stub.put(trial.sha256, trial.bytes, Trial.holder, true);
  expect(await trial.stub.confirm(Trial.holder)).toBe(true);
});
