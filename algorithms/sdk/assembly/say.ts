// A log, progress, and virtual time and chance. None needs a permission. What chance and the clock give is written down with
// the call: a replay of its receipt gives the same bits.
import { hostLog, hostNow, hostProgress, hostRandom } from "./host";
import { encode, REPLACE } from "./text";

let lentLength: i32 = 0;

/** Encodes a string outside the collector; free it with `heap.free`. @returns its address */
function lend(text: string): usize {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  lentLength = encode(text, pointer, REPLACE);
  return pointer;
}

function line(level: i32, text: string): void {
  let pointer = lend(text);
  hostLog(level, pointer, lentLength);
  heap.free(pointer);
}

/** A log, 64 KiB a call at most: for who made the call and belongs to the algorithm's owner, for nobody else. */
export abstract class log {
  static debug(text: string): void {
    line(0, text);
  }

  static info(text: string): void {
    line(1, text);
  }

  static warn(text: string): void {
    line(2, text);
  }

  static error(text: string): void {
    line(3, text);
  }
}

/**
 * Says how far the call is. Who made it sees that while it runs (`GET /v1/calls/{id}`), of the algorithm called first.
 * @param fraction 0 to 1
 * @param note a few words, 200 bytes at most
 */
export function progress(fraction: f64, note: string = ""): void {
  let pointer = lend(note);
  hostProgress(fraction, pointer, lentLength);
  heap.free(pointer);
}

/** @returns nanoseconds since 1970 by the call's own clock: it moves a microsecond each time it is looked at */
export function now(): i64 {
  return hostNow();
}

/** @returns so many bytes of chance */
export function randomBytes(length: i32): Uint8Array {
  let bytes = new Uint8Array(length);
  hostRandom(bytes.dataStart, length);
  return bytes;
}

/** @returns a number at least 0 and below 1, with 53 bits of chance */
export function random(): f64 {
  let pointer = heap.alloc(8);
  hostRandom(pointer, 8);
  let bits = load<u64>(pointer) >>> 11;
  heap.free(pointer);
  return <f64>bits * (1.0 / 9007199254740992.0);
}
