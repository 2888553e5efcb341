// Where batches of jobs run: in the annexes; in this process where there are none, or none can. A lane is what one thread runs one
// after the other, so a batch goes to the annex that has least to do.
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
  /** Batches of one build that one object sends it at most: where they come from another process the next is there when one ends. */
  readonly most: number;
  /** Whether it failed a moment ago. */
  rests(): boolean;
  open(env: Env, build: Opened, replica: number, tail: Fetcher | null): Promise<Sender>;
}

/** Milliseconds for which nothing is sent to an annex that failed (it is started again meanwhile), or that was silent. */
const REST_MS = { failed: 1_000, silent: 10_000 };
/** Milliseconds after which one of which nothing is heard is asked whether it is there, and that it has for an answer. */
const SILENT_MS = 2_000;

/** @returns null: it has not come within so many milliseconds */
async function within<T>(ms: number, answer: Promise<T>): Promise<{ readonly value: T } | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([answer.then((value) => ({ value })), late]);
  } finally {
    clearTimeout(timer);
  }
}

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
  readonly most = 3;
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
      batch: (batch, host) => this.#heard(annex, runner.batch(batch, host)),
      [Symbol.dispose]: () => runner[Symbol.dispose](),
    };
  }

  /** @returns null: the code is not there */
  async #opened(annex: AnnexStub, build: Build, code: Uint8Array, replica: number): Promise<Runner | null> {
    const { sha256 } = build.metered;
    if (!this.#brought.has(sha256)) {
      if (!(await this.#heard(annex, annex.bring(build, code)))) return null;
      this.#brought.add(sha256);
    }
    const runner = await this.#heard(annex, annex.open(build, replica));
    if (runner === null) this.#brought.clear();
    return runner;
  }

  /** Waits for an answer as long as the annex is there. Each by itself: nobody is woken by another request. */
  async #heard<T>(annex: AnnexStub, answer: Promise<T>): Promise<T> {
    try {
      for (;;) {
        const heard = await within(SILENT_MS, answer);
        if (heard !== null) return heard.value;
        if ((await within(SILENT_MS, annex.alive())) === null) break;
      }
    } catch (error) {
      throw this.#fails(error);
    }
    throw this.#fails(new Error("the annex is silent"), REST_MS.silent);
  }

  /** It rests for a while, and may have nothing of what was brought. */
  #fails(error: unknown, rest = REST_MS.failed): unknown {
    this.#restsUntil = Date.now() + rest;
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

/**
 * This process brings the annexes what they work on, and serves everybody: it runs batches itself only while none of them can.
 * @param lanes this process the last of them @returns the lane with least to do of those that have a place at once; null: none has
 */
export function freest(lanes: readonly Lane[], id: string, place: Place): Lane | null {
  const annexes = lanes.slice(0, -1).filter((lane) => !lane.rests());
  const free = (annexes.length > 0 ? annexes : lanes.slice(-1)).filter(({ admission }) => admission.fits(id, place));
  return free.reduce<Lane | null>((best, lane) => (best === null || load(lane) < load(best) ? lane : best), null);
}

/** Batches of one build that one object has out at most. */
export const mostOf = (lanes: readonly Lane[]): number =>
  Math.max(
    1,
    lanes.slice(0, -1).reduce((sum, { most }) => sum + most, 0),
  );
