// Drives a run inside a request: slice by slice, so that others get their turn, time, answers of sites and money coming in
// between. It runs only when it is asked for more, so what a slow reader leaves unread holds it up.
import {
  advance,
  type Answer,
  type Call,
  cancel,
  deliver,
  FUEL,
  fuelOf,
  nextTimer,
  type Output,
  type Run,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "../orc/engine/index.ts";
import { portOf } from "../orc/sites/core.ts";
import type { Value } from "../orc/values/kinds.ts";
import { LIMITS } from "../limits.ts";
import { watch } from "./memory.ts";

/** Steps between two turns of the event loop: about 3 ms. */
const SLICE = 30_000;
/** Milliseconds after which a silent run lets something be written, which is how the runtime notices that the client is gone. */
const SILENCE_MS = 1_000;

/**
 * A site outside the run.
 * @param args with the first arguments that its name holds (orc/sites/core.ts, portOf)
 * @param cancel aborts when nobody wants the answer any more
 * @param n the call's number in its run
 */
export type Port = (args: readonly Value[], cancel: AbortSignal, n: number) => Promise<Answer>;
export type Ports = ReadonlyMap<string, Port>;

export interface DriveOptions {
  readonly ports: Ports;
  /** Pays for what was used. @returns fuel that the run may have used in all */
  readonly allow: (fuel: number) => Promise<number>;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** One turn of the event loop: promises alone let nobody in. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export const refused = (kind: string, text: string): Answer => ({ type: "error", kind, text });

/** Asks the site that a call is made to. */
export async function ask(ports: Ports, { id, site, args }: Call, cancel: AbortSignal): Promise<Answer> {
  const { name, first } = portOf(site);
  const port = ports.get(name);
  if (port === undefined) return refused("UnknownSite", `There is no site ${name}`);
  try {
    return await port([...first, ...args], cancel, id);
  } catch (error) {
    console.error(JSON.stringify({ event: "orc-site-failed", site: name, error: String(error) }));
    return refused("internal", "Something went wrong on our side");
  }
}

export class Drive {
  readonly run: Run;
  /** Whether it was ended because its time was over. */
  late = false;
  readonly #options: DriveOptions;
  readonly #began = Date.now();
  readonly #kills = new Map<number, AbortController>();
  readonly #running = new Set<Promise<void>>();
  /** Calls that wait until others have ended. */
  #queue: Call[] = [];
  #made = 0;
  /** Steps at the last turn of the event loop. */
  #turned = 0;
  #wake: () => void = () => undefined;
  #woken: Promise<void> = Promise.resolve();

  constructor(run: Run, options: DriveOptions) {
    this.run = run;
    this.#options = options;
    this.#rearm();
  }

  /** @returns what was said next; nothing when it is silent for SILENCE_MS; null when the run has ended */
  async next(): Promise<readonly Output[] | null> {
    const silent = Date.now() + SILENCE_MS;
    for (;;) {
      const more = await this.#slice();
      const outputs = takeOutputs(this.run);
      if (outputs.length > 0 || (this.run.end === null && Date.now() >= silent)) return outputs;
      if (this.run.end !== null) return null;
      await this.#pause(more, silent);
    }
  }

  /** Ends the run and its calls. */
  stop(): void {
    cancel(this.run);
    this.#queue = [];
    this.#killCalls();
    this.#wake();
  }

  /** All calls have ended and are settled. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #slice(): Promise<boolean> {
    const { run } = this;
    if (run.end === null && Date.now() >= this.#options.deadline) {
      this.late = true;
      this.stop();
    }
    if (run.end !== null) return false;
    if (run.steps - this.#turned >= SLICE) await this.#turn();
    run.maxSteps = (await this.#options.allow(fuelOf(run))) / FUEL.step;
    if (run.end !== null) return false;
    advance(run, Math.max(0, Date.now() - this.#began));
    const more = step(run, SLICE);
    watch(run);
    this.#killCalls();
    for (const call of takeStarted(run)) this.#take(call);
    return more;
  }

  async #turn(): Promise<void> {
    this.#turned = this.run.steps;
    await turn();
  }

  async #pause(more: boolean, silent: number): Promise<void> {
    if (more) return this.#turn();
    const timer = this.#began + (nextTimer(this.run) ?? Number.POSITIVE_INFINITY);
    const until = Math.min(timer, this.#options.deadline, silent);
    let stop: ReturnType<typeof setTimeout> | undefined;
    const time = new Promise<void>((resolve) => {
      stop = setTimeout(resolve, Math.max(0, until - Date.now()));
    });
    await Promise.race([time, this.#woken]);
    clearTimeout(stop);
    this.#rearm();
    // An answer that came at once must not be the only one who ever gets a turn.
    this.#turned = this.run.steps;
  }

  #rearm(): void {
    this.#woken = new Promise((resolve) => (this.#wake = resolve));
  }

  #killCalls(): void {
    for (const id of takeCancelled(this.run)) this.#kills.get(id)?.abort();
  }

  /** A call was made: it begins, or waits for its turn, or is one too many. */
  #take(call: Call): void {
    if (++this.#made > LIMITS.orcCalls) {
      this.#deliver(call, refused("CallCount", `A program makes at most ${LIMITS.orcCalls} calls`));
      return;
    }
    this.#queue.push(call);
    this.#pump();
  }

  #pump(): void {
    while (this.#running.size < LIMITS.orcCallsAtOnce) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      // It was killed while it waited.
      if (!this.run.calls.has(call.id)) continue;
      const running = this.#begin(call).finally(() => {
        this.#running.delete(running);
        this.#pump();
      });
      this.#running.add(running);
    }
  }

  async #begin(call: Call): Promise<void> {
    const kill = new AbortController();
    this.#kills.set(call.id, kill);
    const answer = await ask(this.#options.ports, call, kill.signal);
    this.#kills.delete(call.id);
    this.#deliver(call, answer);
  }

  /** An answer that comes after its call was killed is nobody's. */
  #deliver(call: Call, answer: Answer): void {
    if (this.run.end === null && deliver(this.run, call.id, answer)) this.#wake();
  }
}
