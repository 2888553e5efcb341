// A batch that is begun once more where it takes too long, and again where that one does, too: the first that comes counts, and
// nothing waits for the others.
import { type Flight, Flights, GENERATIONS } from "../../jobs/flights.ts";
import { LIMITS } from "../../limits.ts";
import { FUEL_PER_MICROCREDIT } from "../../market/money/price.ts";

/** Milliseconds between two looks at whether it takes too long, or is lost. */
const LOOK_MS = 100;
/** Milliseconds without a sign of life after which it is begun once more: it gives one every second, when nothing holds it up. */
const SILENT_MS = 2_500;

export class Race {
  readonly #flights: Flights;
  readonly #units: number;
  /** Those that are out. */
  readonly #out = new Set<Flight>();
  #begun = 0;
  #won = false;

  /** @param units of the work, by which its pace is known */
  constructor(flights: Flights, units: number) {
    this.#flights = flights;
    this.#units = units;
  }

  /** Whether one is out. */
  get begun(): boolean {
    return this.#out.size > 0;
  }

  /** Whether one came: the other is wanted no more. */
  get won(): boolean {
    return this.#won;
  }

  /** One sets out. @param hold microcredits set aside for it, of which so many are not for fuel */
  begin(hold: number, fixed: number): Flight {
    const fuel = (hold - fixed) * FUEL_PER_MICROCREDIT;
    const generation = this.#begun++;
    const flight = this.#flights.begin({ tasks: [], units: this.#units, began: Date.now(), generation, hold, fuel });
    this.#out.add(flight);
    return flight;
  }

  /** One came back, with all that it was to do or a part, or was lost. @returns whether it counts */
  end(flight: Flight, came: "whole" | "part" | "lost"): boolean {
    // Where another is still out that may do all of it, a part is worth nothing.
    const counts = !this.#won && (came === "whole" || (came === "part" && this.#out.size === 1));
    if (counts) {
      this.#won = true;
      this.#flights.paced(flight, Date.now());
    }
    // What one that is not waited for may cost is set aside no more: it is stopped when it asks, and not paid.
    for (const one of counts ? this.#out : [flight]) this.#flights.end(one);
    this.#out.delete(flight);
    return counts;
  }

  /**
   * Begins the work, and once more, or twice, where it takes too long.
   * @param work calls `begin` and `end`; null: it was lost @param few whether little else is under way that holds it up
   * @returns what comes first; null: all that were begun are lost
   */
  run<T>(work: () => Promise<T | null>, few: () => boolean): Promise<T | null> {
    return new Promise((resolve) => {
      let [under, again] = [0, 0];
      const begin = async (): Promise<void> => {
        under++;
        const came = await work().catch(() => null);
        under--;
        if (came !== null || under === 0) end(came);
      };
      const end = (came: T | null): void => {
        clearInterval(timer);
        resolve(came);
      };
      const timer = setInterval(() => {
        // One that is about to begin is not out yet.
        if (again === GENERATIONS || this.#out.size < under || !this.#isSlow(few())) return;
        again++;
        void begin();
      }, LOOK_MS);
      void begin();
    });
  }

  /** Whether each that is out takes too long. */
  #isSlow(few: boolean): boolean {
    const now = Date.now();
    return (
      this.begun && [...this.#out].every((one) => now - one.beat > SILENT_MS || this.#flights.isSlow(one, now, few))
    );
  }
}

/** What comes of work; null: it failed, or was silent for too long. @param beat when it was last heard of */
export async function unlessSilent<T>(work: Promise<T>, beat: () => number): Promise<T | null> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setInterval(() => (Date.now() - beat() > LIMITS.jobLeaseMs ? resolve(null) : undefined), LOOK_MS);
  });
  try {
    return await Promise.race([work.catch(() => null), silence]);
  } finally {
    clearInterval(timer);
  }
}
