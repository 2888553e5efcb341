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

/** An answer ready to be sent: `encoded` is the JSON of the result. */
export interface EncodedAnswer extends Answer {
  readonly encoded: Uint8Array;
}

export interface AnswerError {
  readonly type: "BadAnswer" | "AnswerTooLarge";
  readonly message: string;
}

const encoder = new TextEncoder();
const NULL = encoder.encode("null");

const tooLarge = (bytes: number): AnswerError => ({
  type: "AnswerTooLarge",
  message: `The answer has ${bytes} bytes as encoded; at most ${LIMITS.answerBytes} are sent.`,
});

/** Length of the base64 text of so many bytes (RFC 4648 §4). */
const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

function encode({ kind, bytes }: Answer): Result<Uint8Array, AnswerError> {
  switch (kind) {
    case "void":
      return ok(NULL);
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

const otherKind = (answer: AnswerKind, wanted: AnswerKind): AnswerError => ({
  type: "BadAnswer",
  message: `The module answered ${answer}; its manifest says that it answers ${wanted}.`,
});

/**
 * Checks an answer and encodes it; the limit holds for the encoded form.
 * @param wanted the kind that the release's manifest promises its callers
 */
export function encodeAnswer(answer: Answer, wanted: AnswerKind): Result<EncodedAnswer, AnswerError> {
  if (answer.kind !== wanted) return err(otherKind(answer.kind, wanted));
  const encoded = encode(answer);
  if (!encoded.ok) return encoded;
  return encoded.value.length > LIMITS.answerBytes
    ? err(tooLarge(encoded.value.length))
    : ok({ ...answer, encoded: encoded.value });
}
