// A job without sandboxes: the shards' own code over SQLite in memory, a runner that only says what would come of each task,
// and time that is made up. Batches can be lost, come twice, be slow, and be out when everything is killed.
import { DatabaseSync } from "node:sqlite";
import type { Database, Row, SqlValue } from "../../kv-schema/database.ts";
import { SHARD_MIGRATIONS, type ShardStatements, shardStatements } from "../../kv-schema/tables/shard.ts";
import { LIMITS } from "../../worker/limits.ts";
import type { JobAnswer } from "../../worker/jobs/answers.ts";
import { Fold } from "../../worker/jobs/fold.ts";
import { readAnswer } from "../../worker/jobs/kept.ts";
import type { TaskOutcome } from "../../worker/jobs/outcome.ts";
import { type Part, layOut, shardCount, shardTasks } from "../../worker/jobs/plan.ts";
import { levelsOf } from "../../worker/jobs/tree.ts";
import type { Flight, Task } from "../../worker/jobs/flights.ts";
import { Work, type WorkTerms } from "../../worker/jobs/work.ts";

/** A database of Node's own, with the interface of an object's. */
export function memoryDatabase(migrations: readonly string[]): Database {
  const db = new DatabaseSync(":memory:");
  const known = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  const prepared = (sql: string) => {
    const statement = known.get(sql) ?? db.prepare(sql);
    known.set(sql, statement);
    return statement;
  };
  const given = (values: SqlValue[]) =>
    values.map((value) => (value instanceof ArrayBuffer ? new Uint8Array(value) : value));
  const row = (found: Record<string, unknown>): Row =>
    Object.fromEntries(
      Object.entries(found).map(([key, value]) => [key, value instanceof Uint8Array ? value.slice().buffer : value]),
    ) as Row;
  for (const text of migrations) db.exec(text);
  return {
    all: <T extends Row>(sql: string, ...values: SqlValue[]) =>
      prepared(sql)
        .all(...given(values))
        .map((found) => row(found) as T),
    first: <T extends Row>(sql: string, ...values: SqlValue[]) => {
      const found = prepared(sql).get(...given(values));
      return found === undefined ? undefined : (row(found) as T);
    },
    run: (sql, ...values) => Number(prepared(sql).run(...given(values)).changes),
  };
}

export interface Faults {
  /** Shares of batches that never come back, come back twice, take ten times as long. */
  readonly lost: number;
  readonly doubled: number;
  readonly slow: number;
  /** Times at which everything is killed. */
  readonly kills: readonly number[];
}

export const CLEAN: Faults = { lost: 0, doubled: 0, slow: 0, kills: [] };

export interface Simulated {
  readonly parts: readonly Part[];
  readonly chunk: number;
  /** What a task comes to. */
  readonly run: (task: Task) => TaskOutcome;
  /** What answers come to; absent: nothing is reduced. */
  readonly reduce?: (items: readonly JobAnswer[]) => JobAnswer;
  readonly workers?: number;
  readonly faults?: Faults;
  readonly seed?: number;
  readonly money?: number;
  readonly terms?: Partial<WorkTerms>;
  readonly partial?: boolean;
}

export interface Outcome {
  readonly tasks: number;
  readonly done: number;
  readonly failed: number;
  readonly depth: number;
  readonly dispatches: number;
  readonly fuel: number;
  readonly spent: number;
  readonly milliseconds: number;
  readonly batches: number;
  /** Whether every task is over; else it stopped for want of money. */
  readonly ended: boolean;
  readonly root: JobAnswer | null;
  readonly answers: readonly JobAnswer[];
}

interface Shard {
  readonly sql: ShardStatements;
  work: Work;
  fold: Fold | null;
  readonly make: () => Work;
  readonly fresh: () => Fold;
}

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly shard: Shard;
  readonly work: Work;
  readonly flight: Flight;
  readonly outcomes: readonly TaskOutcome[];
}

/** Milliseconds that a batch takes beside its fuel; and that pass where nothing else happens. */
const OVERHEAD = 1;
const TICK = 50;

class Simulation {
  readonly #wanted: Simulated;
  readonly #random: () => number;
  readonly #shards: Shard[] = [];
  readonly #events: Event[] = [];
  #now = 0;
  #order = 0;
  #running = 0;
  batches = 0;
  fuel = 0;

  constructor(wanted: Simulated) {
    this.#wanted = wanted;
    this.#random = random(wanted.seed ?? 1);
    const { parts, chunk } = wanted;
    const layout = layOut(parts, chunk);
    const shards = shardCount(layout.tasks);
    for (let index = 0; index < shards; index++) {
      const { first, below } = shardTasks(layout.tasks, index);
      const sql = shardStatements(memoryDatabase(SHARD_MIGRATIONS));
      sql.create("{}", first, below);
      sql.setGranted(Math.floor((wanted.money ?? 1e15) / shards));
      const terms: WorkTerms = {
        parts,
        layout,
        retries: LIMITS.jobRetries,
        fuelPerTask: LIMITS.jobFuelPerTask,
        royalty: 0,
        perUnit: 1,
        unitBytes: 1,
        besideBytes: 0,
        mostTasks: 4 * (below - first) + 10_000,
        slack: index === shards - 1 ? LIMITS.jobDepth : 0,
        ...wanted.terms,
      };
      const make = (): Work => new Work(sql, terms, (number) => shard.fold?.ended(number), this.#random);
      const fresh = (): Fold => new Fold(sql, first, below - first, wanted.partial ?? true);
      const shard: Shard = { sql, work: make(), fold: wanted.reduce === undefined ? null : fresh(), make, fresh };
      this.#shards.push(shard);
    }
  }

  run(): Outcome {
    const kills = [...(this.#wanted.faults?.kills ?? [])];
    for (let idle = 0; idle < 2_000;) {
      const dispatched = this.#dispatch();
      const next = this.#events[0]?.at ?? Number.POSITIVE_INFINITY;
      const kill = kills[0] ?? Number.POSITIVE_INFINITY;
      if (dispatched === 0 && next === Number.POSITIVE_INFINITY && this.#over) break;
      if (Math.min(next, kill) > this.#now + TICK) {
        this.#now += TICK;
        this.#look();
        idle = dispatched === 0 && next === Number.POSITIVE_INFINITY ? idle + 1 : 0;
      } else if (kill <= next) {
        kills.shift();
        this.#now = Math.max(this.#now, kill);
        this.#kill();
      } else this.#land();
    }
    return this.#outcome();
  }

  get #over(): boolean {
    return this.#shards.every(({ work }) => work.over);
  }

  #dispatch(): number {
    let dispatched = 0;
    const workers = this.#wanted.workers ?? 4;
    for (const shard of this.#shards) {
      while (this.#running < workers) {
        const room = { money: shard.work.money, parallel: workers };
        const flight = shard.work.take(this.#now, room) ?? shard.work.backup(this.#now, room);
        if (flight === null) break;
        this.#send(shard, flight);
        dispatched++;
      }
    }
    return dispatched;
  }

  #send(shard: Shard, flight: Flight): void {
    this.batches++;
    this.#running++;
    const { lost, doubled, slow } = this.#wanted.faults ?? CLEAN;
    let left = flight.fuel;
    const outcomes: TaskOutcome[] = [];
    for (const task of flight.tasks) {
      const outcome = this.#wanted.run(task);
      // What the batch was given runs out: the task that is at it has burned the rest.
      if (outcome.fuel > left) {
        outcomes.push({ kind: "unrun", fuel: left });
        left = 0;
        break;
      }
      left -= outcome.fuel;
      outcomes.push(outcome);
    }
    const fuel = outcomes.reduce((sum, outcome) => sum + outcome.fuel, 0);
    this.fuel += fuel;
    const duration = (OVERHEAD + fuel / 1_000_000) * (this.#random() < slow ? 10 : 1);
    const at = this.#now + duration * (0.5 + this.#random());
    if (this.#random() >= lost) this.#push({ at, shard, flight, outcomes });
    if (this.#random() < doubled) this.#push({ at: at + duration, shard, flight, outcomes });
  }

  #push(event: Omit<Event, "order" | "work">): void {
    const made = { ...event, work: event.shard.work, order: this.#order++ };
    const place = this.#events.findIndex((other) => other.at > made.at);
    if (place < 0) this.#events.push(made);
    else this.#events.splice(place, 0, made);
  }

  #land(): void {
    const event = this.#events.shift();
    if (event === undefined) return;
    this.#now = Math.max(this.#now, event.at);
    const { shard, work, flight, outcomes } = event;
    // What belonged to a process that was killed comes to nobody.
    if (work !== shard.work) return;
    if (!flight.lost) this.#running = Math.max(0, this.#running - 1);
    work.land(flight, outcomes, this.#now, { input: 0, output: 0 });
    this.#reduce(shard);
  }

  #reduce({ fold }: Shard): void {
    const { reduce } = this.#wanted;
    if (fold === null || reduce === undefined) return;
    for (let tasks = fold.ready(1e9); tasks.length > 0; tasks = fold.ready(1e9)) {
      for (const task of tasks) fold.made(task, reduce(task.items));
    }
  }

  #look(): void {
    for (const { work } of this.#shards) {
      for (const flight of work.silent(this.#now)) {
        this.#running = Math.max(0, this.#running - 1);
        work.lose(flight, this.#now, false);
      }
    }
  }

  #kill(): void {
    this.#running = 0;
    for (const shard of this.#shards) {
      shard.work = shard.make();
      shard.work.recover(this.#now);
      if (shard.fold === null) continue;
      shard.fold = shard.fresh();
      shard.fold.recover();
      this.#reduce(shard);
    }
  }

  #outcome(): Outcome {
    const sum = (of: "tasks" | "done" | "failed" | "dispatches" | "fuel" | "spent"): number =>
      this.#shards.reduce((before, { work }) => before + work.standing[of], 0);
    for (const shard of this.#shards) this.#reduce(shard);
    const roots = this.#shards.map(({ fold }) => fold?.root ?? null);
    const answers = this.#shards.flatMap(({ sql, work }) =>
      this.#wanted.reduce === undefined
        ? sql.answered(0, work.standing.below).flatMap((row) => readAnswer(sql, row) ?? [])
        : [],
    );
    return {
      tasks: sum("tasks"),
      done: sum("done"),
      failed: sum("failed"),
      dispatches: sum("dispatches"),
      depth: Math.max(...this.#shards.map(({ work }) => work.standing.depth)),
      fuel: this.fuel,
      spent: sum("spent"),
      milliseconds: this.#now,
      batches: this.batches,
      ended: this.#over,
      // As a job does: where the answer of a shard is not there, there is none of all.
      root: roots.includes(null) ? null : this.#joined(roots.map((root) => root?.answer ?? null)),
      answers,
    };
  }

  #joined(roots: readonly (JobAnswer | null)[]): JobAnswer | null {
    const { reduce } = this.#wanted;
    if (reduce === undefined) return null;
    let items = roots.flatMap((root) => root ?? []);
    for (const nodes of levelsOf(items.length)) {
      const groups = Array.from({ length: nodes }, (_, index) =>
        items.slice(index * LIMITS.jobArity, (index + 1) * LIMITS.jobArity),
      );
      items = groups.map((group) => (group.length === 1 ? (group[0] as JobAnswer) : reduce(group)));
    }
    return items[0] ?? null;
  }
}

export const simulate = (wanted: Simulated): Outcome => new Simulation(wanted).run();
