// What a job was asked to do, and what each of its shards is told of it: plain data that does not change.
import type { Release } from "../market/release.ts";
import type { JobFile } from "./batch.ts";
import type { Layout, Part, Target } from "./plan.ts";
import type { Cutting } from "./split.ts";

export interface JobLimits {
  /** Microcredits the job may cost at most. */
  readonly cost: number;
  readonly fuelPerTask: number;
  /** Batches that run at once. */
  readonly parallel: number;
  /** Tries of a task that was lost, beyond the first. */
  readonly retries: number;
  /** Tasks at most, cuts counted. */
  readonly tasks: number;
  /** Whether a result is given although tasks have failed. */
  readonly partial: boolean;
}

export interface JobTerms {
  /** `job-` and a UUID. */
  readonly id: string;
  /** SHA-256 of the request that made it, 64 hex digits: the same request again under its Idempotency-Key finds it. */
  readonly request: string;
  readonly account: string;
  /** SHA-256 of the key that began it, 64 hex digits, and its label. */
  readonly key: string;
  readonly keyLabel: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly map: Release;
  readonly reduce: Release | null;
  /** Whether the account belongs to the owner of each. */
  readonly ownMap: boolean;
  readonly ownReduce: boolean;
  readonly cutting: Cutting;
  readonly range: { readonly from: number; readonly size: number } | null;
  /** JSON. */
  readonly arguments: string;
  readonly target: Target;
  readonly limits: JobLimits;
}

/** Why a job is not made: another was made under its id, or that one was deleted and is not all paid yet. */
export type CreateError = "conflict" | "leaving";

/** What a shard works on. Its parts and files are those of the job that its tasks are of, counted anew. */
export interface ShardTerms {
  readonly job: JobTerms;
  /** -1: the sample that is run before the job is laid out. */
  readonly index: number;
  readonly first: number;
  readonly below: number;
  readonly parts: readonly Part[];
  readonly files: readonly JobFile[];
  readonly layout: Layout;
  readonly perUnit: number;
  readonly mostTasks: number;
  readonly slack: number;
}

/** How a shard stands, as it tells its job. Amounts only grow while it works. */
export interface ShardReport {
  readonly state: "working" | "over" | "crowned" | "halted";
  readonly reason: string | null;
  readonly tasks: number;
  readonly done: number;
  readonly failed: number;
  readonly depth: number;
  readonly dispatches: number;
  readonly reductions: number;
  /** Units of what was run for the job; and of what was found done. */
  readonly units: number;
  readonly found: number;
  readonly fuel: number;
  /** Microcredits: owed in all, and of them settled. */
  readonly spent: number;
  readonly settled: number;
  readonly flying: number;
  readonly warning: string | null;
}

/** What a shard asks its job for before it dispatches more. */
export interface Asking {
  readonly spent: number;
  readonly settled: number;
  /** Microcredits it would like to have been granted in all. */
  readonly wanted: number;
}

export interface Granting {
  /** Microcredits granted in all. */
  readonly granted: number;
  /** The lease that bills are settled under. */
  readonly lease: string;
  /** Batches that it may have out at once. */
  readonly parallel: number;
  /** Why it stops; null: it goes on. */
  readonly halt: string | null;
}
