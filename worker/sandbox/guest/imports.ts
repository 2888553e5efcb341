// The orcade ABI, version 1 (docs/architecture.md), as the imports of one call's instance. Each function is paid for before
// it does anything, so that work done by the host for a module counts like the module's own.
import { LIMITS } from "../../limits.ts";
import { KIND_NUMBER, type AnswerKind, type Checkpoint, type GuestCall, type Replied } from "../protocol.ts";
import type { Allowance } from "./allowance.ts";
import { AnswerBuffer } from "./answer.ts";
import type { Callee } from "./callee.ts";
import type { Chance, VirtualClock } from "./chance.ts";
import type { GuestData } from "./data.ts";
import type { FuelTank } from "./fuel.ts";
import { jobDone, jobRead, jobSize } from "./job.ts";
import type { GuestMemory } from "./memory.ts";
import { fact, paid, suspending } from "./pay.ts";
import { CALL_FUEL, ROUND_TRIP_FUEL } from "./prices.ts";
import type { Outside } from "./outside.ts";
import type { Sayings } from "./sayings.ts";
import type { GuestState } from "./state.ts";
import { Stop, stop } from "./stop.ts";

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];

/** What a call has said so far. */
export interface Said {
  answer: { readonly kind: AnswerKind; readonly bytes: Uint8Array };
  /** The part of a job's task that it said is finished. */
  done: Checkpoint | null;
}

/** What the host functions of one call work on. */
export interface Desk {
  readonly call: GuestCall;
  readonly tank: FuelTank;
  readonly allowance: Allowance;
  readonly said: Said;
  readonly sayings: Sayings;
  readonly clock: VirtualClock;
  readonly chance: Chance;
  /** Null when the manifest does not ask for it: then those imports do not exist. */
  readonly state: GuestState | null;
  readonly callee: Callee | null;
  readonly data: GuestData | null;
  readonly outside: Outside | null;
  /** The memory, once there is an instance. */
  readonly memory: () => GuestMemory;
}

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
  desk.tank.charge(CALL_FUEL);
  const memory = desk.memory();
  memory.view(typePointer, typeLength);
  memory.view(pointer, length);
  const type = memory.text(typePointer, Math.min(typeLength >>> 0, LIMITS.failTypeBytes));
  const message = memory.text(pointer, Math.min(length >>> 0, LIMITS.failMessageBytes));
  throw new Stop({ kind: "failed", type, message });
}

/** Bytes of chance cost what moving as many costs several times over: one is a few steps of ChaCha. */
const CHANCE_BYTES = 8;

/** What every module may import. Each function is made when the instance takes it: most modules take few of them. */
class Plain {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get input_type(): unknown {
    return fact(this.#desk, () => this.#desk.call.kind);
  }

  get input_size(): unknown {
    return fact(this.#desk, () => this.#desk.call.input.length);
  }

  get input_read(): unknown {
    const desk = this.#desk;
    return suspending((pointer = 0, offset = 0, length = 0) =>
      paid(desk, CALL_FUEL, length, () => desk.memory().write(desk.call.input, pointer, offset, length)),
    );
  }

  get output(): unknown {
    const desk = this.#desk;
    return suspending((kind = 0, pointer = 0, length = 0) =>
      paid(desk, CALL_FUEL, length, () => output(desk, kind, pointer, length)),
    );
  }

  get fail(): unknown {
    return (typePointer = 0, typeLength = 0, pointer = 0, length = 0) =>
      fail(this.#desk, typePointer, typeLength, pointer, length);
  }

  get log(): unknown {
    const desk = this.#desk;
    return suspending((level = 0, pointer = 0, length = 0) =>
      paid(desk, CALL_FUEL, length, () => desk.sayings.add(level, desk.memory().view(pointer, length))),
    );
  }

  get progress(): unknown {
    const desk = this.#desk;
    return suspending((fraction = 0, pointer = 0, length = 0) =>
      paid(desk, CALL_FUEL, length, () => desk.sayings.progress(fraction, desk.memory().view(pointer, length))),
    );
  }

  /** Time and chance follow from the call's fate. */
  get random(): unknown {
    const desk = this.#desk;
    return suspending((pointer = 0, length = 0) =>
      paid(desk, CALL_FUEL, (length >>> 0) * CHANCE_BYTES, () => desk.chance.fill(desk.memory().view(pointer, length))),
    );
  }

  get now(): unknown {
    return (): bigint => {
      this.#desk.tank.charge(CALL_FUEL);
      return this.#desk.clock.realtime();
    };
  }

  get job_size(): unknown {
    return jobSize(this.#desk);
  }

  get job_read(): unknown {
    return jobRead(this.#desk);
  }

  get job_done(): unknown {
    return jobDone(this.#desk);
  }
}

/** Keeps an answer of the host's for the module and charges for its bytes. @returns its length */
const held = (desk: Desk, buffer: AnswerBuffer, kind: AnswerKind, bytes: Uint8Array): number | Promise<number> =>
  paid(desk, 0, bytes.length, () => buffer.hold(kind, bytes));

function stateful(desk: Desk, state: GuestState, buffer: AnswerBuffer): Record<string, unknown> {
  const copy = (pointer = 0, length = 0): Uint8Array => desk.memory().copy(pointer, length);
  const get = async (key = 0, keyLength = 0): Promise<number> => {
    const value = await paid(desk, ROUND_TRIP_FUEL, keyLength, () => state.get(copy(key, keyLength)));
    if (value !== null) return held(desk, buffer, "bytes", value);
    buffer.clear();
    return -1;
  };
  const list = async (prefix = 0, prefixLength = 0, after = 0, afterLength = 0, limit = 0): Promise<number> => {
    const read = () => state.list(copy(prefix, prefixLength), copy(after, afterLength), limit);
    return held(desk, buffer, "bytes", encodeKeys(await paid(desk, ROUND_TRIP_FUEL, 0, read)));
  };
  return {
    state_get: suspending(get),
    state_list: suspending(list),
    state_put: suspending((key = 0, keyLength = 0, value = 0, valueLength = 0) =>
      paid(desk, ROUND_TRIP_FUEL, valueLength, () => state.put(copy(key, keyLength), copy(value, valueLength))),
    ),
    state_delete: suspending((key = 0, keyLength = 0) =>
      paid(desk, ROUND_TRIP_FUEL, keyLength, () => state.delete(copy(key, keyLength))),
    ),
  };
}

/** Keeps what was found, or nothing. @returns its length, or -1 */
function heldOrAbsent(desk: Desk, buffer: AnswerBuffer, bytes: Uint8Array | null): number | Promise<number> {
  if (bytes !== null) return held(desk, buffer, "bytes", bytes);
  buffer.clear();
  return -1;
}

function reading(desk: Desk, data: GuestData, buffer: AnswerBuffer): Record<string, unknown> {
  const view = (pointer: number, length: number): Uint8Array => desk.memory().view(pointer, length);
  const asked = <T>(length: number, work: () => Promise<T>): T | Promise<T> =>
    paid(desk, ROUND_TRIP_FUEL, length, work);
  const get = async (path = 0, length = 0): Promise<number> =>
    heldOrAbsent(desk, buffer, await asked(length, () => data.get(view(path, length))));
  const range = async (path: number, length: number, from: bigint, count: number): Promise<number> =>
    heldOrAbsent(desk, buffer, await asked(length, () => data.range(view(path, length), from, count)));
  const size = async (path = 0, length = 0): Promise<bigint> =>
    BigInt((await asked(length, () => data.size(view(path, length)))) ?? -1);
  const list = async (path = 0, length = 0, after = 0, afterLength = 0, limit = 0): Promise<number> => {
    const names = await asked(length, () => data.list(view(path, length), view(after, afterLength), limit));
    return heldOrAbsent(desk, buffer, names === null ? null : encodeKeys(names));
  };
  return {
    data_get: suspending(get),
    data_range: new WebAssembly.Suspending(range),
    data_size: suspending(size),
    data_list: suspending(list),
  };
}

/** 0: it was written; -1: there is no such place for this call. */
const told = (written: boolean): number => (written ? 0 : -1);

function writing(desk: Desk, data: GuestData): Record<string, unknown> {
  const view = (pointer: number, length: number): Uint8Array => desk.memory().view(pointer, length);
  const put = async (path = 0, pathLength = 0, bytes = 0, length = 0): Promise<number> =>
    told(await paid(desk, ROUND_TRIP_FUEL, length, () => data.put(view(path, pathLength), view(bytes, length))));
  const remove = async (path = 0, length = 0): Promise<number> =>
    told(await paid(desk, ROUND_TRIP_FUEL, length, () => data.delete(view(path, length))));
  return { data_put: suspending(put), data_delete: suspending(remove) };
}

/** The error of a callee as the module reads it: JSON, so that it needs no format of its own. */
const errorBytes = (type: string, message: string): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ error_type: type, message }));

function calling(desk: Desk, callee: Callee, buffer: AnswerBuffer): Record<string, unknown> {
  const call = async (name = 0, nameLength = 0, kind = 0, pointer = 0, length = 0): Promise<number> => {
    const reply = await paid(desk, ROUND_TRIP_FUEL, length, () => {
      const memory = desk.memory();
      desk.tank.giveBack();
      return callee.call(memory.view(name, nameLength), kind, memory.view(pointer, length), desk.tank.burned);
    });
    desk.allowance.after(reply);
    if ("stop" in reply) return 0;
    desk.tank.takeBack(reply);
    return replied(desk, buffer, reply);
  };
  return {
    call: suspending(call),
    ...listing(desk, callee, buffer),
    answer_kind: fact(desk, () => KIND_NUMBER[buffer.kind]),
  };
}

/** Keeps what a callee came to for the module. @returns the answer's length, or -1 - the error's */
async function replied(desk: Desk, buffer: AnswerBuffer, reply: Replied): Promise<number> {
  if (!("error" in reply)) return held(desk, buffer, reply.answer, reply.bytes);
  return -1 - (await held(desk, buffer, "json", errorBytes(reply.error.type, reply.error.message)));
}

/** Many calls at once: put on a list, made, and their answers taken one by one. */
function listing(desk: Desk, callee: Callee, buffer: AnswerBuffer): Record<string, unknown> {
  const add = (name = 0, nameLength = 0, kind = 0, pointer = 0, length = 0): void | Promise<void> =>
    paid(desk, CALL_FUEL, length, () => {
      const memory = desk.memory();
      callee.add(memory.view(name, nameLength), kind, memory.view(pointer, length));
    });
  const all = async (): Promise<number> => {
    const count = callee.listed;
    if (count === 0) return 0;
    const reply = await paid(desk, ROUND_TRIP_FUEL * count, 0, () => {
      desk.tank.giveBack();
      return callee.all(desk.tank.burned);
    });
    desk.allowance.after(reply);
    if ("stop" in reply) return 0;
    desk.tank.takeBack(reply);
    callee.keep(reply.replies);
    return count;
  };
  const next = (): Promise<number> => replied(desk, buffer, callee.next());
  return {
    call_add: suspending(add),
    call_all: suspending(all),
    call_next: suspending((): number | Promise<number> => paid(desk, CALL_FUEL, 0, next)),
  };
}

/** The Internet and secrets; what the manifest does not ask for the host refuses, and no module imports it. */
function reaching(desk: Desk, outside: Outside, buffer: AnswerBuffer): Record<string, unknown> {
  const view = (pointer: number, length: number): Uint8Array => desk.memory().view(pointer, length);
  const send = async (head = 0, headLength = 0, body = 0, length = 0): Promise<number> => {
    const fetched = await paid(desk, ROUND_TRIP_FUEL, length, () =>
      outside.fetch(view(head, headLength), view(body, length)),
    );
    if (!("error" in fetched)) return held(desk, buffer, "bytes", fetched.body);
    return -1 - (await held(desk, buffer, "json", errorBytes(fetched.error.type, fetched.error.message)));
  };
  const headers = (): number | Promise<number> => {
    const lines = outside.headers.map(([name, value]) => `${name}: ${value}\n`);
    return held(desk, buffer, "text", new TextEncoder().encode(lines.join("")));
  };
  const secret = async (name = 0, length = 0): Promise<number> => {
    const value = await paid(desk, ROUND_TRIP_FUEL, length, () => outside.secret(view(name, length)));
    return heldOrAbsent(desk, buffer, value === null ? null : new TextEncoder().encode(value));
  };
  return {
    fetch: suspending(send),
    fetch_status: fact(desk, () => outside.status),
    fetch_headers: suspending(() => paid(desk, CALL_FUEL, 0, headers)),
    secret_get: suspending(secret),
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

/** The imports of module `orcade`. */
export function hostFunctions(desk: Desk): object {
  const { state, callee, data, outside } = desk;
  const { data: reads, dataWrite } = desk.call.module;
  const plain = new Plain(desk);
  if (state === null && callee === null && data === null && outside === null) return plain;
  const buffer = new AnswerBuffer();
  return Object.assign(plain, {
    ...(state === null ? {} : stateful(desk, state, buffer)),
    ...(callee === null ? {} : calling(desk, callee, buffer)),
    ...(data === null || !reads ? {} : reading(desk, data, buffer)),
    ...(data === null || dataWrite !== true ? {} : writing(desk, data)),
    ...(outside === null ? {} : reaching(desk, outside, buffer)),
    answer_read: suspending((pointer = 0, offset = 0, length = 0) =>
      paid(desk, CALL_FUEL, length, () => desk.memory().write(buffer.bytes, pointer, offset, length)),
    ),
  });
}
