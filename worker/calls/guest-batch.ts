// Runs a batch of tasks of one algorithm: admission, load, one message into the sandbox.
import type { Env } from "../env.ts";
import { LIMITS, PAGE_BYTES } from "../limits.ts";
import type { Release } from "../market/release.ts";
import { type Result, err } from "../market/result.ts";
import { codeOf } from "../objects/blobs/code.ts";
import { type Place, admission } from "../sandbox/admission.ts";
import { foreignOf } from "../sandbox/foreign.ts";
import { loadSandbox, sandboxId } from "../sandbox/loader.ts";
import {
  type Fate,
  type GuestBatch,
  type GuestBatchReport,
  type GuestHost,
  type GuestModule,
  KIND_NUMBER,
} from "../sandbox/protocol.ts";
import { tailOf } from "../tail.ts";

/** One task as the sandbox gets it. */
export interface GuestTask {
  readonly input: Uint8Array;
  readonly facts: string;
  /** Two numbers that no other task of the job has. */
  readonly name: readonly [number, number];
}

export interface GuestRun {
  readonly release: Release;
  readonly tasks: readonly GuestTask[];
  readonly fate: Fate;
  readonly fuel: number;
  readonly fuelPerTask: number;
  readonly deadline: number;
}

/** Milliseconds between two looks for a place. */
const LOOK_MS = 4;
const NEVER = (): Promise<void> => new Promise(() => undefined);

/**
 * Waits until a batch would get a place at once. By looking itself: what is woken by another request goes on as that one, and
 * may not use what belongs to its own. Calls that wait go first.
 */
async function untilFree(id: string, place: Place): Promise<void> {
  while (!admission.fits(id, place) && Date.now() < place.until) await scheduler.wait(LOOK_MS);
}

/** A job's algorithms ask for nothing: what they did could happen twice. */
function moduleOf({ algorithm, metered, manifest }: Release): GuestModule {
  const { fuelExport, startExport, instantiation } = metered;
  const foreign = foreignOf(algorithm, { ...manifest, output: manifest.output.kind });
  return { fuelExport, startExport, instantiation, state: false, call: false, data: false, foreign };
}

function batchOf(run: GuestRun, tail: boolean): GuestBatch {
  const { release, tasks, fate, fuel, fuelPerTask, deadline } = run;
  const inputs = new Uint8Array(tasks.reduce((sum, { input }) => sum + input.length, 0));
  const ends = new Float64Array(tasks.length);
  const names = new Float64Array(2 * tasks.length);
  let at = 0;
  for (const [index, { input, name }] of tasks.entries()) {
    inputs.set(input, at);
    at += input.length;
    ends[index] = at;
    names.set(name, 2 * index);
  }
  const facts = tasks.map((task) => task.facts);
  const kind = KIND_NUMBER[release.manifest.input.kind];
  const answerBytes = LIMITS.jobBatchBytes;
  return {
    module: moduleOf(release),
    kind,
    deadline,
    tail,
    inputs,
    ends,
    facts,
    fate,
    names,
    fuel,
    fuelPerTask,
    answerBytes,
  };
}

/** Bytes a batch may hold in its isolate: the memory of a task and that of one before it, its inputs and its answers. */
function bytesHeld({ release }: GuestRun, inputs: number): number {
  const memory = 2 * release.metered.pages * PAGE_BYTES;
  const beside = release.manifest.abi === "orcade" ? 0 : LIMITS.foreignBytes;
  return Math.min(LIMITS.isolateBytes, memory + inputs + LIMITS.jobAnswerBytes + beside);
}

/** @returns what its tasks came to; an error: nothing ran, or what did is lost */
export async function runGuest(
  env: Env,
  ctx: ExecutionContext,
  run: GuestRun,
  host: GuestHost,
): Promise<Result<GuestBatchReport, "busy" | "unavailable">> {
  const { release, deadline } = run;
  const { sha256 } = release.metered;
  const code = await codeOf(env, sha256);
  if (code === null) return err("unavailable");
  const tail = tailOf(ctx, env, sha256);
  const batch = batchOf(run, tail !== null);
  const place = {
    bytes: bytesHeld(run, batch.inputs.length),
    queued: batch.inputs.length,
    until: deadline,
    cancelled: NEVER,
  };
  try {
    const id = await sandboxId(release);
    await untilFree(id, place);
    const report = await admission.admit(id, place, async (replica) => {
      const guest = await loadSandbox(env, release, code, replica, tail);
      return guest.batch(batch, host);
    });
    return report.ok ? report : err("busy");
  } catch (error) {
    console.error(JSON.stringify({ event: "batch-failed", algorithm: release.algorithm, error: String(error) }));
    return err("unavailable");
  }
}
