// State between calls: a small transactional store of the algorithm for each account. What a call writes is kept when,
// and only when, the call completes. Needs the permission "state" in algorithm.json.
import { answerRead, stateDelete, stateGet, stateList, statePut } from "./host";
import { decode, encode, REPLACE } from "./text";

let lentLength: i32 = 0;

/** Encodes a string outside the collector; free it with `heap.free`. @returns its address */
function lend(text: string): usize {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  lentLength = encode(text, pointer, REPLACE);
  return pointer;
}

/** Fetches a value into the host's answer buffer. @returns its length, -1 when it is absent */
function fetch(key: string): i32 {
  let pointer = lend(key);
  let length = stateGet(pointer, lentLength);
  heap.free(pointer);
  return length;
}

// A class and not a namespace, so that `delete` can be a name.
export abstract class state {
  /** The value of a key, null when there is none. */
  static get(key: string): Uint8Array | null {
    let length = fetch(key);
    if (length < 0) return null;
    let bytes = new Uint8Array(length);
    answerRead(bytes.dataStart, 0, length);
    return bytes;
  }

  /** The value of a key as text, null when there is none. */
  static getString(key: string): string | null {
    let length = fetch(key);
    if (length < 0) return null;
    let pointer = heap.alloc(<usize>length + 1);
    answerRead(pointer, 0, length);
    let text = decode(pointer, length);
    heap.free(pointer);
    return text;
  }

  /** Sets the value of a key. */
  static put(key: string, value: Uint8Array): void {
    let pointer = lend(key);
    statePut(pointer, lentLength, value.dataStart, value.length);
    heap.free(pointer);
  }

  /** Sets the value of a key to text. */
  static putString(key: string, value: string): void {
    let bytes = lend(value);
    let length = lentLength;
    let pointer = lend(key);
    statePut(pointer, lentLength, bytes, length);
    heap.free(pointer);
    heap.free(bytes);
  }

  /** Removes a key, whether or not it is there. */
  static delete(key: string): void {
    let pointer = lend(key);
    stateDelete(pointer, lentLength);
    heap.free(pointer);
  }

  /** The keys that begin with `prefix` and come after `after`, in byte order: at most `limit`, 1 to 1,000. */
  static list(prefix: string = "", after: string = "", limit: i32 = 100): string[] {
    let first = lend(prefix);
    let firstLength = lentLength;
    let second = lend(after);
    let length = stateList(first, firstLength, second, lentLength, limit);
    heap.free(second);
    heap.free(first);
    return state.unpack(length);
  }

  /** Reads the answer buffer of a list: for each key a length and its bytes. */
  private static unpack(length: i32): string[] {
    let keys = new Array<string>();
    let pointer = heap.alloc(<usize>length + 4);
    answerRead(pointer, 0, length);
    let end = pointer + <usize>length;
    for (let at = pointer; at < end; ) {
      let size = load<u32>(at);
      keys.push(decode(at + 4, size));
      at += 4 + size;
    }
    heap.free(pointer);
    return keys;
  }
}
