// Measures one kernel in one engine: checks that all forms answer alike, warms them up, then samples them in turn.
import type { Engine } from "./engines.ts";
import { type FormName, type Forms, type MemoryMode, SLICED, withNonce } from "./forms.ts";
import type { Kernel } from "./kernels.ts";
import type { Job, Reply, Turn } from "./machine.ts";

/** One way to run one form. */
export interface Variant {
  readonly form: FormName;
  readonly memory: MemoryMode;
  /** Whether fuel comes in slices of about 3 ms, with other tasks let in between; else all at once. */
  readonly sliced: boolean;
}

export interface Effort {
  /** Samples of each variant. */
  readonly rounds: number;
  /** Milliseconds that a sample of the raw form takes at least. */
  readonly sample: number;
  /** Samples of first calls; 0 for none. */
  readonly first: number;
  /** Milliseconds of CPU time that each form runs before it is sampled. */
  readonly warm: number;
  /** What happens between slices. */
  readonly turn: Turn;
}

export interface Measured {
  /** What was measured with. */
  readonly clock: string;
  readonly kernel: Kernel;
  /** Milliseconds of a run, raw, by memory. */
  readonly raw: ReadonlyMap<MemoryMode, number>;
  /** Median ratios to the raw form with the same memory, and the middle half of the samples. */
  readonly ratios: ReadonlyMap<string, Spread>;
  /** First call in a new instance of code never run before: ratio to raw, fixed memory (or the only one). */
  readonly first: ReadonlyMap<FormName, number>;
  /** Fuel of each of the first runs, by memory. */
  readonly fuels: ReadonlyMap<MemoryMode, readonly string[]>;
  /** Fuel of a run divided by the nanoseconds it takes raw. */
  readonly fuelPerNs: number;
}

export interface Spread {
  readonly median: number;
  readonly quarter: number;
  readonly threeQuarters: number;
}

export const key = ({ form, memory, sliced }: Variant): string => `${form} ${memory}${sliced ? " sliced" : ""}`;

/** Milliseconds of a slice. */
export const SLICE_MS = 3;
/** Runs of the check, and what its slices divide a run's fuel by. */
const CHECKED_RUNS = 3;
/** It takes many times longer, so fewer runs of it are a sample. */
const PEER_FEWER = 10;
const CHECKED_SLICES = [1n, 7n, 61n];
const WARM_LEAST = 12;
const WARM_MOST = 500;
/** Milliseconds after which even slow code has been optimised. */
const WARM_ENOUGH = 600;

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
  return { median: at(0.5), quarter: at(0.25), threeQuarters: at(0.75) };
}

export function variantsOf(forms: ReadonlyMap<MemoryMode, Forms>): Variant[] {
  return [...forms].flatMap(([memory, each]) =>
    [...each.keys()].flatMap((form): Variant[] =>
      SLICED.includes(form)
        ? [
            { form, memory, sliced: false },
            { form, memory, sliced: true },
          ]
        : [{ form, memory, sliced: false }],
    ),
  );
}

class Session {
  readonly #engine: Engine;
  readonly #kernel: Kernel;
  readonly forms: ReadonlyMap<MemoryMode, Forms>;
  readonly variants: readonly Variant[];
  /** Fuel of one run, by memory. */
  readonly fuels = new Map<MemoryMode, readonly string[]>();
  /** Fuel of a slice, by variant. */
  readonly #slices = new Map<string, string>();

  readonly #turn: Turn;

  constructor(engine: Engine, kernel: Kernel, forms: ReadonlyMap<MemoryMode, Forms>, turn: Turn) {
    this.#engine = engine;
    this.#turn = turn;
    this.#kernel = kernel;
    this.forms = forms;
    this.variants = variantsOf(forms);
  }

  id = (variant: Variant): string => `${this.#kernel.name} ${key(variant)}`;

  async load(): Promise<void> {
    for (const variant of this.variants) {
      const bytes = this.forms.get(variant.memory)?.get(variant.form);
      if (bytes !== undefined) await this.#engine.load(this.id(variant), bytes);
    }
  }

  async forget(): Promise<void> {
    for (const variant of this.variants) await this.#engine.forget(this.id(variant));
  }

  job = (variant: Variant, runs: number, more: Partial<Job> = {}): Promise<Reply> =>
    this.#engine.ask(this.id(variant), {
      fresh: false,
      size: this.#kernel.size,
      runs,
      slice: this.#slices.get(key(variant)) ?? "0",
      turn: this.#turn,
      detail: false,
      ...more,
    });

  /** Milliseconds of CPU time that so many runs take, with the way to the module. */
  async time(variant: Variant, runs: number): Promise<number> {
    const before = this.#engine.clock.read();
    await this.job(variant, runs);
    return this.#engine.clock.read() - before;
  }

  /** Ends the bench when a form answers otherwise, leaves other memory behind, or fuel depends on slices. */
  async check(): Promise<void> {
    for (const memory of this.forms.keys()) {
      const detail = { fresh: true, detail: true };
      const raw = await this.job({ form: "raw", memory, sliced: false }, CHECKED_RUNS, detail);
      for (const variant of this.variants.filter((each) => each.memory === memory && !each.sliced)) {
        const reply = await this.job(variant, CHECKED_RUNS, detail);
        this.#same(variant, "results", reply.results.join(), raw.results.join());
        this.#same(variant, "memory", reply.memory, raw.memory);
        if (variant.form === "ours") this.fuels.set(memory, reply.fuels);
      }
      await this.#checkSlices(memory, raw);
    }
  }

  async #checkSlices(memory: MemoryMode, raw: Reply): Promise<void> {
    const fuels = this.fuels.get(memory) ?? [];
    for (const divisor of CHECKED_SLICES) {
      const slice = String(BigInt(fuels[0] ?? 0) / divisor + 1n);
      const variant: Variant = { form: "ours", memory, sliced: true };
      const reply = await this.job(variant, CHECKED_RUNS, { fresh: true, detail: true, slice });
      this.#same(variant, "results", reply.results.join(), raw.results.join());
      this.#same(variant, "memory", reply.memory, raw.memory);
      this.#same(variant, `fuel in slices of ${slice}`, reply.fuels.join(), fuels.join());
    }
  }

  #same(variant: Variant, what: string, actual: string, expected: string): void {
    if (actual === expected) return;
    throw new Error(`${this.id(variant)} in ${this.#engine.name}: ${what} ${actual}, expected ${expected}`);
  }

  /** Runs each until the optimising compiler has had its say. @returns runs of a sample */
  async warm({ sample, warm }: Effort): Promise<number> {
    let runs = 1;
    for (const variant of this.variants) {
      if (variant.sliced) await this.#adapt(variant);
      await this.job(variant, 1, { fresh: true });
      let spent = 0;
      let last = 0;
      for (let count = 0; (spent < warm || count < WARM_LEAST) && count < WARM_MOST && spent < WARM_ENOUGH; count++) {
        last = await this.time(variant, 2);
        spent += last;
        if (count % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      if (variant.form === "raw") runs = Math.max(runs, Math.ceil(sample / (last / 2)));
    }
    return runs;
  }

  /** Sets the slice to what the same form uses in SLICE_MS when it is not sliced. */
  async #adapt(variant: Variant): Promise<void> {
    const twin = { ...variant, sliced: false };
    const rates: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = this.#engine.clock.read();
      const { fuel } = await this.job(twin, 4);
      rates.push(Number(fuel) / (this.#engine.clock.read() - before));
    }
    this.#slices.set(key(variant), String(Math.max(1000, Math.round(spread(rates).median * SLICE_MS))));
  }

  /** What a job without runs takes: to be subtracted. */
  async overhead(): Promise<number> {
    const times: number[] = [];
    const variant: Variant = { form: "raw", memory: [...this.forms.keys()][0] ?? "fixed", sliced: false };
    for (let i = 0; i < 15; i++) times.push(await this.time(variant, 0));
    return spread(times).median;
  }

  /** @returns milliseconds of a run, by variant and round; each order of the variants beside its reverse */
  async sample(rounds: number, runs: number): Promise<Map<string, number[]>> {
    const overhead = await this.overhead();
    const times = new Map(this.variants.map((variant): [string, number[]] => [key(variant), []]));
    for (let round = 0; round < rounds; round++) {
      const turned = [
        ...this.variants.slice(round % this.variants.length),
        ...this.variants.slice(0, round % this.variants.length),
      ];
      for (const variant of round % 2 === 0 ? turned : turned.toReversed()) {
        const count = variant.form === "wasm-metering" ? Math.ceil(runs / PEER_FEWER) : runs;
        times.get(key(variant))?.push(((await this.time(variant, count)) - overhead) / count);
      }
    }
    return times;
  }

  /** Milliseconds of making an instance and its input and the first run, of code never run before. */
  async first(form: FormName, memory: MemoryMode, nonce: number): Promise<number> {
    const bytes = this.forms.get(memory)?.get(form);
    if (bytes === undefined) return Number.NaN;
    const id = `first ${this.#kernel.name} ${form} ${nonce}`;
    const job: Job = { fresh: false, size: this.#kernel.size, runs: 0, slice: "0", turn: "timer", detail: false };
    await this.#engine.load(id, withNonce(bytes, nonce));
    await this.#engine.ask(id, job);
    const before = this.#engine.clock.read();
    await this.#engine.ask(id, { ...job, fresh: true, runs: 1 });
    const spent = this.#engine.clock.read() - before;
    await this.#engine.forget(id);
    return spent;
  }
}

let nonce = 0;

async function firstCalls(session: Session, samples: number): Promise<Map<FormName, number>> {
  const [memory = "fixed", forms] = [...session.forms][0] ?? [];
  const names = [...(forms?.keys() ?? [])];
  const times = new Map(names.map((name): [FormName, number[]] => [name, []]));
  for (let i = 0; i < samples; i++) {
    for (const name of i % 2 === 0 ? names : names.toReversed()) {
      times.get(name)?.push(await session.first(name, memory, nonce++));
    }
  }
  const raw = spread(times.get("raw") ?? []).median;
  return new Map(names.map((name) => [name, spread(times.get(name) ?? []).median / raw]));
}

export async function measure(
  engine: Engine,
  kernel: Kernel,
  forms: ReadonlyMap<MemoryMode, Forms>,
  effort: Effort,
): Promise<Measured> {
  const session = new Session(engine, kernel, forms, effort.turn);
  await session.load();
  try {
    await session.check();
    const first = effort.first > 0 ? await firstCalls(session, effort.first) : new Map<FormName, number>();
    const runs = await session.warm(effort);
    const times = await session.sample(effort.rounds, runs);
    const base = (memory: MemoryMode): readonly number[] =>
      times.get(key({ form: "raw", memory, sliced: false })) ?? [];
    const raw = new Map([...forms.keys()].map((memory) => [memory, spread(base(memory)).median]));
    const ratios = new Map(
      session.variants.map((variant) => {
        const own = times.get(key(variant)) ?? [];
        return [key(variant), spread(own.map((time, i) => time / (base(variant.memory)[i] ?? Number.NaN)))];
      }),
    );
    const [memory = "fixed"] = forms.keys();
    const fuelPerNs = Number(session.fuels.get(memory)?.[0] ?? 0) / ((raw.get(memory) ?? Number.NaN) * 1e6);
    return { clock: engine.clock.name, kernel, raw, ratios, first, fuels: session.fuels, fuelPerNs };
  } finally {
    await session.forget();
  }
}
