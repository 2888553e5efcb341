// How a job stands, made of its row, the rows of its shards and what those last told of themselves. Pure: asks nobody, keeps
// nothing.
import type { JobRow, JobShardRow } from "../../../kv-schema/tables/job.ts";
import type { JobFile } from "../../jobs/batch.ts";
import type { JobTerms, ShardReport } from "../../jobs/terms.ts";

export type JobState = "planning" | "quoted" | "running" | "done" | "failed" | "stopped" | "cancelled";
/** States in which something may still be dispatched. */
export const OPEN: ReadonlySet<string> = new Set(["planning", "running"]);
/** States of a shard in which it does nothing. */
export const RESTING: ReadonlySet<string> = new Set(["over", "crowned", "halted", "waiting"]);
/** State of a shard that is to be told to try what has failed. */
export const AGAIN = "again";
/** Numbers of the shards that run samples, below all others: a first one, and one of chunks as the job will have them. */
export const SAMPLE = -1;
export const SECOND_SAMPLE = -2;

/** How a job stands. */
export interface JobView {
  readonly terms: JobTerms;
  readonly state: JobState;
  readonly reason: string | null;
  readonly warning: string | null;
  readonly began: number | null;
  readonly ended: number | null;
  /** When it last began to run (ms), and units that its shards had run until then. */
  readonly resumed: number | null;
  readonly before: number;
  /** Microcredits it may cost. */
  readonly cost: number;
  readonly chunk: number;
  readonly planned: number;
  readonly size: number;
  readonly files: number;
  readonly perUnit: number;
  /** Share by which the sample's tasks differ from one another. */
  readonly error: number;
  readonly counts: Omit<ShardReport, "state" | "reason" | "warning">;
  readonly sample: ShardReport | null;
  readonly shards: readonly {
    readonly number: number;
    readonly name: string;
    readonly state: string;
    readonly report: ShardReport | null;
  }[];
}

const NONE: JobView["counts"] = {
  tasks: 0,
  done: 0,
  failed: 0,
  depth: 0,
  dispatches: 0,
  reductions: 0,
  units: 0,
  found: 0,
  fuel: 0,
  spent: 0,
  settled: 0,
  flying: 0,
};

/** What a shard last told of itself; null: nothing yet. */
export const reportOf = ({ report }: JobShardRow): ShardReport | null =>
  report === null ? null : (JSON.parse(report) as ShardReport);

/** @param files of the source, in order; null stands for a range @param shards all, the sample included */
export function viewOfRows(row: JobRow, files: readonly (JobFile | null)[], shards: readonly JobShardRow[]): JobView {
  const terms = JSON.parse(row.terms) as JobTerms;
  const working = shards.filter(({ number }) => number >= 0);
  const sample = shards.find(({ number }) => number === SAMPLE);
  return {
    terms,
    state: row.state as JobState,
    reason: row.reason,
    warning: row.warning,
    began: row.began,
    ended: row.ended,
    resumed: row.resumed ?? row.began,
    before: row.processed,
    cost: row.cost,
    chunk: row.chunk,
    planned: row.tasks,
    size: terms.range?.size ?? files.reduce((sum, file) => sum + (file?.size ?? 0), 0),
    files: terms.range === null ? files.length : 0,
    perUnit: row.per_unit,
    error: row.error,
    counts: countsOf(
      working,
      row.tasks,
      shards.filter(({ number }) => number < 0),
    ),
    sample: sample === undefined ? null : reportOf(sample),
    shards: working.map((shard) => ({
      number: shard.number,
      name: shard.name,
      state: shard.state,
      report: reportOf(shard),
    })),
  };
}

/** Units that shards have run so far, the samples' left out. */
export const unitsRun = (shards: readonly JobShardRow[]): number =>
  shards.reduce((sum, shard) => sum + (shard.number < 0 ? 0 : (reportOf(shard)?.units ?? 0)), 0);

function countsOf(shards: readonly JobShardRow[], planned: number, samples: readonly JobShardRow[]): JobView["counts"] {
  const counts = { ...NONE };
  let known = 0;
  for (const shard of shards) {
    const report = reportOf(shard);
    if (report === null) continue;
    for (const key of Object.keys(NONE) as (keyof typeof NONE)[]) {
      counts[key] = key === "depth" ? Math.max(counts.depth, report.depth) : counts[key] + (report[key] ?? 0);
    }
    known++;
  }
  if (known < shards.length || shards.length === 0) counts.tasks = Math.max(counts.tasks, planned);
  for (const { spent = 0, settled = 0 } of samples.map((sample) => reportOf(sample) ?? {}) as Partial<ShardReport>[]) {
    counts.spent += spent;
    counts.settled += settled;
  }
  return counts;
}
