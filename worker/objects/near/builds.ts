// Which builds may run batches in one object, or among the invocations of one isolate. A few at once; where others wait, those
// that have run longest begin nothing new, so that their place is free when what is out has come back: each gets its turn,
// however many batches others have. Of one build there are no more than keep all threads busy, and the next one begins when one has come
// back: beside each other they would end no sooner, only later each, and be lost together; unless that takes long, or never happens.
// Pure. The platform may end a request at any await without running its `finally`, so what is not heard of any more is forgotten.

/** Builds at once: an object may have ten Dynamic Workers open: two of each, and calls. */
const BUILDS = 4;
/** Milliseconds for which a batch is alone: one that takes longer may be stuck, and the next one begins beside it. */
const ALONE_MS = 1_000;
/** Milliseconds without a look after which a build waits no longer, and that a batch may last beyond its time. */
const FORGOTTEN_MS = 3_000;
const SLACK_MS = 10_000;

/** A batch that runs. */
export interface Turn {
  readonly id: string;
  readonly began: number;
  readonly until: number;
}

export class Builds {
  readonly #most: number;
  /** Batches of each build that runs, in the order in which they came. */
  readonly #running = new Map<string, Set<Turn>>();
  /** When each that waits looked last, in the order in which they came. */
  readonly #waiting = new Map<string, number>();

  /** @param most how many may run at once */
  constructor(most: number = BUILDS) {
    this.#most = most;
  }

  /**
   * Whether a batch of a build may begin; if not, it waits its turn as long as it asks again and again.
   * @param side how many of one build run side by side
   */
  may(id: string, now: number, side = 1): boolean {
    this.#forget(now);
    const free = this.#most - this.#running.size;
    const turns = this.#running.get(id);
    const young = [...(turns ?? [])].filter(({ began }) => now - began < ALONE_MS);
    if (young.length >= side) return false;
    if (turns !== undefined) return placeIn(this.#running, id) >= this.#waiting.size - free;
    this.#waiting.set(id, now);
    return placeIn(this.#waiting, id) < free;
  }

  /** A batch begins. @param now and when it must be over, in ms since 1970 */
  enter(id: string, now: number, until: number): Turn {
    const turn = { id, began: now, until };
    const turns = this.#running.get(id) ?? new Set();
    this.#running.set(id, turns.add(turn));
    this.#waiting.delete(id);
    return turn;
  }

  leave(turn: Turn): void {
    const turns = this.#running.get(turn.id);
    if (turns?.delete(turn) === true && turns.size === 0) this.#running.delete(turn.id);
  }

  #forget(now: number): void {
    for (const [id, looked] of this.#waiting) if (now - looked > FORGOTTEN_MS) this.#waiting.delete(id);
    for (const turns of this.#running.values())
      for (const turn of turns) if (now > turn.until + SLACK_MS) this.leave(turn);
  }
}

const placeIn = (builds: ReadonlyMap<string, unknown>, id: string): number => [...builds.keys()].indexOf(id);
