// What an asynchronous call is, as types: what is to be done, how it stands, what it came to. Times are milliseconds since
// 1970, amounts microcredits.
import type { Failure } from "../../market/failure.ts";
import type { Progress } from "../account/running.ts";
import type { AnswerKind } from "../../sandbox/protocol.ts";

/** What is to be done, as it was asked and allowed. */
export interface Commission {
  /** `req-` and a UUID. */
  readonly call: string;
  readonly account: string;
  /** SHA-256 of the key that pays, and its id. */
  readonly keyHash: string;
  readonly key: string;
  readonly owner: string;
  readonly name: string;
  /** The version that was current, and its build. */
  readonly version: string;
  readonly build: string;
  readonly maxCost: number | null;
  /** The quote that this is the ceiling of; null: of none. */
  readonly quote: string | null;
  readonly keep: boolean;
  readonly timeoutMs: number;
  readonly timeoutChosen: boolean;
  /** Where its end is told. */
  readonly webhook: string | null;
  /** How many times the request that began it had passed through us; one that was taken by an earlier version lacks it. */
  readonly hops?: number;
}

/** What it came to. */
export interface Outcome {
  /** `refused`: it did not run, and nothing was charged. */
  readonly status: "completed" | "failed" | "refused";
  /** Kind of the answer that is kept beside; null: there is none. */
  readonly kind: AnswerKind | null;
  readonly error: { readonly type: string; readonly message: string } | null;
  /** Why it was refused. */
  readonly failure: Failure | null;
  /** What ran, or would have. */
  readonly version: string;
  readonly build: string;
  /** Fuel of the tree as its payer may know it. */
  readonly fuel: number;
  readonly cost: number;
  /** Seconds. */
  readonly duration: number;
  /** The id it is in the ledger under; null: it is not. */
  readonly settled: string | null;
}

/** A call that has ended, as a webhook is told of it. */
export interface Ended {
  readonly commission: Commission;
  readonly outcome: Outcome;
  readonly ended: number;
}

export type ErrandState = "waiting" | "running" | Outcome["status"];

/** How it stands. */
export interface ErrandView {
  readonly commission: Omit<Commission, "keyHash">;
  readonly state: ErrandState;
  /** How far it says it is, while it runs. */
  readonly progress: Progress | null;
  readonly made: number;
  readonly ended: number | null;
  readonly attempts: number;
  readonly outcome: Outcome | null;
  /** How its webhook stands; null: none is asked for, or the call has not ended. */
  readonly webhook: { readonly state: string; readonly attempts: number } | null;
}

/** A result that is kept. */
export interface ErrandResult {
  readonly outcome: Outcome;
  readonly answer: Uint8Array;
}

/** Who asks may see it: names of accounts, any case. */
export type Books = readonly string[];
