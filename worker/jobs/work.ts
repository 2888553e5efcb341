// A shard's tasks: which to dispatch next, and what becomes of them. All that must outlive the process stands in the tables
// before anything follows from it; which batches are out (flights.ts) may be lost, and then those are dispatched again.
// Whatever is lost, comes twice, late or in another order: the first answer of a task stands and changes nothing any more.
import {
  type Counted,
  NO_SHARD,
  SPAN,
  type ShardRow,
  type ShardStatements,
  type SpanRow,
} from "../../kv-schema/tables/shard.ts";
import { LIMITS } from "../limits.ts";
import { CALL_FEE, FUEL_PER_MICROCREDIT, computePrice } from "../market/money/price.ts";
import type { JobAnswer } from "./answers.ts";
import { type Flight, Flights, type Task } from "./flights.ts";
import { NO_ANSWER, keepAnswer } from "./kept.ts";
import type { TaskError, TaskOutcome } from "./outcome.ts";
import { mayCut } from "./parts.ts";
import { type Layout, type Part, spanOf } from "./plan.ts";
import { BATCH_BYTES, BATCH_FUEL, BATCH_TASKS, shareOf } from "./share.ts";

export interface WorkTerms {
  readonly parts: readonly Part[];
  readonly layout: Layout;
  readonly retries: number;
  readonly fuelPerTask: number;
  readonly royalty: number;
  /** Fuel that a unit of the sample burned. */
  readonly perUnit: number;
  /** Bytes of a unit: 1, or 0 for a range, whose inputs are short. */
  readonly unitBytes: 0 | 1;
  /** Bytes of each task's input beside its units, about: what it overlaps by. */
  readonly besideBytes: number;
  /** Tasks that cuts may make of this shard's, in all. */
  readonly mostTasks: number;
  /** Dispatches beyond two for each task. */
  readonly slack: number;
}

/** What bounds the next batch. */
export interface Room {
  /** Microcredits that may be set aside. */
  readonly money: number;
  /** Batches that run at once. */
  readonly parallel: number;
}

/** Microcredits of fuel that a batch begins with at least, and without which it does not. */
const FIRST_FUEL = 100_000;
const LEAST_FUEL = 1_000;
/** How much more than what is foreseen is set aside. */
const MARGIN = 1.25;

/** How often the object may come back without any batch having come back to it. */
const REVIVALS = 10;

/** Pauses before a task that was lost is tried again: full jitter below 250 ms, 500 ms, ... 30 s. */
const PAUSE_MS = 250;
const PAUSE_MAX_MS = 30_000;

/** Backups go to what is slow once as large a share of the tasks is done, or nothing waits any more. */
const MOSTLY = 0.75;
/** Tasks of a batch are looked up together where there are at most as many numbers between them for each. */
const SPREAD = 4;
/** Rows of failed tasks that are read at once. */
const PAGE = 64;

const LOST: TaskError = { type: "Lost", message: "It was dispatched as often as it may be, and no answer came." };
const TOO_MANY: TaskError = {
  type: "TooManyTasks",
  message: "It would have to be cut again, and the job has as many tasks as it may.",
};
const DISPATCHED_TOO_OFTEN: TaskError = {
  type: "DispatchLimit",
  message: "The job dispatches each task twice on average at most: nothing more was tried.",
};

export class Work {
  readonly #sql: ShardStatements;
  readonly #terms: WorkTerms;
  readonly #random: () => number;
  readonly #ended: (number: number) => void;
  readonly #flights = new Flights();
  /** Batches of reductions that are out. */
  readonly reducing = new Flights();
  #row: ShardRow;
  /** What the turn under way adds to the counters, written at its end. */
  #tally: Partial<Counted> = {};
  /** What the turn under way has done, written together. */
  readonly #done: SpanRow[] = [];

  /** @param ended is told the number of every task, or part of one, that is done or has failed, whatever it was that ended it */
  constructor(
    sql: ShardStatements,
    terms: WorkTerms,
    ended: (number: number) => void = () => undefined,
    random: () => number = Math.random,
  ) {
    this.#sql = sql;
    this.#terms = terms;
    this.#ended = ended;
    this.#random = random;
    this.#row = this.#read();
  }

  /** How the shard stands. */
  get standing(): Readonly<ShardRow> {
    return this.#row;
  }

  /** Batches that run, as far as is known. */
  get flying(): number {
    return this.#flights.count;
  }

  /** Whether every task is done or has failed. */
  get over(): boolean {
    return this.#row.done + this.#row.failed === this.#row.tasks;
  }

  /** Microcredits that batches which are out hold. */
  get held(): number {
    return this.reducing.held + this.#flights.held;
  }

  /** Microcredits of the grant that nothing holds. */
  get money(): number {
    return this.#row.granted - this.#row.spent - this.held;
  }

  /** Fuel that so many units will burn, by what was seen so far. */
  foreseen(units: number): number {
    const { units: seen, fuel } = this.#row;
    const perUnit = seen > 0 ? fuel / seen : this.#terms.perUnit;
    return Math.min(units * perUnit, Number.MAX_SAFE_INTEGER);
  }

  /**
   * After the object was loaded: nothing is out any more, and what has no row and was begun is queued. That they went down with
   * us is not their doing, so it does not count as a dispatch; but what takes us down over and over is given up. In a transaction.
   */
  recover(now: number): void {
    if (this.over) return;
    const { first, next, revived } = this.#row;
    const poisoned = revived >= REVIVALS;
    for (const row of poisoned ? this.#sql.out() : []) this.#fail(row, LOST);
    let lost = this.#sql.recall();
    let number = first;
    const queue = (below: number): void => {
      for (; number < below; number++, lost++) {
        if (poisoned) this.#fail(this.#rowOf(this.#fresh(number), now), LOST);
        else this.#queue(this.#fresh(number), now);
      }
    };
    for (const { number: known } of this.#sql.numbers(first, next)) {
      queue(known);
      number = known + 1;
    }
    queue(next);
    this.#add({ dispatches: -lost });
    if (lost > 0) this.#sql.setRevived(revived + 1);
    this.#flush();
  }

  /** Reads the counters anew, after a transaction was rolled back or the grant changed. */
  refresh(): void {
    this.#tally = {};
    this.#done.length = 0;
    this.#row = this.#read();
  }

  /** When something that waits is due; null: nothing waits. */
  get nextDue(): number | null {
    return this.#row.next < this.#row.below ? 0 : this.#sql.nextDue();
  }

  /** Chooses tasks, counts their dispatch, and sets money aside. In a transaction. @returns null: none may go now */
  take(now: number, room: Room): Flight | null {
    const most = Math.min(this.#dispatchable(now), this.#share(room));
    const { royalty } = this.#terms;
    const affordable = Math.floor((room.money - CALL_FEE - LEAST_FUEL) / (royalty + 1));
    const tasks = this.#choose(now, Math.min(most, affordable));
    return tasks.length === 0 ? null : this.#fly(tasks, now, room.money, 0);
  }

  /** Microcredits that the next batch would like to have. */
  get wish(): number {
    const { royalty } = this.#terms;
    const tasks = Math.min(LIMITS.jobBatchTasks, Math.max(1, this.#row.tasks - this.#row.done - this.#row.failed));
    const fuel = Math.min(this.foreseen(this.#terms.layout.chunk * tasks), BATCH_FUEL);
    return CALL_FEE + tasks * (royalty + 1) + Math.ceil(FIRST_FUEL + (MARGIN * fuel) / FUEL_PER_MICROCREDIT);
  }

  /** Microcredits without which no batch begins. */
  get least(): number {
    return CALL_FEE + this.#terms.royalty + 1 + LEAST_FUEL;
  }

  /** A batch that takes too long is dispatched once more. In a transaction. @returns null: none is slow */
  backup(now: number, room: Room): Flight | null {
    const few = this.#row.done >= MOSTLY * this.#row.tasks;
    if (!few && this.nextDue !== null) return null;
    for (const flight of this.#flights.slow(now, few)) {
      const open = flight.tasks.filter((task) => !this.#isOver(task));
      if (open.length === 0 || open.length > this.#allowed || room.money < this.least) continue;
      flight.backed = true;
      return this.#fly(open, now, room.money, flight.generation + 1);
    }
    return null;
  }

  /** Whether anything that a batch would do is still to be done. */
  wants({ tasks }: Flight): boolean {
    return tasks.some((task) => !this.#isOver(task));
  }

  /** Batches that were silent for too long. */
  silent(now: number): readonly Flight[] {
    return this.#flights.silent(now);
  }

  /**
   * A batch is given up: what has no answer is queued again, or is a dead letter. In a transaction.
   * @param dead whether it cannot come back any more; else what it may cost stays set aside, and what it brings counts
   */
  lose(flight: Flight, now: number, dead: boolean): void {
    if (dead) this.#flights.end(flight);
    if (flight.lost) return;
    flight.lost = true;
    if (flight.generation > 0) this.#flights.unbacked(flight);
    for (const task of flight.tasks)
      if (!this.#isOver(task) && !this.#flights.isElsewhere(task, flight)) this.#again(task, now);
    this.#flush();
    if (this.over) this.#flights.clear();
  }

  /**
   * A batch came back: its answers stand, where there are none yet, and are owed for; what came twice costs nothing. In a
   * transaction.
   * @param outcomes of its tasks, in order; fewer: the rest was not begun @param bytes in and out
   */
  land(flight: Flight, outcomes: readonly TaskOutcome[], now: number, bytes: { input: number; output: number }): void {
    // What comes a second time has no money set aside any more, and nothing of it is new.
    if (!this.#flights.end(flight)) return;
    const due = { tasks: 0, fuel: 0, royalty: 0 };
    const isOver = this.#overAmong(flight.tasks);
    for (const [index, task] of flight.tasks.entries()) {
      const outcome = outcomes[index] ?? UNRUN;
      this.#add({ fuel: outcome.fuel });
      if (outcome.kind === "unrun") this.#add({ dispatches: -1 });
      else this.#add({ units: task.below - task.from });
      if (isOver(task)) continue;
      this.#owe(due, outcome);
      this.#settle(task, outcome, flight, now);
    }
    this.#sql.putDone(this.#done.splice(0));
    if (due.tasks > 0 || due.fuel > 0) this.owes("map", { ...due, ...bytes, since: flight.began });
    if (this.#row.revived > 0) this.#sql.setRevived(0);
    this.#flights.paced(flight, now);
    this.#flush();
    this.#dismiss();
  }

  /** Whether what a batch brings may still count. */
  isOut(flight: Flight): boolean {
    return this.#flights.isOut(flight);
  }

  /** Batches that can bring nothing any more, because each of their tasks is over, are waited for no longer. */
  #dismiss(): void {
    if (this.over) return this.#flights.clear();
    for (const flight of this.#flights.spare)
      if (flight.tasks.every((task) => this.#isOver(task))) this.#flights.end(flight);
  }

  /** A batch is owed for: its fuel, one fee, royalties. In a transaction. @param due fuel and royalties that are paid for */
  owes(
    role: "map" | "reduce",
    due: { tasks: number; fuel: number; royalty: number; input: number; output: number; since: number },
  ): void {
    const compute = computePrice(due.fuel);
    this.#sql.owe({ role, batches: 1, compute, call: CALL_FEE, ...due });
    this.#sql.count({ spent: compute + due.royalty + CALL_FEE });
    this.#row = { ...this.#row, spent: this.#row.spent + compute + due.royalty + CALL_FEE };
  }

  #owe(due: { tasks: number; fuel: number; royalty: number }, outcome: TaskOutcome): void {
    const paid = outcome.kind === "answered" || outcome.kind === "unrun" || outcome.paid;
    due.tasks += outcome.kind === "unrun" ? 0 : 1;
    due.fuel += paid ? outcome.fuel : 0;
    due.royalty += hasAnswer(outcome) ? this.#terms.royalty : 0;
  }

  /** Queues the tasks that failed again. In a transaction. @returns their numbers */
  retry(now: number): readonly number[] {
    const numbers = new Set<number>();
    for (
      let rows = this.#sql.listed(SPAN.failed, -1, -1, PAGE);
      rows.length > 0;
      rows = this.#sql.listed(SPAN.failed, -1, -1, PAGE)
    ) {
      for (const row of rows) {
        numbers.add(row.number);
        this.#sql.putSpan({ ...row, state: SPAN.queued, tries: 0, due: now, error: null });
      }
      this.#add({ failed: -rows.length });
    }
    this.#flush();
    return [...numbers];
  }

  #read(): ShardRow {
    return this.#sql.self() ?? { ...NO_SHARD };
  }

  /** Counts, here at once and in the table when the turn is over. */
  #add(by: Partial<Counted>): void {
    for (const [counter, amount] of Object.entries(by) as [keyof Counted, number][]) {
      this.#tally[counter] = (this.#tally[counter] ?? 0) + amount;
      this.#row[counter] += amount;
    }
  }

  #flush(): void {
    this.#sql.count(this.#tally);
    this.refresh();
  }

  /** Dispatches that the cap leaves. */
  get #allowed(): number {
    return Math.max(0, 2 * this.#row.tasks + this.#terms.slack - this.#row.dispatches);
  }

  /** Where the cap leaves none, what waits has failed. */
  #dispatchable(now: number): number {
    const left = this.#allowed;
    if (left > 0) return left;
    for (const row of this.#sql.queued(Number.MAX_SAFE_INTEGER, LIMITS.jobBatchTasks))
      this.#fail(row, DISPATCHED_TOO_OFTEN);
    if (this.#row.next < this.#row.below) {
      for (let { next } = this.#row; next < this.#row.below; next++)
        this.#fail(this.#rowOf(this.#fresh(next), now), DISPATCHED_TOO_OFTEN);
      this.#sql.setNext(this.#row.below);
    }
    this.#flush();
    return 0;
  }

  /** Tasks of a batch at most: few while nothing is known of what they cost. */
  #share({ parallel }: Room): number {
    if (this.#row.units === 0 && this.#terms.perUnit === 0) return BATCH_TASKS;
    const left = this.#row.tasks - this.#row.done - this.#row.failed;
    return shareOf(left, parallel, this.foreseen(this.#terms.layout.chunk));
  }

  /** Waiting tasks that are due, then new ones, as many as fit into a batch. */
  #choose(now: number, most: number): readonly Task[] {
    const tasks: Task[] = [];
    let units = 0;
    const fits = ({ from, below }: Pick<Task, "from" | "below">): boolean => {
      if (tasks.length >= most) return false;
      units += below - from;
      return tasks.length === 0 || (this.#fit(tasks.length + 1, units) && this.foreseen(units) <= BATCH_FUEL);
    };
    for (const row of most > 0 ? this.#sql.queued(now, Math.min(most, LIMITS.jobBatchTasks)) : []) {
      const task = this.#taskOf(row);
      if (!fits(task)) return tasks;
      this.#sql.putSpan({ ...row, state: SPAN.out });
      tasks.push(task);
    }
    let { next } = this.#row;
    for (; next < this.#row.below; next++) {
      const task = this.#fresh(next);
      if (!fits(task)) break;
      tasks.push(task);
    }
    if (next > this.#row.next) this.#sql.setNext(next);
    return tasks;
  }

  /** Whether what so many tasks of so many units read fits into a batch. */
  #fit(tasks: number, units: number): boolean {
    const { unitBytes, besideBytes } = this.#terms;
    const bytes = units * unitBytes;
    return bytes <= BATCH_BYTES && bytes + tasks * besideBytes <= LIMITS.jobBatchBytes;
  }

  #fly(tasks: readonly Task[], now: number, money: number, generation: number): Flight {
    const { royalty } = this.#terms;
    const units = tasks.reduce((sum, { from, below }) => sum + below - from, 0);
    const fixed = CALL_FEE + tasks.length * (royalty + 1);
    const wanted = Math.ceil(Math.max(FIRST_FUEL, (MARGIN * this.foreseen(units)) / FUEL_PER_MICROCREDIT));
    const hold = Math.min(money, fixed + wanted);
    const fuel = (hold - fixed) * FUEL_PER_MICROCREDIT;
    const flight = this.#flights.begin({ tasks, units, began: now, generation, hold, fuel });
    this.#add({ dispatches: tasks.length });
    this.#flush();
    return flight;
  }

  #fresh(number: number): Task {
    const span = spanOf(this.#terms.layout, this.#terms.parts, number);
    return { number, ...span, depth: 0, tries: 0 };
  }

  #taskOf({ number, start, below, depth, tries }: SpanRow): Task {
    const { part } = spanOf(this.#terms.layout, this.#terms.parts, number);
    return { number, part, from: start, below, depth, tries };
  }

  #rowOf({ number, from, below, depth, tries }: Task, due: number): SpanRow {
    return { number, start: from, below, depth, tries, due, state: SPAN.queued, fuel: 0, error: null, ...NO_ANSWER };
  }

  #queue(task: Task, due: number): void {
    this.#sql.putSpan(this.#rowOf(task, due));
  }

  /** Whether a task has its answer, has failed, or is no task any more because it was cut. */
  #isOver(task: Task): boolean {
    return isOver(task, this.#sql.span(task.number, task.from));
  }

  /** The same of many, which mostly follow one another: then the table is asked once. */
  #overAmong(tasks: readonly Task[]): (task: Task) => boolean {
    const numbers = tasks.map(({ number }) => number);
    const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
    if (last - first > SPREAD * tasks.length) return (task) => this.#isOver(task);
    const rows = new Map(this.#sql.stand(first, last + 1).map((row) => [`${row.number} ${row.start}`, row]));
    return (task) => isOver(task, rows.get(`${task.number} ${task.from}`));
  }

  /** Queues a task that was lost once more, after a pause; or it was lost too often. */
  #again(task: Task, now: number): void {
    const tries = task.tries + 1;
    if (tries > this.#terms.retries) return this.#fail(this.#rowOf(task, now), LOST);
    const pause = this.#random() * Math.min(PAUSE_MAX_MS, PAUSE_MS * 2 ** task.tries);
    this.#queue({ ...task, tries }, now + Math.ceil(pause));
  }

  #fail(row: SpanRow, error: TaskError): void {
    this.#sql.putSpan({ ...row, state: SPAN.failed, error: JSON.stringify(error) });
    this.#add({ failed: 1 });
    this.#ended(row.number);
  }

  #settle(task: Task, outcome: TaskOutcome, flight: Flight, now: number): void {
    const row = { ...this.#rowOf(task, now), fuel: outcome.fuel };
    switch (outcome.kind) {
      case "answered":
        return this.#answer(row, outcome.answer);
      case "failed":
        return this.#fail(row, outcome.error);
      case "unrun":
        if (!flight.lost && !this.#flights.isElsewhere(task, flight)) this.#queue(task, now);
        return;
      case "cut":
        return this.#cut(task, row, outcome);
    }
  }

  #answer(row: SpanRow, answer: JobAnswer | null): void {
    const kept = answer === null ? NO_ANSWER : keepAnswer(this.#sql, answer);
    const done = { ...row, ...kept, state: SPAN.done };
    if (kept.pieces === null) this.#done.push(done);
    else this.#sql.putSpan(done);
    this.#add({ done: 1 });
    this.#ended(row.number);
  }

  #cut(task: Task, row: SpanRow, { done, cuts, error }: Extract<TaskOutcome, { kind: "cut" }>): void {
    const begin = done === null ? task.from : done.to;
    if (done !== null && begin >= task.below) return this.#answer(row, done.answer);
    const places = [begin, ...cuts.filter((cut) => cut > begin && cut < task.below), task.below];
    const shrinks = done !== null ? begin > task.from : places.length > 2;
    const more = places.length - 1 - (done === null ? 1 : 0);
    if (!shrinks || !mayCut(task.depth)) return this.#fail(row, error);
    if (this.#row.tasks + more > this.#terms.mostTasks) return this.#fail(row, TOO_MANY);
    if (done !== null) this.#answer({ ...row, below: begin }, done.answer);
    const depth = task.depth + 1;
    for (const [index, from] of places.slice(0, -1).entries()) {
      const below = places[index + 1] ?? task.below;
      this.#queue({ ...task, from, below, depth, tries: 0 }, row.due);
    }
    this.#add({ tasks: more });
    this.#sql.deepen(depth);
  }
}

const UNRUN: TaskOutcome = { kind: "unrun", fuel: 0 };

const isOver = ({ below }: Task, row: Pick<SpanRow, "below" | "state"> | undefined): boolean =>
  row !== undefined && (row.below !== below || row.state === SPAN.done || row.state === SPAN.failed);

const hasAnswer = (outcome: TaskOutcome): boolean =>
  (outcome.kind === "answered" && outcome.answer !== null) || (outcome.kind === "cut" && outcome.done !== null);
