// The code an isolate keeps at hand, so that a call neither reads KV nor lets the loader wait: least recently used goes.
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { getBlob } from "./store.ts";

const kept = new Map<string, Uint8Array>();
let bytesKept = 0;

function keep(sha256: string, code: Uint8Array): void {
  kept.set(sha256, code);
  bytesKept += code.length;
  for (const [oldest, bytes] of kept) {
    if (bytesKept <= LIMITS.codeCacheBytes || oldest === sha256) return;
    kept.delete(oldest);
    bytesKept -= bytes.length;
  }
}

/** @returns the metered module with that hash, checked; null when it cannot be had now */
export async function codeOf(env: Env, sha256: string): Promise<Uint8Array | null> {
  const known = kept.get(sha256);
  if (known !== undefined) {
    kept.delete(sha256);
    kept.set(sha256, known);
    return known;
  }
  const code = await getBlob(env, sha256);
  if (code !== null && !kept.has(sha256)) keep(sha256, code);
  return code;
}
