// Runs one form of a kernel: the half of the bench that lives where the module runs, in Node and in workerd alike. Clocks
// are no affair of its own: whoever asks measures.

/** How others are let in between slices: "timer" as the sandbox does it, where the timer of a slice's end is asked for when
 * the slice begins; "sleep" by one that is asked for when the slice ends; "promise" not really. */
export type Turn = "timer" | "sleep" | "promise";

/** What to do with the module. */
export interface Job {
  /** Makes a new instance and its input first. Without runs that is all. */
  readonly fresh: boolean;
  readonly size: number;
  readonly runs: number;
  /** Fuel granted at a time, with other tasks let in between; "0" for all at once. Decimal digits. */
  readonly slice: string;
  readonly turn: Turn;
  /** Whether to answer with each run's result and fuel and a hash of the memory. */
  readonly detail: boolean;
}

export interface Reply {
  /** The last run's. */
  readonly result: string;
  /** Of all runs. */
  readonly fuel: string;
  readonly refuels: number;
  readonly results: readonly string[];
  readonly fuels: readonly string[];
  readonly memory: string;
}

export const ENDLESS = 1n << 60n;
/** Of metered modules: their start function, which could not wait for fuel if it ran at instantiation. */
const START = "orcade:start";
const BALANCES = ["orcade:fuel", "naive:fuel"];

type Run = (size: number) => unknown;

const timer = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** The next turn is asked for ahead, as the sandbox's governor asks for it. */
class Ahead {
  #next: { readonly turn: Promise<void>; over: boolean } | null = null;

  ask(): void {
    if (this.#next !== null && !this.#next.over) return;
    const asked = { turn: timer(), over: false };
    void asked.turn.then(() => (asked.over = true));
    this.#next = asked;
  }

  async turn(): Promise<void> {
    await (this.#next?.over === false ? this.#next.turn : timer());
    this.#next = null;
    this.ask();
  }
}

const show = (value: unknown): string => (typeof value === "number" ? doubleBits(value) : String(value));

/** All bits of a number, so that -0 and the last digit tell. */
function doubleBits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16);
}

/** FNV-1a over 32-bit words. */
function hash(memory: WebAssembly.Memory): string {
  let state = 0x811c9dc5;
  for (const word of new Uint32Array(memory.buffer)) state = Math.imul(state ^ word, 0x01000193);
  return `${memory.buffer.byteLength}:${(state >>> 0).toString(16)}`;
}

export class Machine {
  readonly #module: WebAssembly.Module;
  #exports: WebAssembly.Exports = {};
  #slice = 0n;
  #granted = 0n;
  #refuels = 0;
  #sliced = false;
  /** A request's own: timers of another never come. */
  #ahead = new Ahead();
  #turn: Turn = "timer";

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  async perform(job: Job): Promise<Reply> {
    const slice = BigInt(job.slice);
    if (job.fresh || slice > 0n !== this.#sliced) this.#instantiate(slice > 0n, job.size);
    this.#slice = slice > 0n ? slice : ENDLESS;
    this.#refuels = 0;
    this.#turn = job.turn;
    this.#ahead = new Ahead();
    this.#refill();
    const before = this.#used();
    const run = this.#exports["run"] as Run;
    const call = this.#sliced ? promising(run) : run;
    const [results, fuels]: [string[], string[]] = [[], []];
    let result: unknown = "";
    for (let i = 0; i < job.runs; i++) {
      const start = this.#used();
      result = this.#sliced ? await call(job.size) : call(job.size);
      if (job.detail) results.push(show(result));
      if (job.detail) fuels.push(String(this.#used() - start));
    }
    return {
      result: show(result),
      fuel: String(this.#used() - before),
      refuels: this.#refuels,
      results,
      fuels,
      memory: job.detail ? hash(this.#exports["memory"] as WebAssembly.Memory) : "",
    };
  }

  /** All the module's imports: `refuel`, and wasm-metering's `usegas`, which counts on its own. */
  #instantiate(sliced: boolean, size: number): void {
    this.#sliced = false;
    this.#slice = ENDLESS;
    const refuel = sliced ? suspending((balance: bigint) => this.#pause(balance)) : (b: bigint) => this.#grant(b);
    let used = 0;
    const usegas = (fuel: number): void => void (used += fuel);
    const imports = { "orcade:fuel": { refuel }, metering: { usegas } } as WebAssembly.Imports;
    this.#exports = new WebAssembly.Instance(this.#module, imports).exports;
    this.#granted = (this.#balance?.value as bigint | undefined) ?? 0n;
    this.#refill();
    (this.#exports[START] as (() => void) | undefined)?.();
    (this.#exports["setup"] as Run)(size);
    this.#sliced = sliced;
  }

  get #balance(): WebAssembly.Global | undefined {
    const found = BALANCES.map((name) => this.#exports[name]).find((each) => each !== undefined);
    return found instanceof WebAssembly.Global ? found : undefined;
  }

  /** So much that setting up, and a job that is not sliced, never ask; else one slice. */
  #refill(): void {
    const balance = this.#balance;
    if (balance === undefined) return;
    const value = balance.value as bigint;
    this.#granted += this.#slice - value;
    balance.value = this.#slice;
  }

  #used(): bigint {
    const balance = this.#balance;
    return balance === undefined ? 0n : this.#granted - (balance.value as bigint);
  }

  /** As many slices as make the balance positive. */
  #grant(balance: bigint): bigint {
    this.#refuels++;
    const grant = this.#slice * (-balance / this.#slice + 1n);
    this.#granted += grant;
    return balance + grant;
  }

  async #pause(balance: bigint): Promise<bigint> {
    // Setting up happens outside of `promising`, so it must not wait; it never asks, because its slice is endless.
    if (this.#turn === "timer") await this.#ahead.turn();
    if (this.#turn === "sleep") await timer();
    return this.#grant(balance);
  }
}

interface Jspi {
  readonly Suspending: new (target: (balance: bigint) => Promise<bigint>) => object;
  readonly promising: (target: Run) => Run;
}

const { Suspending, promising } = WebAssembly as unknown as Jspi;
const suspending = (target: (balance: bigint) => Promise<bigint>): object => new Suspending(target);
