// A program evaluated inside its request: begun under a ceiling, streamed as it is read, and settled once, however it ends:
// by itself, by its bounds, or because the client went away.
import type { MoneySource } from "../calls/purse.ts";
import { leaseFailure, openPurse } from "../calls/purses.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import { type Failure, failure } from "../market/failure.ts";
import { CALL_FEE, computePrice } from "../market/money/price.ts";
import { type Result, err, ok } from "../market/result.ts";
import { createRun, fuelOf } from "../orc/engine/index.ts";
import { Run } from "../orc/engine/run.ts";
import type { Program } from "../orc/index.ts";
import type { Value } from "../orc/values/kinds.ts";
import { Ceiling } from "./ceiling.ts";
import { ARGUMENTS_SITE, CALL_SITE, SIGNAL_SITE } from "./compile.ts";
import { dataPorts } from "./data.ts";
import { Drive, refused } from "./drive.ts";
import { Encoder, type Format, type Summary } from "./encode.ts";
import { Evaluation, FIRST, LEAST } from "./evaluation.ts";
import { httpPorts } from "./http.ts";
import { enter, leave } from "./memory.ts";
import { Algorithms } from "./sites.ts";

export interface Asked {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  readonly id: string;
  readonly key: string;
  readonly address: string;
  readonly grant: Grant;
  readonly purse: MoneySource;
  readonly source: string;
  readonly program: Program;
  readonly args: Value;
  readonly format: Format;
  /** Hosts it may ask. */
  readonly hosts: readonly string[];
  /** @see Out.hops */
  readonly hops: number;
  /** Microcredits of evaluation and calls together; undefined: what one call of an algorithm may cost at most. */
  readonly maxCost: number | undefined;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Aborts when the client goes away. */
  readonly gone: AbortSignal;
}

export const ceilingOf = (maxCost: number | undefined): number => maxCost ?? computePrice(LIMITS.callFuel) + CALL_FEE;

const TOO_LITTLE = `X-Orcade-Max-Cost must be at least ${LEAST} microcredits to evaluate a program at all.`;
const busy = failure("busy", "Too many programs run here just now, of this account or in all: try again in a second.");

/** Begins a run. @returns its stream, which ends with a summary */
export async function answer(asked: Asked): Promise<Result<ReadableStream<Uint8Array>, Failure>> {
  const { env, program, deadline, grant } = asked;
  const limit = ceilingOf(asked.maxCost);
  if (limit < LEAST) return err(failure("invalid-parameter", TOO_LITTLE));
  const run = createRun(program, { seed: crypto.getRandomValues(new Uint32Array(1))[0] ?? 1 });
  if (!(run instanceof Run)) return err(failure("invalid-program", "text" in run ? run.text : "It cannot begin."));
  if (!enter(run, grant.account)) return err(busy);
  const ceiling = new Ceiling(limit);
  const held = await ceiling.over(asked.purse, false).reserve(env, LEAST, FIRST, deadline);
  if (!held.ok) {
    leave(run);
    return err(leaseFailure(held.error));
  }
  const evaluation = new Evaluation(env, held.value, { ...asked, program: asked.source, began: Date.now() });
  return ok(new Running(asked, run, ceiling, evaluation).stream());
}

class Running {
  readonly #asked: Asked;
  readonly #run: Run;
  readonly #ceiling: Ceiling;
  readonly #evaluation: Evaluation;
  readonly #algorithms: Algorithms;
  readonly #drive: Drive;
  readonly #encoder: Encoder;
  #publications = 0;
  /** Whether there is nobody to tell any more. */
  #unread = false;
  #ended: Promise<Summary> | undefined;
  #done: () => void = () => undefined;

  constructor(asked: Asked, run: Run, ceiling: Ceiling, evaluation: Evaluation) {
    this.#asked = asked;
    this.#run = run;
    this.#ceiling = ceiling;
    this.#evaluation = evaluation;
    this.#encoder = new Encoder(asked.program, asked.format);
    const open = () => openPurse(asked.env, asked.key, () => asked.address);
    const deadline = (timeout: number | undefined): number =>
      timeout === undefined ? asked.deadline : Math.min(asked.deadline, Date.now() + timeout);
    this.#algorithms = new Algorithms({ ...asked, open, deadline, ceiling, sandboxes: new Map() });
    this.#drive = new Drive(run, {
      ports: new Map([
        [CALL_SITE, this.#algorithms.port],
        [ARGUMENTS_SITE, () => Promise.resolve({ type: "value", value: asked.args } as const)],
        [SIGNAL_SITE, () => Promise.resolve(NO_SIGNALS)],
        ...dataPorts({ env: asked.env, open }),
        ...httpPorts({ ...asked, id: (n) => `${asked.id}.h${n}` }),
      ]),
      allow: (fuel) => this.#evaluation.allow(fuel),
      deadline: asked.deadline,
    });
  }

  /** The run goes on only as it is read; it keeps the invocation alive until it is settled. */
  stream(): ReadableStream<Uint8Array> {
    const { ctx, gone, deadline } = this.#asked;
    ctx.waitUntil(new Promise<void>((resolve) => (this.#done = resolve)));
    const give = (): void => void this.#giveUp();
    gone.addEventListener("abort", give);
    // A reader that reads nothing must not hold a run, and its money, for ever.
    const timer = setTimeout(give, Math.max(0, deadline - Date.now()) + STALLED_MS);
    const done = this.#done;
    this.#done = () => {
      clearTimeout(timer);
      gone.removeEventListener("abort", give);
      done();
    };
    return new ReadableStream<Uint8Array>({ pull: (controller) => this.#pull(controller), cancel: give });
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    try {
      const outputs = await this.#drive.next();
      if (outputs === null) return this.#last(controller, await this.#end());
      if (this.#unread) return;
      if (outputs.length === 0) return controller.enqueue(this.#encoder.silence());
      for (const { type } of outputs) if (type === "publication") this.#publications++;
      const chunk = this.#encoder.outputs(outputs);
      this.#evaluation.sends(chunk);
      controller.enqueue(chunk);
    } catch (error) {
      console.error(JSON.stringify({ event: "orc-run-failed", run: this.#asked.id, error: String(error) }));
      await this.#giveUp();
      controller.error(error);
    }
  }

  #last(controller: ReadableStreamDefaultController<Uint8Array>, summary: Summary): void {
    if (this.#unread) return;
    controller.enqueue(this.#encoder.end(summary));
    controller.close();
  }

  async #giveUp(): Promise<void> {
    this.#unread = true;
    this.#drive.stop();
    await this.#end();
  }

  /** Settles, once. */
  #end(): Promise<Summary> {
    return (this.#ended ??= this.#settle().finally(() => this.#done()));
  }

  async #settle(): Promise<Summary> {
    const run = this.#run;
    this.#drive.stop();
    await this.#drive.settled();
    leave(run);
    const state = this.#drive.late ? "timeout" : (run.end?.state ?? "cancelled");
    const why = run.end?.state === "overrun" ? { code: run.end.code, text: run.end.text } : {};
    const failed = state === "halted" || state === "blocked" ? null : ERRORS[state];
    const fuel = fuelOf(run);
    const calls = this.#algorithms.count;
    const own = await this.#evaluation.settle(fuel, calls, failed);
    const { spent: cost } = this.#ceiling;
    const publications = this.#publications;
    if (own === null) return { state, ...why, code: "settlement-refused", publications, calls, fuel, cost };
    return { state, ...why, publications, calls, fuel, cost };
  }
}

const NO_SIGNALS = refused("NotDurable", "Only a durable run has signals: send the program to POST /v1/runs");

/** Milliseconds after the deadline at which a stream that nobody reads is given up. */
const STALLED_MS = 1_000;

/** How the record of an evaluation calls what ended it. */
const ERRORS = { overrun: "Overrun", cancelled: "Cancelled", timeout: "TimeoutError" } as const;
