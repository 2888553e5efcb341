// Copies in KV: they make reading near, and nothing depends on them. So putting one never fails the work it follows.
import type { Env } from "../../env.ts";

/** Puts a copy of what never changes. A failure is logged: the next reader who misses the copy puts it again. */
export async function putCopy(env: Env, key: string, value: string | Uint8Array): Promise<void> {
  try {
    await env.KV.put(key, value);
  } catch (error) {
    console.error(JSON.stringify({ event: "copy-failed", key, error: String(error) }));
  }
}

/** @returns the copy, or null when there is none or KV does not answer: then the object is asked */
export async function readCopy<T>(key: string, read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    console.error(JSON.stringify({ event: "copy-unread", key, error: String(error) }));
    return null;
  }
}
