// How long a call runs before others have their turn. Fuel per millisecond differs by kernel and grows when the engine
// optimises, so a slice's fuel is adapted each time the call yields; and where many calls run, each takes less of a turn.
// It decides when a call pauses, never what it costs. One per call: it keeps nothing in common with other calls, because
// they may run in other isolates of the same thread. What they do shows in how late this call's turn comes.
//
// Tried instead: slices of 1 ms, each call staying away until the others are nearly through. Neighbours' median was better
// by a quarter and more fuel ran in the same processor time, but their slowest answers took longer: a slice that is
// misjudged then lasts three times as long.
import { LIMITS } from "../../limits.ts";

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Fuel of a slice: at least what pays for the yield; at most 3 ms of quick code, and as much as one may do of the slowest
 * there is, which nobody can foresee (loads that all miss the caches take 160 ns a fuel: `bench -- fuel-weights`).
 */
export const SLICE_FUEL: Bounds = { least: 100_000, most: 10_000_000 };

/** Milliseconds of a slice: at most, and in a crowd. Yielding takes some 0.05 ms, which must stay a small part. */
export const SLICE_MS: Bounds = { least: 0.25, most: 3 };

/** How long a call's slices may be while no other call runs. */
export interface Pace {
  /** Milliseconds and fuel of a slice at most. */
  readonly ms: number;
  readonly fuel: number;
}

const CALL: Pace = { ms: SLICE_MS.most, fuel: SLICE_FUEL.most };

/** A job's batch, for which nobody waits: where timers are slow, half of its time would pass between slices of 3 ms. */
export const BATCH: Pace = { ms: 8, fuel: LIMITS.sliceFuelMost };

/**
 * Milliseconds that the slices of all calls together may take between two looks at the network. A request is answered
 * after one or two such turns.
 */
const TURN_MS = 2.5;

/** What a timer takes when nobody else runs: one of 0 is one of 1 ms. */
const TIMER_MS = 1.3;

/**
 * Local workerd looks at timers only when it has slept for 1 ms, so there each turn takes some 1.15 ms, even one that was asked
 * for long ago. Where it takes no longer, over the last slices, nobody else runs. Where such a share of turns comes sooner than
 * that, this tells nothing.
 */
const ALONE_MS = 1.28;
const SOON_MS = 0.5;
const SOON_SHARE = 0.25;

/** How a share of a turn is given up, at most by this factor at once, and, in ms, taken back. */
const RETREAT = 0.8;
const RECOVERY_MS = 0.05;

/** By how much a slice's fuel may grow at once: code may be slower than what was measured. */
const GROWTH = 2;

/** How much of what was measured is kept at each yield: clocks tell whole milliseconds, so one slice says little. */
const MEMORY = 0.85;
const LONG_MEMORY = 0.95;

/** Lets other tasks in. Of what workerd offers only timers do: promises, messages and RPC starve the network. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

export interface Clock {
  /** Milliseconds. May stand still while code runs: then it moves while the call waits for its turn. */
  now(): number;
  /** Asks for the call's next turn. Resolves when it is there: in TIMER_MS at the soonest, and not while code runs. */
  turn(): Promise<void>;
}

/** A turn that was asked for, when, and whether it has been: then it is of no use any more. */
interface Asked {
  readonly at: number;
  readonly turn: Promise<void>;
  over: boolean;
}

const CLOCK: Clock = { now: () => performance.now(), turn: nextTurn };

const within = (value: number, { least, most }: Bounds): number => Math.min(most, Math.max(least, value));

export class Governor {
  readonly #clock: Clock;
  readonly #pace: Pace;
  #fuel: number;
  #ms = SLICE_MS.most;
  #resumed: number;
  #next: Asked | null = null;
  /** Fading sums over the last slices: fuel, milliseconds they ran, then waited, then were late, and how many they were. */
  #used = 0;
  #ran = 0;
  #waited = 0;
  #late = 0;
  #slices = 0;
  /** The same, over more of them: milliseconds until the next turn, how many of these came soon, and slices. */
  #between = 0;
  #soon = 0;
  #turns = 0;
  /** Whether a turn may come soon here. */
  #quick = false;

  /** @param first fuel of the first slice, before anything is known of the code */
  constructor(first: number, pace: Pace = CALL, clock: Clock = CLOCK) {
    this.#clock = clock;
    this.#pace = pace;
    this.#fuel = within(first, { least: SLICE_FUEL.least, most: pace.fuel });
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

  /**
   * The call goes on for a while: its next turn is asked for now, so that it need not wait for the timer then. Where timers
   * are looked at without sleeping (not so in local workerd: ALONE_MS) it has run out by the time the slice ends; the network has
   * its turn all the same, because only there timers are looked at.
   */
  ahead(): void {
    if (this.#next !== null && !this.#next.over) return;
    const asked: Asked = { at: this.#clock.now(), turn: this.#clock.turn(), over: false };
    void asked.turn.then(() => (asked.over = true));
    this.#next = asked;
  }

  /** Lets others run. @param used fuel since the last turn, or null when the time since then tells nothing of the code */
  async yield(used: number | null): Promise<void> {
    const paused = this.#clock.now();
    const asked = this.#next?.over === false ? this.#next : null;
    const at = asked?.at ?? null;
    await (asked?.turn ?? this.#clock.turn());
    this.#next = null;
    const resumed = this.#clock.now();
    this.#came(resumed - paused);
    if (used !== null) {
      const waited = resumed - paused - (at === null ? TIMER_MS : 0);
      const late = resumed - Math.max(paused, (at ?? paused) + TIMER_MS);
      this.#note(used, paused - this.#resumed, Math.max(0, waited), Math.max(0, late));
    }
    this.#resumed = resumed;
    this.ahead();
  }

  /** @param ms from the slice's end to the next turn */
  #came(ms: number): void {
    this.#between = this.#between * LONG_MEMORY + ms;
    this.#soon = this.#soon * LONG_MEMORY + (ms < SOON_MS ? 1 : 0);
    this.#turns = this.#turns * LONG_MEMORY + 1;
    this.#quick ||= this.#soon > SOON_SHARE * this.#turns;
  }

  /** @param waited ms from the slice's end to the next @param late how much of it after the timer had run out */
  #note(used: number, ran: number, waited: number, late: number): void {
    this.#used = this.#used * MEMORY + used;
    this.#ran = this.#ran * MEMORY + ran;
    this.#waited = this.#waited * MEMORY + waited;
    this.#late = this.#late * MEMORY + late;
    this.#slices = this.#slices * MEMORY + 1;
    // A clock that stands still while code runs moves on while the call waits: then nothing is known of others.
    const frozen = this.#ran === 0;
    if (!frozen) this.#share((this.#ran + this.#late) / this.#slices);
    this.#adapt(frozen ? this.#waited : this.#ran);
  }

  /** Aims at slices of #ms. When no time has moved, the length stays. */
  #adapt(ran: number): void {
    if (ran <= 0) return;
    const bounds = { least: SLICE_FUEL.least, most: this.#pace.fuel };
    this.#fuel = within(Math.min((this.#used / ran) * this.#ms, this.#fuel * GROWTH), bounds);
  }

  /**
   * Takes all there is where nobody else runs. Otherwise gives up in proportion when all slices of a turn take too long, and
   * takes back in small equal steps when they do not: so the shares of calls that run at the same time become equal.
   * @param turn milliseconds of all slices of a turn
   */
  #share(turn: number): void {
    const alone = !this.#quick && this.#between <= ALONE_MS * this.#turns;
    const own = Math.min(this.#ms, SLICE_MS.most);
    const ms = turn > TURN_MS ? own * Math.max(RETREAT, TURN_MS / turn) : own + RECOVERY_MS;
    this.#ms = alone ? Math.min(this.#pace.ms, this.#ms * GROWTH) : within(ms, SLICE_MS);
  }
}
