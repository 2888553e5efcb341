// What a task of a job is told of itself (docs/architecture.md, "Jobs"), as JSON; and spans of a range as inputs. Pure.
import type { MapBatch, Reduction } from "./batch.ts";
import type { Chunk } from "./cut.ts";
import type { Task } from "./flights.ts";

const encoder = new TextEncoder();

export function mapFacts(
  { files, range, arguments: given }: Pick<MapBatch, "files" | "range" | "arguments">,
  { part, from, below }: Task,
  chunk: Omit<Chunk, "input">,
): string {
  const file = files[part];
  const first = range?.from ?? 0;
  const size = range?.size ?? file?.size ?? 0;
  const [begin, end] = range === null ? [chunk.from, chunk.to] : [first + from, first + below];
  return (
    `{"task":"map","arguments":${given},"file":${JSON.stringify(file?.uri ?? null)},"from":${begin},"to":${end},` +
    `"first":${begin <= first},"last":${end >= first + size},"skip":${chunk.skip},"extra":${chunk.extra}}`
  );
}

export const reduceFacts = (given: string, { level, partials, final }: Reduction): string =>
  `{"task":"reduce","arguments":${given},"level":${level},"partials":${partials},"final":${final}}`;

/** A span of a range, as its mapper reads it. */
export function rangeChunk(range: MapBatch["range"], { from, below }: Task): Chunk {
  const first = range?.from ?? 0;
  const input = encoder.encode(`{"from":${first + from},"to":${first + below}}`);
  return { from, to: below, skip: 0, extra: 0, lead: 0, own: below - from, input };
}
