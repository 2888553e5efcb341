// Batches of a job's tasks, each in an invocation of our worker of its own: chunks are cut where the source lies, run in the
// sandbox, and what comes of each is judged. Keeps nothing, decides nothing of the job: objects/shard does.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { MapAnswer, MapBatch, Program, ReduceAnswer, ReduceBatch, Reduced, Runner } from "../jobs/batch.ts";
import type { BatchError, BatchHost, JobFile } from "../jobs/batch.ts";
import { cutsOf, finishedAt } from "../jobs/borders.ts";
import type { Chunk, TooLong } from "../jobs/cut.ts";
import type { TaskError, TaskOutcome } from "../jobs/outcome.ts";
import { ARITY, partsFor } from "../jobs/parts.ts";
import type { Task } from "../jobs/flights.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { CutAnswer, CutRequest } from "../objects/collection/cut.ts";
import { collectionOf } from "../objects/collection/object.ts";
import {
  type AnswerKind,
  type BatchFailure,
  type Checkpoint,
  type GuestBatchReport,
  type GuestHost,
  type GuestOutcome,
  KIND_NUMBER,
} from "../sandbox/protocol.ts";
import { checkAnswer } from "./answer.ts";
import { bearsFault } from "./faults.ts";
import { type GuestTask, runGuest } from "./guest-batch.ts";
import { acceptKind } from "./input.ts";
import { type CallError, endingOf } from "./outcome.ts";

/** Milliseconds between two signs of life. */
const BEAT_MS = 1_000;
/** Characters of a record that an error shows. */
const SHOWN = 80;

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];
const UNBOUNDED = { limit: null, maxCost: undefined, quoted: false, timeoutChosen: true } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A task with what it reads: nothing to read, too long to read, or a chunk. */
interface Held {
  readonly task: Task;
  readonly chunk: Chunk | TooLong;
}

/** Tells the shard that the batch is alive while it runs. */
async function alive<T>(host: BatchHost, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void host.beat().catch(() => undefined), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

export class Batches extends WorkerEntrypoint<Env> implements Runner {
  /** Runs a mapper on chunks. */
  map(batch: MapBatch, host: BatchHost): Promise<Result<MapAnswer, BatchError>> {
    return alive(host, async () => {
      const held = batch.range === null ? await this.#cut(batch) : ok(batch.tasks.map((task) => ranged(batch, task)));
      return held.ok ? this.#mapped(batch, held.value, host) : held;
    });
  }

  /** Runs a reducer. */
  reduce(batch: ReduceBatch, host: BatchHost): Promise<Result<ReduceAnswer, BatchError>> {
    return alive(host, async () => {
      const tasks = batch.reductions.map(({ input, level, partials, final }, index): GuestTask => {
        const facts = `{"task":"reduce","arguments":${batch.arguments},"level":${level},"partials":${partials},"final":${final}}`;
        return { input, facts, name: [-level, index] };
      });
      const report = await runGuest(this.env, this.ctx, { ...batch, tasks }, host as unknown as GuestHost);
      if (!report.ok) return err({ reason: report.error });
      const reduced = tasks.slice(0, report.value.ran).map((_, index) => this.#reduced(batch, report.value, index));
      return ok({ reduced, input: sizeOf(tasks), output: report.value.answers.length });
    });
  }

  /** Cuts the tasks' chunks, each file's where it lies. */
  async #cut({ tasks, files, cutting }: MapBatch): Promise<Result<readonly Held[], BatchError>> {
    const held: Held[] = [];
    for (const group of grouped(tasks, files)) {
      const { file } = group;
      const at = collectionOf(this.env, file.owner, file.collection);
      const cut = (await at.cut(file.reader, group.requests, cutting)) as Result<
        CutAnswer,
        Exclude<BatchError, { reason: "busy" | "unavailable" }>
      >;
      if (!cut.ok) return cut;
      const { chunks, inputs } = cut.value;
      let offset = 0;
      for (const [index, chunk] of chunks.entries()) {
        const task = group.tasks[index];
        if (task === undefined) break;
        if (!("length" in chunk)) held.push({ task, chunk });
        else {
          const { length, ...facts } = chunk;
          held.push({ task, chunk: { ...facts, input: inputs.subarray(offset, offset + length) } });
          offset += length;
        }
      }
    }
    return ok(held);
  }

  async #mapped(batch: MapBatch, held: readonly Held[], host: BatchHost): Promise<Result<MapAnswer, BatchError>> {
    const outcomes = held.map((one) => unread(batch, one));
    const tasks: GuestTask[] = [];
    const running: number[] = [];
    for (const [index, { task, chunk }] of held.entries()) {
      if (outcomes[index] !== null || !("input" in chunk)) continue;
      running.push(index);
      tasks.push({ input: chunk.input, facts: factsOf(batch, task, chunk), name: [task.number, task.from] });
    }
    const report =
      tasks.length === 0
        ? ok(NOTHING)
        : await runGuest(this.env, this.ctx, { ...batch, tasks }, host as unknown as GuestHost);
    if (!report.ok) return err({ reason: report.error });
    for (const [place, index] of running.entries()) {
      const one = held[index];
      outcomes[index] =
        one === undefined || place >= report.value.ran ? UNRUN : this.#judged(batch, one, report.value, place);
    }
    const all = outcomes.map((outcome) => outcome ?? UNRUN);
    return ok({ outcomes: all, input: sizeOf(tasks), output: report.value.answers.length });
  }

  /** What became of a task that ran. */
  #judged(batch: MapBatch, held: Held, report: GuestBatchReport, index: number): TaskOutcome {
    const fuel = report.fuel[index] ?? 0;
    const failed = report.failures.find((one) => one.index === index);
    const told = failed === undefined ? answeredOf(report, index) : failed.outcome;
    if (failed !== undefined && isUnrun(failed)) return { kind: "unrun", fuel };
    const ending = endingOf(told, batch.release.manifest.output.kind, UNBOUNDED);
    if (ending.ok) return { kind: "answered", answer: ending.value, fuel };
    return this.#failed(batch, held, ending.error, { fuel, done: failed?.done ?? null });
  }

  /** A task without an answer: what is finished of it is kept, and the rest is cut, so that only what is at fault is lost. */
  #failed(
    batch: MapBatch,
    held: Held,
    error: CallError,
    { fuel, done }: { readonly fuel: number; readonly done: Checkpoint | null },
  ): TaskOutcome {
    const { task, chunk } = held;
    const dry = error.type === "FuelExhausted";
    const paid = dry || this.#pays(batch, error, fuel);
    const named = { ...messageOf(error, dry ? batch.fuelPerTask : null), ...recordOf(batch, chunk) };
    if (!("input" in chunk)) return { kind: "failed", error: named, fuel, paid };
    // Only what ran dry may go on where it was; an answer of one that failed is worth nothing.
    const finished = done === null || !dry ? null : finishedOf(batch, task, chunk, done);
    if (finished === "bad") return { kind: "failed", error: BAD_CHECKPOINT, fuel, paid };
    const places = placesOf(batch, task, chunk, finished?.own ?? 0);
    if (finished === null && places.length === 0) return { kind: "failed", error: named, fuel, paid };
    const part = finished === null ? null : { to: chunk.from + finished.own, answer: finished.answer };
    return { kind: "cut", done: part, cuts: places, error: named, fuel, paid };
  }

  /** Who pays for what failed: the caller, for its own doing and its own algorithms; else the author's fault budget. */
  #pays({ own, account, release }: Program, { fault }: CallError, fuel: number): boolean {
    if (fault !== "author") return fault === "caller";
    return own || !bearsFault(this.env, release, account, fuel);
  }

  #reduced(batch: ReduceBatch, report: GuestBatchReport, index: number): Reduced {
    const fuel = report.fuel[index] ?? 0;
    const failed = report.failures.find((one) => one.index === index);
    if (failed !== undefined && isUnrun(failed)) return { kind: "unrun", fuel };
    const told = failed === undefined ? answeredOf(report, index) : failed.outcome;
    const ending = endingOf(told, batch.release.manifest.output.kind, UNBOUNDED);
    if (ending.ok) return { kind: "answered", answer: ending.value, fuel };
    const dry = ending.error.type === "FuelExhausted";
    const paid = dry || this.#pays(batch, ending.error, fuel);
    return { kind: "failed", error: messageOf(ending.error, dry ? batch.fuelPerTask : null), fuel, paid };
  }
}

const UNRUN: TaskOutcome = { kind: "unrun", fuel: 0 };
const BAD_CHECKPOINT: TaskError = {
  type: "BadCheckpoint",
  message: "The mapper called job_done with a place that is no border of its input, or an answer of another kind.",
};
const NOTHING: GuestBatchReport = {
  ran: 0,
  fuel: new Float64Array(0),
  kinds: new Uint8Array(0),
  ends: new Float64Array(0),
  answers: new Uint8Array(0),
  failures: [],
  pages: 0,
};

const sizeOf = (tasks: readonly GuestTask[]): number => tasks.reduce((sum, { input }) => sum + input.length, 0);

interface Group {
  readonly file: JobFile;
  readonly requests: (CutRequest & { readonly spans: { from: number; below: number }[] })[];
  readonly tasks: Task[];
}

/** Neighbours of one collection are asked for together. */
function grouped(tasks: readonly Task[], files: MapBatch["files"]): readonly Group[] {
  const groups: Group[] = [];
  for (const task of tasks) {
    const file = files[task.part];
    if (file === undefined) continue;
    let group = groups.at(-1);
    if (
      group?.file.owner !== file.owner ||
      group.file.collection !== file.collection ||
      group.file.reader !== file.reader
    ) {
      group = { file, requests: [], tasks: [] };
      groups.push(group);
    }
    const span = { from: task.from, below: task.below };
    const request = group.requests.at(-1);
    if (request?.file === file.name) request.spans.push(span);
    else group.requests.push({ file: file.name, md5: file.md5, spans: [span] });
    group.tasks.push(task);
  }
  return groups;
}

/** A span of a range, as its mapper reads it. */
function ranged({ range }: MapBatch, task: Task): Held {
  const first = range?.from ?? 0;
  const input = encoder.encode(`{"from":${first + task.from},"to":${first + task.below}}`);
  const own = task.below - task.from;
  return { task, chunk: { from: task.from, to: task.below, skip: 0, extra: 0, lead: 0, own, input } };
}

/** What becomes of a task that need not run, or cannot; null: it runs. */
function unread(batch: MapBatch, held: Held): TaskOutcome | null {
  const { chunk, task } = held;
  if (!("input" in chunk)) {
    const error = { type: "RecordTooLong", message: `The record at ${chunk.from} is longer than an input may be.` };
    if (chunk.cut === null) return { kind: "failed", error, fuel: 0, paid: false };
    return { kind: "cut", done: null, cuts: [chunk.cut], error, fuel: 0, paid: false };
  }
  if (chunk.own === 0) return { kind: "answered", answer: null, fuel: 0 };
  const { manifest } = batch.release;
  const { split } = batch.cutting;
  const kind = split === "json-array" || split === "range" ? "json" : manifest.input.kind;
  const accepted = acceptKind(chunk.input, kind, manifest);
  if (accepted.ok) return null;
  const error = { type: "InvalidInput", message: accepted.error.message, ...recordOf(batch, chunk) };
  const cuts = placesOf(batch, task, chunk, 0);
  if (cuts.length === 0) return { kind: "failed", error, fuel: 0, paid: false };
  return { kind: "cut", done: null, cuts, error, fuel: 0, paid: false };
}

function factsOf(batch: MapBatch, { part, from, below }: Task, chunk: Chunk): string {
  const file = batch.files[part];
  const first = batch.range?.from ?? 0;
  const size = batch.range?.size ?? file?.size ?? 0;
  const [begin, end] = batch.range === null ? [chunk.from, chunk.to] : [first + from, first + below];
  return (
    `{"task":"map","arguments":${batch.arguments},"file":${JSON.stringify(file?.uri ?? null)},"from":${begin},"to":${end},` +
    `"first":${begin <= first},"last":${end >= first + size},"skip":${chunk.skip},"extra":${chunk.extra}}`
  );
}

function answeredOf(report: GuestBatchReport, index: number): GuestOutcome {
  const bytes = report.answers.subarray(index === 0 ? 0 : report.ends[index - 1], report.ends[index]);
  return { kind: "answered", answer: KINDS[report.kinds[index] ?? 0] ?? "void", bytes };
}

const STOPS: ReadonlySet<string> = new Set(["Cancelled", "BudgetExceeded", "InsufficientCredits", "TimeoutError"]);

/** Whether a task ended because the batch or the job did: it has not failed. */
const isUnrun = ({ outcome, starved }: BatchFailure): boolean =>
  starved || (outcome.kind === "stopped" && STOPS.has(outcome.reason));

const messageOf = ({ type, message }: CallError, limit: number | null): TaskError => ({
  type,
  message: limit === null ? message : `The task burned all the fuel that one may: ${limit}.`,
});

/** The beginning of the record that a chunk begins with, where it is text. */
function recordOf({ cutting }: MapBatch, chunk: Chunk | TooLong): { readonly record?: string } {
  if (!("input" in chunk) || (cutting.split !== "lines" && cutting.split !== "records:fasta")) return {};
  const line = decoder.decode(chunk.input.subarray(0, 4 * SHOWN)).split(/\r?\n/u, 1)[0] ?? "";
  return { record: line.slice(0, SHOWN) };
}

/** What a mapper said is finished: how much of its own, and the answer; "bad": it cannot be. */
function finishedOf(
  { cutting, release, range }: MapBatch,
  task: Task,
  chunk: Chunk,
  { upto, answer, bytes }: Checkpoint,
): { readonly own: number; readonly answer: { readonly kind: AnswerKind; readonly bytes: Uint8Array } } | "bad" {
  const checked = checkAnswer({ kind: answer, bytes }, release.manifest.output.kind);
  const inRange = upto - (range?.from ?? 0) - task.from;
  const own = range === null ? finishedAt(cutting, chunk, upto) : inRange > 0 && inRange <= chunk.own ? inRange : null;
  return checked.ok && own !== null && Number.isSafeInteger(own) ? { own, answer: checked.value } : "bad";
}

/** Where the rest of a chunk is cut, as places of its part. @param from how much of its own is finished */
function placesOf({ cutting, range }: MapBatch, { depth }: Task, chunk: Chunk, from: number): readonly number[] {
  const parts = partsFor(depth, chunk.own === 0 ? 0 : from / chunk.own);
  if (range === null) return cutsOf(cutting, chunk, from, parts).map((cut) => chunk.from + cut);
  const left = chunk.own - from;
  const places = Array.from(
    { length: Math.min(parts, ARITY) - 1 },
    (_, index) => from + Math.floor((left * (index + 1)) / parts),
  );
  return [...new Set(places)].filter((place) => place > from).map((place) => chunk.from + place);
}
