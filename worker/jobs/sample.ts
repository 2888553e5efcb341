// The sample: a few chunks from all over the source, run before it is laid out, to learn what a unit costs and how much that
// differs. Pure.
import { LIMITS } from "../limits.ts";
import type { JobFile } from "./batch.ts";
import { type Layout, type Measure, type Part, layOut } from "./plan.ts";
import type { JobTerms } from "./terms.ts";

/** Chunks of a first sample, bytes of each, and integers. */
const CHUNKS = 5;
const BYTES = 64 * 1024;
const INTEGERS = 64;
/** Chunks of a sample of a given length: as many as have the bytes of a first one, within these. */
const FEWEST = 2;
const MOST = 20;
/** What a chunk costs by its length is not known by chunks that are so many times longer or shorter. */
const ALIKE = 2;

/** The sample as a shard's source: each chunk is a part of its own. */
export interface Sample {
  readonly parts: readonly Part[];
  readonly files: readonly JobFile[];
  readonly layout: Layout;
}

/** Where chunks of a file may begin and end; the sample takes one. */
function windowOf(part: Part, at: number, length: number): readonly [number, number] | null {
  if (part.borders !== null) {
    const index = Math.min(
      Math.max(0, part.borders.length - 2),
      part.borders.findIndex((border) => border >= at),
    );
    const [from, below] = [part.borders[Math.max(0, index)], part.borders[Math.max(0, index) + 1]];
    return from === undefined || below === undefined ? null : [from, below];
  }
  const from = Math.max(0, Math.min(at, part.size - length));
  return part.size === 0 ? null : [from, Math.min(part.size, from + length)];
}

/** Units of a chunk of a first sample. */
export const sampleUnits = ({ range }: JobTerms): number => (range === null ? BYTES : INTEGERS);

/** Whether chunks of one length tell what those of another will cost. */
export const isAlike = (units: number, sampled: number): boolean => units < sampled * ALIKE && sampled < units * ALIKE;

/**
 * Chunks spread evenly over all bytes (or integers) of the source.
 * @param wished units of each; null: those of a first sample
 */
export function sampleOf(
  terms: JobTerms,
  parts: readonly Part[],
  files: readonly (JobFile | null)[],
  wished: number | null,
): Sample {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const first = sampleUnits(terms);
  const length = wished ?? first;
  const count = wished === null ? CHUNKS : Math.min(MOST, Math.max(FEWEST, Math.floor((CHUNKS * first) / wished)));
  const chosen: { part: Part; file: JobFile | null }[] = [];
  const seen = new Set<string>();
  for (let chunk = 0; chunk < count; chunk++) {
    let at = Math.floor((total * chunk) / Math.max(1, count - 1));
    let index = 0;
    while (index < parts.length - 1 && at >= (parts[index]?.size ?? 0)) at -= parts[index++]?.size ?? 0;
    const part = parts[index];
    const window = part === undefined ? null : windowOf(part, at, length);
    if (part === undefined || window === null || seen.has(`${index} ${window[0]}`)) continue;
    seen.add(`${index} ${window[0]}`);
    chosen.push({ part: { size: part.size, borders: window }, file: files[index] ?? null });
  }
  const sampled = chosen.map(({ part }) => part);
  return {
    parts: sampled,
    files: chosen.flatMap(({ file }) => file ?? []),
    layout: layOut(sampled, LIMITS.jobChunkBytes),
  };
}

export interface Sampled {
  readonly measure: Measure;
  readonly perUnit: number;
  /** Share by which the mean of the chunks may be wrong: twice its standard error. */
  readonly error: number;
}

type Ran = { readonly from: number; readonly to: number; readonly fuel: number };

/**
 * What a sample tells. By its tasks, whoever had them run: the same job again is cut into the same chunks, and finds its answers.
 * @param tasks those that were done @param failed those that were not
 */
export function measureOf(tasks: readonly Ran[], failed: readonly Ran[]): Sampled {
  const rates = tasks.filter(({ from, to }) => to > from).map(({ from, to, fuel }) => fuel / (to - from));
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / Math.max(1, rates.length - 1);
  const error = mean === 0 || rates.length < 2 ? 0 : (2 * Math.sqrt(variance / rates.length)) / mean;
  const all = [...tasks, ...failed];
  const units = all.reduce((sum, { from, to }) => sum + to - from, 0);
  const fuel = all.reduce((sum, one) => sum + one.fuel, 0);
  const measure = units > 0 ? { units, fuel } : { units: 1, fuel: 0 };
  return { measure, perUnit: mean > 0 ? mean : measure.fuel / measure.units, error };
}
