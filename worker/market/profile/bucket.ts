// A bucket of a profile: the histograms of one build's completed calls with inputs of one size class. Pure; JSON in and out.
import { EMPTY, type Histogram, add } from "./histogram.ts";
import { rateOf } from "./outlier.ts";
import type { Sample } from "./sample.ts";

export interface Bucket {
  readonly fuel: Histogram;
  /** Fuel per KiB moved, of the calls that were not flagged: what a call is compared with. */
  readonly rate: Histogram;
  /** The same of all calls: what a version is compared by. */
  readonly every: Histogram;
  readonly pages: Histogram;
  /** Milliseconds. */
  readonly duration: Histogram;
  /** Microcredits charged for nested calls. */
  readonly nested: Histogram;
}

export const EMPTY_BUCKET: Bucket = {
  fuel: EMPTY,
  rate: EMPTY,
  every: EMPTY,
  pages: EMPTY,
  duration: EMPTY,
  nested: EMPTY,
};

/** @param text what was stored by this code */
export const parseBucket = (text: string): Bucket => ({ ...EMPTY_BUCKET, ...(JSON.parse(text) as Partial<Bucket>) });

/**
 * What calls that a ceiling ended say: that more fuel is used than was seen, where they had burned more. So a quote that
 * was too low is not given twice.
 */
export function withCut(bucket: Bucket, samples: readonly Sample[]): Bucket {
  const most = Math.max(0, ...samples.filter(({ cut }) => cut).map(({ fuel }) => fuel));
  return most > bucket.fuel.max ? { ...bucket, fuel: add(bucket.fuel, [most]) } : bucket;
}

/** @param usual whether a sample may become part of what is usual */
export function withSamples(bucket: Bucket, samples: readonly Sample[], usual: (sample: Sample) => boolean): Bucket {
  const rate = ({ fuel, inputBytes, outputBytes }: Sample): number => rateOf(fuel, inputBytes, outputBytes);
  return {
    fuel: add(
      bucket.fuel,
      samples.map(({ fuel }) => fuel),
    ),
    rate: add(bucket.rate, samples.filter(usual).map(rate)),
    every: add(bucket.every, samples.map(rate)),
    pages: add(
      bucket.pages,
      samples.map(({ pages }) => pages),
    ),
    duration: add(
      bucket.duration,
      samples.map(({ duration }) => duration),
    ),
    nested: add(
      bucket.nested,
      samples.map(({ nested }) => nested),
    ),
  };
}
