// Admission: an isolate has 128 MB for all calls alive in it, so their memories and buffers together stay below
// LIMITS.isolateBytes. A call that does not fit goes to another replica of its build, or waits its turn. The platform may end
// a request at any await without running its `finally`, so a place is given back by its deadline at the latest. Who waits
// looks by timers of its own whether it was let in: nobody is woken by another request (calls/waiting.ts says why).
//
// Most calls end in one go, and then hold their memory one after the other, however many are sent at once. So a call is let in
// on trust where only such may be before it; the isolate itself refuses it when others stay there (guest/room.ts), and
// then it stands in line.
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
  /** Resolves when it shall not wait any longer: asked only by who has to wait for a while. */
  readonly cancelled?: (() => Promise<void>) | null;
}

export type NotAdmitted = "busy" | "late" | "cancelled";

/** A call that waits, in the order in which they came. */
interface Waiter {
  readonly place: Place;
  /** Counts those that ever waited: less is earlier. */
  readonly came: number;
  /** When it looks next, in ms since 1970: one that does not was ended by the runtime. */
  due: number;
}

interface Holding {
  readonly replica: number;
  readonly place: Place;
  /** Whether it was let in on trust, and when, in ms since 1970. */
  readonly trusted: boolean;
  readonly since: number;
}

/** The calls of one build in this worker isolate. */
interface Build {
  readonly holdings: Set<Holding>;
  readonly waiting: Waiter[];
  /** Milliseconds that a call holds its place, of late. */
  held: number;
  /** Until when nobody is let in on trust: somebody was refused. */
  doubted: number;
}

export interface AdmissionLimits {
  /** Bytes of one isolate, isolates of one build. */
  readonly isolateBytes: number;
  readonly replicas: number;
  /** Calls that may wait here, of all builds, and the bytes of their inputs. */
  readonly waitingCalls: number;
  readonly waitingBytes: number;
}

/** Milliseconds between two looks: who is far behind looks when its turn may have come. */
const LOOK_MS = { least: 1, most: 1_000 };
/** Time for which a waiting request hears of no cancellation, so that a crowd that waits for moments costs nobody anything. */
const DEAF_MS = 250;
/** How much of what is known of how long places are held is kept each time. */
const MEMORY = 0.9;
/** Calls of one build that are let in on trust at once, and milliseconds for which they count as about to end. */
const TRUSTED = 64;
const YOUNG_MS = 1_000;
/** Milliseconds for which trust is lost. */
const DOUBT_MS = 1_000;
/** Who is so far ahead in the line may take a place that is free, so that it need not wait for the first one's look. */
const AHEAD = 6;
/** Milliseconds by which one that waits may be late with its look before it is taken for gone, and loses its turn. */
const GONE_MS = 2_000;
/** A place outlives its call's deadline by this: the call is stopped at its next slice. */
const SLACK_MS = 10_000;

/** Whether nothing is lost by forgetting it. */
const idle = ({ holdings, waiting, doubted }: Build): boolean =>
  holdings.size === 0 && waiting.length === 0 && doubted < Date.now();

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #builds = new Map<string, Build>();
  #came = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /**
   * Runs work while it holds a place in one of the build's isolates.
   * @param refused whether a call was refused there that had been let in on trust; without it none is
   * @returns busy when too many wait already; late when the place's deadline passed while it waited, cancelled likewise
   */
  async admit<T>(
    id: string,
    place: Place,
    work: (replica: number, trusted: boolean) => Promise<T>,
    refused?: (done: T) => boolean,
  ): Promise<Result<T, NotAdmitted>> {
    const trusted = refused === undefined ? null : this.#trust(this.#build(id), place);
    if (trusted !== null && refused !== undefined) {
      const done = await this.#hold(id, trusted, work);
      if (!refused(done)) return ok(done);
      this.#build(id).doubted = Date.now() + DOUBT_MS;
    }
    const build = this.#build(id);
    const holding = this.#enter(build, place) ?? (await this.#wait(id, place));
    if (typeof holding === "string") return err(holding);
    return ok(await this.#hold(id, holding, work));
  }

  async #hold<T>(id: string, holding: Holding, work: (replica: number, trusted: boolean) => Promise<T>): Promise<T> {
    const build = this.#build(id);
    try {
      return await work(holding.replica, holding.trusted);
    } finally {
      build.holdings.delete(holding);
      build.held = build.held * MEMORY + (Date.now() - holding.since) * (1 - MEMORY);
      if (idle(build)) this.#builds.delete(id);
    }
  }

  /** Places that are taken, of all builds. */
  get held(): number {
    let held = 0;
    for (const build of this.#builds.values()) {
      this.#expire(build);
      held += build.holdings.size;
    }
    return held;
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
    const made: Build = { holdings: new Set(), waiting: [], held: LOOK_MS.least, doubted: 0 };
    this.#builds.set(id, made);
    return made;
  }

  /** Lets a call in on trust: nobody waits, nobody was refused of late, and what may be before it is bounded. */
  #trust(build: Build, place: Place): Holding | null {
    this.#expire(build);
    if (build.waiting.length > 0 || build.doubted > Date.now() || build.holdings.size >= TRUSTED) return null;
    let queued = place.queued;
    for (const holding of build.holdings) queued += holding.place.queued;
    return queued > this.#limits.waitingBytes ? null : this.#take(build, place, true);
  }

  #enter(build: Build, place: Place): Holding | null {
    this.#expire(build);
    // Who came first goes first.
    return build.waiting.length > 0 ? null : this.#take(build, place);
  }

  /** The replica that has room, -1 when none has; an empty one takes any call. @param trusting who is about to end is gone */
  #room(build: Build, place: Place, trusting = false): number {
    if (build.holdings.size === 0) return 0;
    const held = Array<number>(this.#limits.replicas).fill(0);
    const young = Date.now() - YOUNG_MS;
    // One that was counted, and is on its way there, must find its room: the isolate does not know of it yet.
    const firm = new Set<number>();
    if (trusting) for (const { replica, trusted } of build.holdings) if (!trusted) firm.add(replica);
    for (const { replica, trusted, since, place: other } of build.holdings) {
      if (!trusting || !trusted || since < young || firm.has(replica))
        held[replica] = (held[replica] ?? 0) + other.bytes;
    }
    return held.findIndex((bytes) => bytes === 0 || bytes + place.bytes <= this.#limits.isolateBytes);
  }

  #take(build: Build, place: Place, trusted = false): Holding | null {
    const replica = this.#room(build, place, trusted);
    if (replica < 0) return null;
    const holding: Holding = { replica, place, trusted, since: Date.now() };
    build.holdings.add(holding);
    return holding;
  }

  async #wait(id: string, place: Place): Promise<Holding | NotAdmitted> {
    if (this.#full(place)) return "busy";
    let cancelled = false;
    let resolve: (() => void) | undefined;
    const cancel = (): void => {
      cancelled = true;
      resolve?.();
    };
    const deaf = Date.now() + DEAF_MS;
    let listens = false;
    const waiter: Waiter = { place, came: this.#came++, due: Date.now() };
    let build = this.#stand(id, waiter);
    let holding: Holding | null = null;
    while (holding === null && !cancelled && Date.now() < place.until) {
      // Who cannot be asked does not cancel: the deadline holds.
      if (!listens && Date.now() >= deaf) place.cancelled?.().then(cancel, () => undefined);
      listens = Date.now() >= deaf;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const pause = Math.min(this.#patience(build, waiter), place.until - Date.now());
      waiter.due = Date.now() + pause;
      await new Promise<void>((done) => {
        resolve = done;
        timer = setTimeout(done, pause);
      });
      clearTimeout(timer);
      build = this.#stand(id, waiter);
      if (!cancelled) holding = this.#advance(build, waiter);
    }
    const index = build.waiting.indexOf(waiter);
    if (index >= 0) build.waiting.splice(index, 1);
    return holding ?? (cancelled ? "cancelled" : "late");
  }

  /** Milliseconds until a waiter's turn may have come, by the places there may be: those that are taken just now may be few. */
  #patience(build: Build, waiter: Waiter): number {
    const before = build.waiting.indexOf(waiter) - AHEAD / 2;
    const places = this.#limits.replicas * Math.max(1, Math.floor(this.#limits.isolateBytes / waiter.place.bytes));
    return Math.min(LOOK_MS.most, Math.max(LOOK_MS.least, (before * build.held) / places));
  }

  /** Its place in the line: where it was late with its look, and was taken for gone, it stands where it stood. */
  #stand(id: string, waiter: Waiter): Build {
    waiter.due = Date.now();
    const build = this.#build(id);
    if (build.waiting.includes(waiter)) return build;
    const behind = build.waiting.findIndex(({ came }) => came > waiter.came);
    build.waiting.splice(behind < 0 ? build.waiting.length : behind, 0, waiter);
    return build;
  }

  /** Lets a waiter in, if there is room for it and for the first one, which is not to be overtaken by smaller ones. */
  #advance(build: Build, waiter: Waiter): Holding | null {
    this.#expire(build);
    const first = build.waiting[0]?.place ?? waiter.place;
    if (build.waiting.indexOf(waiter) > AHEAD || this.#room(build, first) < 0) return null;
    return this.#take(build, waiter.place);
  }

  #full(place: Place): boolean {
    let calls = 1;
    let bytes = place.queued;
    for (const [id, build] of this.#builds) {
      this.#expire(build);
      if (idle(build)) this.#builds.delete(id);
      calls += build.waiting.length;
      for (const waiter of build.waiting) bytes += waiter.place.queued;
    }
    return calls > this.#limits.waitingCalls || bytes > this.#limits.waitingBytes;
  }

  /** Takes back what calls left behind that are over and never said so. */
  #expire(build: Build): void {
    const now = Date.now();
    for (const holding of build.holdings) if (holding.place.until + SLACK_MS < now) build.holdings.delete(holding);
    const gone = ({ due }: Waiter): boolean => due + GONE_MS < now;
    for (let at = build.waiting.findIndex(gone); at >= 0; at = build.waiting.findIndex(gone))
      build.waiting.splice(at, 1);
  }
}

export const admission = new Admission(LIMITS);
