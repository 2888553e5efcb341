// What a job streams: its progress as events, and the answers of its tasks as lines.
import type { Env } from "../../env.ts";
import { viewOf } from "../../objects/job/object.ts";
import type { JobView } from "../../objects/job/view.ts";
import { shardOf } from "../../objects/shard/object.ts";
import type { Lines, Place } from "../../objects/shard/lines.ts";
import type { TaskView } from "../../objects/shard/view.ts";
import { jobBody, missingBody } from "./view.ts";

const encoder = new TextEncoder();

/** Milliseconds between two looks at a job; and after which something is written although nothing changed. */
const LOOK_MS = 500;
const SILENT_MS = 10_000;
/** Milliseconds after which a stream ends; whoever watches asks again. */
const LONGEST_MS = 600_000;
/** Tasks asked of a shard at once. */
const PAGE = 200;
const BEGIN: Place = { number: -1, start: -1 };

const OPEN: ReadonlySet<string> = new Set(["planning", "running"]);

/** Writes what a generator yields; a reader that goes away ends it. */
function streamOf(source: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  const { readable, writable } = new IdentityTransformStream();
  const writer = writable.getWriter();
  const pump = async (): Promise<void> => {
    try {
      for await (const chunk of source) if (chunk.length > 0) await writer.write(chunk);
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => undefined);
    }
  };
  void pump();
  return readable;
}

async function* progress(env: Env, id: string): AsyncGenerator<Uint8Array> {
  const began = Date.now();
  let said = "";
  let at = 0;
  for (let number = 1; Date.now() - began < LONGEST_MS;) {
    const view = await viewOf(env, id);
    if (view === null) return;
    const over = !OPEN.has(view.state);
    const body = JSON.stringify(jobBody(view, Date.now()));
    if (body !== said || over) {
      said = body;
      at = Date.now();
      yield encoder.encode(`id: ${number++}\nevent: ${over ? "end" : "progress"}\ndata: ${body}\n\n`);
    } else if (Date.now() - at > SILENT_MS) {
      at = Date.now();
      yield encoder.encode(":\n\n");
    }
    if (over) return;
    await scheduler.wait(LOOK_MS);
  }
}

export const progressOf = (env: Env, id: string): ReadableStream<Uint8Array> => streamOf(progress(env, id));

/** Tasks in a state after a place, over all shards in order. */
export async function* tasksOf(
  env: Env,
  view: JobView,
  state: TaskView["state"],
  after: { readonly number: number; readonly from: number },
): AsyncGenerator<TaskView> {
  for (const { name, report } of view.shards) {
    const none = report === null || (state !== "waiting" && report[state] === 0);
    if (none) continue;
    for (let [number, from] = [after.number, after.from]; ;) {
      const page = (await shardOf(env, name).tasks(state, number, from, PAGE)) as readonly TaskView[];
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) break;
      [number, from] = [last.number, last.from - (view.terms.range?.from ?? 0)];
    }
  }
}

async function* answers(env: Env, view: JobView): AsyncGenerator<Uint8Array> {
  for (const { name, report } of view.shards) {
    for (let next: Place | null = report === null ? null : BEGIN; next !== null;) {
      const lines: Lines = await shardOf(env, name).lines(next);
      yield lines.bytes;
      next = lines.next;
    }
  }
  // What is missing stands at the end: where, and why.
  for await (const task of tasksOf(env, view, "failed", { number: -1, from: -1 }))
    yield encoder.encode(`${JSON.stringify(missingBody(task))}\n`);
}

export const answersOf = (env: Env, view: JobView): ReadableStream<Uint8Array> => streamOf(answers(env, view));
