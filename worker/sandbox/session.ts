// The capability a call's guest gets for state: it can read one store, for this one run, and what it read is remembered
// so that the commit can see whether it still holds. It dies with the call.
import { RpcTarget } from "cloudflare:workers";
import type { GuestHost, GuestReport } from "./protocol.ts";
import type { KeyRange, StateCommit, StateStore } from "./state.ts";

type Writes = GuestReport["writes"];

export class StateSession extends RpcTarget implements GuestHost {
  readonly #store: StateStore;
  readonly #reads = new Map<string, { key: Uint8Array; revision: number }>();
  readonly #lists: { range: KeyRange; fingerprint: string }[] = [];

  constructor(store: StateStore) {
    super();
    this.#store = store;
  }

  async stateGet(key: Uint8Array): Promise<Uint8Array | null> {
    const { value, revision } = await this.#store.get(key);
    const name = key.join(",");
    // The first revision seen is the one the commit must find: two reads that differ are a conflict.
    if (!this.#reads.has(name)) this.#reads.set(name, { key, revision });
    return value;
  }

  async stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    const range = { prefix, after, limit };
    const { keys, fingerprint } = await this.#store.list(range);
    this.#lists.push({ range, fingerprint });
    return keys;
  }

  /** Whether nothing needs to be checked: nothing was written, and a single read was one state of the store. */
  needsNoCommit(writes: Writes): boolean {
    return writes.length === 0 && this.#reads.size + this.#lists.length <= 1;
  }

  commit(call: string, writes: Writes): StateCommit {
    return { call, reads: [...this.#reads.values()], lists: this.#lists, writes };
  }
}
