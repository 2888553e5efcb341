// What a call that runs from its store of state is answered by the store itself, and what it looked at.
import { keyText } from "../prepared/calls.ts";
import type { Reads } from "../near/host.ts";
import type { KeyRange, StateKeys, StateLooks, StateStore } from "./protocol.ts";

export class StateReads implements Reads<StateLooks> {
  readonly #store: Store;
  readonly #reads = new Map<string, StateLooks["reads"][number]>();
  readonly #lists: StateLooks["lists"][number][] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  async stateGet(key: Uint8Array): Promise<Uint8Array | null> {
    const { value, revision } = await this.#store.get(key);
    // The first revision seen is the one the commit must find.
    if (!this.#reads.has(keyText(key))) this.#reads.set(keyText(key), { key, revision });
    return value;
  }

  async stateList(prefix: Uint8Array, after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    const range: KeyRange = { prefix, after, limit };
    const { keys, fingerprint }: StateKeys = await this.#store.list(range);
    this.#lists.push({ range, fingerprint });
    return keys;
  }

  looks(): StateLooks {
    return { reads: [...this.#reads.values()], lists: this.#lists };
  }
}

/** The store, as the object itself asks it. */
type Store = Pick<StateStore, "get" | "list">;
