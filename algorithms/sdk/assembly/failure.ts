// The ways a call ends with an error. Messages are for the caller: they name what is wrong and where.
import { hostFail } from "./host";
import { encode, REPLACE } from "./text";

/** A span of UTF-8 bytes, valid until the next `lend`. */
let lentLength: i32 = 0;

/** Encodes a string into memory outside the collector. @returns its address; its length is `lentLength` */
function lend(text: string): usize {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  lentLength = encode(text, pointer, REPLACE);
  return pointer;
}

/**
 * Ends the call with a typed error. Nothing of the call stays: neither its output nor its writes to `state`.
 * @param type a name that callers can test, such as "InputError"
 * @param message a sentence for people
 */
export function fail(type: string, message: string): void {
  let typePointer = lend(type);
  let typeLength = lentLength;
  let messagePointer = lend(message);
  hostFail(typePointer, typeLength, messagePointer, lentLength);
  unreachable();
}

/** Scratch of `stopped`, so that it needs no memory: it also reports that there is none. */
const SCRATCH: i32 = 1024;
// @ts-ignore: decorator
@lazy
const scratch = memory.data(1024);

/** Appends as much of `text` as fits. @returns the new end */
function append(text: string, at: i32): i32 {
  let room = min(text.length, (SCRATCH - 16 - at) / 3);
  if (room <= 0) return at;
  if (room == text.length) return at + encode(text, scratch + at, REPLACE);
  for (let i = 0; i < room; i++) {
    let unit = load<u16>(changetype<usize>(text) + (i << 1));
    store<u8>(scratch + at++, unit < 0x80 ? unit : 0x3f);
  }
  return at;
}

/** Appends a number in decimal. @returns the new end */
function appendNumber(value: u32, at: i32): i32 {
  if (value >= 10) at = appendNumber(value / 10, at);
  store<u8>(scratch + at, 0x30 + (value % 10));
  return at + 1;
}

/**
 * What `throw`, a bounds check, a failed cast or memory that is used up come to: asc calls it as `abort`. It becomes
 * the typed error "AlgorithmError" with the message and, where it is known, the file and line that raised it.
 */
export function stopped(message: string | null, file: string | null, line: u32, column: u32): void {
  let end = append("AlgorithmError", 0);
  let typeLength = end;
  end = append(message === null ? "stopped" : message, end);
  // Where the memory manager gave up says nothing.
  if (file !== null && !file.startsWith("~lib/rt/")) {
    end = append(" (", end);
    end = append(file, end);
    end = append(":", end);
    end = appendNumber(line, end);
    end = append(":", end);
    end = appendNumber(column, end);
    end = append(")", end);
  }
  hostFail(scratch, typeLength, scratch + typeLength, end - typeLength);
  unreachable();
}
