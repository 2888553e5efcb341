// A job as its owner is shown it. Pure.
import type { TaskError } from "../../jobs/outcome.ts";
import { batchesOf } from "../../jobs/share.ts";
import { CALL_FEE, FUEL_PER_MICROCREDIT } from "../../market/money/price.ts";
import type { Release } from "../../market/release.ts";
import type { JobView } from "../../objects/job/view.ts";
import type { TaskView } from "../../objects/shard/view.ts";

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const named = ({ algorithm, version }: Release): string => `${algorithm}@${version}`;
const round = (value: number): number => Math.round(value * 1_000) / 1_000;

/** Sentences for the reasons a job can have. What stands behind a colon is a file. */
const REASONS: Readonly<Record<string, string>> = {
  Cancelled: "It was cancelled: retry to go on.",
  CostCap: "It has cost what it may: retry with a higher cost to go on.",
  InsufficientCredits: "The account has too few credits: add some, then retry.",
  KeyRefused: "The key that began it opens nothing any more: begin it again with another.",
  AccountSuspended: "An operator has suspended the account: ask them why.",
  SuspendedVersion: "An operator has suspended a version that it runs: retry once that is over.",
  StoppedByOperator: "An operator has stopped it.",
  TasksFailed: "Tasks have failed: see tasks?state=failed, then retry, or allow a partial result.",
  EmptySource: "The source holds no record: there is nothing to do.",
  TooManyTasks: "The source has more chunks than the job may have tasks: aim at longer chunks.",
  SourceChanged: "A file is not what it was when the job was planned: begin the job again.",
  NotAnArray: "A file is not one JSON array.",
  NothingToReduce: "No task gave an answer to reduce.",
  PartialTooLarge: "Two answers do not fit into one input of the reducer: let mapper and reducer answer less.",
  partial: "Some tasks have failed: the result is without them.",
};

const WARNINGS: Readonly<Record<string, string>> = {
  "not-associative":
    "The reducer gave other bytes for ((a b) c) than for (a (b c)): the result depends on how the source was cut.",
};

function reasonOf(reason: string | null): { readonly code: string; readonly message: string } | null {
  if (reason === null) return null;
  const [code = "", ...rest] = reason.split(": ");
  const message = REASONS[code] ?? `The reducer failed: ${code}.`;
  return { code, message: rest.length === 0 ? message : `${message} (${rest.join(": ")})` };
}

/** Units a second since it began, or was gone on with; what was found done took no time. */
function paceOf({ resumed, ended, before, counts }: JobView, now: number): number {
  const seconds = resumed === null ? 0 : ((ended ?? now) - resumed) / 1_000;
  return seconds <= 0 ? 0 : Math.max(0, counts.units - before) / seconds;
}

/** Seconds that the rest will take at that pace; null: nobody knows yet. */
function etaOf(view: JobView, now: number): number | null {
  const pace = view.state === "running" ? paceOf(view, now) : 0;
  const { units, found } = view.counts;
  return pace === 0 ? null : round(Math.max(0, view.size - units - found) / pace);
}

/** What its mapper will cost by its sample, and within what share of that. */
function quoteOf({ terms, size, chunk, perUnit, error, planned }: JobView): object | null {
  if (perUnit === 0) return null;
  const fuel = Math.ceil(perUnit * size);
  const each = { fuel: perUnit * chunk, bytes: terms.range === null ? chunk : 0, beside: terms.cutting.overlap };
  const batches = batchesOf({ tasks: planned, ...each, parallel: terms.limits.parallel });
  const cost = Math.ceil(fuel / FUEL_PER_MICROCREDIT) + batches * CALL_FEE + planned * terms.map.manifest.royalty;
  return { fuel, cost_microcredits: cost, error: round(error) };
}

/** @param now ms since 1970 */
export function jobBody(view: JobView, now: number): object {
  const { terms, counts, warning } = view;
  const { tasks, done, failed, flying } = counts;
  return {
    id: terms.id,
    state: view.state,
    reason: reasonOf(view.reason),
    warning: warning === null ? null : { code: warning, message: WARNINGS[warning] ?? warning },
    map: named(terms.map),
    reduce: terms.reduce === null ? null : named(terms.reduce),
    split: terms.cutting.split,
    overlap: terms.cutting.overlap,
    created: iso(terms.created),
    began: iso(view.began),
    ended: iso(view.ended),
    source: { files: view.files, size: view.size },
    chunk: view.chunk,
    tasks: {
      total: tasks,
      done,
      failed,
      waiting: tasks - done - failed,
      batches_running: flying,
      deepest: counts.depth,
    },
    dispatches: counts.dispatches,
    reductions: counts.reductions,
    processed: Math.min(counts.units + counts.found, view.size),
    rate_per_second: Math.round(paceOf(view, now)),
    eta_seconds: etaOf(view, now),
    fuel: counts.fuel,
    spent_microcredits: counts.spent,
    cost_microcredits: view.cost,
    quote: quoteOf(view),
  };
}

/** An error of a task, as it is shown. */
const errorBody = ({ type, message, record }: TaskError): object => ({
  error_type: type,
  message,
  ...(record === undefined ? {} : { record }),
});

/** A task that failed, as a line among the answers of the others. */
export const missingBody = ({ file, from, to, error }: TaskView): object => ({
  file,
  from,
  to,
  error: error === null ? null : errorBody(error),
});

export const taskBody = ({ number, file, from, to, state, fuel, depth, tries, error, answer }: TaskView): object => ({
  task: number,
  file,
  from,
  to,
  state,
  fuel,
  cut: depth,
  tries,
  ...(error === null ? {} : { error: errorBody(error) }),
  ...(answer === null ? {} : { answer_kind: answer.kind, answer_bytes: answer.bytes }),
});

export const treeBody = ({ terms, shards, sample }: JobView): object => ({
  id: terms.id,
  sample,
  shards: shards.map(({ number, state, report }) => ({
    shard: number,
    state,
    ...(report === null ? {} : { ...report, state }),
  })),
});
