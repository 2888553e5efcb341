// What a module answered, checked against what its manifest promises and ready to be sent: as the JSON of a result, or as
// the bytes that another algorithm reads.
import { LIMITS } from "../limits.ts";
import { decodeText, scanJson } from "../market/json.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { AnswerKind } from "../sandbox/protocol.ts";

export interface Answer {
  readonly kind: AnswerKind;
  readonly bytes: Uint8Array;
}

export interface AnswerError {
  readonly type: "BadAnswer" | "AnswerTooLarge";
  readonly message: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const NULL = encoder.encode("null");

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
/** Controls that have an escape of two characters: \b \t \n \f \r; the others have six. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set([8, 9, 10, 12, 13]);

const tooLarge = (bytes: number): AnswerError => ({
  type: "AnswerTooLarge",
  message: `The answer has ${bytes} bytes as encoded; at most ${LIMITS.answerBytes} are sent.`,
});

/** Length of the base64 text of so many bytes (RFC 4648 §4). */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

const otherKind = (answer: AnswerKind, wanted: AnswerKind): AnswerError => ({
  type: "BadAnswer",
  message: `The module answered ${answer}; its manifest says that it answers ${wanted}.`,
});

/** Why the bytes are not of their kind. */
function malformed({ kind, bytes }: Answer): string | null {
  switch (kind) {
    case "void":
    case "bytes":
      return null;
    case "json": {
      const scanned = scanJson(bytes, { depth: LIMITS.jsonDepth });
      return scanned.ok ? null : `valid JSON: ${scanned.error.message}`;
    }
    case "text": {
      const text = decodeText(bytes);
      return text.ok ? null : `UTF-8 text: ${text.error.message}`;
    }
  }
}

/** Bytes of an answer as encoded. */
function encodedLength({ kind, bytes }: Answer): number {
  switch (kind) {
    case "void":
      return NULL.length;
    case "json":
      return bytes.length;
    case "text":
      return textLength(bytes);
    case "bytes":
      return base64Length(bytes.length) + 2;
  }
}

/** Bytes a text has as a JSON string: escapes count (ECMA-262 §25.5.2.3). */
function textLength(bytes: Uint8Array): number {
  let length = bytes.length + 2;
  // Only a text that could pass the limit is looked at byte for byte.
  if (bytes.length * 6 + 2 <= LIMITS.answerBytes) return length;
  for (const byte of bytes) {
    if (byte === QUOTE || byte === BACKSLASH) length++;
    else if (byte < SPACE) length += SHORT_ESCAPES.has(byte) ? 1 : 5;
  }
  return length;
}

/**
 * Checks an answer; the limit holds for the encoded form.
 * @param wanted the kind that the release's manifest promises its callers
 */
export function checkAnswer(answer: Answer, wanted: AnswerKind): Result<Answer, AnswerError> {
  if (answer.kind !== wanted) return err(otherKind(answer.kind, wanted));
  const fault = malformed(answer);
  if (fault !== null) return err({ type: "BadAnswer", message: `The module's answer is not ${fault}` });
  const length = encodedLength(answer);
  return length > LIMITS.answerBytes ? err(tooLarge(length)) : ok(answer);
}

/** The JSON of a checked answer. */
export function encodeAnswer({ kind, bytes }: Answer): Uint8Array {
  switch (kind) {
    case "void":
      return NULL;
    case "json":
      return bytes;
    case "text":
      return encoder.encode(JSON.stringify(decoder.decode(bytes)));
    case "bytes":
      return encoder.encode(`"${Buffer.from(bytes).toString("base64")}"`);
  }
}
