// Secrets of algorithms: AES-256-GCM with a random nonce (NIST SP 800-38D), bound to their algorithm and name as additional
// data, so that a row moved to another place opens nothing. Pure.
import { type Result, err, ok } from "./result.ts";

export interface Sealer {
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array<ArrayBuffer>;
}

export interface Sealed {
  readonly sealer: string;
  readonly nonce: ArrayBuffer;
  readonly sealed: ArrayBuffer;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SEALER = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]{43}=)$/;

/**
 * The keys of a deployment: `ID:BASE64[,ID:BASE64...]`, each of 32 bytes. The first seals; the others only open what they
 * sealed before, so that a new key is put in front and the old one goes when nothing needs it.
 * @returns none when a part is malformed
 */
export function sealersOf(text: string | undefined): readonly Sealer[] {
  const parts = (text ?? "").split(",").filter((part) => part !== "");
  const sealers = parts.flatMap((part): Sealer[] => {
    const [, id, base64] = SEALER.exec(part.trim()) ?? [];
    const key = new Uint8Array(Buffer.from(base64 ?? "", "base64"));
    return id === undefined || key.length !== KEY_BYTES ? [] : [{ id, key }];
  });
  return sealers.length === parts.length ? sealers : [];
}

const imported = (sealer: Sealer, use: "encrypt" | "decrypt"): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", sealer.key, "AES-GCM", false, [use]);

/** @param algorithm `owner/name` @param name of the secret */
const bound = (algorithm: string, name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(new TextEncoder().encode(JSON.stringify([algorithm.toLowerCase(), name])));

export async function seal(sealer: Sealer, algorithm: string, name: string, value: string): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await imported(sealer, "encrypt");
  const how = { name: "AES-GCM", iv: nonce, additionalData: bound(algorithm, name) };
  return {
    sealer: sealer.id,
    nonce: nonce.buffer,
    sealed: await crypto.subtle.encrypt(how, key, new TextEncoder().encode(value)),
  };
}

/** @returns `unknown-sealer` when the key is gone, `forged` when the bytes are not what was sealed for this name */
export async function unseal(
  sealers: readonly Sealer[],
  algorithm: string,
  name: string,
  { sealer: id, nonce, sealed }: Sealed,
): Promise<Result<string, "unknown-sealer" | "forged">> {
  const sealer = sealers.find((each) => each.id === id);
  if (sealer === undefined) return err("unknown-sealer");
  const how = { name: "AES-GCM", iv: nonce, additionalData: bound(algorithm, name) };
  try {
    const plain = await crypto.subtle.decrypt(how, await imported(sealer, "decrypt"), sealed);
    return ok(new TextDecoder().decode(plain));
  } catch {
    return err("forged");
  }
}
