// Batches of a job's tasks, each in an invocation of our worker of its own: chunks are cut where the source lies, run in the
// sandbox, and what comes of each is judged. Keeps nothing, decides nothing of the job: objects/shard does.
import { WorkerEntrypoint } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { MapAnswer, MapBatch, Program, ReduceAnswer, ReduceBatch, Reduced, Runner } from "../jobs/batch.ts";
import type { BatchError, BatchHost, ChunksRun, JobFile } from "../jobs/batch.ts";
import { cutsOf, finishedAt } from "../jobs/borders.ts";
import type { Chunk, TooLong } from "../jobs/cut.ts";
import { mapFacts, rangeChunk, reduceFacts, sharedFacts } from "../jobs/facts.ts";
import type { TaskError, TaskOutcome } from "../jobs/outcome.ts";
import { ARITY, partsFor } from "../jobs/parts.ts";
import type { Task } from "../jobs/flights.ts";
import { LIMITS } from "../limits.ts";
import { joined } from "../market/bytes.ts";
import { acceptKind } from "../market/input.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Cuts, Wanted } from "../objects/collection/cut.ts";
import { type MapHere, type Mapped, mapChunks } from "../objects/collection/mapping.ts";
import { collectionOf } from "../objects/collection/object.ts";
import { type GuestTask, type Load, NOTHING_RAN, runGuest } from "../objects/near/batch.ts";
import {
  type AnswerKind,
  type BatchFailure,
  type Checkpoint,
  type GuestBatchReport,
  type GuestOutcome,
  KIND_NUMBER,
} from "../sandbox/protocol.ts";
import { checkAnswer } from "./answer.ts";
import { bearFaults } from "./faults.ts";
import { type CallError, endingOf } from "./outcome.ts";

/** Milliseconds between two signs of life. */
const BEAT_MS = 1_000;
/** Characters of a record that an error shows. */
const SHOWN = 80;

const KINDS = Object.keys(KIND_NUMBER) as AnswerKind[];
const UNBOUNDED = { limit: null, maxCost: undefined, quoted: false, timeoutChosen: true } as const;
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
    return alive(host, () => (batch.range === null ? this.#mapFiles(batch, host) : this.#mapRange(batch, host)));
  }

  /** Runs a reducer. */
  reduce(batch: ReduceBatch, host: BatchHost): Promise<Result<ReduceAnswer, BatchError>> {
    return alive(host, async () => {
      const facts = batch.reductions.map(reduceFacts);
      const names = batch.reductions.map(({ level }, index) => [-level, index] as const);
      const inputs = batch.reductions.map(({ input }) => input);
      const shared = sharedFacts("reduce", batch.arguments);
      const report = await this.#run(batch, host, { inputs, shared, facts, names });
      if (!report.ok) return err({ reason: report.error });
      const judged = facts.slice(0, report.value.ran).map((_, index) => this.#reduced(batch, report.value, index));
      const reduced = await this.#billed(batch, judged);
      return ok({ reduced, input: sizeOf(inputs), output: report.value.answers.length });
    });
  }

  /** Runs what is at hand. */
  #run(
    batch: MapBatch | ReduceBatch,
    host: BatchHost,
    { inputs, shared, facts, names }: AtHand,
  ): Promise<Result<GuestBatchReport, "busy" | "unavailable">> {
    let below = 0;
    const tasks = inputs.map((input, index): GuestTask => {
      const from = below;
      below += input.length;
      return { from, below, facts: facts[index] ?? "", name: names[index] ?? [0, 0] };
    });
    const load = (): Promise<Result<Load, never>> =>
      Promise.resolve(ok({ tasks, inputs: joined(inputs, below), more: false }));
    return runGuest(this.env, this.ctx, { ...batch, shared, burned: 0 }, host, below, load);
  }

  /** Tasks over files run where those lie, one collection after the other. */
  async #mapFiles(batch: MapBatch, host: BatchHost): Promise<Result<MapAnswer, BatchError>> {
    const outcomes: TaskOutcome[] = [];
    let [burned, input, output, held] = [0, 0, 0, 0];
    for (const { file, tasks } of grouped(batch.tasks, batch.files)) {
      const part = { ...batch, tasks, since: outcomes.length };
      const run = await this.#mapChunks(file, [part, burned, host]);
      // What ran is kept; the rest was not begun, and comes to the same again.
      if (!run.ok && outcomes.length > 0) break;
      if (!run.ok) return run;
      const judged = await this.#judgedAll(part, run.value);
      outcomes.push(...judged);
      const { sent, report, bytes } = run.value;
      for (const fuel of report.fuel) burned += fuel;
      input += bytes;
      output += report.answers.length;
      held = judged.reduce((sum, outcome) => sum + answerBytes(outcome), held);
      // Outcomes stand in the order of the tasks: what comes after one that was not begun was not begun either.
      if (judged.length < tasks.length || report.ran < sent.length || held >= LIMITS.jobBatchBytes) break;
    }
    return ok({ outcomes, input, output });
  }

  /** What is only open to everybody computes here: the owner's object just cuts it. */
  #mapChunks({ owner, collection, reader }: JobFile, asked: MapHere): Mapped {
    const at = collectionOf(this.env, owner, collection) as unknown as Mapping;
    if (reader !== "stranger") return at.map(reader, ...asked);
    return mapChunks({ env: this.env, ctx: this.ctx, cut: (...wanted) => at.cut(reader, ...wanted) }, ...asked);
  }

  async #mapRange(batch: MapBatch, host: BatchHost): Promise<Result<MapAnswer, BatchError>> {
    const held = batch.tasks.map((task): Held => ({ task, chunk: rangeChunk(batch.range, task) }));
    const { manifest } = batch.release;
    const inputs: Uint8Array[] = [];
    const [sent, refused]: [number[], [number, string][]] = [[], []];
    for (const [place, { chunk }] of held.entries()) {
      if (!("input" in chunk)) continue;
      const accepted = acceptKind(chunk.input, "json", manifest);
      if (!accepted.ok) refused.push([place, accepted.error.message]);
      else {
        sent.push(place);
        inputs.push(chunk.input);
      }
    }
    const report =
      sent.length === 0 ? ok(NOTHING_RAN) : await this.#run(batch, host, atHandOf(batch, held, sent, inputs));
    if (!report.ok) return err({ reason: report.error });
    const outcomes = await this.#outcomes(batch, held, { sent, refused, report: report.value });
    return ok({ outcomes, input: sizeOf(inputs), output: report.value.answers.length });
  }

  #judgedAll(batch: MapBatch, run: ChunksRun): Promise<readonly TaskOutcome[]> {
    const inputs = new Map(run.inputs);
    const held = run.chunks.flatMap((chunk, place): readonly Held[] => {
      const task = batch.tasks[place];
      if (task === undefined) return [];
      return [{ task, chunk: "length" in chunk ? { ...chunk, input: inputs.get(place) ?? NO_BYTES } : chunk }];
    });
    return this.#outcomes(batch, held, run);
  }

  #outcomes(
    batch: MapBatch,
    held: readonly Held[],
    { sent, refused, report }: Pick<ChunksRun, "sent" | "refused" | "report">,
  ): Promise<readonly TaskOutcome[]> {
    const why = new Map(refused);
    const outcomes = held.map((one, place): Judged<TaskOutcome> => [unread(batch, one, why.get(place)), null]);
    for (const [index, place] of sent.entries()) {
      const one = held[place];
      const alone = index === 0 && (batch.since ?? 0) === 0;
      if (one !== undefined && index < report.ran) outcomes[place] = this.#judged(batch, one, report, { index, alone });
    }
    return this.#billed(batch, outcomes);
  }

  /** What became of a task that ran. @param ran which it was; alone: it had all of the batch's time to itself */
  #judged(
    batch: MapBatch,
    held: Held,
    report: GuestBatchReport,
    { index, alone }: { readonly index: number; readonly alone: boolean },
  ): Judged<TaskOutcome> {
    const fuel = report.fuel[index] ?? 0;
    const failed = report.failures.find((one) => one.index === index);
    const told = failed === undefined ? answeredOf(report, index) : failed.outcome;
    // What had all the time there is would come to the same end again, and be paid for each time.
    const late = alone && failed !== undefined && isLate(failed);
    if (failed !== undefined && isUnrun(failed) && !late) return [{ kind: "unrun", fuel }, null];
    const ending = endingOf(told, batch.release.manifest.output.kind, UNBOUNDED);
    if (ending.ok) return [{ kind: "answered", answer: ending.value, fuel }, null];
    const done = failed !== undefined && isCutShort(failed) ? (failed.done ?? null) : null;
    const outcome = this.#failed(batch, held, ending.error, { fuel, done });
    return [outcome, ending.error];
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
    const ended = dry || error.type === "TimeoutError";
    const paid = ended || error.fault === "caller";
    const named = { ...messageOf(error, dry ? batch.fuelPerTask : null), ...recordOf(batch, chunk) };
    if (!("input" in chunk)) return { kind: "failed", error: named, fuel, paid };
    const said = done === null ? null : finishedOf(batch, task, chunk, done);
    if (said === "bad" && ended) return { kind: "failed", error: BAD_CHECKPOINT, fuel, paid };
    const finished = said === "bad" ? null : said;
    const places = placesOf(batch, task, chunk, finished?.own ?? 0);
    if (finished === null && places.length === 0) return { kind: "failed", error: named, fuel, paid };
    const part = finished === null ? null : { to: chunk.from + finished.own, answer: finished.answer };
    return { kind: "cut", done: part, cuts: places, error: named, fuel, paid };
  }

  /**
   * Who pays for what failed: the caller, for its own doing, what ran dry, and its own algorithms; else the author's fault
   * budget, which is asked once for all of them, in the order of the tasks.
   */
  async #billed<T extends TaskOutcome | Reduced>(
    { own, account, release }: Program,
    judged: readonly Judged<T>[],
  ): Promise<readonly T[]> {
    const blamed = judged.flatMap(([{ fuel }, error], place) => (isAuthors(error) ? [{ fuel, place }] : []));
    const fuels = blamed.map(({ fuel }) => fuel);
    const borne = own ? 0 : await bearFaults(this.env, release, account, fuels);
    const paying = new Set(blamed.slice(borne).map(({ place }) => place));
    return judged.map(([outcome], place) => (paying.has(place) ? { ...outcome, paid: true } : outcome));
  }

  #reduced(batch: ReduceBatch, report: GuestBatchReport, index: number): Judged<Reduced> {
    const fuel = report.fuel[index] ?? 0;
    const failed = report.failures.find((one) => one.index === index);
    if (failed !== undefined && isUnrun(failed)) return [{ kind: "unrun", fuel }, null];
    const told = failed === undefined ? answeredOf(report, index) : failed.outcome;
    const ending = endingOf(told, batch.release.manifest.output.kind, UNBOUNDED);
    if (ending.ok) return [{ kind: "answered", answer: ending.value, fuel }, null];
    const dry = ending.error.type === "FuelExhausted";
    const paid = dry || ending.error.fault === "caller";
    const error = messageOf(ending.error, dry ? batch.fuelPerTask : null);
    return [{ kind: "failed", error, fuel, paid }, ending.error];
  }
}

/** What a task came to, and its error, if it ended with one: until it is known whether the author's fault budget bears that. */
type Judged<T> = readonly [T, CallError | null];
const isAuthors = (error: CallError | null): boolean => error?.fault === "author" && error.type !== "FuelExhausted";

const UNRUN: TaskOutcome = { kind: "unrun", fuel: 0 };
const BAD_CHECKPOINT: TaskError = {
  type: "BadCheckpoint",
  message: "The mapper called job_done with a place that is no border of its input, or an answer of another kind.",
};
const NO_BYTES = new Uint8Array(0);

/** Inputs that are at hand, with their facts and names. */
interface AtHand {
  readonly inputs: readonly Uint8Array[];
  readonly shared: string;
  readonly facts: readonly string[];
  readonly names: readonly (readonly [number, number])[];
}

/** Of a collection, what a batch asks. (The stub's own type of so deep an answer is beyond the compiler.) */
interface Mapping {
  map(reader: JobFile["reader"], ...asked: MapHere): Mapped;
  cut(reader: JobFile["reader"], ...wanted: Wanted): ReturnType<Cuts["cut"]>;
}

const sizeOf = (inputs: readonly Uint8Array[]): number => inputs.reduce((sum, { length }) => sum + length, 0);

function atHandOf(
  batch: MapBatch,
  held: readonly Held[],
  sent: readonly number[],
  inputs: readonly Uint8Array[],
): AtHand {
  const those = sent.flatMap((place) => held[place] ?? []);
  return {
    inputs,
    shared: sharedFacts("map", batch.arguments),
    facts: those.map(({ task, chunk }) => ("input" in chunk ? mapFacts(batch, task, chunk) : "")),
    names: those.map(({ task }) => [task.number, task.from] as const),
  };
}

interface Group {
  readonly file: JobFile;
  readonly tasks: Task[];
}

/** Neighbours in one collection go there together. */
function grouped(tasks: readonly Task[], files: MapBatch["files"]): readonly Group[] {
  const groups: Group[] = [];
  for (const task of tasks) {
    const file = files[task.part];
    if (file === undefined) break;
    const { owner, collection, reader } = file;
    const group = groups.at(-1);
    const same = group?.file.owner === owner && group.file.collection === collection && group.file.reader === reader;
    if (group !== undefined && same) group.tasks.push(task);
    else groups.push({ file, tasks: [task] });
  }
  return groups;
}

/** What becomes of a task that need not run, or cannot; or of one of which nothing is known yet. @param why it is refused */
function unread(batch: MapBatch, held: Held, why: string | undefined): TaskOutcome {
  const { chunk, task } = held;
  if (!("input" in chunk)) {
    const error = { type: "RecordTooLong", message: `The record at ${chunk.from} is longer than an input may be.` };
    if (chunk.cut === null) return { kind: "failed", error, fuel: 0, paid: false };
    return { kind: "cut", done: null, cuts: [chunk.cut], error, fuel: 0, paid: false };
  }
  if (chunk.own === 0) return { kind: "answered", answer: null, fuel: 0 };
  if (why === undefined) return UNRUN;
  const error = { type: "InvalidInput", message: why, ...recordOf(batch, chunk) };
  const cuts = placesOf(batch, task, chunk, 0);
  if (cuts.length === 0) return { kind: "failed", error, fuel: 0, paid: false };
  return { kind: "cut", done: null, cuts, error, fuel: 0, paid: false };
}

/** Bytes of what an outcome answers, in whole or in part. */
function answerBytes(outcome: TaskOutcome): number {
  const answer = outcome.kind === "answered" ? outcome.answer : outcome.kind === "cut" ? outcome.done?.answer : null;
  return answer?.bytes.length ?? 0;
}

function answeredOf(report: GuestBatchReport, index: number): GuestOutcome {
  const bytes = report.answers.subarray(index === 0 ? 0 : report.ends[index - 1], report.ends[index]);
  return { kind: "answered", answer: KINDS[report.kinds[index] ?? 0] ?? "void", bytes };
}

const STOPS: ReadonlySet<string> = new Set(["Cancelled", "BudgetExceeded", "InsufficientCredits", "TimeoutError"]);

/** Whether a task ended because the batch or the job did: it has not failed. */
const isUnrun = ({ outcome, starved }: BatchFailure): boolean =>
  starved || (outcome.kind === "stopped" && STOPS.has(outcome.reason));

/** Whether it ended because the batch's time was over. */
const isLate = ({ outcome, starved }: BatchFailure): boolean =>
  !starved && outcome.kind === "stopped" && outcome.reason === "TimeoutError";

/** Stops at which what a mapper had said is finished stays so: no fuel, time, memory or stack was left for the rest. */
const SHORT: ReadonlySet<string> = new Set(["FuelExhausted", "TimeoutError", "Trap", "StackOverflow"]);

/** Whether it ended before its time; an answer of one that says itself that it failed is worth nothing. */
const isCutShort = ({ outcome }: BatchFailure): boolean => outcome.kind === "stopped" && SHORT.has(outcome.reason);

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
