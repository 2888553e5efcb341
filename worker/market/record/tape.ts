// The tape of one invocation: what the host answered the module, in order. Its hash is in every record; its contents are
// kept only on request. With the input and the tape an invocation can be run again anywhere, bit for bit.
import { createHash, type Hash } from "node:crypto";

/** The host functions whose answers come from outside the sandbox. */
export const TAPED = [
  "state_get",
  "state_list",
  "call",
  "data_size",
  "data_read",
  "data_list",
  "data_put",
  "data_delete",
  "fetch",
  "secret_get",
] as const;
export type TapedFunction = (typeof TAPED)[number];

/**
 * One answer. `state_get`: one part, or none when the key was absent; `state_list`: a part for each key; `call` (of many at once,
 * one after the other in the order they were asked): two parts, the kind ("text", "json", "bytes", "void" or "error", in UTF-8)
 * and the bytes the module can read. Of data, no part when there was none; else `data_size`: the size in 8 bytes, little-endian;
 * `data_read`: the bytes; `data_list`: an empty part, and one for each name. `data_put`, `data_delete`: what became of it ("written", "absent" or "full", in UTF-8). `fetch`:
 * status, address and headers in JSON and the body, or only the error in JSON. `secret_get`: nothing, whatever it was.
 */
export interface HostAnswer {
  readonly function: TapedFunction;
  readonly parts: readonly Uint8Array[];
}

const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

/** A size as it stands on a tape: 8 bytes, little-endian. */
export function sizePart(size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size), true);
  return bytes;
}

export const sizeIn = (part: Uint8Array): number =>
  Number(new DataView(part.buffer, part.byteOffset, part.byteLength).getBigUint64(0, true));

const encoder = new TextEncoder();

/** What another algorithm came to. */
type Told =
  | { readonly answer: string; readonly bytes: Uint8Array }
  | { readonly error: { readonly type: string; readonly message: string } };

/** The answer of another algorithm, or its error, as it stands on a tape. */
export function callParts(told: Told): readonly Uint8Array[] {
  if ("answer" in told) return [encoder.encode(told.answer), told.bytes];
  const { type, message } = told.error;
  return [encoder.encode("error"), encoder.encode(JSON.stringify({ error_type: type, message }))];
}

/** What a server answered, or why none did. */
type FetchTold =
  | {
      readonly status: number;
      readonly url: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array;
    }
  | { readonly error: { readonly type: string; readonly message: string } };

/** The same as it stands on a tape. */
export function fetchParts(told: FetchTold): readonly Uint8Array[] {
  if ("error" in told) return [encoder.encode(JSON.stringify(told))];
  const { status, url, headers, body } = told;
  return [encoder.encode(JSON.stringify({ status, url, headers })), body];
}

export function fetchIn([head, body = new Uint8Array(0)]: readonly Uint8Array[]): FetchTold {
  const told = JSON.parse(new TextDecoder().decode(head)) as FetchTold;
  return "error" in told ? told : { ...told, body };
}

/** Writes down the answers of one invocation. Bytes are held only when `keep` is set. */
export class Tape {
  readonly #keep: boolean;
  readonly #kept: HostAnswer[] = [];
  #hash: Hash | undefined;

  constructor(keep: boolean) {
    this.#keep = keep;
  }

  /**
   * Adds an answer, as it leaves for the module. Hashed are, for each answer: the function's name and 0, the number of parts
   * (u32, little-endian), and each part's length (u32, little-endian) and bytes.
   */
  add(answer: HostAnswer): void {
    this.#hash ??= createHash("sha256");
    this.#hash.update(`${answer.function}\0`).update(u32(answer.parts.length));
    for (const part of answer.parts) this.#hash.update(u32(part.length)).update(part);
    if (this.#keep) this.#kept.push(answer);
  }

  /** What was added, when it is kept. */
  get kept(): readonly HostAnswer[] {
    return this.#kept;
  }

  /** 64 hex digits, or null when the host answered nothing. Adding may go on afterwards. */
  get hash(): string | null {
    return this.#hash === undefined ? null : this.#hash.copy().digest("hex");
  }
}
