// What a call may do with state, as the sandbox sees it: a port that the State object fills. No I/O of its own.
import type { Result } from "../market/result.ts";

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

export interface StateCommit {
  /** Id of the call. */
  readonly call: string;
  readonly reads: readonly { readonly key: Uint8Array; readonly revision: number }[];
  readonly lists: readonly { readonly range: KeyRange; readonly fingerprint: string }[];
  /** Key and value, null to delete; each key once. */
  readonly writes: readonly (readonly [Uint8Array, Uint8Array | null])[];
}

/** The store of one (algorithm, account). */
export interface StateStore {
  get(key: Uint8Array): Promise<StateValue>;
  list(range: KeyRange): Promise<StateKeys>;
  hold(call: string): Promise<void>;
  release(call: string): Promise<void>;
  commit(commit: StateCommit): Promise<Result<null, "conflict" | "full">>;
}
