// A call tree's view of one store of state: what it read, so that the store can see whether it still holds, and what its
// completed invocations wrote, which later ones see. Nothing is written before the tree settles.
import type { KeyRange, StateCommit, StateLooks, StateStore, StateWrite } from "../objects/state/protocol.ts";
import type { Result } from "../market/result.ts";
import { keyText, listOver } from "../sandbox/overlay.ts";

/** Why a store cannot keep what a tree wrote. */
export type PrepareRefusal = "conflict" | "full" | "data-full";

/** A store that takes part in a tree's commit (commit.ts). */
export interface Participant {
  /** Orders stores, so that trees which share several prepare them in one order and cannot wait for each other in a circle. */
  readonly name: string;
  /** Whether anything was written. */
  readonly writes: boolean;
  /** Whether nothing needs to be checked or kept. */
  readonly needsNoCommit: boolean;
  prepare(call: string, account: string): Promise<Result<null, PrepareRefusal>>;
  confirm(call: string): Promise<void>;
  drop(call: string): Promise<void>;
  /** Waits until nobody else holds the store, then holds it. */
  hold(call: string): Promise<void>;
  release(call: string): Promise<void>;
}

/** The revision that no value has. */
const CHANGED = -1;

export class StoreView implements Participant {
  readonly name: string;
  readonly store: StateStore;
  readonly #reads = new Map<string, { readonly key: Uint8Array; readonly revision: number }>();
  readonly #lists: { readonly range: KeyRange; readonly fingerprint: string }[] = [];
  readonly #writes = new Map<string, StateWrite>();

  constructor(name: string, store: StateStore) {
    this.name = name;
    this.store = store;
  }

  async get(key: Uint8Array): Promise<Uint8Array | null> {
    const name = keyText(key);
    const written = this.#writes.get(name);
    if (written !== undefined) return written[1];
    const { value, revision } = await this.store.get(key);
    // The first revision seen is the one the commit must find: two reads that differ are a conflict.
    if (!this.#reads.has(name)) this.#reads.set(name, { key, revision });
    return value;
  }

  list(range: KeyRange): Promise<readonly Uint8Array[]> {
    return listOver(this.#writes.values(), range, async (limit) => {
      const asked = { ...range, limit };
      const { keys, fingerprint } = await this.store.list(asked);
      this.#lists.push({ range: asked, fingerprint });
      return keys;
    });
  }

  /** Takes over what was looked at elsewhere, before or after what is noted here: two looks that differ cannot both hold. */
  looked({ reads, lists }: StateLooks): void {
    for (const { key, revision } of reads) {
      const known = this.#reads.get(keyText(key));
      const same = known === undefined || known.revision === revision;
      this.#reads.set(keyText(key), { key, revision: same ? revision : CHANGED });
    }
    this.#lists.push(...lists);
  }

  /** Takes over the writes of an invocation that completed. */
  write(writes: readonly StateWrite[]): void {
    for (const write of writes) this.#writes.set(keyText(write[0]), write);
  }

  get writes(): boolean {
    return this.#writes.size > 0;
  }

  /** Whether nothing needs to be checked: nothing was written, and a single read was one state of the store. */
  get needsNoCommit(): boolean {
    return this.#writes.size === 0 && this.#reads.size + this.#lists.length <= 1;
  }

  prepare(call: string, account: string): Promise<Result<null, "conflict" | "full">> {
    return this.store.prepare(this.#commit(call, account));
  }

  confirm(call: string): Promise<void> {
    return this.store.confirm(call);
  }

  drop(call: string): Promise<void> {
    return this.store.drop(call);
  }

  hold(call: string): Promise<void> {
    return this.store.hold(call);
  }

  release(call: string): Promise<void> {
    return this.store.release(call);
  }

  #commit(call: string, account: string): StateCommit {
    return { call, account, reads: [...this.#reads.values()], lists: this.#lists, writes: [...this.#writes.values()] };
  }
}
