// Runs a batch of tasks of one algorithm: admission, load, one message into the sandbox. Their inputs are brought only once there
// is a place, and their memory is given back as soon as they are sent: many batches wait, and each may hold megabytes.
import type { Env } from "../../env.ts";
import type { BatchHost } from "../../jobs/batch.ts";
import { LIMITS, PAGE_BYTES } from "../../limits.ts";
import { free, joined } from "../../market/bytes.ts";
import type { Release } from "../../market/release.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Place } from "../../sandbox/admission.ts";
import { foreignOf } from "../../sandbox/foreign.ts";
import { type Lane, type Sender, freest, lanesOf, mostOf } from "../../sandbox/lanes.ts";
import { sandboxId } from "../../sandbox/loader.ts";
import {
  type Fate,
  type GuestBatch,
  type GuestBatchReport,
  type GuestHost,
  type GuestModule,
  KIND_NUMBER,
} from "../../sandbox/protocol.ts";
import { tailOf } from "../../tail.ts";
import { codeOf } from "../blobs/code.ts";
import { Builds, type Turn } from "./builds.ts";

/** One task as the sandbox gets it. */
export interface GuestTask {
  /** Where its input lies in those of all. */
  readonly from: number;
  readonly below: number;
  /** JSON, as it goes on behind what all are told alike. */
  readonly facts: string;
  /** Two numbers that no other task of the job has. */
  readonly name: readonly [number, number];
}

/** What is brought when there is a place: all tasks of a batch, or the next of them. */
export interface Load {
  readonly tasks: readonly GuestTask[];
  /** Given away. */
  readonly inputs: Uint8Array;
  /** Whether there are more, to be loaded when these have run. */
  readonly more: boolean;
}

export interface GuestRun {
  readonly release: Release;
  /** The account that pays. */
  readonly account: string;
  readonly fate: Fate;
  /** What the facts of all tasks begin with. */
  readonly shared: string;
  /** Fuel of the batch, of which so much was burned elsewhere, and of one task at most. */
  readonly fuel: number;
  readonly burned: number;
  readonly fuelPerTask: number;
  readonly deadline: number;
}

/** Milliseconds between two looks for a place, of all that wait in this isolate together. */
const LOOK_MS = 4;
let waiting = 0;
/** The builds whose batches run: of each object, and of all invocations of this isolate. */
const near = new WeakMap<object, Builds>();
const outside = new Builds(Number.POSITIVE_INFINITY);
const NEVER = (): Promise<void> => new Promise(() => undefined);

export const NOTHING_RAN: GuestBatchReport = {
  ran: 0,
  fuel: new Float64Array(0),
  kinds: new Uint8Array(0),
  ends: new Float64Array(0),
  failures: [],
  pages: 0,
  granted: 0,
  slice: LIMITS.sliceFuel,
  answers: new Uint8Array(0),
};

/** What came of the tasks of two messages, one after the other. */
function together(a: GuestBatchReport, b: GuestBatchReport): GuestBatchReport {
  if (a.ran === 0) return b;
  const before = a.ends[a.ran - 1] ?? 0;
  return {
    ran: a.ran + b.ran,
    fuel: Float64Array.from([...a.fuel.subarray(0, a.ran), ...b.fuel.subarray(0, b.ran)]),
    kinds: Uint8Array.from([...a.kinds.subarray(0, a.ran), ...b.kinds.subarray(0, b.ran)]),
    ends: Float64Array.from([...a.ends.subarray(0, a.ran), ...b.ends.subarray(0, b.ran).map((end) => before + end)]),
    failures: [...a.failures, ...b.failures.map((failure) => ({ ...failure, index: a.ran + failure.index }))],
    pages: Math.max(a.pages, b.pages),
    granted: b.granted,
    slice: b.slice,
    answers: joined([a.answers, b.answers]),
  };
}

function buildsOf(ctx: ExecutionContext | DurableObjectState): Builds {
  if (!("storage" in ctx)) return outside;
  const builds = near.get(ctx) ?? new Builds();
  near.set(ctx, builds);
  return builds;
}

/** A batch that may begin: its turn, to be given back, and where it runs. */
interface Begun {
  readonly turn: Turn;
  readonly lane: Lane;
}

/**
 * Waits until a batch would get a place at once. By looking itself: what is woken by another request goes on as that one, and
 * may not use what belongs to its own. Calls that wait go first.
 * @returns null: it is wanted no more
 */
async function untilFree(
  lanes: readonly Lane[],
  { id, account, place }: { readonly id: string; readonly account: string; readonly place: Place },
  builds: Builds,
  host: BatchHost,
): Promise<Begun | null> {
  const own = `${account} ${id}`;
  const most = mostOf(lanes);
  const found = (): Lane | undefined => {
    const lane = freest(lanes, id, place);
    if (lane !== null && builds.may(own, Date.now(), most)) return lane;
    return Date.now() >= place.until ? lanes.at(-1) : undefined;
  };
  const enter = (lane: Lane): Begun => ({ lane, turn: builds.enter(own, Date.now(), place.until) });
  let lane = found();
  if (lane !== undefined) return enter(lane);
  waiting++;
  try {
    await host.waits();
    // While it was asked whether it is still wanted another may have come in between.
    while (lane === undefined) {
      while (found() === undefined) await scheduler.wait(LOOK_MS * Math.min(waiting, LIMITS.jobParallel));
      if (!(await host.begins())) return null;
      lane = found();
    }
    return enter(lane);
  } finally {
    waiting--;
  }
}

/** A job's algorithms ask for nothing: what they did could happen twice. */
function moduleOf({ algorithm, metered, manifest }: Release): GuestModule {
  const { fuelExport, startExport, instantiation } = metered;
  const foreign = foreignOf(algorithm, { ...manifest, output: manifest.output.kind });
  return { fuelExport, startExport, instantiation, state: false, call: false, data: false, foreign };
}

/** The next message of a batch. @param ran what came of those before @param held what all of them have in common */
function batchOf(
  run: GuestRun,
  { tasks, inputs }: Load,
  ran: GuestBatchReport,
  held: Pick<GuestBatch, "tail" | "holds">,
): GuestBatch {
  const { release, fate, shared, fuelPerTask, deadline } = run;
  const burned = ran.fuel.reduce((sum, fuel) => sum + fuel, run.burned);
  const fuel = Math.max(run.fuel, ran.granted);
  const spans = new Float64Array(2 * tasks.length);
  const names = new Float64Array(2 * tasks.length);
  for (const [index, { from, below, name }] of tasks.entries()) {
    spans.set([from, below], 2 * index);
    names.set(name, 2 * index);
  }
  const facts = tasks.map((task) => task.facts);
  const kind = KIND_NUMBER[release.manifest.input.kind];
  const answerBytes = LIMITS.jobBatchBytes - ran.answers.length;
  const module = moduleOf(release);
  const allowed = { fuel, burned, fuelPerTask, answerBytes, deadline, slice: ran.slice };
  // The longest last: what is written behind it would have all of it copied once more.
  return { module, kind, ...held, spans, shared, facts, fate, names, ...allowed, inputs };
}

/**
 * Bytes a batch may hold in its isolate: the memory of a task and that of one before it, its inputs and its answers. Inputs are
 * taken for as long as chunks are meant to be: where records are longer a batch holds more, by LIMITS.jobBatchBytes at most, for
 * which isolateBytes leaves room.
 */
function bytesHeld({ release }: GuestRun, inputs: number): number {
  const memory = 2 * release.metered.pages * PAGE_BYTES;
  const beside = release.manifest.abi === "orcade" ? 0 : LIMITS.foreignBytes;
  return Math.min(LIMITS.isolateBytes, memory + inputs + LIMITS.jobAnswerBytes + beside);
}

/** @returns null: the lane failed before anything ran, and rests: the batch goes elsewhere, and nobody needs to hear of it */
async function opened(lane: Lane, ...asked: Parameters<Lane["open"]>): Promise<Sender | null> {
  try {
    return await lane.open(...asked);
  } catch (error) {
    if (lane.rests()) return null;
    throw error;
  }
}

/** Sends a batch, one message after the other. */
async function sendAll<E>(
  sender: Sender,
  run: GuestRun,
  held: Pick<GuestBatch, "tail" | "holds">,
  host: BatchHost,
  load: () => Promise<Result<Load, E>>,
): Promise<Result<GuestBatchReport, E>> {
  let ran = NOTHING_RAN;
  for (;;) {
    const loaded = await load();
    if (!loaded.ok) return ran.ran > 0 ? ok(ran) : loaded;
    const { tasks, inputs, more } = loaded.value;
    if (tasks.length > 0) {
      const sent = sender.batch(batchOf(run, loaded.value, ran, held), host as unknown as GuestHost);
      // It was copied into the message.
      free(inputs);
      const before = ran.ran;
      ran = together(ran, await sent);
      if (ran.ran - before < tasks.length || ran.answers.length >= LIMITS.jobBatchBytes) return ok(ran);
    }
    if (!more) return ok(ran);
  }
}

/**
 * @param bytes that the inputs will have, about
 * @param load called once there is a place, and again as long as it has more; its error is passed on where nothing ran
 * @returns what the tasks came to; an error: nothing ran, or what did is lost
 */
export async function runGuest<E>(
  env: Env,
  ctx: ExecutionContext | DurableObjectState,
  run: GuestRun,
  host: BatchHost,
  bytes: number,
  load: () => Promise<Result<Load, E>>,
): Promise<Result<GuestBatchReport, E | "busy" | "unavailable">> {
  const { release, account, deadline } = run;
  const { sha256 } = release.metered;
  const code = await codeOf(env, sha256);
  if (code === null) return err("unavailable");
  const tail = tailOf(ctx, env, sha256);
  const place = { bytes: bytesHeld(run, bytes), queued: 0, until: deadline, cancelled: NEVER };
  const held = { tail: tail !== null, holds: place.bytes };
  const builds = buildsOf(ctx);
  const lanes = lanesOf(env);
  try {
    const id = await sandboxId(release);
    for (;;) {
      const begun = await untilFree(lanes, { id, account, place }, builds, host);
      if (begun === null) return ok(NOTHING_RAN);
      const { lane, turn } = begun;
      try {
        const report = await lane.admission.admit(id, place, async (replica) => {
          const sender = await opened(lane, env, { ...release, code }, replica, tail);
          if (sender === null) return null;
          try {
            return await sendAll(sender, run, held, host, load);
          } finally {
            sender[Symbol.dispose]();
          }
        });
        if (!report.ok) return err("busy");
        if (report.value !== null) return report.value;
      } finally {
        builds.leave(turn);
      }
    }
  } catch (error) {
    console.error(JSON.stringify({ event: "batch-failed", algorithm: release.algorithm, error: String(error) }));
    return err("unavailable");
  }
}
