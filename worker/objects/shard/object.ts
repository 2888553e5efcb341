// Shard: a stretch of a job's tasks. It dispatches them in batches near their source, writes what comes of each batch in one
// transaction, reduces what lies together, pays, and tells its job how it stands. Its name is made of all that its answers
// follow from, so the same work asked for again finds it done. What it knows beyond its tables may be lost at any moment.
import { SHARD_MIGRATIONS, SPAN, type ShardRow, shardStatements } from "../../../kv-schema/tables/shard.ts";
import type { Env } from "../../env.ts";
import type { JobAnswer } from "../../jobs/answers.ts";
import type { Flight } from "../../jobs/flights.ts";
import { Fold, type NodeTask } from "../../jobs/fold.ts";
import { unitsOf } from "../../jobs/plan.ts";
import type { ShardReport, ShardTerms } from "../../jobs/terms.ts";
import { Work } from "../../jobs/work.ts";
import { LIMITS } from "../../limits.ts";
import { Agenda } from "../agenda/agenda.ts";
import type { Job } from "../job/object.ts";
import { Noun } from "../noun.ts";
import { Crown } from "./crown.ts";
import { Dispatcher, REDUCTION } from "./dispatcher.ts";
import { type Lines, type Place, linesAfter } from "./lines.ts";
import type { Crowning, Retried, Rooted } from "./protocol.ts";
import type { ReducedTo } from "./reducing.ts";
import { Till } from "./till.ts";
import { Users } from "./users.ts";
import { type TaskView, countsOf, viewOfSpan } from "./view.ts";

const WORK = "work";
const FORGET = "forget";
/** Milliseconds of one slice of work: the platform ends an alarm after 15 minutes. */
const SLICE_MS = 300_000;
/** Milliseconds between two looks at what is slow or silent, two bills, and two reports. */
const LOOK_MS = 100;
const BILL_MS = 2_000;
const REPORT_MS = 500;
/** Bytes of answers that reductions are given at once, and tries of reductions that were lost. */
const REDUCED_BYTES = 16 * 1024 * 1024;
const REDUCE_TRIES = 5;

export class Shard extends Noun {
  readonly #sql = shardStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  readonly #dispatcher = new Dispatcher(this.#sql, {
    load: () => this.#load(),
    knows: (work) => this.#work === work,
    transaction: (write) => this.transaction(write),
  });
  readonly #crown = new Crown(
    this.#sql,
    (wanted) => this.#dispatcher.reduceAll(wanted),
    (write) => this.transaction(write),
  );
  readonly #users = new Users(this.#sql);
  #terms: ShardTerms | null = null;
  #work: Work | null = null;
  #fold: Fold | null = null;
  #till: Till | null = null;
  /** Whether a slice is under way in this instance. */
  #busy = false;
  #wake: () => void = () => undefined;
  /** Answers of jobs that are being made. */
  #crowning = 0;
  /** Reductions that are out, and how often one was lost. */
  #reducing = 0;
  #lost = 0;
  #reported = 0;
  /** Why it stopped by itself. */
  #halted: string | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SHARD_MIGRATIONS);
  }

  /**
   * Takes on work for a job, or finds it done or begun before. What is done without a fault it has at once; what is not it is to
   * have done, unless another job is at it.
   * @returns null: another job is at it
   */
  async begin(terms: ShardTerms): Promise<ShardReport | null> {
    this.establish();
    const row = this.#sql.self();
    if (row === undefined) {
      this.transaction(() => {
        this.#sql.create(JSON.stringify(terms), terms.first, terms.below);
        this.#users.add(terms);
      });
    } else if (!this.#enter(row, terms)) return null;
    await this.#agenda.planBy(FORGET, "", Date.now() + LIMITS.jobKeptMs);
    return this.#reportTo(terms.job.id);
  }

  /** @returns whether the job uses what is there from now on */
  #enter(row: ShardRow, terms: ShardTerms): boolean {
    const { id } = terms.job;
    const complete = row.state === "over" && row.done === row.tasks;
    if (complete || this.#load().terms.job.id === id) this.#users.add(terms);
    else if (!this.#rests) return false;
    else {
      this.transaction(() => {
        this.#users.add(terms);
        this.#drive(id);
        const { work, fold } = this.#load();
        if (row.failed > 0) fold?.forget(work.retry(Date.now()));
        this.#sql.setState("new");
      });
      this.#unload();
    }
    return true;
  }

  /** Whether nothing is done here, and nothing is owed for what was: then another job may have it go on. */
  get #rests(): boolean {
    const state = this.#sql.self()?.state ?? "";
    const still = (state === "over" && this.#crowning === 0) || (state === "halted" && !this.#isOut);
    return still && this.#sql.owed().length === 0 && this.#sql.openBills().length === 0;
  }

  /** What is done here is done for this job from now on: it pays, and is told. @returns false: another one is at it */
  #drive(job: string): boolean {
    const { terms } = this.#load();
    if (terms.job.id === job) return true;
    if (!this.#users.has(job) || !this.#rests) return false;
    this.transaction(() => this.#users.pass(terms, job));
    this.#unload();
    this.#halted = null;
    return true;
  }

  /** Works, or goes on; when all is over it only tells so again. */
  async go(job: string): Promise<void> {
    if (this.#self === undefined || !this.#drive(job)) return;
    if (this.#self.state !== "over") {
      this.#sql.setState("working");
      this.#halted = null;
      this.#till?.forget();
    }
    await this.#agenda.plan(WORK, "", Date.now());
  }

  get #self(): ShardRow | undefined {
    return this.established ? this.#sql.self() : undefined;
  }

  /** Stops: nothing more is dispatched, and what is out ends at its next question. @returns null: it is not at it */
  halt(job: string): ShardReport | null {
    const row = this.#self;
    if (row === undefined || this.#load().terms.job.id !== job) return null;
    if (row.state !== "over") this.#sql.setState("halted");
    this.#wake();
    return this.#report();
  }

  /** Tries what has failed again, and what is not there. */
  async retry(job: string): Promise<Retried> {
    if (this.#self === undefined || !this.#users.has(job)) return "gone";
    if (!this.#drive(job)) return "busy";
    const { work, fold, till } = this.#load();
    this.transaction(() => {
      fold?.forget(work.retry(Date.now()));
      fold?.forgetErrors();
      this.#sql.setState("working");
      this.#sql.setGranted(work.standing.spent);
    });
    work.refresh();
    till.forget();
    await this.#agenda.plan(WORK, "", Date.now());
    return "again";
  }

  /** How it stands. */
  standing(): ShardReport | null {
    return this.#self === undefined ? null : this.#report();
  }

  /** The answer of all its tasks together (none has one: null); null: it is not there (yet). */
  root(): Rooted | null {
    const root = this.#self === undefined ? null : (this.#load().fold?.root ?? null);
    return root === null || root.error !== null ? null : { answer: root.answer };
  }

  /** The job's answer, which its first shard keeps; null: there is none (yet). */
  crowned(job: string): JobAnswer | null {
    return this.established ? this.#crown.answerOf(job) : null;
  }

  /** Tasks after a place in order: those that are done or have failed, or wait again. */
  tasks(state: "done" | "failed" | "waiting", number: number, from: number, limit: number): readonly TaskView[] {
    if (this.#self === undefined) return [];
    const { terms } = this.#load();
    const code = state === "done" ? SPAN.done : state === "failed" ? SPAN.failed : SPAN.queued;
    return this.#sql.listed(code, number, from, limit).map((row) => viewOfSpan(this.#sql, terms, row, state));
  }

  /** Answers of tasks as lines, from a place on. */
  lines(after: Place): Lines {
    if (this.#self === undefined) return { bytes: new Uint8Array(0), next: null };
    return linesAfter(this.#sql, this.#load().terms, after);
  }

  /**
   * A job lets go of it: what it has out ends, and is paid. Once nobody uses it everything is forgotten.
   * @returns whether nothing of that job is left here
   */
  async forget(job: string): Promise<boolean> {
    if (!this.established) return true;
    const left = await this.#leave(job);
    await this.#endUnused();
    return left;
  }

  async #leave(job: string): Promise<boolean> {
    const { terms, work, till } = this.#load();
    if (terms.job.id === job) {
      this.halt(job);
      if (this.#isOut || !(await till.settle(work)) || this.#isOut || this.#work !== work) return false;
    }
    this.#users.remove(job);
    return true;
  }

  async #endUnused(): Promise<void> {
    if (!this.established || this.#users.all.length > 0) return;
    await this.erase();
    this.#unload();
  }

  /** Whether something is under way that will be owed for, or may be. */
  get #isOut(): boolean {
    return this.#busy || this.#load().work.held > 0;
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), async (kind) => {
      if (kind === WORK) await this.#slice();
      else await this.#sweep();
    });
    await this.#endUnused();
  }

  /** Jobs let go of it by themselves; those that were lost cannot, and are looked for. */
  async #sweep(): Promise<void> {
    await this.#agenda.plan(FORGET, "", Date.now() + LIMITS.jobKeptMs);
    for (const job of this.#users.all) {
      const at = this.env.JOB.get(this.env.JOB.idFromName(job));
      if (!(await at.holds(this.ctx.id.toString()))) await this.#leave(job);
    }
  }

  #unload(): void {
    this.#terms = this.#work = this.#fold = this.#till = null;
  }

  /** What this instance knows, made from the tables at first: nothing is out then. */
  #load(): { terms: ShardTerms; work: Work; fold: Fold | null; till: Till } {
    const terms = (this.#terms ??= JSON.parse(this.#sql.self()?.terms ?? "{}") as ShardTerms);
    const { job, parts, layout, perUnit, mostTasks, slack, first, below } = terms;
    if (this.#work === null) {
      const unitBytes = job.range === null ? 1 : 0;
      const { retries, fuelPerTask } = job.limits;
      const { royalty } = job.map.manifest;
      const work = new Work(
        this.#sql,
        {
          parts,
          layout,
          retries,
          fuelPerTask,
          royalty,
          perUnit,
          unitBytes,
          besideBytes: job.cutting.overlap,
          mostTasks,
          slack,
        },
        (number) => this.#fold?.ended(number),
      );
      this.transaction(() => work.recover(Date.now()));
      this.#work = work;
      this.#fold =
        job.reduce === null || terms.index < 0 ? null : new Fold(this.#sql, first, below - first, job.limits.partial);
      this.#fold?.recover();
    }
    this.#till ??= new Till(this.env, this.#sql, terms, (work) => this.transaction(work));
    return { terms, work: this.#work, fold: this.#fold, till: this.#till };
  }

  #report(): ShardReport {
    const { work, till, fold } = this.#load();
    const { state } = work.standing;
    return {
      ...countsOf(work.standing),
      found: 0,
      state: state === "over" || state === "halted" ? state : "working",
      reason: this.#halted ?? till.halt ?? fold?.error?.type ?? null,
      settled: this.#sql.settled(),
      flying: work.flying,
      warning: this.#crown.warning,
    };
  }

  /** How it stands for a job: what others had done cost it nothing. */
  #reportTo(job: string): ShardReport {
    const report = this.#report();
    if (this.#load().terms.job.id === job) return report;
    const { layout, parts, first, below } = this.#load().terms;
    const found = unitsOf(layout, parts, first, below);
    return { ...report, ...this.#users.countsOf(job), found, flying: 0, reason: this.#fold?.error?.type ?? null };
  }

  get #job(): DurableObjectStub<Job> {
    return this.env.JOB.get(this.env.JOB.idFromName(this.#load().terms.job.id));
  }

  /** One slice: dispatches, waits, pays and tells, until all is over, or nothing can be done now. */
  async #slice(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#turns(Date.now() + SLICE_MS);
    } finally {
      this.#busy = false;
    }
  }

  async #turns(until: number): Promise<void> {
    let billed = Date.now();
    for (;;) {
      // Anew in each turn: it may have been forgotten, and then what was out is nobody's any more.
      const { work, fold, till } = this.#load();
      const working = this.#sql.self()?.state === "working" && Date.now() < until;
      const dispatched = working ? await this.#dispatch() : 0;
      this.#look();
      const out = work.flying + this.#reducing;
      if (Date.now() - billed > BILL_MS) {
        billed = Date.now();
        await till.settle(work);
      }
      await this.#tell(false);
      if (out === 0 && dispatched === 0) {
        const idle = !working || (work.over && fold?.busy !== true) || till.halt !== null;
        if (idle || work.nextDue === null) break;
        if (work.money < work.least && !(await till.have(work, work.least, work.wish))) break;
      }
      await this.#wait();
    }
    await this.#close();
  }

  /** The end of a slice. */
  async #close(): Promise<void> {
    const { work, fold, till } = this.#load();
    const paid = await till.settle(work);
    const complete = work.over && fold?.busy !== true;
    const state = this.#sql.self()?.state;
    if (complete && paid && state === "working") this.#sql.setState("over");
    else if (state === "working" && (till.halt !== null || !paid || work.money < work.least))
      this.#sql.setState("halted");
    else if (state === "working") await this.#agenda.plan(WORK, "", Math.max(Date.now() + 1, work.nextDue ?? 0));
    work.refresh();
    await this.#tell(true);
  }

  async #wait(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, LOOK_MS);
    });
    clearTimeout(timer);
  }

  /** Dispatches what may go now. @returns how many batches went */
  async #dispatch(): Promise<number> {
    const { work, fold, till } = this.#load();
    let dispatched = 0;
    while (work.flying + this.#reducing < till.parallel) {
      const affordable = fold?.busy === true && (await till.have(work, REDUCTION, REDUCTION));
      const nodes = affordable ? this.transaction(() => fold.ready(REDUCED_BYTES)) : [];
      if (nodes.length > 0) {
        this.#reducing++;
        dispatched++;
        void this.#reduce(nodes);
        continue;
      }
      if (work.over || (work.nextDue ?? Number.POSITIVE_INFINITY) > Date.now()) {
        if (!this.#backUp()) break;
        dispatched++;
        continue;
      }
      if (!(await till.have(work, Math.min(work.wish, 4 * work.least), work.wish)) && work.money < work.least) break;
      const room = { money: work.money, parallel: till.parallel };
      const flight = this.transaction(() => work.take(Date.now(), room));
      if (flight === null) break;
      dispatched++;
      void this.#fly(flight);
    }
    return dispatched;
  }

  #backUp(): boolean {
    const { work, till } = this.#load();
    const room = { money: work.money, parallel: till.parallel };
    const flight = this.transaction(() => work.backup(Date.now(), room));
    if (flight === null) return false;
    void this.#fly(flight);
    return true;
  }

  /** Gives up what is silent. */
  #look(): void {
    const { work } = this.#load();
    for (const flight of work.silent(Date.now())) this.transaction(() => work.lose(flight, Date.now(), false));
  }

  async #fly(flight: Flight): Promise<void> {
    const { work } = this.#load();
    const answer = await this.#dispatcher.map(flight);
    if (this.#work !== work) return;
    this.#settle(() => {
      if (answer?.ok === true) {
        const { outcomes, input, output } = answer.value;
        work.land(flight, outcomes, Date.now(), { input, output });
      } else if (answer !== null && "file" in answer.error) {
        work.lose(flight, Date.now(), true);
        this.#sql.setState("halted");
        this.#halted = `SourceChanged: ${answer.error.file}`;
      } else work.lose(flight, Date.now(), true);
    });
  }

  /** Writes what came of a batch. One that cannot be written is as one that was lost. */
  #settle(write: () => void): void {
    try {
      this.transaction(write);
    } catch (error) {
      console.error(JSON.stringify({ event: "journal-failed", error: String(error) }));
      this.#unload();
    }
    this.#wake();
  }

  async #reduce(nodes: readonly NodeTask[]): Promise<void> {
    const { work, fold } = this.#load();
    const wanted = nodes.map(({ level, items }) => ({ level, items, final: false }));
    const reduced = await this.#dispatcher.reduceAll(wanted).catch(() => nodes.map((): ReducedTo => null));
    this.#reducing--;
    if (this.#work !== work || fold === null) return;
    const [failed] = reduced.filter((one) => one === null);
    this.#lost = failed === null ? this.#lost + 1 : 0;
    this.#settle(() => {
      for (const [index, node] of nodes.entries()) {
        const to = reduced[index] ?? null;
        if (to !== null && "answer" in to) fold.made(node, to.answer);
        else if (to !== null) fold.failed(node, to.error);
        else if (this.#lost > REDUCE_TRIES)
          fold.failed(node, { type: "Lost", message: "Its reduction was lost too often." });
        else fold.unmade(node);
      }
    });
  }

  /**
   * Makes the job's answer of the answers of its shards, in the first of them.
   * @param names of all shards, in order @returns null: another job is at it
   */
  async crown(job: string, names: readonly string[]): Promise<Crowning | null> {
    if (this.#self === undefined || !this.#users.has(job)) return { report: null, missing: names.slice(0, 1) };
    if (!this.#drive(job)) return null;
    const roots = await Promise.all(names.map((name) => this.#rootOf(name)));
    const missing = names.filter((_, index) => roots[index] === null);
    if (missing.length > 0) return { report: null, missing };
    const { terms, work, till } = this.#load();
    if (terms.job.id !== job) return null;
    this.#crowning++;
    const answers = roots.flatMap((root) => root?.answer ?? []);
    const made = await this.#crown.make(terms, answers).finally(() => this.#crowning--);
    const paid = await till.settle(work);
    work.refresh();
    const state = made && paid ? "crowned" : "over";
    const reason = made ? null : (this.#crown.error?.type ?? till.halt ?? "Unavailable");
    return { report: { ...this.#report(), state, reason }, missing };
  }

  async #rootOf(name: string): Promise<Rooted | null> {
    const id = this.env.SHARD.idFromName(name);
    if (id.equals(this.ctx.id)) return this.root();
    return this.env.SHARD.get(id).root();
  }

  /** Tells the job how it stands: not often, unless it matters. */
  async #tell(now: boolean): Promise<void> {
    if (!now && Date.now() - this.#reported < REPORT_MS) return;
    this.#reported = Date.now();
    const { terms, till } = this.#load();
    const parallel = await this.#job.tell(terms.index, this.#report());
    if (parallel !== null) till.allow(parallel);
  }
}

export const shardOf = (env: Env, name: string): DurableObjectStub<Shard> => env.SHARD.get(env.SHARD.idFromName(name));
