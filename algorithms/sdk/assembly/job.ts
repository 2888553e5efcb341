// Jobs: a call may be one of the tasks of a job, a chunk of its source to map or some answers to reduce. What it is then,
// and the job's arguments, are read here. Outside a job there are no facts, and `job.done` does nothing.
import { hostJobDone, jobRead, jobSize } from "./host";
import {
  begin,
  closeObject,
  finish,
  keyIs,
  nextMember,
  openObject,
  readBool,
  readLength,
  readNull,
  readRaw,
  readSigned,
  readString,
} from "./json/read";
import { read, write } from "./json/values";
import { restart, written, writtenLength } from "./json/write";
import { BYTES, JSON, TEXT } from "./kinds";
import { encode, REPLACE } from "./text";
import { Utf8 } from "./utf8";

/** Zero bytes after what the reader reads, so that it may look ahead. */
const PADDING: usize = 16;

/** What the host says of this task. */
class Facts {
  task: string = "";
  file: string = "";
  from: i64 = 0;
  to: i64 = 0;
  skip: i64 = 0;
  extra: i64 = 0;
  first: bool = true;
  last: bool = true;
  final: bool = true;
  level: i32 = 0;
  partials: i32 = 0;
  /** The arguments as JSON; 0 when there are none. */
  given: usize = 0;
  givenLength: i32 = 0;
}

let known: Facts | null = null;

function facts(): Facts {
  let found = known;
  if (found !== null) return found;
  let made = new Facts();
  known = made;
  let length = jobSize();
  if (!length) return made;
  let text = heap.alloc(<usize>length + PADDING);
  jobRead(text, 0, length);
  memory.fill(text + <usize>length, 0, PADDING);
  begin(text, length);
  if (openObject()) {
    do take(made);
    while (nextMember());
  }
  closeObject();
  finish();
  heap.free(text);
  return made;
}

/** Reads the fact whose key was just read. */
function take(facts: Facts): void {
  if (keyIs("task")) facts.task = readString();
  else if (keyIs("file")) facts.file = readNull() ? "" : readString();
  else if (keyIs("from")) facts.from = readSigned(64);
  else if (keyIs("to")) facts.to = readSigned(64);
  else if (keyIs("skip")) facts.skip = readSigned(64);
  else if (keyIs("extra")) facts.extra = readSigned(64);
  else if (keyIs("first")) facts.first = readBool();
  else if (keyIs("last")) facts.last = readBool();
  else if (keyIs("final")) facts.final = readBool();
  else if (keyIs("level")) facts.level = <i32>readSigned(32);
  else if (keyIs("partials")) facts.partials = <i32>readSigned(32);
  else takeOther(facts, keyIs("arguments"));
}

/** Keeps the arguments; passes over what a later host may add. */
function takeOther(facts: Facts, given: bool): void {
  let start = readRaw();
  let length = readLength();
  if (!given || (length == 4 && load<u32>(start) == 0x6c6c756e)) return;
  facts.given = heap.alloc(<usize>length + PADDING);
  facts.givenLength = length;
  memory.copy(facts.given, start, length);
  memory.fill(facts.given + <usize>length, 0, PADDING);
}

const BRACE: u8 = 0x7b;
const NEWLINE: u8 = 10;

/**
 * Bytes of the line of JSON with which an input of bytes may begin outside a job: what would be the job's arguments.
 * @returns 0 when there is none
 */
export function argumentsLine(input: Uint8Array): i32 {
  if (job.runs || !input.length || input[0] != BRACE) return 0;
  let length = 0;
  while (length < input.length && input[length] != NEWLINE) length++;
  return length;
}

/** Reads JSON as a value of an author's class. @param text followed by PADDING zeros */
function parsed<T>(text: usize, length: i32): T {
  begin(text, length);
  let value = read<T>();
  finish();
  return value;
}

/**
 * The job's arguments as a value of an author's class, once; `{}` when there are none. What does not fit is an "InputError".
 * @param input outside a job they are its `argumentsLine`
 */
export function jobArguments<T>(input: Uint8Array | null = null): T {
  let line = input === null ? 0 : argumentsLine(input);
  if (line) {
    let copy = heap.alloc(<usize>line + PADDING);
    memory.copy(copy, input!.dataStart, line);
    memory.fill(copy + <usize>line, 0, PADDING);
    return parsed<T>(copy, line);
  }
  let found = facts();
  let text = found.given;
  if (!text) {
    text = heap.alloc(PADDING + 2);
    memory.fill(text, 0, PADDING + 2);
    store<u16>(text, 0x7d7b);
    found.givenLength = 2;
  }
  found.given = 0;
  return parsed<T>(text, found.givenLength);
}

export abstract class job {
  /** Whether this call is a task of a job. */
  static get runs(): bool {
    return facts().task.length > 0;
  }
  /** Whether this call reduces answers. */
  static get reduces(): bool {
    return facts().task == "reduce";
  }
  /** Whether this reduction is the job's last, whose answer is the result. */
  static get final(): bool {
    return facts().final;
  }
  /** How many answers this reduction was given. */
  static get partials(): i32 {
    return facts().partials;
  }
  /** How far this reduction is from the mappers: 1 for their answers. */
  static get level(): i32 {
    return facts().level;
  }
  /** The file that the chunk is of; "" when there is none. */
  static get file(): string {
    return facts().file;
  }
  /** Where the chunk lies in its file, in bytes (in a range: the integers). */
  static get from(): i64 {
    return facts().from;
  }
  static get to(): i64 {
    return facts().to;
  }
  /** Whether the chunk begins its file, and whether it ends it. */
  static get first(): bool {
    return facts().first;
  }
  static get last(): bool {
    return facts().last;
  }
  /** Letters (or bytes) of the first record that stand before the chunk. */
  static get skip(): i64 {
    return facts().skip;
  }
  /** Letters (or bytes) at the end that belong to the next chunk, too: a window is this chunk's when it begins before them. */
  static get extra(): i64 {
    return facts().extra;
  }

  /**
   * Says that the input up to `upto` is finished and came to this partial answer, of the type that `apply` gives: should
   * the task run out of fuel, only the rest is run again. The last one counts.
   */
  static done<T>(upto: i64, partial: T): void {
    if (isString<T>()) {
      let text = changetype<string>(partial);
      let pointer = heap.alloc(<usize>text.length * 3 + 1);
      hostJobDone(upto, TEXT, pointer, encode(text, pointer, REPLACE));
      heap.free(pointer);
      return;
    }
    if (isReference<T>()) {
      if (idof<T>() == idof<Utf8>()) {
        let text = changetype<Utf8>(partial);
        return hostJobDone(upto, TEXT, text.dataStart, text.length);
      }
      if (idof<T>() == idof<Uint8Array>()) {
        let bytes = changetype<Uint8Array>(partial);
        return hostJobDone(upto, BYTES, bytes.dataStart, bytes.length);
      }
    }
    restart();
    write<T>(partial);
    hostJobDone(upto, JSON, written(), writtenLength());
    restart();
  }
}
