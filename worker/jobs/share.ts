// How many tasks go in one batch: what shards do (work.ts), and what a quote foresees of it. Pure.
import { LIMITS } from "../limits.ts";
import { shardCount, shardLength } from "./plan.ts";

/** Fuel, bytes and tasks that a batch aims at: a batch that is lost loses no more than that. */
export const BATCH_FUEL = 500_000_000;
export const BATCH_BYTES = 8 * 1024 * 1024;
export const BATCH_TASKS = 20;
/** Fuel below which tasks are not spread over batches: sending one costs what some 2 ms of work do. */
const SHORT_FUEL = 20_000_000;

/**
 * Tasks of the next batch at most: a part of what is left, so that at the end all that run have something to do; but as many as
 * take no longer together than what a batch costs by itself is worth.
 * @param left tasks without an answer @param parallel batches at once @param fuel of one task, as foreseen; 0: nobody knows
 */
export function shareOf(left: number, parallel: number, fuel: number): number {
  const short = fuel === 0 ? 0 : Math.floor(SHORT_FUEL / fuel);
  return Math.min(LIMITS.jobBatchTasks, Math.max(BATCH_TASKS, short, Math.ceil(left / (2 * parallel))));
}

/** What is foreseen of a job's tasks. */
export interface Foreseen {
  readonly tasks: number;
  /** Of one task. */
  readonly fuel: number;
  readonly bytes: number;
  /** Bytes that each reads beside its own. */
  readonly beside: number;
  /** Batches that the job may have out at once. */
  readonly parallel: number;
}

/** Batches that a job's tasks will go in, about. */
export function batchesOf({ tasks, fuel, bytes, beside, parallel }: Foreseen): number {
  const shards = shardCount(tasks);
  const each = Math.max(1, Math.floor(parallel / Math.max(1, Math.min(shards, parallel))));
  const byBytes = Math.min(BATCH_BYTES / Math.max(1, bytes), LIMITS.jobBatchBytes / Math.max(1, bytes + beside));
  const most = Math.max(1, Math.floor(Math.min(BATCH_FUEL / Math.max(1, fuel), byBytes)));
  let batches = 0;
  for (let left = Math.min(tasks, shardLength(tasks)); left > 0; batches++)
    left -= Math.min(most, shareOf(left, each, fuel));
  return Math.max(1, Math.round((batches * tasks) / shardLength(tasks)), shards);
}
