// Answers as a reducer reads them: a JSON array, or each with its length before it. Pure.
import type { AnswerKind } from "../sandbox/protocol.ts";

/** An answer of a task or of a reduction. */
export interface JobAnswer {
  readonly kind: AnswerKind;
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** An answer as JSON. */
export function asJson({ kind, bytes }: JobAnswer): Uint8Array {
  switch (kind) {
    case "json":
      return bytes;
    case "void":
      return encoder.encode("null");
    case "text":
      return encoder.encode(JSON.stringify(decoder.decode(bytes)));
    case "bytes":
      return encoder.encode(`"${Buffer.from(bytes).toString("base64")}"`);
  }
}

const LENGTH = 4;

/** An answer as it stands among others in a reducer's input. */
export const itemOf = (answer: JobAnswer, input: "json" | "bytes"): Uint8Array =>
  input === "json" ? asJson(answer) : answer.bytes;

/** Bytes that an item takes in a reducer's input. */
export const itemBytes = (item: Uint8Array, input: "json" | "bytes"): number =>
  item.length + (input === "json" ? 1 : LENGTH);

/** The input of a reduction. */
export function reduceInput(items: readonly Uint8Array[], input: "json" | "bytes"): Uint8Array {
  const total = items.reduce((sum, item) => sum + itemBytes(item, input), 0);
  const bytes = new Uint8Array(input === "json" ? Math.max(2, total + 1) : total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const item of items) {
    if (input === "json") bytes[at++] = at === 1 ? 0x5b : 0x2c;
    else {
      view.setUint32(at, item.length, true);
      at += LENGTH;
    }
    bytes.set(item, at);
    at += item.length;
  }
  if (input === "json") {
    bytes[0] = 0x5b;
    bytes[bytes.length - 1] = 0x5d;
  }
  return bytes;
}
