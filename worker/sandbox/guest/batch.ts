// A batch of a job's tasks: the same module on many inputs, a fresh instance for each, under one sum of fuel. What one task does
// or suffers does not touch the others. Between tasks others have their turn as between the slices of a call.
import { LIMITS } from "../../limits.ts";
import {
  type BatchFailure,
  type Fate,
  type Grown,
  type GuestBatch,
  type GuestBatchReport,
  type GuestHost,
  type GuestReport,
  KIND_NUMBER,
} from "../protocol.ts";
import { BATCH, Governor } from "./governor.ts";
import { runModule } from "./machine.ts";

/** Fuel without which no task is begun while there is more to be had. */
const ROOM = 2 * LIMITS.sliceFuelMost;

/** What a task takes beside its fuel (its instance, its report), as fuel: many that do little must not keep others out either. */
const TASK_FUEL = 20_000;

/** Bytes of UTF-8 that a unit of a string has at most. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** The batch's fuel, as one task after the other burns of it. */
class Supply {
  readonly #host: GuestHost | null;
  readonly #perTask: number;
  #granted: number;
  #whole: boolean;
  /** Burned by the tasks that are over. */
  burned: number;
  /** Whether the task that runs was refused fuel that it could have had by itself. */
  starved = false;
  stopped = false;

  constructor({ fuel, burned, fuelPerTask }: GuestBatch, host: GuestHost | null) {
    this.#granted = fuel;
    this.burned = burned;
    this.#perTask = fuelPerTask;
    this.#host = host;
    this.#whole = host === null;
  }

  /** Fuel that was granted so far. */
  get granted(): number {
    return this.#granted;
  }

  /** What the next task may burn. */
  get forTask(): number {
    return Math.max(0, Math.min(this.#perTask, this.#granted - this.burned));
  }

  /** Asks for more until there is enough to begin. */
  async begin(): Promise<void> {
    this.starved = false;
    while (this.forTask < Math.min(ROOM, this.#perTask) && !this.#whole) await this.#ask(0);
  }

  /** The capability of one task: all it may ask for is fuel. */
  readonly host = {
    extend: async (burned: number): Promise<Grown> => {
      const before = this.forTask;
      if (before < this.#perTask && !this.#whole) await this.#ask(burned);
      if (this.stopped) return { stop: "Cancelled" };
      this.starved = this.forTask < this.#perTask && this.forTask <= before;
      return { fuel: this.forTask };
    },
    progress: (): Promise<void> => Promise.resolve(),
    // A batch is ended when it asks for fuel.
    cancelled: (): Promise<void> => new Promise(() => undefined),
  } as unknown as GuestHost;

  async #ask(burned: number): Promise<void> {
    const grown = await this.#host?.extend(this.burned + burned);
    if (grown === undefined) return;
    if ("stop" in grown) {
      this.stopped = grown.stop === "Cancelled";
      this.#whole = true;
      return;
    }
    if (grown.fuel <= this.#granted) this.#whole = true;
    this.#granted = Math.max(this.#granted, grown.fuel);
  }
}

/** Chance of its own for each task, the same whenever it runs; made when it is asked for. */
const fateOf = ({ fate, names }: GuestBatch, index: number): Fate => ({
  now: fate.now,
  get seed(): Uint8Array {
    const seed = fate.seed.slice();
    const view = new DataView(seed.buffer);
    view.setFloat64(0, names[index * 2] ?? 0);
    view.setFloat64(8, names[index * 2 + 1] ?? 0);
    return seed;
  },
});

/** Facts of one task after the other, in the same memory: what they share is there already. */
class Told {
  readonly #shared: number;
  #bytes: Uint8Array;

  constructor(shared: string) {
    this.#bytes = encoder.encode(shared);
    this.#shared = this.#bytes.length;
  }

  /** @returns valid until the next are asked for */
  of(facts: string): Uint8Array {
    const most = this.#shared + BYTES_PER_UNIT * facts.length;
    if (this.#bytes.length < most) {
      const bytes = new Uint8Array(most);
      bytes.set(this.#bytes.subarray(0, this.#shared));
      this.#bytes = bytes;
    }
    const { written } = encoder.encodeInto(facts, this.#bytes.subarray(this.#shared));
    return this.#bytes.subarray(0, this.#shared + written);
  }
}

/** What the tasks came to, in the form in which it is sent. */
class Reports {
  readonly #fuel: Float64Array;
  readonly #kinds: Uint8Array;
  readonly #ends: Float64Array;
  readonly #answers: Uint8Array[] = [];
  readonly #failures: BatchFailure[] = [];
  #ran = 0;
  #pages = 0;
  bytes = 0;

  constructor(tasks: number) {
    this.#fuel = new Float64Array(tasks);
    this.#kinds = new Uint8Array(tasks);
    this.#ends = new Float64Array(tasks);
  }

  add({ outcome, fuel, pages, done }: GuestReport, starved: boolean): void {
    const index = this.#ran++;
    this.#fuel[index] = fuel;
    this.#pages = Math.max(this.#pages, pages);
    if (outcome.kind === "answered") {
      this.#kinds[index] = KIND_NUMBER[outcome.answer];
      this.#answers.push(outcome.bytes);
      this.bytes += outcome.bytes.length;
    } else {
      this.#failures.push({ index, outcome, starved, ...(done === undefined ? {} : { done }) });
      this.bytes += done?.bytes.length ?? 0;
    }
    this.#ends[index] = (this.#ends[index - 1] ?? 0) + (outcome.kind === "answered" ? outcome.bytes.length : 0);
  }

  all(granted: number, slice: number): GuestBatchReport {
    const answers = new Uint8Array(this.#ends[this.#ran - 1] ?? 0);
    let offset = 0;
    for (const bytes of this.#answers) {
      answers.set(bytes, offset);
      offset += bytes.length;
    }
    return {
      ran: this.#ran,
      fuel: this.#fuel,
      kinds: this.#kinds,
      ends: this.#ends,
      failures: this.#failures,
      pages: this.#pages,
      granted,
      slice,
      answers,
    };
  }
}

/**
 * An answer that is longer than an answer of a job may be is none.
 * @returns the report as it is kept
 */
function bounded(report: GuestReport): GuestReport {
  const { outcome } = report;
  if (outcome.kind !== "answered" || outcome.bytes.length <= LIMITS.jobAnswerBytes) return report;
  const message = `the answer has ${outcome.bytes.length} bytes; at most ${LIMITS.jobAnswerBytes} are kept of a task`;
  return { ...report, outcome: { kind: "stopped", reason: "AnswerTooLarge", message } };
}

/** Runs the tasks in order. @param host asked for more fuel only; null: there is no more */
export async function runBatch(
  module: WebAssembly.Module,
  batch: GuestBatch,
  host: GuestHost | null,
  governor = new Governor(batch.slice, BATCH),
): Promise<GuestBatchReport> {
  const supply = new Supply(batch, host);
  const reports = new Reports(batch.facts.length);
  const { inputs, spans, facts, module: build, kind, deadline, tail } = batch;
  const told = new Told(batch.shared);
  /** Fuel since others had their turn. */
  let since = 0;
  for (let index = 0; index < facts.length && reports.bytes < batch.answerBytes; index++) {
    if (supply.stopped || Date.now() > deadline) break;
    await supply.begin();
    const input = inputs.subarray(spans[2 * index], spans[2 * index + 1]);
    const fate = fateOf(batch, index);
    const own = told.of(facts[index] ?? "");
    const call = { module: build, kind, deadline, tail, input, fate, facts: own, fuel: supply.forTask, grows: true };
    const report = bounded(await runModule(module, call, supply.host, false, governor));
    supply.burned += report.fuel;
    reports.add(report, supply.starved || supply.stopped);
    since = TASK_FUEL + (report.turned ? report.since : since + report.fuel);
    if (since < governor.slice) continue;
    await governor.yield(null);
    since = 0;
  }
  return reports.all(supply.granted, governor.slice);
}
