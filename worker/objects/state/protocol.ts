// What a store of state is asked, as types: by the calls engine, for one call tree at a time.
import type { Result } from "../../market/result.ts";

export interface StateValue {
  readonly value: Uint8Array | null;
  /** Revision of the store that wrote the value; 0 when absent. */
  readonly revision: number;
}

export interface KeyRange {
  readonly prefix: Uint8Array;
  /** Keys up to and including this one are left out; empty: none. */
  readonly after: Uint8Array;
  readonly limit: number;
}

export interface StateKeys {
  readonly keys: readonly Uint8Array[];
  /** Changes when the answer would. */
  readonly fingerprint: string;
}

/** Key and value, null to delete. */
export type StateWrite = readonly [Uint8Array, Uint8Array | null];

/** What a call tree looked at in one store. */
export interface StateLooks {
  readonly reads: readonly { readonly key: Uint8Array; readonly revision: number }[];
  readonly lists: readonly { readonly range: KeyRange; readonly fingerprint: string }[];
}

/** What a call tree did with one store. */
export interface StateCommit extends StateLooks {
  /** Id of the tree's root call. */
  readonly call: string;
  /** The account that pays for it: who knows whether it settled. */
  readonly account: string;
  /** Each key once. */
  readonly writes: readonly StateWrite[];
}

/** The store of one (algorithm, account). */
export interface StateStore {
  /** Waits while a call that is about to settle has written the key. */
  get(key: Uint8Array): Promise<StateValue>;
  list(range: KeyRange): Promise<StateKeys>;
  /** Waits until nobody else holds the store, then holds it until release, or LIMITS.stateHoldMs. */
  hold(call: string): Promise<void>;
  release(call: string): Promise<void>;
  /**
   * Keeps a call's writes ready, if what it read still holds: they count when the call has settled, and not before. Without
   * writes it only checks. Again with the same call changes nothing.
   * @returns conflict: something the call read has changed; full: the store would pass its size
   */
  prepare(commit: StateCommit): Promise<Result<null, "conflict" | "full">>;
  /** The call has settled: its writes become the store's. */
  confirm(call: string): Promise<void>;
  /** The call will not settle: its writes are forgotten. */
  drop(call: string): Promise<void>;
}
