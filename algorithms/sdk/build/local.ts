// Runs a built module in this process with the orcade ABI, for tests of algorithms: no fuel, no isolation, state in memory.
// Only for modules one trusts.

import { Chance, VirtualClock } from "../../../worker/sandbox/guest/chance.ts";
import type { Fate } from "../../../worker/sandbox/protocol.ts";
import { moduleOf } from "./wasm.ts";

const KINDS = ["text", "json", "bytes", "void"] as const;
/** Levels of a log. */
const LEVELS = 4;
const NO_FATE: Fate = { now: 0, seed: new Uint8Array(32) };
const ANSWER_LIMIT = 15 * 1024 * 1024;

export interface LocalInput {
  readonly kind: "text" | "json" | "bytes";
  readonly bytes: Uint8Array;
}

interface LocalAnswer {
  readonly kind: (typeof KINDS)[number];
  readonly bytes: Uint8Array;
}

export type LocalResult = LocalAnswer | { readonly error: { readonly type: string; readonly message: string } };

export interface LocalResponse {
  readonly status: number;
  /** Lines `name: value`. */
  readonly headers: string;
  readonly body: Uint8Array;
}

export interface LocalOptions {
  /** The algorithm's state by key; a call that succeeds writes to it. */
  readonly state?: Map<string, Uint8Array>;
  /** Files of data by their whole path, as the algorithm spells it. */
  readonly data?: ReadonlyMap<string, Uint8Array>;
  /** What a call that succeeds does to them: by path the bytes written, null for a file that was deleted. */
  readonly written?: Map<string, Uint8Array | null>;
  /** What time and chance follow from; without it a call began in 1970 and chance is always the same. */
  readonly fate?: Fate;
  /** Hears what the module logs: 0 debug, 1 info, 2 warn, 3 error. */
  readonly log?: (level: number, text: string) => void;
  /** The call as a task of a job: what the host says of it. */
  readonly job?: object;
  /** Hears of the parts of a job's task that are finished. */
  readonly done?: (upto: bigint, partial: LocalAnswer) => void;
  /** Stands for the Internet: answers a head, `METHOD URL` and lines `Name: value`, and a body; without it nothing can be reached. */
  readonly internet?: (head: string, body: Uint8Array) => LocalResponse | null;
  /** The algorithm's secrets by name. */
  readonly secrets?: ReadonlyMap<string, string>;
  /** Stands for the algorithms it calls; without it every callee answers with the error "Unavailable". */
  readonly callee?: (name: string, input: LocalInput) => LocalResult;
}

/** How a host function ends the call. */
class Ended extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Runs `apply` once, in a fresh instance. */
export function runLocal(
  module: Uint8Array | WebAssembly.Module,
  input: LocalInput,
  options: LocalOptions = {},
): LocalResult {
  const compiled = module instanceof WebAssembly.Module ? module : moduleOf(module);
  const call = new LocalCall(input, options);
  try {
    const instance = new WebAssembly.Instance(compiled, { orcade: call.imports() });
    call.run(instance);
  } catch (error) {
    return { error: failureOf(error) };
  }
  return call.complete();
}

/** An i64 comes as a bigint. */
const numberOf = (value: unknown): number => Number(value);

const notHere = (name: string): LocalResult => ({
  error: {
    type: "Unavailable",
    message: `${name} cannot be called in a local run: publish this algorithm and call it, or give runLocal a callee.`,
  },
});

function failureOf(error: unknown): { type: string; message: string } {
  if (error instanceof Ended) return { type: error.type, message: error.message };
  if (error instanceof WebAssembly.RuntimeError) return { type: "Trap", message: error.message };
  if (error instanceof RangeError && /stack/i.test(error.message))
    return { type: "StackOverflow", message: error.message };
  throw error;
}

class LocalCall {
  readonly #input: LocalInput;
  readonly #stored: Map<string, Uint8Array>;
  readonly #callee: NonNullable<LocalOptions["callee"]>;
  readonly #written: LocalOptions["written"];
  readonly #changed = new Map<string, Uint8Array | null>();
  /** Files with what the call wrote laid over them. */
  readonly #files: Map<string, Uint8Array>;
  readonly #log: LocalOptions["log"];
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  /** What the call wrote; null is deleted. */
  readonly #writes = new Map<string, Uint8Array | null>();
  readonly #facts: Uint8Array;
  readonly #done: LocalOptions["done"];
  #memory: WebAssembly.Memory | undefined;
  #answer: Uint8Array = new Uint8Array(0);
  #answerKind = 3;
  readonly #internet: NonNullable<LocalOptions["internet"]>;
  readonly #secrets: ReadonlyMap<string, string>;
  #response: LocalResponse | null = null;
  /** What the calls that were asked together came to. */
  #listed: LocalResult[] = [];
  #replies: LocalResult[] = [];
  #output: LocalAnswer = { kind: "void", bytes: new Uint8Array(0) };

  constructor(input: LocalInput, options: LocalOptions) {
    const { state = new Map(), callee = notHere, data = new Map(), written, log, fate = NO_FATE, job, done } = options;
    const { internet = () => null, secrets = new Map() } = options;
    this.#internet = internet;
    this.#secrets = secrets;
    this.#facts = encoder.encode(job === undefined ? "" : JSON.stringify(job));
    this.#done = done;
    this.#input = input;
    this.#stored = state;
    this.#callee = callee;
    this.#written = written;
    this.#files = new Map(data);
    this.#log = log;
    this.#clock = new VirtualClock(fate);
    this.#chance = new Chance(fate);
  }

  run(instance: WebAssembly.Instance): void {
    const { memory, apply } = instance.exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof apply !== "function") {
      throw new Ended("Trap", "the module must export `memory` and `apply`");
    }
    this.#memory = memory;
    apply();
  }

  complete(): LocalResult {
    for (const [key, value] of this.#writes) {
      if (value === null) this.#stored.delete(key);
      else this.#stored.set(key, value);
    }
    for (const [path, bytes] of this.#changed) this.#written?.set(path, bytes);
    return this.#output;
  }

  imports(): Record<string, (...numbers: number[]) => number | bigint | void> {
    return {
      input_type: () => KINDS.indexOf(this.#input.kind),
      input_size: () => this.#input.bytes.length,
      input_read: (pointer = 0, offset = 0, length = 0) => this.#copy(this.#input.bytes, pointer, offset, length),
      output: (kind = 0, pointer = 0, length = 0) => this.#setOutput(kind, pointer, length),
      fail: (type = 0, typeLength = 0, message = 0, messageLength = 0) => {
        throw new Ended(this.#text(type, typeLength), this.#text(message, messageLength));
      },
      log: (level = 0, pointer = 0, length = 0) => {
        const text = this.#text(pointer, length);
        if (level < 0 || level >= LEVELS) throw new Ended("BadKind", `a log level of ${level}`);
        this.#log?.(level, text);
      },
      progress: (_fraction = 0, pointer = 0, length = 0) => {
        this.#span(pointer, length);
      },
      random: (pointer = 0, length = 0) => this.#chance.fill(this.#span(pointer, length)),
      now: () => this.#clock.realtime(),
      state_get: (pointer = 0, length = 0) => this.#get(this.#text(pointer, length)),
      state_put: (pointer = 0, length = 0, value = 0, valueLength = 0) => {
        this.#writes.set(this.#text(pointer, length), this.#span(value, valueLength).slice());
      },
      state_delete: (pointer = 0, length = 0) => {
        this.#writes.set(this.#text(pointer, length), null);
      },
      state_list: (...numbers) => this.#list(numbers),
      data_get: (pointer = 0, length = 0) => this.#found(this.#files.get(this.#text(pointer, length))),
      data_range: (pointer = 0, length = 0, from = 0, count = 0) => {
        const file = this.#files.get(this.#text(pointer, length));
        const begin = numberOf(from);
        return this.#found(file?.slice(begin, begin + (count >>> 0)));
      },
      data_size: (pointer = 0, length = 0) => BigInt(this.#files.get(this.#text(pointer, length))?.length ?? -1),
      data_list: (pointer = 0, length = 0, after = 0, afterLength = 0, limit = 0) =>
        this.#names(`${this.#text(pointer, length)}/`, this.#text(after, afterLength), limit),
      data_put: (path = 0, pathLength = 0, bytes = 0, length = 0) => {
        const [name, copy] = [this.#text(path, pathLength), this.#span(bytes, length).slice()];
        this.#files.set(name, copy);
        this.#changed.set(name, copy);
        return 0;
      },
      data_delete: (pointer = 0, length = 0) => this.#delete(this.#text(pointer, length)),
      job_size: () => this.#facts.length,
      job_read: (pointer = 0, offset = 0, length = 0) => this.#copy(this.#facts, pointer, offset, length),
      job_done: (upto = 0, kind = 0, pointer = 0, length = 0) =>
        this.#done?.(BigInt(upto), this.#answered(kind, pointer, length)),
      fetch: (head = 0, headLength = 0, body = 0, length = 0) =>
        this.#fetch(this.#text(head, headLength), this.#span(body, length).slice()),
      fetch_status: () => this.#response?.status ?? 0,
      fetch_headers: () => this.#found(encoder.encode(this.#response?.headers ?? "")),
      secret_get: (pointer = 0, length = 0) => {
        const value = this.#secrets.get(this.#text(pointer, length));
        return this.#found(value === undefined ? undefined : encoder.encode(value));
      },
      call: (...numbers) => this.#replied(this.#call(numbers)),
      call_add: (...numbers) => void this.#listed.push(this.#call(numbers)),
      call_all: () => {
        this.#replies = this.#listed;
        this.#listed = [];
        return this.#replies.length;
      },
      call_next: () => {
        const reply = this.#replies.shift();
        if (reply === undefined) throw new Ended("CallLimit", "there is no answer that was not taken");
        return this.#replied(reply);
      },
      answer_kind: () => this.#answerKind,
      answer_read: (pointer = 0, offset = 0, length = 0) => this.#copy(this.#answer, pointer, offset, length),
    };
  }

  #span(pointer: number, length: number): Uint8Array {
    // Before `apply` is called, in a start function, the exported memory is not known yet.
    if (this.#memory === undefined) throw new Ended("Trap", "a host function was called before the module was ready");
    const { buffer } = this.#memory;
    if ((pointer >>> 0) + (length >>> 0) > buffer.byteLength) {
      throw new Ended("BadPointer", `${pointer >>> 0} + ${length >>> 0} is outside the memory`);
    }
    return new Uint8Array(buffer, pointer >>> 0, length >>> 0);
  }

  #text(pointer: number, length: number): string {
    return decoder.decode(this.#span(pointer, length));
  }

  #copy(source: Uint8Array, pointer: number, offset: number, length: number): void {
    if ((offset >>> 0) + (length >>> 0) > source.length)
      throw new Ended("BadPointer", "the span is outside the source");
    this.#span(pointer, length).set(source.subarray(offset >>> 0, (offset >>> 0) + (length >>> 0)));
  }

  #setOutput(kind: number, pointer: number, length: number): void {
    this.#output = this.#answered(kind, pointer, length);
  }

  #answered(kind: number, pointer: number, length: number): LocalAnswer {
    const name = KINDS[kind];
    if (name === undefined) throw new Ended("BadKind", `${kind} is not a kind of output`);
    if (length >>> 0 > ANSWER_LIMIT) throw new Ended("AnswerTooLarge", `the answer has ${length >>> 0} bytes`);
    return { kind: name, bytes: this.#span(pointer, length).slice() };
  }

  #call([name = 0, nameLength = 0, kind = 0, pointer = 0, length = 0]: number[]): LocalResult {
    const named = KINDS[kind];
    if (named === undefined || named === "void") throw new Ended("BadKind", `${kind} is not a kind of input`);
    const bytes = this.#span(pointer, length).slice();
    return this.#callee(this.#text(name, nameLength), { kind: named, bytes });
  }

  #replied(result: LocalResult): number {
    if (!("error" in result)) {
      this.#answerKind = KINDS.indexOf(result.kind);
      this.#answer = result.bytes;
      return result.bytes.length;
    }
    const { type, message } = result.error;
    this.#answerKind = KINDS.indexOf("json");
    this.#answer = encoder.encode(JSON.stringify({ error_type: type, message }));
    return -1 - this.#answer.length;
  }

  #fetch(head: string, body: Uint8Array): number {
    this.#response = this.#internet(head, body);
    const { body: answer } = this.#response ?? {};
    if (answer !== undefined) return this.#found(answer);
    return this.#replied({ error: { type: "NoInternet", message: "there is no Internet in a local run" } });
  }

  #get(key: string): number {
    return this.#found(this.#writes.has(key) ? (this.#writes.get(key) ?? undefined) : this.#stored.get(key));
  }

  #delete(path: string): number {
    if (!this.#files.delete(path)) return -1;
    this.#changed.set(path, null);
    return 0;
  }

  #names(folder: string, after: string, limit: number): number {
    const paths = [...this.#files.keys()].filter((path) => path.startsWith(folder));
    if (paths.length === 0) return -1;
    const names = paths.map((path) => path.slice(folder.length)).filter((name) => name > after);
    return this.#framed(
      names
        .sort()
        .slice(0, limit)
        .map((name) => Buffer.from(encoder.encode(name))),
    );
  }

  #found(value: Uint8Array | undefined): number {
    this.#answer = value ?? new Uint8Array(0);
    return value === undefined ? -1 : value.length;
  }

  #list([prefix = 0, prefixLength = 0, after = 0, afterLength = 0, limit = 0]: number[]): number {
    if (limit < 1 || limit > 1000) throw new Ended("StateLimit", `a list has a limit of 1 to 1,000, not ${limit}`);
    const begin = this.#span(prefix, prefixLength).slice();
    const from = Buffer.from(this.#span(after, afterLength));
    const alive = [...this.#stored.keys()].filter((key) => this.#writes.get(key) !== null);
    const all = new Set([...alive, ...[...this.#writes].filter(([, value]) => value !== null).map(([key]) => key)]);
    const keys = [...all].map((key) => Buffer.from(encoder.encode(key))).sort(Buffer.compare);
    const found = keys.filter((key) => key.subarray(0, begin.length).equals(begin));
    const page = found.filter((key) => Buffer.compare(key, from) > 0 || from.length === 0).slice(0, limit);
    return this.#framed(page);
  }

  #framed(page: readonly Buffer[]): number {
    const frames = page.flatMap((key) => [Buffer.from(new Uint32Array([key.length]).buffer), key]);
    this.#answer = new Uint8Array(Buffer.concat(frames));
    return this.#answer.length;
  }
}
