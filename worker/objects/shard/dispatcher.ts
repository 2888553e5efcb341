// What a shard has run, each in an invocation of its own: batches of tasks, and of reductions; and the money that they may burn,
// before and while they run. What comes of tasks is the shard's to write; what reductions burned is owed here.
import { RpcTarget, exports } from "cloudflare:workers";
import type { ShardStatements } from "../../../kv-schema/tables/shard.ts";
import type {
  BatchError,
  BatchHost,
  JobFile,
  MapAnswer,
  Program,
  ReduceAnswer,
  Reduction,
  Runner,
} from "../../jobs/batch.ts";
import type { Flight } from "../../jobs/flights.ts";
import type { ShardTerms } from "../../jobs/terms.ts";
import type { Work } from "../../jobs/work.ts";
import { LIMITS } from "../../limits.ts";
import { sha256OfText } from "../../market/hash.ts";
import { CALL_FEE, FUEL_PER_MICROCREDIT } from "../../market/money/price.ts";
import type { Result } from "../../market/result.ts";
import type { Grown } from "../../sandbox/protocol.ts";
import { type Reducible, type ReducedTo, reduceAll } from "./reducing.ts";
import { Race, unlessSilent } from "./race.ts";
import type { Till } from "./till.ts";

/** Milliseconds that one batch may last. */
const BATCH_MS = 600_000;
/** Microcredits of fuel that a batch gets more when it asks, and that reductions begin with. */
const PIECE = 1_000_000;
const FIRST = 200_000;
/** Microcredits without which no reduction begins. */
export const REDUCTION = 2 * CALL_FEE + FIRST;

/** What runs batches; tests put a faulty one in its place. */
export const runners = { of: (): Runner => (exports as unknown as { readonly Batches: Runner }).Batches };

/** What the shard knows, which it may forget while a batch is out: then what that brings is nobody's any more. */
export interface Knowing {
  /** Reads it from the tables, if it is not there. */
  readonly load: () => { readonly terms: ShardTerms; readonly work: Work; readonly till: Till };
  /** Whether this is what it still knows. */
  readonly knows: (work: Work) => boolean;
  readonly transaction: <T>(write: () => T) => T;
}

export class Dispatcher {
  readonly #sql: ShardStatements;
  readonly #knowing: Knowing;

  constructor(sql: ShardStatements, knowing: Knowing) {
    this.#sql = sql;
    this.#knowing = knowing;
  }

  /** Has a batch of tasks run. @returns null: it was lost */
  map(flight: Flight): Promise<Result<MapAnswer, BatchError> | null> {
    const { terms, work, till } = this.#knowing.load();
    const { job } = terms;
    const goesOn = (): boolean => this.#goesOn(work) && work.isOut(flight);
    const wanted = (): boolean => goesOn() && work.wants(flight);
    const host = new FlightHost(this.#extender(work, till, flight, goesOn), wanted, flight);
    const files: Record<number, JobFile> = {};
    for (const { part } of flight.tasks) {
      const file = terms.files[part];
      if (file !== undefined) files[part] = file;
    }
    const batch = {
      ...programOf(terms, "map"),
      fuel: flight.fuel,
      fuelPerTask: job.limits.fuelPerTask,
      deadline: Date.now() + BATCH_MS,
      cutting: job.cutting,
      files,
      range: job.range,
      tasks: flight.tasks,
    };
    return runners
      .of()
      .map(batch, host)
      .catch((error: unknown) => {
        console.error(JSON.stringify({ event: "batch-lost", job: job.id, error: String(error) }));
        return null;
      });
  }

  /** Reduces each to one answer, in batches. */
  reduceAll(wanted: readonly Reducible[]): Promise<readonly ReducedTo[]> {
    const { terms } = this.#knowing.load();
    const input = terms.job.reduce?.manifest.input.kind === "json" ? "json" : "bytes";
    return reduceAll(wanted, input, (reductions) => this.#reduce(reductions));
  }

  /**
   * Runs a batch of reductions, and where that takes too long once more: what comes first is owed for, what comes second is
   * nobody's. @returns null: it did not run
   */
  #reduce(reductions: readonly Reduction[]): Promise<ReduceAnswer | null> {
    const { terms, work, till } = this.#knowing.load();
    const bytes = reductions.reduce((sum, { input }) => sum + input.length, 0);
    const race = new Race(work.reducing, bytes);
    const goesOn = (): boolean => this.#goesOn(work) && !race.won;
    const run = async (): Promise<ReduceAnswer | null> => {
      const fixed = CALL_FEE + reductions.length * (terms.job.reduce?.manifest.royalty ?? 0) + 1;
      const enough = await till.have(work, fixed + FIRST, fixed + FIRST);
      if (race.won || (!enough && (race.begun || work.money <= fixed))) return null;
      const flight = race.begin(Math.min(work.money, fixed + FIRST), fixed);
      const counts = (): boolean => goesOn() && work.reducing.isOut(flight);
      const host = new FlightHost(this.#extender(work, till, flight, counts), counts, flight);
      const limits = { fuel: flight.fuel, fuelPerTask: LIMITS.callFuel, deadline: flight.began + BATCH_MS };
      const reducing = runners.of().reduce({ ...programOf(terms, "reduce"), ...limits, reductions }, host);
      const answer = await unlessSilent(reducing, () => flight.beat);
      const came = answer?.ok === true ? answer.value : null;
      const whole = came?.reduced.length === reductions.length && came.reduced.every(({ kind }) => kind !== "unrun");
      const first = race.end(flight, came === null ? "lost" : whole ? "whole" : "part") && this.#knowing.knows(work);
      if (came === null || !first) return null;
      this.#owes(came, flight.began);
      return came;
    };
    return race.run(run, () => work.over);
  }

  /** What reductions burned is owed. */
  #owes({ reduced, input, output }: ReduceAnswer, since: number): void {
    const { terms, work } = this.#knowing.load();
    const paid = reduced.reduce((sum, one) => sum + (one.kind === "failed" && !one.paid ? 0 : one.fuel), 0);
    const royalty = terms.job.reduce?.manifest.royalty ?? 0;
    const royalties = reduced.filter(({ kind }) => kind === "answered").length * royalty;
    this.#knowing.transaction(() => {
      work.owes("reduce", { tasks: reduced.length, fuel: paid, royalty: royalties, input, output, since });
      this.#sql.count({ reductions: reduced.length, fuel: 0 });
      work.refresh();
    });
  }

  #goesOn(work: Work): boolean {
    return this.#knowing.knows(work) && this.#sql.self()?.state !== "halted";
  }

  /** More fuel for a batch, as far as the money goes. @param goesOn whether what it brings may still count */
  #extender(work: Work, till: Till, held: Pick<Flight, "hold" | "fuel">, goesOn: () => boolean): () => Promise<Grown> {
    return async () => {
      if (!goesOn()) return { stop: "Cancelled" };
      if (work.money < PIECE) await till.have(work, PIECE, work.wish);
      const more = Math.max(0, Math.min(PIECE, work.money));
      held.hold += more;
      held.fuel += more * FUEL_PER_MICROCREDIT;
      return { fuel: held.fuel };
    };
  }
}

function programOf({ job }: ShardTerms, role: "map" | "reduce"): Program {
  const release = role === "map" ? job.map : (job.reduce ?? job.map);
  const own = role === "map" ? job.ownMap : job.ownReduce;
  // Chance follows from what is computed, not from when: the same task gives the same answer always.
  const seed = Uint8Array.from(Buffer.from(sha256OfText(`${release.build} ${job.arguments}`), "hex"));
  return { release, account: job.account, own, arguments: job.arguments, fate: { now: 0, seed } };
}

/** What a batch may ask of its shard. */
class FlightHost extends RpcTarget implements BatchHost {
  readonly #extend: () => Promise<Grown>;
  readonly #wanted: () => boolean;
  readonly #flight: Pick<Flight, "beat" | "began" | "waits">;

  /** @param flight told how the batch stands */
  constructor(extend: () => Promise<Grown>, wanted: () => boolean, flight: Pick<Flight, "beat" | "began" | "waits">) {
    super();
    this.#extend = extend;
    this.#wanted = wanted;
    this.#flight = flight;
  }

  extend(_burned: number): Promise<Grown> {
    return this.#extend();
  }

  // oxlint-disable require-await -- a capability's methods answer with promises
  async beat(): Promise<void> {
    this.#flight.beat = Date.now();
  }

  async waits(): Promise<void> {
    this.#flight.waits = true;
  }

  async begins(): Promise<boolean> {
    this.#flight.waits = false;
    this.#flight.began = Date.now();
    return this.#wanted();
  }
}
