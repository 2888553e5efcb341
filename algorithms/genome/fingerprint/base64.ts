// Base64 (RFC 4648 section 4) of bytes.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD: i32 = 61;

export function toBase64(bytes: Uint8Array): string {
  const length = ((bytes.length + 2) / 3) << 2;
  const text = heap.alloc(length);
  for (let i = 0, to = text; i < bytes.length; i += 3, to += 4) {
    const two = i + 1 < bytes.length ? <u32>bytes[i + 1] : 0;
    const three = i + 2 < bytes.length ? <u32>bytes[i + 2] : 0;
    const group = (<u32>bytes[i] << 16) | (two << 8) | three;
    for (let j = 0; j < 4; j++) {
      const digit = ALPHABET.charCodeAt((group >> (18 - 6 * j)) & 63);
      store<u8>(to + <usize>j, i + j > bytes.length ? PAD : digit);
    }
  }
  return String.UTF8.decodeUnsafe(text, length);
}

/** @returns null when the text is not base64 */
export function fromBase64(text: string): Uint8Array | null {
  let length = text.length;
  if (length & 3) return null;
  while (length && text.length - length < 2 && text.charCodeAt(length - 1) == PAD) length--;
  const bytes = new Uint8Array((length * 3) >> 2);
  let group: u32 = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const digit = digitOf(text.charCodeAt(i));
    if (digit < 0) return null;
    group = (group << 6) | digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = <u8>(group >> bits);
  }
  return bytes;
}

function digitOf(code: i32): i32 {
  if (code - 65 < 26 && code >= 65) return code - 65;
  if (code - 97 < 26 && code >= 97) return code - 71;
  if (code - 48 < 10 && code >= 48) return code + 4;
  return code == 43 ? 62 : code == 47 ? 63 : -1;
}
