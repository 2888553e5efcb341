// A job's source: what it is cut into, and what each shard is told of it. Asks the collections for borders; writes nothing.
import type { SourceRow } from "../../../kv-schema/tables/job.ts";
import type { Env } from "../../env.ts";
import type { JobFile } from "../../jobs/batch.ts";
import type { ElementsFault } from "../../jobs/elements.ts";
import { type Part, layOut, shardCount, shardTasks } from "../../jobs/plan.ts";
import type { Sample } from "../../jobs/sample.ts";
import type { JobTerms, ShardTerms } from "../../jobs/terms.ts";
import { LIMITS } from "../../limits.ts";
import { sha256OfText } from "../../market/hash.ts";
import type { Result } from "../../market/result.ts";
import type { CutError } from "../collection/cut.ts";
import { collectionOf } from "../collection/object.ts";

/** The files of a source as they were when it was planned; null stands for a range. */
export type Files = readonly (JobFile | null)[];

/** The source's parts; for JSON arrays their borders are looked for. @returns a string: why it cannot be cut */
export async function partsOf(
  env: Env,
  { cutting, range }: JobTerms,
  source: Files,
  units: number,
): Promise<readonly Part[] | string> {
  if (range !== null) return [{ size: range.size, borders: null }];
  const parts: Part[] = [];
  for (const file of source) {
    if (file === null) continue;
    if (cutting.split !== "json-array") parts.push({ size: file.size, borders: null });
    else {
      const at = collectionOf(env, file.owner, file.collection);
      const found = (await at.borders(file.reader, file.name, file.md5, units)) as Result<
        readonly number[],
        CutError | ElementsFault
      >;
      if (!found.ok) return typeof found.error === "string" ? `NotAnArray: ${file.uri}` : `SourceChanged: ${file.uri}`;
      parts.push({ size: file.size, borders: found.value });
    }
  }
  return parts;
}

/** The same parts, from what was stored when the job was laid out. */
export function storedParts({ range }: JobTerms, sources: readonly SourceRow[]): readonly Part[] {
  if (range !== null) return [{ size: range.size, borders: null }];
  return sources.map(({ file, borders }) => ({
    size: (JSON.parse(file) as JobFile).size,
    borders: borders === null ? null : (JSON.parse(borders) as number[]),
  }));
}

/** What the shard of a sample is told. */
export const sampleTerms = (job: JobTerms, index: number, { parts, files, layout }: Sample): ShardTerms => ({
  job,
  index,
  first: 0,
  below: layout.tasks,
  parts,
  files,
  layout,
  perUnit: 0,
  mostTasks: layout.tasks * 64,
  slack: LIMITS.jobDepth,
});

/** How a job is laid out: units of a chunk, what the source is cut into, and fuel of a unit by the sample. */
export interface Plan {
  readonly units: number;
  readonly parts: readonly Part[];
  readonly perUnit: number;
}

/** What one shard is told: of the source only what its tasks are of. */
export function shardTerms(job: JobTerms, source: Files, { units, parts, perUnit }: Plan, index: number): ShardTerms {
  const layout = layOut(parts, units);
  const { first, below } = shardTasks(layout.tasks, index);
  const from = Math.max(
    0,
    layout.starts.findLastIndex((start) => start <= first),
  );
  const after = layout.starts.findIndex((start) => start >= below);
  const until = after < 0 ? parts.length : after;
  const files = source.slice(from, until).flatMap((file) => file ?? []);
  const last = index === shardCount(layout.tasks) - 1;
  const share = Math.floor((job.limits.tasks * (below - first)) / layout.tasks);
  return {
    job,
    index,
    first,
    below,
    parts: parts.slice(from, until),
    files: job.range === null ? files : [],
    layout: { chunk: layout.chunk, starts: layout.starts.slice(from, until), tasks: layout.tasks },
    perUnit,
    mostTasks: share,
    slack: last ? LIMITS.jobDepth : 0,
  };
}

/** The name of a shard: all that its answers follow from, and the account they belong to. */
export function nameOf({ job, parts, files, layout, index, first, below }: ShardTerms): string {
  const { account, map, reduce, cutting, range, limits } = job;
  const facts = {
    account: account.toLowerCase(),
    map: map.build,
    reduce: reduce?.build ?? null,
    arguments: job.arguments,
    cutting,
    range,
    fuelPerTask: limits.fuelPerTask,
    partial: limits.partial,
    parts,
    files: files.map(({ uri, md5 }) => [uri, md5]),
    chunk: layout.chunk,
    starts: layout.starts,
    sample: index < 0,
    first,
    below,
  };
  return sha256OfText(JSON.stringify(facts));
}
