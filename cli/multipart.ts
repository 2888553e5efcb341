// multipart/form-data with every byte as it is: the platform's FormData turns line ends of text into CRLF on the way.
import { createHash } from "node:crypto";

export interface Part {
  readonly name: string;
  readonly value: string | Uint8Array;
}

const bytesOf = (value: string | Uint8Array): Uint8Array =>
  typeof value === "string" ? new TextEncoder().encode(value) : value;

/** Names are ours and need no escaping. Bytes are sent as a file, text as a plain field. */
const head = ({ name, value }: Part): string =>
  typeof value === "string"
    ? `Content-Disposition: form-data; name="${name}"\r\n\r\n`
    : `Content-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;

/** @returns the body, and the content type that names its boundary (a hash of the content, so that it cannot occur in it) */
export function multipart(parts: readonly Part[]): { readonly body: Uint8Array; readonly type: string } {
  const hash = createHash("sha256");
  for (const { value } of parts) hash.update(bytesOf(value));
  // RFC 2046 §5.1.1 allows a boundary of 70 characters.
  const boundary = `orcade-${hash.digest("hex").slice(0, 60)}`;
  const pieces = parts.flatMap((part) => [`--${boundary}\r\n${head(part)}`, part.value, "\r\n"]);
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map(bytesOf));
  return { body: new Uint8Array(body), type: `multipart/form-data; boundary=${boundary}` };
}
