// Admission: an isolate has 128 MB for all calls alive in it, so their memories and buffers together stay below
// LIMITS.isolateBytes. A call that does not fit goes to another replica of its build, or waits its turn. The platform may end
// a request at any await without running its `finally`, so a place is given back by its deadline at the latest.
import { LIMITS } from "../limits.ts";
import { type Result, err, ok } from "../market/result.ts";

/** What a call asks for. */
export interface Place {
  /** Bytes it will hold in the isolate: at most the capacity of one. */
  readonly bytes: number;
  /** Bytes it holds here while it waits: its input. */
  readonly queued: number;
  /** When it must be over, in ms since 1970. */
  readonly until: number;
  /** Resolves when it shall not wait any longer: asked only by who has to wait. */
  readonly cancelled?: (() => Promise<void>) | null;
}

export type NotAdmitted = "busy" | "late" | "cancelled";

interface Waiter {
  readonly place: Place;
  wake(holding: Holding): void;
}

interface Holding {
  readonly replica: number;
  readonly place: Place;
}

/** The calls of one build in this worker isolate. */
interface Build {
  readonly holdings: Set<Holding>;
  readonly waiting: Waiter[];
}

export interface AdmissionLimits {
  /** Bytes of one isolate, isolates of one build. */
  readonly isolateBytes: number;
  readonly replicas: number;
  /** Calls that may wait here, of all builds, and the bytes of their inputs. */
  readonly waitingCalls: number;
  readonly waitingBytes: number;
}

/** Time after which a waiting request looks again by itself: the runtime ends requests that wait for nothing. */
const LOOK_AGAIN_MS = 1_000;
/** A place outlives its call's deadline by this: the call is stopped at its next slice. */
const SLACK_MS = 10_000;

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #builds = new Map<string, Build>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /**
   * Runs work while it holds a place in one of the build's isolates.
   * @returns busy when too many wait already; late when the place's deadline passed while it waited, cancelled likewise
   */
  async admit<T>(id: string, place: Place, work: (replica: number) => Promise<T>): Promise<Result<T, NotAdmitted>> {
    const build = this.#build(id);
    const holding = this.#enter(build, place) ?? (await this.#wait(build, place));
    if (typeof holding === "string") return err(holding);
    try {
      return ok(await work(holding.replica));
    } finally {
      build.holdings.delete(holding);
      this.#serve(id, build);
    }
  }

  /** Whether a call would get a place at once. */
  fits(id: string, place: Place): boolean {
    const build = this.#builds.get(id);
    if (build === undefined) return true;
    this.#expire(build);
    return build.waiting.length === 0 && this.#room(build, place) >= 0;
  }

  #build(id: string): Build {
    const known = this.#builds.get(id);
    if (known !== undefined) return known;
    const made: Build = { holdings: new Set(), waiting: [] };
    this.#builds.set(id, made);
    return made;
  }

  #enter(build: Build, place: Place): Holding | null {
    this.#expire(build);
    // Who came first goes first, unless nothing is held at all.
    return build.waiting.length > 0 && build.holdings.size > 0 ? null : this.#take(build, place);
  }

  /** The replica that has room, -1 when none has; an empty one takes any call. */
  #room(build: Build, place: Place): number {
    if (build.holdings.size === 0) return 0;
    const held = Array<number>(this.#limits.replicas).fill(0);
    for (const holding of build.holdings) held[holding.replica] = (held[holding.replica] ?? 0) + holding.place.bytes;
    return held.findIndex((bytes) => bytes === 0 || bytes + place.bytes <= this.#limits.isolateBytes);
  }

  #take(build: Build, place: Place): Holding | null {
    const replica = this.#room(build, place);
    if (replica < 0) return null;
    const holding = { replica, place };
    build.holdings.add(holding);
    return holding;
  }

  async #wait(build: Build, place: Place): Promise<Holding | NotAdmitted> {
    if (this.#full(place)) return "busy";
    let given: Holding | undefined;
    let resolve: (() => void) | undefined;
    let cancelled = false;
    const cancel = (): void => {
      cancelled = true;
      resolve?.();
    };
    // Who cannot be asked does not cancel: the deadline holds.
    place.cancelled?.().then(cancel, () => undefined);
    const waiter: Waiter = {
      place,
      wake: (holding) => {
        given = holding;
        resolve?.();
      },
    };
    build.waiting.push(waiter);
    while (given === undefined && !cancelled && Date.now() < place.until) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((done) => {
        resolve = done;
        timer = setTimeout(done, Math.min(LOOK_AGAIN_MS, place.until - Date.now()));
      });
      clearTimeout(timer);
    }
    if (given !== undefined) return given;
    const index = build.waiting.indexOf(waiter);
    if (index >= 0) build.waiting.splice(index, 1);
    return cancelled ? "cancelled" : "late";
  }

  #full(place: Place): boolean {
    let calls = 1;
    let bytes = place.queued;
    for (const build of this.#builds.values()) {
      this.#expire(build);
      calls += build.waiting.length;
      for (const waiter of build.waiting) bytes += waiter.place.queued;
    }
    return calls > this.#limits.waitingCalls || bytes > this.#limits.waitingBytes;
  }

  /** Takes back what calls left behind that are over and never said so. */
  #expire(build: Build): void {
    const now = Date.now();
    for (const holding of build.holdings) if (holding.place.until + SLACK_MS < now) build.holdings.delete(holding);
    while (build.waiting[0] !== undefined && build.waiting[0].place.until + SLACK_MS < now) build.waiting.shift();
  }

  /** Lets in who can be let in, in order. */
  #serve(id: string, build: Build): void {
    this.#expire(build);
    for (let first = build.waiting[0]; first !== undefined; first = build.waiting[0]) {
      const holding = this.#take(build, first.place);
      if (holding === null) return;
      build.waiting.shift();
      first.wake(holding);
    }
    if (build.holdings.size === 0) this.#builds.delete(id);
  }
}

export const admission = new Admission(LIMITS);
