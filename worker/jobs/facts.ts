// What a task of a job is told of itself (docs/architecture.md, "Jobs"), as JSON; and spans of a range as inputs. What all tasks
// of a batch are told alike (the arguments, which may be long) is sent once: `shared`, and behind it the facts of each. Pure.
import type { MapBatch, Reduction } from "./batch.ts";
import type { Chunk } from "./cut.ts";
import type { Task } from "./flights.ts";

const encoder = new TextEncoder();

/** What the facts of all tasks of a batch begin with. @param given arguments, as JSON */
export const sharedFacts = (task: "map" | "reduce", given: string): string => `{"task":"${task}","arguments":${given},`;

export function mapFacts(
  { files, range }: Pick<MapBatch, "files" | "range">,
  { part, from, below }: Task,
  chunk: Omit<Chunk, "input">,
): string {
  const file = files[part];
  const first = range?.from ?? 0;
  const size = range?.size ?? file?.size ?? 0;
  const [begin, end] = range === null ? [chunk.from, chunk.to] : [first + from, first + below];
  return (
    `"file":${JSON.stringify(file?.uri ?? null)},"from":${begin},"to":${end},` +
    `"first":${begin <= first},"last":${end >= first + size},"skip":${chunk.skip},"extra":${chunk.extra}}`
  );
}

export const reduceFacts = ({ level, partials, final }: Reduction): string =>
  `"level":${level},"partials":${partials},"final":${final}}`;

/** A span of a range, as its mapper reads it. */
export function rangeChunk(range: MapBatch["range"], { from, below }: Task): Chunk {
  const first = range?.from ?? 0;
  const input = encoder.encode(`{"from":${first + from},"to":${first + below}}`);
  return { from, to: below, skip: 0, extra: 0, lead: 0, own: below - from, input };
}
