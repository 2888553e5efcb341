// Runs tasks of a job on chunks of a collection's files: in the object they are cut and go from there into the sandbox, so that
// their bytes are moved once. What comes of the tasks is judged by who sent them. Keeps nothing, knows no rules of who may read.
import type { Env } from "../../env.ts";
import type { BatchError, BatchHost, ChunksRun, MapBatch } from "../../jobs/batch.ts";
import { mapFacts, sharedFacts } from "../../jobs/facts.ts";
import type { Task } from "../../jobs/flights.ts";
import type { Cutting } from "../../jobs/split.ts";
import { LIMITS } from "../../limits.ts";
import { acceptKind } from "../../market/input.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { type GuestTask, type Load, runGuest } from "../near/batch.ts";
import { type CutChunk, type CutRequest, type CutRoom, type Cuts, WHOLE_ROOM } from "./cut.ts";

/** Where it runs, and who cuts. */
export interface Floor {
  readonly env: Env;
  readonly ctx: ExecutionContext | DurableObjectState;
  /** @see Cuts.cut */
  readonly cut: (requests: readonly CutRequest[], cutting: Cutting, room: CutRoom) => ReturnType<Cuts["cut"]>;
}

/**
 * Bytes of inputs that go into the sandbox in one message, about: a longer message is copied into memory that is new each time,
 * which costs more than the few messages more (8 MiB at once: 1.8 ms of processor time a MiB, 2 MiB: 1.35, reading counted).
 */
const MESSAGE_BYTES = 2 * 1024 * 1024;

/** What was found while the batch was loaded. */
interface Found {
  readonly chunks: CutChunk[];
  readonly refused: (readonly [number, string])[];
  readonly sent: number[];
  /** Bytes that were sent, and that were cut. */
  bytes: number;
  read: number;
}

/** Neighbours in one file are asked for together. */
function requestsOf(tasks: readonly Task[], files: MapBatch["files"]): readonly CutRequest[] {
  const requests: (CutRequest & { readonly spans: { from: number; below: number }[] })[] = [];
  for (const { part, from, below } of tasks) {
    const { name, md5 } = files[part] ?? { name: "", md5: "" };
    const request = requests.at(-1);
    if (request?.file === name) request.spans.push({ from, below });
    else requests.push({ file: name, md5, spans: [{ from, below }] });
  }
  return requests;
}

/** Cuts the next chunks, and sees which of them the mapper can be given. */
async function load(floor: Floor, batch: MapBatch, found: Found): Promise<Result<Load, BatchError>> {
  const first = found.chunks.length;
  const room = { most: LIMITS.jobBatchBytes - found.read, aim: MESSAGE_BYTES };
  const cut = await floor.cut(requestsOf(batch.tasks.slice(first), batch.files), batch.cutting, room);
  if (!cut.ok) return cut;
  const { chunks, inputs } = cut.value;
  const { manifest } = batch.release;
  const kind = batch.cutting.split === "json-array" ? "json" : manifest.input.kind;
  const tasks: GuestTask[] = [];
  let below = 0;
  found.read += inputs.length;
  for (const [index, chunk] of chunks.entries()) {
    const place = first + index;
    found.chunks.push(chunk);
    const task = batch.tasks[place];
    if (!("length" in chunk) || task === undefined) continue;
    const from = below;
    below += chunk.length;
    if (chunk.own === 0) continue;
    const accepted = acceptKind(inputs.subarray(from, below), kind, manifest);
    if (!accepted.ok) found.refused.push([place, accepted.error.message]);
    else {
      found.sent.push(place);
      tasks.push({ from, below, facts: mapFacts(batch, task, chunk), name: [task.number, task.from] });
      found.bytes += chunk.length;
    }
  }
  return ok({ tasks, inputs, more: chunks.length > 0 && found.chunks.length < batch.tasks.length });
}

/** Inputs of those that have no answer, read again: who judges cuts them. None where the file is there no more. */
async function unanswered(
  floor: Floor,
  { tasks, files, cutting }: MapBatch,
  places: readonly number[],
): Promise<ChunksRun["inputs"]> {
  if (places.length === 0) return [];
  const wanted = places.flatMap((place) => tasks[place] ?? []);
  const cut = await floor.cut(requestsOf(wanted, files), cutting, WHOLE_ROOM);
  if (!cut.ok) return [];
  let below = 0;
  return cut.value.chunks.map((chunk, index) => {
    const from = below;
    below += "length" in chunk ? chunk.length : 0;
    return [places[index] ?? 0, cut.value.inputs.slice(from, below)] as const;
  });
}

/** The batch, fuel that it burned elsewhere, and its shard. */
export type MapHere = readonly [batch: MapBatch, burned: number, host: BatchHost];
export type Mapped = Promise<Result<ChunksRun, BatchError>>;

export async function mapChunks(floor: Floor, ...[batch, burned, host]: MapHere): Mapped {
  const found: Found = { chunks: [], refused: [], sent: [], bytes: 0, read: 0 };
  const lengths = batch.tasks.map(({ from, below }) => below - from + batch.cutting.overlap);
  const run = { ...batch, shared: sharedFacts("map", batch.arguments), burned };
  const bytes = Math.min(
    lengths.reduce((sum, length) => sum + length, 0),
    Math.max(MESSAGE_BYTES, ...lengths),
  );
  const ran = await runGuest(floor.env, floor.ctx, run, host, bytes, () => load(floor, batch, found));
  if (!ran.ok) return err(typeof ran.error === "string" ? { reason: ran.error } : ran.error);
  const report = ran.value;
  const failed = report.failures.flatMap(({ index, starved }) => (starved ? [] : (found.sent[index] ?? [])));
  const places = [...found.refused.map(([place]) => place), ...failed].toSorted((a, b) => a - b);
  const { chunks, refused, sent, bytes: read } = found;
  return ok({ chunks, refused, sent, bytes: read, report, inputs: await unanswered(floor, batch, places) });
}
