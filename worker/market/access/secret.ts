// New secrets. They are shown once and stored nowhere: only their SHA-256 is.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Bytes from here on would make the first letters likelier than the last. */
const FAIR = 256 - (256 % ALPHABET.length);

/** @returns letters and digits, each as likely as any other: 5.95 bits of chance a character */
function random(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length))) {
      if (byte < FAIR && text.length < length) text += ALPHABET[byte % ALPHABET.length] ?? "";
    }
  }
  return text;
}

/** A new API key: "sim" and 25 letters and digits, 149 bits of chance (the form is the wire contract's). */
export const newKey = (): string => `sim${random(25)}`;
/** A new invite code: "inv" and 25 letters and digits. */
export const newInviteCode = (): string => `inv${random(25)}`;
/** What an invite code looks like. */
export const INVITE_CODE = /^inv[A-Za-z0-9]{25}$/;
