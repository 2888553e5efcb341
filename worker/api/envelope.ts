// The answer of a call on the wire (algorithmia-api §3). The module's JSON is spliced in as it came, so that no digit of a
// 64-bit integer is lost on the way; it was scanned first, so that nothing else can be spliced in.
import { LIMITS } from "../limits.ts";
import { decodeText, scanJson } from "../market/json.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { AnswerKind } from "../sandbox/protocol.ts";
import { concat } from "./body.ts";

export interface Answer {
  readonly kind: AnswerKind;
  readonly bytes: Uint8Array;
}

/** An answer ready to be sent: `encoded` is the JSON of the result. */
export interface EncodedAnswer extends Answer {
  readonly encoded: Uint8Array;
}

export interface AnswerError {
  readonly type: "BadAnswer" | "AnswerTooLarge";
  readonly message: string;
}

const encoder = new TextEncoder();
const CONTENT_TYPE = { text: "text", json: "json", bytes: "binary", void: "void" } as const;
const RAW_TYPE = {
  text: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
  bytes: "application/octet-stream",
  void: "application/json; charset=utf-8",
} as const;

const tooLarge = (bytes: number): AnswerError => ({
  type: "AnswerTooLarge",
  message: `The answer has ${bytes} bytes as encoded; at most ${LIMITS.answerBytes} are sent.`,
});

/** Length of the base64 text of so many bytes (RFC 4648 §4). */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

function encode({ kind, bytes }: Answer): Result<Uint8Array, AnswerError> {
  switch (kind) {
    case "void":
      return ok(encoder.encode("null"));
    case "json": {
      const scanned = scanJson(bytes, { depth: LIMITS.jsonDepth });
      return scanned.ok
        ? ok(bytes)
        : err({ type: "BadAnswer", message: `The module's answer is not valid JSON: ${scanned.error.message}` });
    }
    case "text": {
      const text = decodeText(bytes);
      return text.ok
        ? ok(encoder.encode(JSON.stringify(text.value)))
        : err({ type: "BadAnswer", message: `The module's answer is not UTF-8 text: ${text.error.message}` });
    }
    case "bytes": {
      const length = base64Length(bytes.length) + 2;
      return length > LIMITS.answerBytes
        ? err(tooLarge(length))
        : ok(encoder.encode(`"${Buffer.from(bytes).toString("base64")}"`));
    }
  }
}

/**
 * Checks an answer and encodes it; the limit holds for the encoded form.
 * @param wanted the kind that the release's manifest promises its callers
 */
export function encodeAnswer(answer: Answer, wanted: AnswerKind): Result<EncodedAnswer, AnswerError> {
  if (answer.kind !== wanted) {
    const message = `The module answered ${answer.kind}; its manifest says that it answers ${wanted}.`;
    return err({ type: "BadAnswer", message });
  }
  const encoded = encode(answer);
  if (!encoded.ok) return encoded;
  return encoded.value.length > LIMITS.answerBytes
    ? err(tooLarge(encoded.value.length))
    : ok({ ...answer, encoded: encoded.value });
}

/** @param seconds wall time; the contract wants it above 0 */
const durationText = (seconds: number): string =>
  String(Math.max(Math.round(seconds * 1e6), 1) / 1e6).replace("1e-6", "0.000001");

/** `{"result":...,"metadata":{...}}` */
export function resultBody(answer: EncodedAnswer, seconds: number): Uint8Array {
  const head = encoder.encode('{"result":');
  const tail = encoder.encode(
    `,"metadata":{"content_type":"${CONTENT_TYPE[answer.kind]}","duration":${durationText(seconds)}}}`,
  );
  return concat([head, answer.encoded, tail], head.length + answer.encoded.length + tail.length);
}

/** `{"error":{...},"metadata":{...}}` */
export function errorBody(type: string, message: string, seconds: number): string {
  return `{"error":${JSON.stringify({ message, error_type: type })},"metadata":{"duration":${durationText(seconds)}}}`;
}

/** The bare result (`output=raw`) and its type. */
export function rawAnswer(answer: EncodedAnswer): { readonly body: Uint8Array; readonly type: string } {
  return { body: answer.kind === "void" ? answer.encoded : answer.bytes, type: RAW_TYPE[answer.kind] };
}
