// Admission: an isolate has 128 MB for all calls alive in it, so their memories and buffers together stay below
// LIMITS.isolateBytes. A call that does not fit goes to another replica of its build, or waits its turn.
import { LIMITS } from "../limits.ts";
import { type Result, err, ok } from "../market/result.ts";

interface Waiter {
  readonly bytes: number;
  wake(replica: number): void;
}

/** The calls of one build in this worker isolate. */
interface Build {
  /** Bytes held, by replica. */
  readonly held: number[];
  readonly waiting: Waiter[];
}

/** Time after which a waiting request looks again by itself: the runtime ends requests that wait for nothing. */
const LOOK_AGAIN_MS = 1_000;

export class Admission {
  readonly #capacity: number;
  readonly #replicas: number;
  readonly #waitingCalls: number;
  readonly #builds = new Map<string, Build>();
  #waiting = 0;

  constructor(capacity: number, replicas: number, waitingCalls: number) {
    this.#capacity = capacity;
    this.#replicas = replicas;
    this.#waitingCalls = waitingCalls;
  }

  /**
   * Runs work while it holds `bytes` of one of the build's isolates.
   * @param bytes at most the capacity of an isolate
   * @returns busy when too many wait already
   */
  async admit<T>(build: string, bytes: number, work: (replica: number) => Promise<T>): Promise<Result<T, "busy">> {
    const replica = this.#enter(build, bytes) ?? (await this.#wait(build, bytes));
    if (replica === null) return err("busy");
    try {
      return ok(await work(replica));
    } finally {
      this.#leave(build, replica, bytes);
    }
  }

  #enter(id: string, bytes: number): number | null {
    const build = this.#builds.get(id) ?? { held: Array<number>(this.#replicas).fill(0), waiting: [] };
    this.#builds.set(id, build);
    // Who came first goes first, unless nothing is held at all.
    if (build.waiting.length > 0 && build.held.some((held) => held > 0)) return null;
    return this.#place(build, bytes);
  }

  #place(build: Build, bytes: number): number | null {
    const replica = build.held.findIndex((held) => held === 0 || held + bytes <= this.#capacity);
    if (replica < 0) return null;
    build.held[replica] = (build.held[replica] ?? 0) + bytes;
    return replica;
  }

  async #wait(id: string, bytes: number): Promise<number | null> {
    const build = this.#builds.get(id);
    if (build === undefined || this.#waiting >= this.#waitingCalls) return null;
    this.#waiting++;
    let woken: number | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let resolve: (() => void) | undefined;
    const waiter: Waiter = {
      bytes,
      wake: (replica) => {
        woken = replica;
        resolve?.();
      },
    };
    build.waiting.push(waiter);
    while (woken === undefined) {
      await new Promise<void>((done) => {
        resolve = done;
        timer = setTimeout(done, LOOK_AGAIN_MS);
      });
      clearTimeout(timer);
    }
    this.#waiting--;
    return woken;
  }

  #leave(id: string, replica: number, bytes: number): void {
    const build = this.#builds.get(id);
    if (build === undefined) return;
    build.held[replica] = (build.held[replica] ?? 0) - bytes;
    for (let first = build.waiting[0]; first !== undefined; first = build.waiting[0]) {
      const place = this.#place(build, first.bytes);
      if (place === null) return;
      build.waiting.shift();
      first.wake(place);
    }
    if (build.held.every((held) => held === 0)) this.#builds.delete(id);
  }
}

export const admission = new Admission(LIMITS.isolateBytes, LIMITS.replicas, LIMITS.waitingCalls);
