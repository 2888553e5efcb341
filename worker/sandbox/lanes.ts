// Where batches of jobs may run: in this process, and in each annex. A lane is what one thread runs one after the other, so a
// batch goes to the one that has least to do.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { Admission, type Place, admission } from "./admission.ts";
import type { AnnexStub } from "./annex.ts";
import { type Build, type Runner, loadSandbox } from "./loader.ts";

/** What is to be run. */
export interface Opened extends Build {
  readonly code: Uint8Array;
}

/** Sends batches to a sandbox, one after the other. The bytes of each are copied when `batch` returns. */
export type Sender = Pick<Runner, "batch" | typeof Symbol.dispose>;

export interface Lane {
  readonly admission: Admission;
  /** Batches that it has at most: where they come from another process the next is there when one ends. */
  readonly most: number;
  /** Whether it failed a moment ago. */
  rests(): boolean;
  open(env: Env, build: Opened, replica: number, tail: Fetcher | null): Promise<Sender>;
}

/** Milliseconds for which nothing is sent to an annex that failed: it is started again meanwhile. */
const REST_MS = 1_000;

const HERE: Lane = {
  admission,
  most: 1,
  rests: () => false,
  open: async (env, build, replica, tail) => {
    const guest = await loadSandbox(env, build, build.code, replica, tail);
    return { batch: (batch, host) => guest.batch(batch, host), [Symbol.dispose]: () => undefined };
  },
};

export class AnnexLane implements Lane {
  readonly admission = new Admission(LIMITS);
  readonly most = 2;
  readonly #name: `ANNEX_${number}`;
  /** Hashes of the code that was brought there. */
  readonly #brought = new Set<string>();
  /** In ms since 1970. */
  #restsUntil = 0;

  constructor(name: `ANNEX_${number}`) {
    this.#name = name;
  }

  rests(): boolean {
    return Date.now() < this.#restsUntil;
  }

  async open(env: Env, opened: Opened, replica: number): Promise<Sender> {
    const annex = env[this.#name];
    if (annex === undefined) throw new Error(`no binding ${this.#name}`);
    const build: Build = { metered: opened.metered, manifest: { abi: opened.manifest.abi } };
    // One that began anew, or keeps other code by now, gets it once more.
    const runner =
      (await this.#opened(annex, build, opened.code, replica)) ??
      (await this.#opened(annex, build, opened.code, replica));
    if (runner === null) throw this.#fails(new Error("the annex has not got the code"));
    return {
      batch: (batch, host) => this.#heard(runner.batch(batch, host)),
      [Symbol.dispose]: () => runner[Symbol.dispose](),
    };
  }

  /** @returns null: the code is not there */
  async #opened(annex: AnnexStub, build: Build, code: Uint8Array, replica: number): Promise<Runner | null> {
    const { sha256 } = build.metered;
    if (!this.#brought.has(sha256)) {
      if (!(await this.#heard(annex.bring(build, code)))) return null;
      this.#brought.add(sha256);
    }
    const runner = await this.#heard(annex.open(build, replica));
    if (runner === null) this.#brought.clear();
    return runner;
  }

  #heard<T>(answer: Promise<T>): Promise<T> {
    return answer.catch((error: unknown) => {
      throw this.#fails(error);
    });
  }

  /** It rests for a moment, and may have nothing of what was brought. */
  #fails(error: unknown): unknown {
    this.#restsUntil = Date.now() + REST_MS;
    this.#brought.clear();
    return error;
  }
}

let lanes: readonly Lane[] | undefined;

/** The lanes of this isolate; this process is the last of them. */
export function lanesOf(env: Env): readonly Lane[] {
  if (lanes !== undefined) return lanes;
  const annexes: Lane[] = [];
  for (let number = 1; env[`ANNEX_${number}`] !== undefined; number++) annexes.push(new AnnexLane(`ANNEX_${number}`));
  lanes = [...annexes, HERE];
  return lanes;
}

const load = ({ admission, most }: Lane): number => admission.held / most;

/** @returns the lane with least to do of those that have a place at once; null: none has */
export function freest(lanes: readonly Lane[], id: string, place: Place): Lane | null {
  const free = lanes.filter((lane) => !lane.rests() && lane.admission.fits(id, place));
  return free.reduce<Lane | null>((best, lane) => (best === null || load(lane) < load(best) ? lane : best), null);
}

/** Batches that all lanes have at most. */
export const mostOf = (lanes: readonly Lane[]): number => lanes.reduce((sum, { most }) => sum + most, 0);
