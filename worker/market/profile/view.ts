// A profile as it is shown: quantiles in place of histograms. Pure.
import type { Bucket } from "./bucket.ts";
import { type Histogram, quantile } from "./histogram.ts";

export interface Figures {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Quantiles at most 4.5 % above the true ones, the largest value exactly. */
export const figuresOf = (histogram: Histogram): Figures => ({
  p50: quantile(histogram, 0.5),
  p95: quantile(histogram, 0.95),
  max: histogram.max,
});

/** Bytes of the inputs in a size class (outlier.ts): the least and the most. */
export const classBytes = (size: number): { readonly from: number; readonly to: number } =>
  size === 0 ? { from: 0, to: 0 } : { from: 2 ** (size - 1), to: 2 ** size - 1 };

interface Profiled {
  readonly build: string;
  readonly version: string;
  readonly completed: number;
  readonly failed: number;
  readonly sizes: readonly { readonly size: number; readonly bucket: Bucket }[];
  readonly callees: readonly object[];
}

export const shownProfile = ({ build, version, completed, failed, sizes, callees }: Profiled): object => ({
  build,
  version,
  completed,
  failed,
  sizes: sizes.map(({ size, bucket }) => ({
    input_bytes: classBytes(size),
    calls: bucket.fuel.count,
    fuel: figuresOf(bucket.fuel),
    memory_pages: figuresOf(bucket.pages),
    duration_ms: figuresOf(bucket.duration),
    nested_microcredits: figuresOf(bucket.nested),
  })),
  callees,
});
