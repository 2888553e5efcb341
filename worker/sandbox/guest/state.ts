// The call's own view of state: what it wrote lies over what the store holds, and leaves with the report.
import { LIMITS } from "../../limits.ts";
import { keyText, listOver } from "../overlay.ts";
import type { Asking } from "./asking.ts";
import { stop } from "./stop.ts";

export class GuestState {
  readonly #asking: Asking;
  readonly #writes = new Map<string, readonly [Uint8Array, Uint8Array | null]>();
  #operations = 0;
  #bytes = 0;

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  get writes(): (readonly [Uint8Array, Uint8Array | null])[] {
    return [...this.#writes.values()];
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    this.#count(key);
    const written = this.#writes.get(keyText(key));
    return written === undefined ? this.#asking.ask((host) => host.stateGet(key)) : written[1];
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#count(key);
    if (value.length > LIMITS.stateValueBytes) {
      throw stop(
        "StateLimit",
        `a value of ${value.length} bytes; at most ${LIMITS.stateValueBytes} are kept under one key`,
      );
    }
    this.#write(key, value);
  }

  delete(key: Uint8Array): void {
    this.#count(key);
    this.#write(key, null);
  }

  /** Keys in byte order: the store's, with this call's writes applied. */
  async list(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<Uint8Array[]> {
    this.#count(prefix);
    if (limit < 1 || limit > LIMITS.stateListKeys || after.length > LIMITS.stateKeyBytes) {
      throw stop("StateLimit", `a list of ${limit} keys; 1 to ${LIMITS.stateListKeys} can be asked for at once`);
    }
    return listOver(this.#writes.values(), { prefix, after, limit }, (asked) =>
      this.#asking.ask((host) => host.stateList(prefix, after, asked)),
    );
  }

  #count(key: Uint8Array): void {
    if (++this.#operations > LIMITS.stateOperations) {
      throw stop("StateLimit", `more than ${LIMITS.stateOperations} state operations in one call`);
    }
    if (key.length > LIMITS.stateKeyBytes) {
      throw stop("StateLimit", `a key of ${key.length} bytes; at most ${LIMITS.stateKeyBytes} are allowed`);
    }
  }

  #write(key: Uint8Array, value: Uint8Array | null): void {
    this.#bytes += key.length + (value?.length ?? 0);
    if (this.#bytes > LIMITS.stateWriteBytes) {
      throw stop("StateLimit", `more than ${LIMITS.stateWriteBytes} bytes of state written in one call`);
    }
    this.#writes.set(keyText(key), [key, value]);
  }
}
