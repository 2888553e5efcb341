// Reading and writing blobs from anywhere: KV first, because it is near, then the object, which is the truth.
import { waitUntil } from "cloudflare:workers";
import { blobKey } from "../../../kv-schema/keys.ts";
import type { Env } from "../../env.ts";
import { sha256Hex } from "../../market/hash.ts";
import { putCopy, readCopy } from "./copy.ts";
import type { Blob } from "./object.ts";

const blobOf = (env: Env, sha256: string): DurableObjectStub<Blob> => env.BLOB.get(env.BLOB.idFromName(sha256));

/**
 * Stores bytes durably for a publication under way.
 * @param holder `owner/name@version`
 * @param copied whether calls load them, so that copyBlob follows
 */
export async function putBlob(
  env: Env,
  sha256: string,
  bytes: Uint8Array,
  holder: string,
  copied: boolean,
): Promise<void> {
  await blobOf(env, sha256).put(sha256, bytes, holder, copied);
}

/** Puts the read copy that calls will load. A lost copy costs time, never truth: this never rejects. */
export const copyBlob = (env: Env, sha256: string, bytes: Uint8Array): Promise<void> =>
  putCopy(env, blobKey(sha256), bytes);

/** @returns false when the bytes are gone and must be put again */
export const confirmBlob = async (env: Env, sha256: string, holder: string): Promise<boolean> =>
  blobOf(env, sha256).confirm(holder);

/** @returns the bytes with that hash, checked; null when no copy is whole */
export async function getBlob(env: Env, sha256: string): Promise<Uint8Array | null> {
  const key = blobKey(sha256);
  const copy = await readCopy(key, () => env.KV.get(key, "arrayBuffer"));
  if (copy !== null && (await sha256Hex(copy)) === sha256) return new Uint8Array(copy);
  const truth = await blobOf(env, sha256).get();
  if (truth === null || (await sha256Hex(truth)) !== sha256) return null;
  waitUntil(copyBlob(env, sha256, truth));
  return truth;
}

/**
 * Milliseconds that Cloudflare measured for 10^9 fuel of a metered module (worker/tail.ts); null: nothing was measured. Only
 * this, for the bytes may be of several owners, and how often others run them is theirs.
 */
export async function measuredSpeed(env: Env, sha256: string): Promise<number | null> {
  const measured = await blobOf(env, sha256).processorTime();
  if (measured === null || measured.fuel === 0) return null;
  return Math.round((measured.cpu_ms / measured.fuel) * 1e9 * 10) / 10;
}
