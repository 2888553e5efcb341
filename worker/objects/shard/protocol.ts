// What a shard answers its job and other shards: plain data.
import type { JobAnswer } from "../../jobs/answers.ts";
import type { ShardReport } from "../../jobs/terms.ts";

/** What came of a wish to try again: another job is at it; or it knows nothing of the job. */
export type Retried = "again" | "busy" | "gone";

/** A shard's answer: null where no task has one. */
export interface Rooted {
  readonly answer: JobAnswer | null;
}

/** What came of making a job's answer: how the shard stands (null: it was not tried), and shards whose answer is not there. */
export interface Crowning {
  readonly report: ShardReport | null;
  readonly missing: readonly string[];
}
