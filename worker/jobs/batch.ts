// What a shard asks to have run, and what it is told: plain data between objects/shard and calls/batch.
import type { Reader } from "../data/acl.ts";
import type { Release } from "../market/release.ts";
import type { Result } from "../market/result.ts";
import type { Fate, Grown, GuestBatchReport } from "../sandbox/protocol.ts";
import type { JobAnswer } from "./answers.ts";
import type { Chunk, TooLong } from "./cut.ts";
import type { Task } from "./flights.ts";
import type { TaskError, TaskOutcome } from "./outcome.ts";
import type { Cutting } from "./split.ts";

/** One file of a job's source, as it was when the job was planned. */
export interface JobFile {
  /** `data://owner/collection/name` */
  readonly uri: string;
  readonly owner: string;
  readonly collection: string;
  readonly name: string;
  readonly md5: string;
  readonly size: number;
  /** As whom the job reads it. */
  readonly reader: Reader;
}

/** What the batches of one kind have in common. */
export interface Program {
  readonly release: Release;
  /** The account that pays, and whether it owns the algorithm: then its faults are its own. */
  readonly account: string;
  readonly own: boolean;
  /** JSON. */
  readonly arguments: string;
  readonly fate: Fate;
}

interface Allowed {
  /** Fuel until the host is asked for more, and of one task at most. */
  readonly fuel: number;
  readonly fuelPerTask: number;
  /** Milliseconds since 1970 when the batch must be over. */
  readonly deadline: number;
}

export interface MapBatch extends Program, Allowed {
  readonly cutting: Cutting;
  /** By their part; those that the tasks are of. */
  readonly files: Readonly<Record<number, JobFile>>;
  /** Of a range: its first integer, and how many there are. */
  readonly range: { readonly from: number; readonly size: number } | null;
  readonly tasks: readonly Task[];
  /** Tasks of the same batch that ran before these; absent: none. */
  readonly since?: number;
}

/** One reduction: its input and what it is told of itself. */
export interface Reduction {
  readonly input: Uint8Array;
  readonly level: number;
  readonly partials: number;
  readonly final: boolean;
}

export interface ReduceBatch extends Program, Allowed {
  readonly reductions: readonly Reduction[];
}

/** The batch did not run for reasons of ours, or its source is not what it was. */
export type BatchError =
  | { readonly reason: "busy" | "unavailable" }
  | { readonly reason: "changed" | "absent"; readonly file: string };

/** What came of a batch's chunks, of files of one collection, where they lie. */
export interface ChunksRun {
  /** Of the tasks in order, without their bytes. */
  readonly chunks: readonly ((Omit<Chunk, "input"> & { readonly length: number }) | TooLong)[];
  /** Places of those that are no input of the mapper's, and why. */
  readonly refused: readonly (readonly [number, string])[];
  /** Places of those that were sent into the sandbox, in this order, and what came of them. */
  readonly sent: readonly number[];
  readonly report: GuestBatchReport;
  /** Bytes that were sent. */
  readonly bytes: number;
  /** Inputs of those without an answer, by their place; missing where they could not be read again. */
  readonly inputs: readonly (readonly [number, Uint8Array])[];
}

export interface MapAnswer {
  /** Of the tasks in order; fewer: the rest was not begun. */
  readonly outcomes: readonly TaskOutcome[];
  /** Bytes that mappers read and answered. */
  readonly input: number;
  readonly output: number;
}

export type Reduced =
  | { readonly kind: "answered"; readonly answer: JobAnswer; readonly fuel: number }
  | { readonly kind: "failed"; readonly error: TaskError; readonly fuel: number; readonly paid: boolean }
  | { readonly kind: "unrun"; readonly fuel: number };

export interface ReduceAnswer {
  readonly reduced: readonly Reduced[];
  readonly input: number;
  readonly output: number;
}

/** What runs batches: calls/batch.ts, in an invocation of its own. */
export interface Runner {
  map(batch: MapBatch, host: BatchHost): Promise<Result<MapAnswer, BatchError>>;
  reduce(batch: ReduceBatch, host: BatchHost): Promise<Result<ReduceAnswer, BatchError>>;
}

/** The capability of one batch: fuel, and to say that it is alive, that it waits for a place, and that it has one. */
export interface BatchHost {
  extend(burned: number): Promise<Grown>;
  beat(): Promise<void>;
  waits(): Promise<void>;
  /** @returns whether it is still wanted */
  begins(): Promise<boolean>;
}
