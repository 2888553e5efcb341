// How a source is laid out: into tasks of one length, and tasks into shards. Pure. A task is known by its number and where it
// begins; everything else of it follows from the plan, so that what has not begun is stored nowhere.
import { LIMITS } from "../limits.ts";

/** One file of a source, or the range. */
export interface Part {
  /** Bytes; for a range how many integers. */
  readonly size: number;
  /** Where chunks begin, and at last where the last one ends, for files that cannot be cut at any place (json-array). */
  readonly borders: readonly number[] | null;
}

/** A span of one part: bytes, or integers counted from the range's first. */
export interface Span {
  readonly part: number;
  readonly from: number;
  readonly below: number;
}

export interface Layout {
  /** Units of a task. */
  readonly chunk: number;
  /** Number of the first task of each part. */
  readonly starts: readonly number[];
  readonly tasks: number;
}

const tasksOf = ({ size, borders }: Part, chunk: number): number =>
  borders === null ? Math.ceil(size / chunk) : Math.max(0, borders.length - 1);

export function layOut(parts: readonly Part[], chunk: number): Layout {
  const starts: number[] = [];
  let tasks = 0;
  for (const part of parts) {
    starts.push(tasks);
    tasks += tasksOf(part, chunk);
  }
  return { chunk, starts, tasks };
}

/** The part that a task belongs to: the last that begins at or before it (empty parts have no tasks). */
function partOf(starts: readonly number[], number: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What a task is of, before it is aligned to records. */
export function spanOf({ chunk, starts }: Layout, parts: readonly Part[], number: number): Span {
  const part = partOf(starts, number);
  const index = number - (starts[part] ?? 0);
  const { size, borders } = parts[part] ?? { size: 0, borders: null };
  if (borders !== null) return { part, from: borders[index] ?? size, below: borders[index + 1] ?? size };
  return { part, from: index * chunk, below: Math.min(size, (index + 1) * chunk) };
}

/** Units of the tasks from the first to below. */
export function unitsOf(layout: Layout, parts: readonly Part[], first: number, below: number): number {
  let units = 0;
  for (let number = first; number < below; number++) {
    const span = spanOf(layout, parts, number);
    units += span.below - span.from;
  }
  return units;
}

/** Tasks that one shard has at least, where there are so many: each costs an object, its batches and its reports. */
const SHARD_TASKS = 2_048;

/** How many tasks each shard has but the last: a multiple of the arity, so that what is reduced together lies together. */
export function shardLength(tasks: number): number {
  const shards = Math.min(LIMITS.jobShards, Math.max(1, Math.ceil(tasks / SHARD_TASKS)));
  return Math.max(1, Math.ceil(tasks / shards / LIMITS.jobArity)) * LIMITS.jobArity;
}

export const shardCount = (tasks: number): number => Math.ceil(tasks / shardLength(tasks));

/** The tasks of a shard: from the first to below. */
export function shardTasks(tasks: number, shard: number): { readonly first: number; readonly below: number } {
  const length = shardLength(tasks);
  return { first: Math.min(tasks, shard * length), below: Math.min(tasks, (shard + 1) * length) };
}

/** What a job wishes of its chunks. */
export interface Target {
  /** Units of a chunk, whatever they cost: bytes; elements of a range. */
  readonly units: number | null;
  /** Seconds a chunk should take. */
  readonly seconds: number;
}

/** What tasks of a sample burned, by units. */
export interface Measure {
  readonly units: number;
  readonly fuel: number;
}

export const FUEL_PER_SECOND = 1_000_000_000;
/** A chunk of bytes where nothing costs much: what passes as one message beside others, and hides what a task costs us. */
const BYTES = 2 * 1024 * 1024;
/** Integers of a range in one task at most. */
const INTEGERS = 1_000_000_000;

/**
 * Units of a chunk: what was wished; else what takes the wished time by the sample, rounded down to a power of two, so that
 * the same source is always cut at the same places.
 */
export function chunkUnits(kind: "bytes" | "integers", target: Target, measure: Measure): number {
  const [least, most] = kind === "bytes" ? [LIMITS.jobChunkBytesLeast, BYTES] : [1, INTEGERS];
  if (target.units !== null) return target.units;
  const perUnit = measure.fuel / Math.max(1, measure.units);
  const ideal = perUnit === 0 ? most : (target.seconds * FUEL_PER_SECOND) / perUnit;
  const bounded = Math.min(most, Math.max(least, ideal));
  return 2 ** Math.floor(Math.log2(bounded));
}
