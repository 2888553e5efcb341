// What became of a task that was dispatched, as its runner tells it. Places are those of the part (bytes of the file, integers
// of the range).
import type { JobAnswer } from "./answers.ts";

export interface TaskError {
  /** An error type as calls have them, or one of a job's own: Lost, RecordTooLong, TooManyTasks, DispatchLimit. */
  readonly type: string;
  readonly message: string;
  /** The beginning of the record that it is about, where it is one. */
  readonly record?: string;
}

export type TaskOutcome =
  /** null: no record begins there. */
  | { readonly kind: "answered"; readonly answer: JobAnswer | null; readonly fuel: number }
  /** It could not be finished: the part up to `done.to` is, the rest begins there and is cut at `cuts` (none: as it is). */
  | {
      readonly kind: "cut";
      readonly done: { readonly to: number; readonly answer: JobAnswer } | null;
      readonly cuts: readonly number[];
      readonly error: TaskError;
      readonly fuel: number;
      /** Whether the caller pays for it: else nobody does. */
      readonly paid: boolean;
    }
  | { readonly kind: "failed"; readonly error: TaskError; readonly fuel: number; readonly paid: boolean }
  /** It was not begun, or ended for want of the batch's fuel or of the job: it is as if it had not been dispatched. */
  | { readonly kind: "unrun"; readonly fuel: number };
