// The answer of a call on the wire (algorithmia-api §3). The module's JSON is spliced in as it came, so that no digit of a
// 64-bit integer is lost on the way; it was scanned first, so that nothing else can be spliced in.
import { type Answer, encodeAnswer } from "../calls/answer.ts";

const encoder = new TextEncoder();
const CONTENT_TYPE = { text: "text", json: "json", bytes: "binary", void: "void" } as const;
const RAW_TYPE = {
  text: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
  bytes: "application/octet-stream",
  void: "application/json; charset=utf-8",
} as const;
const HEAD = encoder.encode('{"result":');

/** @param seconds wall time; the contract wants it above 0 */
const durationText = (seconds: number): string =>
  String(Math.max(Math.round(seconds * 1e6), 1) / 1e6).replace("1e-6", "0.000001");

/** What a caller may ask to have in `metadata`. */
export interface Extras {
  readonly stdout?: string;
  /** Seconds. */
  readonly timing?: { readonly running: number; readonly total: number };
}

/** The further members of `metadata`, each behind a comma. */
const extraText = (extras: Extras): string =>
  Object.entries(extras)
    .map(([name, value]) => `,"${name}":${JSON.stringify(value)}`)
    .join("");

/** `{"result":...,"metadata":{...}}` */
export function resultBody(answer: Answer, seconds: number, extras: Extras = {}): Uint8Array {
  const encoded = encodeAnswer(answer);
  // What a module logged is any text: its bytes are counted, not its characters.
  const tail = encoder.encode(
    `,"metadata":{"content_type":"${CONTENT_TYPE[answer.kind]}","duration":${durationText(seconds)}${extraText(extras)}}}`,
  );
  const body = new Uint8Array(HEAD.length + encoded.length + tail.length);
  body.set(HEAD);
  body.set(encoded, HEAD.length);
  body.set(tail, HEAD.length + encoded.length);
  return body;
}

/** `{"error":{...},"metadata":{...}}` */
export function errorBody(type: string, message: string, seconds: number, extras: Extras = {}): string {
  return `{"error":${JSON.stringify({ message, error_type: type })},"metadata":{"duration":${durationText(seconds)}${extraText(extras)}}}`;
}

/** The bare result (`output=raw`) and its type. */
export function rawAnswer(answer: Answer): { readonly body: Uint8Array; readonly type: string } {
  return { body: answer.kind === "void" ? encodeAnswer(answer) : answer.bytes, type: RAW_TYPE[answer.kind] };
}
