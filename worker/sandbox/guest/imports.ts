// The orcade ABI, version 1 (docs/architecture.md), as the imports of one call's instance.
import { LIMITS } from "../../limits.ts";
import { KIND_NUMBER, type AnswerKind, type GuestCall } from "../protocol.ts";
import type { GuestMemory } from "./memory.ts";
import type { GuestState } from "./state.ts";
import { Stop, stop } from "./stop.ts";

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];
const NO_BYTES = new Uint8Array(0);

/** What a call has said so far. */
export interface Said {
  answer: { readonly kind: AnswerKind; readonly bytes: Uint8Array };
}

type HostFunction = (...numbers: number[]) => unknown;

function plain(call: GuestCall, memory: () => GuestMemory, said: Said): Record<string, HostFunction> {
  return {
    input_type: () => call.kind,
    input_size: () => call.input.length,
    input_read: (pointer = 0, offset = 0, length = 0) => memory().write(call.input, pointer, offset, length),
    output: (kind = 0, pointer = 0, length = 0) => {
      const name = KINDS[kind];
      if (name === undefined)
        throw stop("BadKind", `the answer's kind is ${kind}; 0 text, 1 JSON, 2 bytes, 3 void exist`);
      const span = memory().view(pointer, length);
      if (span.length > LIMITS.answerBytes) {
        throw stop("AnswerTooLarge", `the answer has ${span.length} bytes; at most ${LIMITS.answerBytes} are sent`);
      }
      said.answer = { kind: name, bytes: span.slice() };
    },
    fail: (typePointer = 0, typeLength = 0, pointer = 0, length = 0) => {
      const { failTypeBytes, failMessageBytes } = LIMITS;
      memory().view(typePointer, typeLength);
      memory().view(pointer, length);
      const type = memory().text(typePointer, Math.min(typeLength >>> 0, failTypeBytes));
      const message = memory().text(pointer, Math.min(length >>> 0, failMessageBytes));
      throw new Stop({ kind: "failed", type, message });
    },
  };
}

/** A state list on the wire: u32 length and bytes of each key. */
function encodeKeys(keys: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(keys.reduce((sum, key) => sum + 4 + key.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const key of keys) {
    view.setUint32(offset, key.length, true);
    bytes.set(key, offset + 4);
    offset += 4 + key.length;
  }
  return bytes;
}

function stateful(memory: () => GuestMemory, state: GuestState): Record<string, unknown> {
  let buffer: Uint8Array = NO_BYTES;
  const answer = (bytes: Uint8Array | null): number => {
    buffer = bytes ?? NO_BYTES;
    return bytes === null ? -1 : bytes.length;
  };
  const get = async (pointer: number, length: number) => answer(await state.get(memory().copy(pointer, length)));
  const list = async (prefix: number, prefixLength: number, after: number, afterLength: number, limit: number) =>
    answer(encodeKeys(await state.list(memory().copy(prefix, prefixLength), memory().copy(after, afterLength), limit)));
  return {
    state_get: new WebAssembly.Suspending(get),
    state_list: new WebAssembly.Suspending(list),
    state_put: (key: number, keyLength: number, value: number, valueLength: number) =>
      state.put(memory().copy(key, keyLength), memory().copy(value, valueLength)),
    state_delete: (key: number, keyLength: number) => state.delete(memory().copy(key, keyLength)),
    answer_read: (pointer: number, offset: number, length: number) => memory().write(buffer, pointer, offset, length),
  };
}

/** @param state null when the manifest does not ask for state: then those imports do not exist */
export function hostFunctions(
  call: GuestCall,
  memory: () => GuestMemory,
  said: Said,
  state: GuestState | null,
): Record<string, unknown> {
  const functions = plain(call, memory, said);
  return state === null ? functions : { ...functions, ...stateful(memory, state) };
}
