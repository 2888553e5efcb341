// Content hashes: SHA-256 (FIPS 180-4) in lower-case hex. Large contents by WebCrypto, which does not hold the thread; an API
// key on the path of every call by Node's interface, which answers at once and saves a turn of the event loop.
import { createHash } from "node:crypto";

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** @returns 64 hex digits */
export async function sha256Hex(bytes: ArrayBuffer | Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  let text = "";
  for (const byte of digest) text += HEX[byte] ?? "";
  return text;
}

/** @returns 64 hex digits of the SHA-256 of the text's UTF-8 */
export const sha256OfText = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * SHA-256 over parts, each preceded by its length (u32, little-endian), so that no two lists of parts hash alike by
 * being cut differently.
 */
export async function sha256OfParts(parts: readonly (string | Uint8Array)[]): Promise<string> {
  const encoder = new TextEncoder();
  const bytes = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const all = new Uint8Array(bytes.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(all.buffer);
  let offset = 0;
  for (const part of bytes) {
    view.setUint32(offset, part.length, true);
    all.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return sha256Hex(all);
}
