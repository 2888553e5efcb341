// What a task or a part of one came to, made of its row, for who lists them. Writes nothing.
import type { ShardRow, ShardStatements, SpanRow } from "../../../kv-schema/tables/shard.ts";
import { factsOfAnswer } from "../../jobs/kept.ts";
import type { TaskError } from "../../jobs/outcome.ts";
import type { ShardReport, ShardTerms } from "../../jobs/terms.ts";
import type { AnswerKind } from "../../sandbox/protocol.ts";

export interface TaskView {
  readonly number: number;
  /** `data://` URI; null: the source is a range. */
  readonly file: string | null;
  /** Bytes of the file, or integers. */
  readonly from: number;
  readonly to: number;
  readonly state: "done" | "failed" | "waiting";
  readonly fuel: number;
  readonly depth: number;
  readonly tries: number;
  readonly error: TaskError | null;
  /** Its kind and how many bytes it has: a page of answers themselves could be hundreds of megabytes. */
  readonly answer: { readonly kind: AnswerKind; readonly bytes: number } | null;
}

/** What a shard counts, as its job is told. */
export const countsOf = ({
  tasks,
  done,
  failed,
  depth,
  dispatches,
  reductions,
  units,
  fuel,
  spent,
}: ShardRow): Omit<ShardReport, "state" | "reason" | "settled" | "flying" | "warning" | "found"> => ({
  tasks,
  done,
  failed,
  depth,
  dispatches,
  reductions,
  units,
  fuel,
  spent,
});

export function viewOfSpan(sql: ShardStatements, terms: ShardTerms, row: SpanRow, state: TaskView["state"]): TaskView {
  const part = terms.layout.starts.findLastIndex((start) => start <= row.number);
  const first = terms.job.range?.from ?? 0;
  const { number, start, below, fuel, depth, tries, error } = row;
  return {
    number,
    file: terms.files[part]?.uri ?? null,
    from: first + start,
    to: first + below,
    state,
    fuel,
    depth,
    tries,
    error: error === null ? null : (JSON.parse(error) as TaskError),
    answer: factsOfAnswer(sql, row),
  };
}
