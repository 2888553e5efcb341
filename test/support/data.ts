// The data API as the tests inside workerd use it.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect } from "vitest";
import { sha256OfText } from "../../worker/market/hash.ts";
import { accountOf } from "../../worker/objects/account/object.ts";
import { collectionOf } from "../../worker/objects/collection/object.ts";
import { keyringOf } from "../../worker/objects/keyring/object.ts";
import { type Client, bootstrap } from "./client.ts";
import { env, fetchInside } from "./inside.ts";

export const STRANGER = `sim${"s".repeat(25)}`;
export let ada: Client;

/** Makes the accounts Ada and bob. */
export async function begin(): Promise<void> {
  ada = await bootstrap(fetchInside, "Ada");
  const hash = sha256OfText(STRANGER);
  await accountOf(env, "bob").create("bob", "user", false);
  await accountOf(env, "bob").addKey(hash, "first key");
  await keyringOf(env, hash).put(hash, "bob");
}

export type Ask = { method?: string; body?: BodyInit; headers?: Record<string, string>; key?: string };

export const ask = (path: string, { key = ada.key, headers = {}, ...init }: Ask = {}): Promise<Response> =>
  fetchInside(`/v1/${path}`, { ...init, headers: { Authorization: `Simple ${key}`, ...headers } });
export const put = (path: string, body: BodyInit, headers = {}): Promise<Response> =>
  ask(`data/${path}`, { method: "PUT", body, headers });
export const make = (name: string, acl?: unknown): Promise<Response> =>
  ask("data/.my", {
    method: "POST",
    body: JSON.stringify({ name, ...(acl === undefined ? {} : { acl: { read: acl } }) }),
  });
export const entries = async (
  answer: Response,
): Promise<{ files: { filename: string }[]; folders: { name: string }[]; marker?: string }> =>
  (await answer.json()) as never;
interface Refusal {
  readonly error: { readonly message: string };
}
export const message = async (answer: Response): Promise<string> => {
  const { error } = (await answer.json()) as Refusal;
  return error.message;
};

/** Bytes no text decoder leaves alone. */
export const noise = (length: number, seed = 1): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
};

/** Sweeps a collection until nothing is left to sweep, and checks that what is stored is what files hold. */
export async function swept(name: string): Promise<{ chunks: number; reserved: number }> {
  const stub = collectionOf(env, "ada", name);
  for (let turn = 0; turn < 20; turn++) {
    await runInDurableObject(stub, (_, { storage }) => void storage.sql.exec("UPDATE agenda SET due = 0"));
    await runDurableObjectAlarm(stub);
  }
  return runInDurableObject(stub, (_, { storage }) => {
    const one = (sql: string): number => Number(Object.values(storage.sql.exec(sql).one())[0]);
    expect(one("SELECT count(*) FROM upload WHERE state NOT IN ('live', 'parts')")).toBe(0);
    expect(one("SELECT stored FROM collection")).toBe(one("SELECT coalesce(sum(bytes), 0) FROM upload"));
    expect(one("SELECT files FROM collection")).toBe(one("SELECT count(*) FROM file"));
    expect(one("SELECT coalesce(sum(length(bytes)), 0) FROM chunk")).toBe(
      one("SELECT coalesce(sum(bytes), 0) FROM part"),
    );
    return { chunks: one("SELECT count(*) FROM chunk"), reserved: one("SELECT reserved FROM collection") };
  });
}

export const hex = (buffer: ArrayBuffer): string =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
