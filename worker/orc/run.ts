// Drives a run: hands in time and answers, hands out what it says. All state of the language is in the run (engine/).
import type { Program } from "./core/program.ts";
import { type Clock, realClock } from "./clock.ts";
import {
  advance,
  type Answer,
  type Call,
  cancel,
  createRun,
  deliver,
  type End,
  fuelOf,
  nextTimer,
  type Output,
  type Run,
  step,
  takeCancelled,
  takeOutputs,
  takeStarted,
} from "./engine/index.ts";
import { Run as RunState } from "./engine/run.ts";
import { Exit } from "./values/bounds.ts";
import type { Value } from "./values/kinds.ts";
import { format as formatValue } from "./values/text.ts";

/** Steps between two looks at the clock: some milliseconds. */
const SLICE = 50_000;

/** How a site outside the run answers one call. Only the first answer counts, and none after the call was killed. */
export interface SiteCall {
  answer(value: Value): void;
  halt(): void;
  /** Reports an error, then halts. @param kind the class it is reported as */
  fail(text: string, kind?: string): void;
  /** @param stop is called when nobody wants an answer any more; at once if that is so already */
  onKill(stop: () => void): void;
}

/** A site outside the run. One that throws or rejects fails the call. */
export type SitePort = (args: readonly Value[], call: SiteCall) => void | Promise<void>;

export interface RunOptions {
  /** By the name that `import site X = "name"` gives; methods of a site by `name.method`. */
  readonly sites?: Readonly<Record<string, SitePort>>;
  /** Real time unless told. */
  readonly clock?: Clock;
  readonly seed?: number;
  /** Fuel at most (engine/index.ts, FUEL). */
  readonly fuel?: number;
  /** Ends the run when it is aborted. */
  readonly signal?: AbortSignal;
}

/** `fuel`: what the run used. */
export type RunOutput = Output | { readonly type: "end"; readonly end: End; readonly fuel: number };

/**
 * Runs the program. What it says comes as it happens, and only as fast as it is read; the last item is the end. Leaving the loop
 * early ends the run and kills its calls.
 */
export async function* run(program: Program, options: RunOptions = {}): AsyncGenerator<RunOutput, void, undefined> {
  const state = createRun(program, options);
  if (!(state instanceof RunState)) {
    yield { type: "end", end: state, fuel: 0 };
    return;
  }
  const driver = new Driver(state, options);
  try {
    while (state.end === null || state.outputs.length > 0) {
      const more = driver.slice();
      yield* takeOutputs(state);
      if (state.end === null) await driver.pause(more);
    }
    yield { type: "end", end: state.end, fuel: fuelOf(state) };
  } finally {
    driver.stop();
  }
}

const UNKNOWN = "orc.error.runtime.SiteException";

class Driver {
  private readonly state: Run;
  private readonly clock: Clock;
  private readonly sites: Readonly<Record<string, SitePort>>;
  private readonly signal: AbortSignal | undefined;
  private readonly kills = new Map<number, (() => void)[]>();
  private wake: () => void = () => undefined;
  private woken: Promise<void> = Promise.resolve();
  /** An answer came since the last slice began. */
  private answered = false;
  private readonly onAbort = () => this.wake();

  constructor(state: Run, options: RunOptions) {
    this.state = state;
    this.clock = options.clock ?? realClock();
    this.sites = options.sites ?? {};
    this.signal = options.signal;
    this.rearm();
    this.signal?.addEventListener("abort", this.onAbort);
  }

  private rearm(): void {
    this.woken = new Promise((resolve) => (this.wake = resolve));
  }

  /** Runs on for a while. @returns whether there is more to do at once */
  slice(): boolean {
    if (this.signal?.aborted === true) cancel(this.state);
    this.answered = false;
    advance(this.state, this.clock.now());
    const more = this.state.end === null && step(this.state, SLICE);
    this.killCalls();
    for (const call of takeStarted(this.state)) this.start(call);
    return more;
  }

  async pause(more: boolean): Promise<void> {
    if (more) return this.clock.breathe();
    if (this.answered) return;
    await this.clock.wait(nextTimer(this.state), this.woken, this.state.calls.size > 0);
    this.rearm();
  }

  stop(): void {
    this.signal?.removeEventListener("abort", this.onAbort);
    cancel(this.state);
    this.killCalls();
  }

  private killCalls(): void {
    for (const id of takeCancelled(this.state)) {
      for (const stop of this.kills.get(id) ?? []) stop();
      this.kills.delete(id);
    }
  }

  private start(call: Call): void {
    const port = Object.hasOwn(this.sites, call.site) ? this.sites[call.site] : undefined;
    const reply = (answer: Answer): void => {
      this.kills.delete(call.id);
      if (!deliver(this.state, call.id, answer)) return;
      this.answered = true;
      this.wake();
    };
    const fail = (text: string, kind = UNKNOWN): void => reply({ type: "error", kind, text });
    if (port === undefined) return fail(`There is no site ${call.site}`);
    void settled(port, call, {
      answer: (value) => reply({ type: "value", value }),
      halt: () => reply({ type: "halt" }),
      fail,
      onKill: (stop) => this.onKill(call.id, stop),
    });
  }

  /** A call that is over already is told at once. */
  private onKill(id: number, stop: () => void): void {
    if (this.state.calls.has(id)) this.kills.set(id, [...(this.kills.get(id) ?? []), stop]);
    else stop();
  }
}

async function settled(port: SitePort, call: Call, reply: SiteCall): Promise<void> {
  try {
    await port(call.args, reply);
  } catch (error) {
    reply.fail(error instanceof Error ? error.message : String(error));
  }
}

/** @returns the text of a value as a publication shows it (orc.md §7); cut short with `…` if it is too long for a string */
export function format(value: Value): string {
  const text = formatValue(value);
  return text instanceof Exit ? "…" : text;
}
