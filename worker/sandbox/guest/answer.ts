// The answer buffer: what the host last fetched for a module, until the module reads it.
import type { AnswerKind } from "../protocol.ts";

const NO_BYTES = new Uint8Array(0);

export class AnswerBuffer {
  kind: AnswerKind = "void";
  bytes: Uint8Array = NO_BYTES;

  /** @returns the length of what is kept */
  hold(kind: AnswerKind, bytes: Uint8Array): number {
    this.kind = kind;
    this.bytes = bytes;
    return bytes.length;
  }

  clear(): void {
    this.hold("void", NO_BYTES);
  }
}
