// Calling another algorithm. The caller of this one pays for both, within one ceiling. Needs the permission "call" in
// algorithm.json. An error of the callee is a value: what to do about it is this algorithm's business.
import { fail } from "./failure";
import { answerKind, answerRead, hostCall, hostCallAdd, hostCallAll, hostCallNext } from "./host";
import { beginAnswer, finish } from "./json/read";
import { read, write } from "./json/values";
import { restart, written, writtenLength } from "./json/write";
import { BYTES, JSON, TEXT, VOID } from "./kinds";
import { decode, encode, REPLACE } from "./text";
import { Utf8 } from "./utf8";

/** Zero bytes after what the reader reads, so that it may look ahead. */
const PADDING: usize = 16;

/** What another algorithm answered, or why it did not. */
export class Reply<T> {
  /** Whether there is a value. */
  readonly ok: bool;
  /** The type of its error, such as "InputError" or "UnknownAlgorithm"; empty when there is a value. */
  readonly errorType: string;
  /** The error's message for people. */
  readonly message: string;
  private result: T;

  constructor(ok: bool, result: T, errorType: string, message: string) {
    this.ok = ok;
    this.result = result;
    this.errorType = errorType;
    this.message = message;
  }

  /** The answer; without one this call fails with the callee's error. */
  get value(): T {
    if (!this.ok) fail(this.errorType, this.message);
    return this.result;
  }

  /** The answer, or another value when there is none. */
  or(otherwise: T): T {
    return this.ok ? this.result : otherwise;
  }
}

/** The error of a callee, as the host spells it. Read by hand: only the classes of authors get readers from the build. */
class Failure {
  type: string = "";
  message: string = "";
}

/**
 * Calls another algorithm.
 * @param name "owner/name" for its latest version, or "owner/name/1.2.3"
 * @param input a string or Utf8 is sent as text, a Uint8Array as bytes, every other type as JSON
 * @returns the answer: text is a string or Utf8, bytes a Uint8Array, JSON every other type
 */
export function call<In, Out>(name: string, input: In): Reply<Out> {
  return replyOf<Out>(name, send<In>(name, input, false));
}

/** One call of many: whom, and with what. */
export class Call<In> {
  constructor(
    /** "owner/name" for its latest version, or "owner/name/1.2.3" */
    public name: string,
    public input: In,
  ) {}
}

/**
 * Calls algorithms side by side, 100 at most and 10 MiB of inputs together.
 * @returns what each answered, in the order of the calls; where the answers pass 15 MiB together, "AnswerTooLarge"
 */
export function callAll<In, Out>(calls: Call<In>[]): Reply<Out>[] {
  for (let i = 0; i < calls.length; i++) send<In>(calls[i].name, calls[i].input, true);
  hostCallAll();
  let replies = new Array<Reply<Out>>();
  for (let i = 0; i < calls.length; i++) replies.push(replyOf<Out>(calls[i].name, hostCallNext()));
  return replies;
}

/** Reads the answer buffer. @param length as the host said */
function replyOf<Out>(name: string, length: i32): Reply<Out> {
  if (length < 0) {
    let failure = failureOf(fetch(-1 - length), -1 - length);
    return new Reply<Out>(false, nothing<Out>(), failure.type, failure.message);
  }
  let kind = answerKind();
  let wanted = kindOf<Out>();
  // The JSON of an answer can be had as text; nothing at all is read as null.
  if (kind == wanted || (wanted == TEXT && kind == JSON) || (wanted == JSON && kind == VOID)) {
    return new Reply<Out>(true, taken<Out>(name, kind, length), "", "");
  }
  let message = name + " answered " + kindName(kind) + ", not " + kindName(wanted);
  return new Reply<Out>(false, nothing<Out>(), "OutputError", message);
}

function nothing<T>(): T {
  if (isReference<T>()) return changetype<T>(0);
  return <T>0;
}

function kindName(kind: i32): string {
  return kind == TEXT ? "text" : kind == JSON ? "JSON" : kind == BYTES ? "bytes" : "nothing";
}

function kindOf<T>(): i32 {
  if (isString<T>()) return TEXT;
  if (isReference<T>()) {
    if (idof<NonNullable<T>>() == idof<Utf8>()) return TEXT;
    if (idof<NonNullable<T>>() == idof<Uint8Array>()) return BYTES;
  }
  return JSON;
}

/** Encodes a string outside the collector; free it with `heap.free`. @returns its address */
function lend(text: string): usize {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  lentLength = encode(text, pointer, REPLACE);
  return pointer;
}

let lentLength: i32 = 0;

/** @param later puts the call on the list @returns what the host answers */
function send<T>(name: string, input: T, later: bool): i32 {
  let callee = lend(name);
  let calleeLength = lentLength;
  let length = deliver<T>(callee, calleeLength, input, later);
  heap.free(callee);
  return length;
}

function handOver(name: usize, nameLength: i32, kind: i32, input: usize, length: i32, later: bool): i32 {
  if (!later) return hostCall(name, nameLength, kind, input, length);
  hostCallAdd(name, nameLength, kind, input, length);
  return 0;
}

function deliver<T>(callee: usize, calleeLength: i32, input: T, later: bool): i32 {
  if (isString<T>()) {
    let text = lend(changetype<string>(input));
    let length = handOver(callee, calleeLength, TEXT, text, lentLength, later);
    heap.free(text);
    return length;
  }
  if (isReference<T>()) {
    if (kindOf<T>() == TEXT) {
      let text = changetype<Utf8>(input);
      return handOver(callee, calleeLength, TEXT, text.dataStart, text.length, later);
    }
    if (kindOf<T>() == BYTES) {
      let bytes = changetype<Uint8Array>(input);
      return handOver(callee, calleeLength, BYTES, bytes.dataStart, bytes.length, later);
    }
  }
  restart();
  write<T>(input);
  let length = handOver(callee, calleeLength, JSON, written(), writtenLength(), later);
  restart();
  return length;
}

/** Copies the answer buffer into memory that is never freed. @returns its address */
function fetch(length: i32): usize {
  let pointer = heap.alloc(<usize>length + PADDING);
  answerRead(pointer, 0, length);
  memory.fill(pointer + <usize>length, 0, PADDING);
  return pointer;
}

function taken<T>(name: string, kind: i32, length: i32): T {
  if (isString<T>()) {
    let pointer = fetch(length);
    let text = decode(pointer, length);
    heap.free(pointer);
    return changetype<T>(text);
  }
  if (isReference<T>()) {
    if (kindOf<T>() == TEXT) return changetype<T>(new Utf8(fetch(length), length));
    if (kindOf<T>() == BYTES) {
      let bytes = new Uint8Array(length);
      answerRead(bytes.dataStart, 0, length);
      return changetype<T>(bytes);
    }
  }
  let pointer = kind == VOID ? lend("null\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") : fetch(length);
  beginAnswer(pointer, kind == VOID ? 4 : length, name);
  let value = read<T>();
  finish();
  return value;
}

/** Reads {"error_type": ..., "message": ...}. */
function failureOf(pointer: usize, length: i32): Failure {
  beginAnswer(pointer, length, "the host");
  let fields = read<Map<string, string>>();
  finish();
  heap.free(pointer);
  let failure = new Failure();
  failure.type = fields.get("error_type");
  failure.message = fields.get("message");
  return failure;
}
