// The call's own view of state: what it wrote lies over what the store holds, and leaves with the report.
import { LIMITS } from "../../limits.ts";
import type { GuestHost } from "../protocol.ts";
import { HostFailure, Stop, stop } from "./stop.ts";

const decoder = new TextDecoder("latin1");
/** Keys are bytes; as a Map key they are text with one unit a byte. */
const textOf = (key: Uint8Array): string => decoder.decode(key);

function compare(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const startsWith = (key: Uint8Array, prefix: Uint8Array): boolean =>
  key.length >= prefix.length && prefix.every((byte, i) => key[i] === byte);

export class GuestState {
  readonly #host: GuestHost | null;
  readonly #deadline: number;
  readonly #writes = new Map<string, readonly [Uint8Array, Uint8Array | null]>();
  #operations = 0;
  #bytes = 0;

  /**
   * @param host null while a module is only tried: then there is no store
   * @param deadline ms since 1970
   */
  constructor(host: GuestHost | null, deadline: number) {
    this.#deadline = deadline;
    this.#host = host;
  }

  get writes(): (readonly [Uint8Array, Uint8Array | null])[] {
    return [...this.#writes.values()];
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    this.#count(key);
    const written = this.#writes.get(textOf(key));
    return written === undefined ? this.#ask((host) => host.stateGet(key)) : written[1];
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
    const mine = [...this.#writes.values()].filter(
      ([key]) => startsWith(key, prefix) && (after.length === 0 || compare(key, after) > 0),
    );
    const deleted = mine.filter(([, value]) => value === null).length;
    // As many more as this call deleted, so that the answer is full whenever the store has enough.
    const stored = await this.#ask((host) => host.stateList(prefix, after, limit + deleted));
    const keys = new Map(stored.map((key) => [textOf(key), key]));
    for (const [key, value] of mine) {
      if (value === null) keys.delete(textOf(key));
      else keys.set(textOf(key), key);
    }
    return this.#merge([...keys.values()], stored, limit, limit + deleted);
  }

  /** Own writes beyond the last stored key of a cut answer must wait for the next page, or they would skip stored keys. */
  #merge(keys: Uint8Array[], stored: readonly Uint8Array[], limit: number, asked: number): Uint8Array[] {
    const last = stored.at(-1);
    const whole = stored.length < asked || last === undefined;
    const inside = whole ? keys : keys.filter((key) => compare(key, last) <= 0);
    return inside.sort(compare).slice(0, limit);
  }

  /** Asks the host, not longer than the call may last. What fails there is no fault of the module's. */
  async #ask<T>(question: (host: GuestHost) => Promise<T>): Promise<T> {
    if (this.#host === null) throw stop("StateLimit", "state can be used by `apply`, not while the module is tried");
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(stop("TimeoutError", "")), Math.max(0, this.#deadline - Date.now()));
    });
    try {
      return await Promise.race([question(this.#host), late]);
    } catch (error) {
      throw error instanceof Stop ? error : new HostFailure(error);
    } finally {
      clearTimeout(timer);
    }
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
    this.#writes.set(textOf(key), [key, value]);
  }
}
