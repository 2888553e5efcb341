// Data: files of the caller, where the caller's key may read them, of this algorithm's owner, where the collection is open to
// the owner's algorithms, and public ones. Reading needs the permission "data" in algorithm.json. Writing needs "data-write", and
// reaches what is the caller's alone, where the caller's key may write. A path is "data://owner/collection/file"; ".my" stands
// for the caller.
import { answerRead, dataDelete, dataGet, dataList, dataPut, dataRange, dataSize } from "./host";
import { decode, encode, REPLACE } from "./text";

/** Bytes the host reads at once. */
const MOST_READ: i32 = 8 * 1024 * 1024;

let lentLength: i32 = 0;

/** Encodes a string outside the collector; free it with `heap.free`. @returns its address */
function lend(text: string): usize {
  let pointer = heap.alloc(<usize>text.length * 3 + 1);
  lentLength = encode(text, pointer, REPLACE);
  return pointer;
}

function taken(length: i32): Uint8Array | null {
  if (length < 0) return null;
  let bytes = new Uint8Array(length);
  answerRead(bytes.dataStart, 0, length);
  return bytes;
}

export abstract class data {
  /** A whole file, 8 MiB at most; null when there is none that may be read. */
  static get(path: string): Uint8Array | null {
    let pointer = lend(path);
    let length = dataGet(pointer, lentLength);
    heap.free(pointer);
    return taken(length);
  }

  /** A whole file as text. */
  static getString(path: string): string | null {
    let bytes = data.get(path);
    return bytes === null ? null : decode(bytes.dataStart, bytes.length);
  }

  /** `count` bytes from `from`, fewer where the file ends; null when there is no file. */
  static getRange(path: string, from: i64, count: i32): Uint8Array | null {
    let pointer = lend(path);
    let length = dataRange(pointer, lentLength, from, count);
    heap.free(pointer);
    return taken(length);
  }

  /**
   * Reads from `from` on into an array behind its first `kept` bytes, without making another one: as many bytes as fit, 8 MiB
   * at most.
   * @returns how many were read, fewer where the file ends; -1 when there is no file
   */
  static getInto(path: string, from: i64, into: Uint8Array, kept: i32 = 0): i32 {
    let pointer = lend(path);
    let length = dataRange(pointer, lentLength, from, min(into.length - kept, MOST_READ));
    heap.free(pointer);
    if (length > 0) answerRead(into.dataStart + <usize>kept, 0, length);
    return length;
  }

  /** Bytes of a file; -1 when there is none. */
  static size(path: string): i64 {
    let pointer = lend(path);
    let size = dataSize(pointer, lentLength);
    heap.free(pointer);
    return size;
  }

  /**
   * Writes a whole file, 8 MiB at most. This call sees it at once, everybody else when the call has completed and is paid; of
   * a call that fails nothing remains. False when there is no such collection that may be written.
   */
  static put(path: string, bytes: Uint8Array): bool {
    let pointer = lend(path);
    let told = dataPut(pointer, lentLength, bytes.dataStart, bytes.length);
    heap.free(pointer);
    return told == 0;
  }

  /** Writes a whole file of text. */
  static putString(path: string, text: string): bool {
    let bytes = lend(text);
    let length = lentLength;
    let pointer = lend(path);
    let told = dataPut(pointer, lentLength, bytes, length);
    heap.free(pointer);
    heap.free(bytes);
    return told == 0;
  }

  /** Deletes a file, when the call has completed. False when there is none that may be deleted. */
  static delete(path: string): bool {
    let pointer = lend(path);
    let told = dataDelete(pointer, lentLength);
    heap.free(pointer);
    return told == 0;
  }

  static exists(path: string): bool {
    return data.size(path) >= 0;
  }

  /** Names of a collection's files after `after`, in byte order, at most `limit` (1 to 1,000); null: no such collection. */
  static list(collection: string, after: string = "", limit: i32 = 1000): string[] | null {
    let first = lend(collection);
    let firstLength = lentLength;
    let second = lend(after);
    let length = dataList(first, firstLength, second, lentLength, limit);
    heap.free(second);
    heap.free(first);
    if (length < 0) return null;
    let names = new Array<string>();
    let pointer = heap.alloc(<usize>length + 4);
    answerRead(pointer, 0, length);
    let end = pointer + <usize>length;
    for (let at = pointer; at < end; ) {
      let size = load<u32>(at);
      names.push(decode(at + 4, size));
      at += 4 + size;
    }
    heap.free(pointer);
    return names;
  }
}
