// Reading and writing blobs from anywhere: KV first, because it is near, then the object, which is the truth.
import { blobKey } from "../../../kv-schema/keys.ts";
import type { Env } from "../../env.ts";
import { sha256Hex } from "../../market/hash.ts";
import type { Blob } from "./object.ts";

const blobOf = (env: Env, sha256: string): DurableObjectStub<Blob> => env.BLOB.get(env.BLOB.idFromName(sha256));

/** Stores bytes durably for a publication under way. @param holder `owner/name@version` */
export async function putBlob(env: Env, sha256: string, bytes: Uint8Array, holder: string): Promise<void> {
  await blobOf(env, sha256).put(sha256, bytes, holder);
}

/** Puts the read copy that calls will load. A lost copy costs time, never truth. */
export async function copyBlob(env: Env, sha256: string, bytes: Uint8Array): Promise<void> {
  await env.KV.put(blobKey(sha256), bytes);
}

export async function confirmBlob(env: Env, sha256: string, holder: string): Promise<void> {
  await blobOf(env, sha256).confirm(holder);
}

/** @returns the bytes with that hash, checked; null when no copy is whole */
export async function getBlob(env: Env, sha256: string): Promise<Uint8Array | null> {
  const copy = await env.KV.get(blobKey(sha256), "arrayBuffer");
  if (copy !== null && (await sha256Hex(copy)) === sha256) return new Uint8Array(copy);
  const truth = await blobOf(env, sha256).get();
  return truth !== null && (await sha256Hex(truth)) === sha256 ? truth : null;
}
