// The orcade ABI, version 1 (docs/architecture.md), as the imports of one call's instance. Each function is paid for before
// it does anything, so that work done by the host for a module counts like the module's own.
import { LIMITS } from "../../limits.ts";
import { KIND_NUMBER, type AnswerKind, type GuestCall } from "../protocol.ts";
import type { FuelTank } from "./fuel.ts";
import type { GuestMemory } from "./memory.ts";
import { CALL_FUEL, ROUND_TRIP_FUEL, hostFuel } from "./prices.ts";
import type { GuestState } from "./state.ts";
import { Stop, stop } from "./stop.ts";

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];
const NO_BYTES = new Uint8Array(0);

/** What a call has said so far. */
export interface Said {
  answer: { readonly kind: AnswerKind; readonly bytes: Uint8Array };
}

/** What the host functions of one call work on. */
export interface Desk {
  readonly call: GuestCall;
  readonly tank: FuelTank;
  readonly said: Said;
  /** Null when the manifest does not ask for state: then those imports do not exist. */
  readonly state: GuestState | null;
  /** The memory, once there is an instance. */
  readonly memory: () => GuestMemory;
}

const spend = ({ tank }: Desk, base: number, bytes: number): void => tank.charge(hostFuel(base, bytes));

/**
 * Work that moves bytes: paid for first, and put off to the next slice when a slice's worth was done since the module's own
 * last check, so that many such calls in a row do not hold the thread either.
 */
function paid<T>(desk: Desk, bytes: number, work: () => T): T | Promise<T> {
  spend(desk, CALL_FUEL, bytes);
  return desk.tank.owes ? desk.tank.pause().then(work) : work();
}

/** A host function that may suspend the module; it does so only when it answers with a promise. */
const suspending = (host: (...numbers: number[]) => unknown): object => new WebAssembly.Suspending(host);

function output(desk: Desk, kind: number, pointer: number, length: number): void {
  const name = KINDS[kind];
  if (name === undefined) throw stop("BadKind", `the answer's kind is ${kind}; 0 text, 1 JSON, 2 bytes, 3 void exist`);
  const span = desk.memory().view(pointer, length);
  if (span.length > LIMITS.answerBytes) {
    throw stop("AnswerTooLarge", `the answer has ${span.length} bytes; at most ${LIMITS.answerBytes} are sent`);
  }
  desk.said.answer = { kind: name, bytes: span.slice() };
}

function fail(desk: Desk, typePointer: number, typeLength: number, pointer: number, length: number): never {
  spend(desk, CALL_FUEL, 0);
  const memory = desk.memory();
  memory.view(typePointer, typeLength);
  memory.view(pointer, length);
  const type = memory.text(typePointer, Math.min(typeLength >>> 0, LIMITS.failTypeBytes));
  const message = memory.text(pointer, Math.min(length >>> 0, LIMITS.failMessageBytes));
  throw new Stop({ kind: "failed", type, message });
}

function plain(desk: Desk): Record<string, unknown> {
  const { call } = desk;
  const fact = (value: number) => (): number => {
    spend(desk, CALL_FUEL, 0);
    return value;
  };
  return {
    input_type: fact(call.kind),
    input_size: fact(call.input.length),
    input_read: suspending((pointer = 0, offset = 0, length = 0) =>
      paid(desk, length, () => desk.memory().write(call.input, pointer, offset, length)),
    ),
    output: suspending((kind = 0, pointer = 0, length = 0) =>
      paid(desk, length, () => output(desk, kind, pointer, length)),
    ),
    fail: (typePointer = 0, typeLength = 0, pointer = 0, length = 0) =>
      fail(desk, typePointer, typeLength, pointer, length),
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

/** The answer buffer: what the last state_get or state_list fetched, until the module reads it. */
class AnswerBuffer {
  #bytes: Uint8Array = NO_BYTES;

  /** Keeps an answer and charges for its bytes. @returns its length, or -1 for none */
  hold(desk: Desk, bytes: Uint8Array | null): number {
    this.#bytes = bytes ?? NO_BYTES;
    spend(desk, 0, this.#bytes.length);
    return bytes === null ? -1 : bytes.length;
  }

  read(desk: Desk, pointer: number, offset: number, length: number): void | Promise<void> {
    return paid(desk, length, () => desk.memory().write(this.#bytes, pointer, offset, length));
  }
}

function stateful(desk: Desk, state: GuestState): Record<string, unknown> {
  const buffer = new AnswerBuffer();
  const copy = (pointer: number, length: number): Uint8Array => desk.memory().copy(pointer, length);
  const get = async (key: number, keyLength: number): Promise<number> => {
    spend(desk, ROUND_TRIP_FUEL, keyLength);
    return buffer.hold(desk, await state.get(copy(key, keyLength)));
  };
  const list = async (prefix: number, prefixLength: number, after: number, afterLength: number, limit: number) => {
    spend(desk, ROUND_TRIP_FUEL, 0);
    return buffer.hold(desk, encodeKeys(await state.list(copy(prefix, prefixLength), copy(after, afterLength), limit)));
  };
  return {
    state_get: new WebAssembly.Suspending(get),
    state_list: new WebAssembly.Suspending(list),
    state_put: (key: number, keyLength: number, value: number, valueLength: number) => {
      spend(desk, ROUND_TRIP_FUEL, valueLength);
      state.put(copy(key, keyLength), copy(value, valueLength));
    },
    state_delete: (key: number, keyLength: number) => {
      spend(desk, ROUND_TRIP_FUEL, keyLength);
      state.delete(copy(key, keyLength));
    },
    answer_read: suspending((pointer = 0, offset = 0, length = 0) => buffer.read(desk, pointer, offset, length)),
  };
}

/** The imports of module `orcade`. */
export function hostFunctions(desk: Desk): Record<string, unknown> {
  return desk.state === null ? plain(desk) : { ...plain(desk), ...stateful(desk, desk.state) };
}
