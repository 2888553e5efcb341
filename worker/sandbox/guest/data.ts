// Data: what a module hands over is checked here, what it may read or write is the host's business.
import { LIMITS } from "../../limits.ts";
import type { DataWritten } from "../protocol.ts";
import type { Asking } from "./asking.ts";
import { stop } from "./stop.ts";

const encoder = new TextEncoder();
const textOf = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes);

function isWritten(answer: DataWritten): boolean {
  if (answer === "full") throw stop("DataFull", "");
  return answer === "written";
}

export class GuestData {
  readonly #asking: Asking;
  #operations = 0;
  #written = 0;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** Bytes of a file; null: there is none. @param path a view of the module's memory, as all here */
  size(path: Uint8Array): Promise<number | null> {
    const name = this.#named(path);
    return this.#asking.ask((host) => host.dataSize(name));
  }

  /** A whole file. */
  async get(path: Uint8Array): Promise<Uint8Array | null> {
    const name = this.#named(path);
    const bytes = await this.#asking.ask((host) => host.dataRead(name, 0, LIMITS.dataReadBytes + 1));
    if (bytes !== null && bytes.length > LIMITS.dataReadBytes) {
      throw stop("DataLimit", `a file of more than ${LIMITS.dataReadBytes} bytes: read it in ranges`);
    }
    return bytes;
  }

  /** @param from bytes (i64) @param count bytes (i32, read as unsigned) */
  range(path: Uint8Array, from: bigint, count: number): Promise<Uint8Array | null> {
    const name = this.#named(path);
    const wanted = count >>> 0;
    if (wanted > LIMITS.dataReadBytes) {
      throw stop("DataLimit", `${wanted} bytes at once; at most ${LIMITS.dataReadBytes} are read`);
    }
    if (from < 0n || from > LIMITS.fileBytes) throw stop("DataLimit", `a range that begins at ${from}`);
    return this.#asking.ask((host) => host.dataRead(name, Number(from), wanted));
  }

  /** @returns names in UTF-8; null: no such collection */
  async list(path: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[] | null> {
    const name = this.#named(path);
    if (limit < 1 || limit > LIMITS.dataListFiles || after.length > LIMITS.dataPathBytes) {
      throw stop("DataLimit", `a list of ${limit} files; 1 to ${LIMITS.dataListFiles} can be asked for at once`);
    }
    const last = textOf(after);
    const names = await this.#asking.ask((host) => host.dataList(name, last, limit));
    return names === null ? null : names.map((each) => encoder.encode(each));
  }

  /** @param bytes a view of the module's memory @returns whether it was written @throws Stop DataFull */
  async put(path: Uint8Array, bytes: Uint8Array): Promise<boolean> {
    const name = this.#named(path);
    if (bytes.length > LIMITS.dataWriteBytes) {
      throw stop("DataLimit", `a file of ${bytes.length} bytes; at most ${LIMITS.dataWriteBytes} are written at once`);
    }
    this.#written += bytes.length;
    if (this.#written > LIMITS.dataWrittenBytes) {
      throw stop("DataLimit", `more than ${LIMITS.dataWrittenBytes} bytes written in one call`);
    }
    const copy = bytes.slice();
    return isWritten(await this.#asking.ask((host) => host.dataPut(name, copy)));
  }

  /** @returns whether there was such a file to delete */
  async delete(path: Uint8Array): Promise<boolean> {
    const name = this.#named(path);
    return isWritten(await this.#asking.ask((host) => host.dataDelete(name)));
  }

  #named(path: Uint8Array): string {
    if (++this.#operations > LIMITS.dataOperations) {
      throw stop("DataLimit", `more than ${LIMITS.dataOperations} operations on data in one call`);
    }
    if (path.length > LIMITS.dataPathBytes) {
      throw stop("DataLimit", `a path of ${path.length} bytes; at most ${LIMITS.dataPathBytes} are looked up`);
    }
    return textOf(path);
  }
}
