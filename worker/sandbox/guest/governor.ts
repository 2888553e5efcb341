// How long a call runs before others have their turn, and how long it then stays away. Fuel per millisecond differs by
// kernel and grows when the engine optimises, so a slice's fuel is adapted each time the call yields. Where many calls run
// each comes back when the others are nearly through, so that they run one by one with a look at the network between two,
// and not all of them in one turn of the event loop. It decides when a call pauses, never what it costs. One per call: it
// keeps nothing in common with other calls, because they may run in other isolates of the same thread. What they do shows
// in how late this call's turn comes.

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Fuel of a slice: at least what pays for the yield; at most 3 ms of quick code, and as much as one may do of the slowest
 * there is, which nobody can foresee (loads that all miss the caches take 160 ns a fuel: `bench -- fuel-weights`).
 */
export const SLICE_FUEL: Bounds = { least: 100_000, most: 10_000_000 };

/** Milliseconds of a slice: in a crowd, and alone. Yielding takes some 0.1 ms, which must stay a small part. */
export const SLICE_MS: Bounds = { least: 1, most: 3 };

/** Milliseconds that a yield takes when nobody else runs, for a timer of 0 is one of 1 ms; more than that is others. */
const YIELD_MS = 1.3;

/**
 * How a slice shrinks by each millisecond that others take; not so much that two calls differ because the shorter slice
 * of one ends before the timer of the other, which then knows nothing of it.
 */
const RETREAT = 0.5;

/**
 * Of the time for which others kept it waiting, a call stays away so much of its own accord the next time: so much less
 * than all of it that it notices when they have gone. And milliseconds by which a timer comes late.
 */
const AWAY = 0.9;
const TIMER_MS = 0.5;

/** Milliseconds that a call stays away at most. */
const AWAY_MOST = 200;

/**
 * What others take is the least wait of late, for a single one may be long because the machine was busy elsewhere: the
 * least is forgotten by this factor and, in milliseconds, at each yield.
 */
const FORGOTTEN = 1.05;
const FORGOTTEN_MS = 0.1;

/** By how much a slice's fuel may grow at once: code may be slower than what was measured. */
const GROWTH = 2;

/** How much of what was measured is kept at each yield: clocks tell whole milliseconds, so one slice says little. */
const MEMORY = 0.85;

/** Lets other tasks in. Of what workerd offers only timers do: promises, messages and RPC starve the network. */
const nextTurn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Clock {
  /** Milliseconds. May stand still while code runs: then it moves while the call waits for its turn. */
  now(): number;
  /** Resolves when it is this call's turn again, in so many milliseconds at the earliest. */
  turn(ms: number): Promise<void>;
}

const CLOCK: Clock = { now: () => performance.now(), turn: nextTurn };

const within = (value: number, { least, most }: Bounds): number => Math.min(most, Math.max(least, value));

export class Governor {
  readonly #clock: Clock;
  #fuel: number;
  #ms = SLICE_MS.most;
  /** Milliseconds that the call stays away after its slice. */
  #away = 0;
  #resumed: number;
  /** Fading sums over the last slices: fuel, milliseconds they ran and then waited, and how many they were. */
  #used = 0;
  #ran = 0;
  #waited = 0;
  #slices = 0;
  /** The least that the call waited of late, in milliseconds. */
  #least = YIELD_MS;

  /** @param first fuel of the first slice, before anything is known of the code */
  constructor(first: number, clock: Clock = CLOCK) {
    this.#clock = clock;
    this.#fuel = within(first, SLICE_FUEL);
    this.#resumed = clock.now();
  }

  /** Fuel of the next slice. */
  get slice(): number {
    return Math.round(this.#fuel);
  }

  /** The module begins to run. */
  start(): void {
    this.#resumed = this.#clock.now();
  }

  /** Lets others run. @param used fuel since the last turn, or null when the time since then tells nothing of the code */
  async yield(used: number | null): Promise<void> {
    const paused = this.#clock.now();
    await this.#clock.turn(this.#away);
    const resumed = this.#clock.now();
    if (used !== null) this.#note(used, paused - this.#resumed, resumed - paused);
    this.#resumed = resumed;
  }

  #note(used: number, ran: number, waited: number): void {
    this.#used = this.#used * MEMORY + used;
    this.#ran = this.#ran * MEMORY + ran;
    this.#waited = this.#waited * MEMORY + waited;
    this.#slices = this.#slices * MEMORY + 1;
    this.#least = Math.min(waited, this.#least * FORGOTTEN + FORGOTTEN_MS);
    // A clock that stands still while code runs moves on while the call waits: then nothing is known of others.
    if (this.#ran > 0) this.#makeRoom();
    this.#adapt(this.#ran > 0 ? this.#ran : Math.max(0, this.#waited - YIELD_MS * this.#slices));
  }

  /** Aims at slices of #ms. When no time has moved, the length stays. */
  #adapt(ran: number): void {
    if (ran <= 0) return;
    this.#fuel = within(Math.min((this.#used / ran) * this.#ms, this.#fuel * GROWTH), SLICE_FUEL);
  }

  #makeRoom(): void {
    const others = Math.max(0, this.#least - YIELD_MS);
    this.#ms = within(SLICE_MS.most / (1 + others * RETREAT), SLICE_MS);
    this.#away = Math.min(AWAY_MOST, Math.max(0, Math.floor(this.#least * AWAY - TIMER_MS)));
  }
}
