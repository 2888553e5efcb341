// The client of Orcade for TypeScript and JavaScript: browsers, Node 20 and later, workers. It needs nothing but `fetch`.
import { Accounts, Keys } from "./accounts.ts";
import { Algorithms } from "./algorithms.ts";
import { type CallOptions, Calls, type Input } from "./calls.ts";
import { Data } from "./data.ts";
import { Jobs } from "./jobs.ts";
import { type OrcOptions, type Program, runProgram } from "./orc.ts";
import { Runs } from "./runs.ts";
import { Transport, type TransportOptions } from "./transport.ts";
import type { Answer, Publication } from "./types.ts";

export { OrcadeError, AlgorithmError } from "./errors.ts";
export type { Pages } from "./pages.ts";
export type { CallOptions, Input, Pending } from "./calls.ts";
export type { DataFile, DataOptions, PutOptions } from "./data.ts";
export type { Job, JobWish } from "./jobs.ts";
export type { DurableRun, RunOptions } from "./runs.ts";
export type { TransportOptions } from "./transport.ts";
export type * from "./types.ts";

export type OrcadeOptions = TransportOptions;

export class Orcade {
  readonly account: Accounts;
  readonly keys: Keys;
  readonly algorithms: Algorithms;
  readonly calls: Calls;
  readonly data: Data;
  readonly runs: Runs;
  readonly jobs: Jobs;
  readonly #transport: Transport;

  /** @param options `address` without a path, and a `key`; @see TransportOptions */
  constructor(options: OrcadeOptions) {
    this.#transport = new Transport(options);
    this.account = new Accounts(this.#transport);
    this.keys = new Keys(this.#transport);
    this.algorithms = new Algorithms(this.#transport);
    this.calls = new Calls(this.#transport);
    this.data = new Data(this.#transport);
    this.runs = new Runs(this.#transport);
    this.jobs = new Jobs(this.#transport);
  }

  /**
   * Calls an algorithm and waits for its answer.
   * @param target `owner/name`, or `owner/name/version`
   * @param input a string goes as text, bytes as bytes, everything else as JSON
   * @throws AlgorithmError when the algorithm itself failed; OrcadeError when the call was refused
   */
  call<T = unknown>(target: string, input: Input, options: CallOptions = {}): Promise<Answer<T>> {
    return this.calls.make<T>(target, input, options);
  }

  /** Runs a program in Orc, and gives what it publishes as it comes. Leaving the loop ends the run. */
  orc(program: Program, options: OrcOptions = {}): AsyncGenerator<Publication, void, undefined> {
    return runProgram(this.#transport, program, options);
  }
}
