// Profile: what the calls of one algorithm use, by build and length of input; what is far outside is flagged. It also keeps
// the quotes made from it. Fed in batches after calls settled: it is behind, never in the way.
import {
  type BuildRow,
  type FlagRow,
  PROFILE_MIGRATIONS,
  profileStatements,
} from "../../../kv-schema/tables/profile.ts";
import type { Env } from "../../env.ts";
import { type Bucket, EMPTY_BUCKET, parseBucket, withCut, withSamples } from "../../market/profile/bucket.ts";
import { EMPTY, type Histogram, merge } from "../../market/profile/histogram.ts";
import { LEAST_BASELINE, isShifted, rateLimit, rateOf, sizeClass } from "../../market/profile/outlier.ts";
import type { Callee, Sample } from "../../market/profile/sample.ts";
import { type Basis, LEAST_CALLS } from "../../market/quote.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";
import { watchOf } from "../watch/object.ts";

const REPORT = "report-flags";
const SWEEP = "sweep-quotes";
/** How long flags are gathered before the operators hear of them. */
const REPORT_MS = 1_000;

/** Something far outside, as author and operators see it. */
export type FlagView = Omit<FlagRow, "seq" | "reported"> & { readonly algorithm: string };

export interface BuildProfile {
  readonly build: string;
  readonly version: string;
  /** Completed and failed calls. */
  readonly completed: number;
  readonly failed: number;
  readonly sizes: readonly { readonly size: number; readonly bucket: Bucket }[];
  /** What its calls call, most often first. */
  readonly callees: readonly (Callee & { readonly calls: number })[];
}

export interface Quoted {
  readonly id: string;
  readonly account: string;
  readonly build: string;
  readonly version: string;
  /** Bytes of the longest input it is good for. */
  readonly bytes: number;
  /** Microcredits. */
  readonly ceiling: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Groups by a key, in order of first appearance. */
function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

const basisOf = (of: Basis["of"], buckets: readonly Bucket[]): Basis => ({
  of,
  fuel: merge(buckets.map(({ fuel }) => fuel)),
  nested: merge(buckets.map(({ nested }) => nested)),
});

const rate = ({ fuel, inputBytes, outputBytes }: Sample): number => rateOf(fuel, inputBytes, outputBytes);

export class Profile extends Noun {
  readonly #sql = profileStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  /** When the next report is due, as far as this instance knows. */
  #reportAt = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, PROFILE_MIGRATIONS);
  }

  /** Takes a batch of samples, all of this object's algorithm. */
  async observe(samples: readonly Sample[]): Promise<void> {
    const [first] = samples;
    if (first === undefined) return;
    this.establish();
    this.transaction(() => {
      for (const [build, some] of grouped(samples, (sample) => sample.build)) this.#observeBuild(build, some);
    });
    if (this.#sql.unreported().length > 0) await this.#reportSoon(first.algorithm);
  }

  /** Plans a report, unless one is planned: flags that keep coming must not put it off. */
  async #reportSoon(algorithm: string): Promise<void> {
    const now = Date.now();
    if (this.#reportAt > now) return;
    this.#reportAt = now + REPORT_MS;
    await this.#agenda.plan(REPORT, algorithm, this.#reportAt);
  }

  #observeBuild(build: string, samples: readonly Sample[]): void {
    const [{ version }] = samples as readonly [Sample];
    const completed = samples.filter((sample) => sample.completed);
    this.#sql.count(build, version, Date.now(), completed.length, samples.length - completed.length);
    for (const [size, some] of grouped(samples, (sample) => sizeClass(sample.inputBytes))) {
      this.#observeSize(build, size, some);
    }
    const callees = grouped(
      completed.flatMap((sample) => sample.callees),
      ({ algorithm, version: called }) => `${algorithm}@${called}`,
    );
    for (const some of callees.values()) {
      const [{ algorithm, version: called, royalty }] = some as unknown as readonly [Callee];
      this.#sql.addCallee(build, algorithm, called, royalty, some.length);
    }
  }

  /** What is far outside is flagged, and does not become part of what is usual. */
  #observeSize(build: string, size: number, all: readonly Sample[]): void {
    const samples = all.filter(({ completed }) => completed);
    const before = withCut(this.#bucket(build, size), all);
    const earlier = this.#earlierRates(build, size);
    const baseline = earlier.count >= LEAST_BASELINE ? earlier : before.rate;
    const limit = rateLimit(baseline);
    const outside = samples.filter((sample) => rate(sample) > limit);
    const after = withSamples(before, samples, (sample) => rate(sample) <= limit);
    this.#sql.putBucket({ build, size, histograms: JSON.stringify(after) });
    if (outside.length > 0) this.#flag("call", size, outside, limit);
    if (isShifted(earlier, after.every)) this.#flag("version", size, samples, limit);
  }

  #flag(kind: "call" | "version", size: number, samples: readonly Sample[], limit: number): void {
    const [sample] = samples as readonly [Sample];
    const now = Date.now();
    const moved = sample.fuel / rate(sample);
    this.#sql.flag({
      kind,
      size,
      build: sample.build,
      version: sample.version,
      first: now,
      last: now,
      calls: samples.length,
      call: sample.call,
      fuel: sample.fuel,
      expected: Math.min(Number.MAX_SAFE_INTEGER, Math.round(limit * moved)),
    });
  }

  #bucket(build: string, size: number): Bucket {
    const row = this.#sql.bucket(build, size);
    return row === undefined ? EMPTY_BUCKET : parseBucket(row.histograms);
  }

  #earlierRates(build: string, size: number): Histogram {
    return merge(this.#sql.earlier(build, size).map((row) => parseBucket(row.histograms).rate));
  }

  /** One build's profile; null when it was never called. */
  build(build: string): BuildProfile | null {
    const row = this.established ? this.#sql.build(build) : undefined;
    return row === undefined ? null : this.#profileOf(row);
  }

  /** The builds that were called, newest first. */
  builds(): readonly BuildProfile[] {
    return this.established ? this.#sql.builds().map((row) => this.#profileOf(row)) : [];
  }

  #profileOf({ build, version, completed, failed }: BuildRow): BuildProfile {
    const sizes = this.#sql.buckets(build).map(({ size, histograms }) => ({ size, bucket: parseBucket(histograms) }));
    return { build, version, completed, failed, sizes, callees: this.#sql.callees(build) };
  }

  /** What calls of a build with inputs of a size class used; for want of them, calls that are like them. */
  basis(build: string, size: number): Basis {
    const nothing: Basis = { of: "nothing", fuel: EMPTY, nested: EMPTY };
    if (!this.established) return nothing;
    const near = [size - 1, size, size + 1].map((each) => this.#bucket(build, each));
    const earlier = this.#sql.earlier(build, size).map((row) => parseBucket(row.histograms));
    const bases: readonly Basis[] = [
      basisOf("same-size", near.slice(1, 2)),
      basisOf("near-size", near),
      basisOf("earlier-version", earlier),
    ];
    return bases.find(({ fuel }) => fuel.count >= LEAST_CALLS) ?? bases.find(({ fuel }) => fuel.count > 0) ?? nothing;
  }

  /** What was flagged, newest first. @param algorithm its spelling, which flags repeat */
  flags(algorithm: string): readonly FlagView[] {
    const rows = this.established ? this.#sql.flags() : [];
    return rows.map(({ seq: _, reported: __, ...flag }) => ({ ...flag, algorithm }));
  }

  /** Keeps a quote until it has expired. */
  async addQuote(quote: Quoted): Promise<void> {
    this.establish();
    this.#sql.addQuote({ ...quote });
    await this.#agenda.plan(SWEEP, "", this.#sql.nextQuote() ?? quote.expires);
  }

  /** Forgets a quote. */
  voidQuote(id: string): void {
    if (this.established) this.#sql.removeQuote(id);
  }

  /** @returns the quote, whether it has expired or not; null when there is none (any more) */
  quote(id: string): Quoted | null {
    return this.established ? (this.#sql.quote(id) ?? null) : null;
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), (kind, subject) => (kind === SWEEP ? this.#sweep() : this.#report(subject)));
  }

  async #sweep(): Promise<void> {
    this.#sql.sweepQuotes(Date.now());
    const next = this.#sql.nextQuote();
    if (next !== null) await this.#agenda.plan(SWEEP, "", next + 1);
  }

  /** Tells the operators. @param algorithm canonical spelling */
  async #report(algorithm: string): Promise<void> {
    const rows = this.#sql.unreported();
    await watchOf(this.env).report(rows.map(({ seq: _, reported: __, ...flag }) => ({ ...flag, algorithm })));
    for (const { seq, calls } of rows) this.#sql.reported(seq, calls);
    if (this.#sql.unreported().length > 0) await this.#reportSoon(algorithm);
  }
}
