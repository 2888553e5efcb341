// Clocks that a run is driven by: real time, and simulated time for tests. Milliseconds since the run began.
import { heapPop, heapPush } from "./engine/heap.ts";

export interface Clock {
  now(): number;
  /**
   * Waits until it is `until` (undefined: for ever), or `woken` is fulfilled.
   * @param answers whether an answer from outside may come: simulated time then lets it come first
   */
  wait(until: number | undefined, woken: Promise<void>, answers: boolean): Promise<void>;
  /** Lets the host do other things between two slices of a run that is busy. */
  breathe(): Promise<void>;
}

/** One turn of the host's event loop. */
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Longest time that a host's timer takes: 24 days. */
const LONGEST = 2 ** 31 - 1;

/** Of so many slices of a busy run one is followed by a turn of the host's event loop: about every 50 ms. */
const SLICES = 4;

/** @param host milliseconds of the host's clock */
export function realClock(host: () => number = () => Date.now()): Clock {
  const start = host();
  let slices = 0;
  const now = (): number => Math.max(0, Math.floor(host() - start));
  return {
    now,
    breathe: () => (++slices % SLICES === 0 ? turn() : Promise.resolve()),
    async wait(until, woken) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const races = [woken];
      if (until !== undefined) {
        const rest = Math.min(Math.max(0, until - now()), LONGEST);
        races.push(new Promise((resolve) => (timer = setTimeout(resolve, rest))));
      }
      await Promise.race(races);
      clearTimeout(timer);
    },
  };
}

interface Event {
  readonly at: number;
  readonly turn: number;
  readonly act: () => void;
}

const earlier = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.turn < b.turn);

/** Slices of a run that is busy all the time after which simulated time begins to creep. */
const PATIENCE = 100;

/**
 * Time goes on only when nothing else can: then at once to the next timer or event. Only in a run that never rests it goes on by a
 * millisecond a slice, else its timers would starve.
 */
export class SimulatedClock implements Clock {
  private time = 0;
  private busy = 0;
  private turns = 0;
  private readonly events: Event[] = [];

  now(): number {
    return this.time;
  }

  /** Something that happens outside the run in so many milliseconds. */
  after(milliseconds: number, act: () => void): void {
    heapPush(this.events, { at: this.time + milliseconds, turn: this.turns++, act }, earlier);
  }

  breathe(): Promise<void> {
    if (++this.busy > PATIENCE) this.passTo(this.time + 1);
    return turn();
  }

  async wait(until: number | undefined, woken: Promise<void>, answers: boolean): Promise<void> {
    this.busy = 0;
    if (answers && (await this.answered(woken))) return;
    const next = this.events[0]?.at ?? Number.POSITIVE_INFINITY;
    const at = Math.min(until ?? Number.POSITIVE_INFINITY, next);
    if (at === Number.POSITIVE_INFINITY) return woken;
    this.passTo(at);
  }

  private passTo(time: number): void {
    this.time = Math.max(this.time, time);
    while ((this.events[0]?.at ?? Number.POSITIVE_INFINITY) <= this.time) heapPop(this.events, earlier)?.act();
  }

  /** Gives answers that are on their way one turn of the host. */
  private async answered(woken: Promise<void>): Promise<boolean> {
    let came = false;
    void woken.then(() => (came = true));
    await turn();
    return came;
  }
}
