// KV holds copies and nothing else: a copy that cannot be put fails nobody, and one that is lost is put again.
import { beforeAll, expect, test } from "vitest";
import { blobKey, releaseKey } from "../../kv-schema/keys.ts";
import type { Release } from "../../worker/market/release.ts";
import { codeOf } from "../../worker/objects/blobs/code.ts";
import { getBlob } from "../../worker/objects/blobs/store.ts";
import { Client, bootstrap } from "../support/client.ts";
import { env, fetchInside, fetchWith } from "../support/inside.ts";
import { testModule } from "../support/modules.ts";

let ada: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
});

/** The KV of the tests, some of whose functions fail. */
function failing(...functions: (keyof KVNamespace)[]): KVNamespace {
  const kv = env.KV as unknown as Record<string, (...values: unknown[]) => unknown>;
  const fail = (): Promise<never> => Promise.reject(new Error("KV failed: 429 Too Many Requests"));
  const get = (_: unknown, name: keyof KVNamespace): unknown =>
    functions.includes(name) ? fail : (...values: unknown[]) => kv[name]?.(...values);
  return new Proxy({}, { get: get as never }) as KVNamespace;
}

async function releaseOf(name: string): Promise<Release> {
  const text = await env.ALGORITHM.get(env.ALGORITHM.idFromName(`ada/${name}`)).release("1.0.0");
  return JSON.parse(text ?? "{}") as Release;
}

test("a publish is acknowledged when no copy can be put, and again; its calls are answered", async () => {
  const without = new Client(fetchWith({ KV: failing("put") }), ada.key);
  expect((await without.publish("ada", { name: "uncopied" }, testModule("echo"))).status).toBe(201);
  expect((await without.publish("ada", { name: "uncopied" }, testModule("echo"))).status).toBe(200);
  expect(await env.KV.get(releaseKey("ada/uncopied", "1.0.0"))).toBeNull();
  expect((await without.call("ada/uncopied", Uint8Array.of(1))).status).toBe(200);
});

test("nor does a KV that cannot be read fail a call", async () => {
  await ada.publish("ada", { name: "unread", output: "void" }, testModule("work"));
  const without = new Client(fetchWith({ KV: failing("get", "put") }), ada.key);
  expect((await without.call("ada/unread", new Uint8Array(4))).status).toBe(200);
});

test("a publish puts both copies", async () => {
  await ada.publish("ada", { name: "copied" }, testModule("echo"));
  const { metered, ...release } = await releaseOf("copied");
  expect(await env.KV.get(releaseKey("ada/copied", "1.0.0"), "json")).toEqual({ ...release, metered });
  expect((await env.KV.get(blobKey(metered.sha256), "arrayBuffer"))?.byteLength).toBe(metered.bytes);
});

test("a copy of a module that is missing or broken is put again by who missed it", async () => {
  await ada.publish("ada", { name: "lost" }, testModule("echo"));
  const { metered } = await releaseOf("lost");
  const key = blobKey(metered.sha256);
  for (const damage of [() => env.KV.delete(key), () => env.KV.put(key, "other bytes")]) {
    await damage();
    expect((await getBlob(env, metered.sha256))?.length).toBe(metered.bytes);
    await expect.poll(async () => (await env.KV.get(key, "arrayBuffer"))?.byteLength).toBe(metered.bytes);
  }
  expect((await codeOf(env, metered.sha256))?.length).toBe(metered.bytes);
});

test("a copy of a release that is missing is put again, by a publish of the same and by a call", async () => {
  await ada.publish("ada", { name: "again" }, testModule("echo"));
  const key = releaseKey("ada/again", "1.0.0");
  await env.KV.delete(key);
  await ada.publish("ada", { name: "again" }, testModule("echo"));
  await expect.poll(() => env.KV.get(key)).not.toBeNull();
  await env.KV.delete(key);
  expect((await ada.call("ada/again", Uint8Array.of(1))).status).toBe(200);
  await expect.poll(() => env.KV.get(key)).not.toBeNull();
});
