// Batches that are out: what each holds, when it was last heard of, and how fast such batches are. In memory only, and may be
// lost at any moment: nothing here decides what becomes of a task.
import { LIMITS } from "../limits.ts";

/** A task as it is dispatched. */
export interface Task {
  readonly number: number;
  readonly part: number;
  readonly from: number;
  readonly below: number;
  readonly depth: number;
  readonly tries: number;
}

/** A batch of tasks that is out. */
export interface Flight {
  readonly id: number;
  readonly tasks: readonly Task[];
  readonly units: number;
  /** When it was sent, or got its place after it waited for one. */
  began: number;
  /** 0; of one that repeats tasks of another that is slow, one more than of that; the same of that, when the copy was lost. */
  generation: number;
  /** Microcredits set aside for it, and fuel it may burn for them. */
  hold: number;
  fuel: number;
  /** When it was last heard of. */
  beat: number;
  /** Whether it waits for a place. */
  waits: boolean;
  /** Whether another repeats it. */
  backed: boolean;
  /** Whether it was given up: what it brings still counts. */
  lost: boolean;
}

/** A batch is slow that takes 1.3 times as long, by its units, as three of four batches did: three times, while many are out. */
const SLOW = 1.3;
const SLOW_AMONG_MANY = 3;
const QUANTILE = 0.75;
/** One that repeats another may be lost like any; it is waited for twice as long, and repeated, too, but what repeats it is not. */
export const GENERATIONS = 2;
/** Milliseconds below which nothing is slow, and what waits for a place neither; batches whose pace is remembered. */
const SLOW_MS = 250;
const SLOW_AMONG_MANY_MS = 2_000;
const QUEUE_MS = 10_000;
const PACES = 64;

/** A piece of a task that was cut is another one, also where it begins as that did. */
const keyOf = ({ number, from, below }: Task): string => `${number} ${from} ${below}`;

function isSlow({ began, units, waits, generation }: Flight, pace: number, now: number, few: boolean): boolean {
  const usual = pace * Math.max(1, units) * 2 ** generation;
  const slow = few ? Math.max(SLOW_MS, SLOW * usual) : Math.max(SLOW_AMONG_MANY_MS, SLOW_AMONG_MANY * usual);
  return now - began >= (waits ? QUEUE_MS : slow);
}

export class Flights {
  readonly #out = new Map<number, Flight>();
  /** Milliseconds a unit took in batches that came back. */
  readonly #paces: number[] = [];
  #flown = 0;

  /** Batches that run, as far as is known. */
  get count(): number {
    let count = 0;
    for (const { lost } of this.#out.values()) if (!lost) count++;
    return count;
  }

  /** Microcredits that they hold, those included that were given up but may still come back. */
  get held(): number {
    let sum = 0;
    for (const { hold } of this.#out.values()) sum += hold;
    return sum;
  }

  /** One more is out. */
  begin(flight: Pick<Flight, "tasks" | "units" | "began" | "generation" | "hold" | "fuel">): Flight {
    const id = ++this.#flown;
    const begun = { ...flight, id, beat: flight.began, waits: false, backed: false, lost: false };
    this.#out.set(id, begun);
    return begun;
  }

  /** One is out no more. @returns false: it was not out, so it was heard of before */
  end(flight: Flight): boolean {
    return this.isOut(flight) && this.#out.delete(flight.id);
  }

  /** Whether one is out. */
  isOut(flight: Flight): boolean {
    return this.#out.get(flight.id) === flight;
  }

  /** Those that another repeats, or that repeat another, or were given up: they may bring nothing new. */
  get spare(): readonly Flight[] {
    return [...this.#out.values()].filter(({ backed, generation, lost }) => backed || generation > 0 || lost);
  }

  /** None is out any more. */
  clear(): void {
    this.#out.clear();
  }

  /** One came back: its pace is remembered, unless it was given up. */
  paced({ units, lost, began }: Flight, now: number): void {
    if (units === 0 || lost) return;
    this.#paces.push((now - began) / units);
    if (this.#paces.length > PACES) this.#paces.shift();
  }

  /** Those that were silent for too long. */
  silent(now: number): readonly Flight[] {
    return [...this.#out.values()].filter(({ beat, lost }) => !lost && now - beat > LIMITS.jobLeaseMs);
  }

  /**
   * Those that take too long, and that no other repeats; none while no pace is known.
   * @param few whether most tasks are done: before that batches hold one another up, and are not slow so soon
   */
  slow(now: number, few: boolean): readonly Flight[] {
    if (this.#paces.length === 0) return [];
    const pace = this.#pace;
    return [...this.#out.values()].filter(
      (flight) => !flight.backed && flight.generation < GENERATIONS && !flight.lost && isSlow(flight, pace, now, few),
    );
  }

  /** Whether one takes too long; false while no pace is known. @param few as above */
  isSlow(flight: Flight, now: number, few: boolean): boolean {
    return this.#paces.length > 0 && isSlow(flight, this.#pace, now, few);
  }

  /** Milliseconds that a unit takes three of four batches at most. */
  get #pace(): number {
    return this.#paces.toSorted((a, b) => a - b)[Math.floor(this.#paces.length * QUANTILE)] ?? 0;
  }

  /** A copy was lost: what it repeated may be repeated once more, after a while. */
  unbacked({ tasks, generation }: Flight): void {
    const keys = new Set(tasks.map(keyOf));
    for (const flight of this.#out.values()) {
      if (!flight.backed || !flight.tasks.some((task) => keys.has(keyOf(task)))) continue;
      flight.backed = false;
      flight.generation = Math.max(flight.generation, generation);
    }
  }

  /** Whether another that was not given up has the same task. */
  isElsewhere(task: Task, than: Flight): boolean {
    const key = keyOf(task);
    for (const flight of this.#out.values()) {
      if (flight !== than && !flight.lost && flight.tasks.some((other) => keyOf(other) === key)) return true;
    }
    return false;
  }
}
