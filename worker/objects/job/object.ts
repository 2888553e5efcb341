// Job: the root of a job's tree. It lays the source out, names the shards, keeps the caps (no shard has a microcredit that is
// not granted here, and no grant passes the job's cost or the account's money), hears how they stand, and ends the job. It
// never waits for a shard with anything running that somebody pays for.
import { JOB_MIGRATIONS, type JobRow, type JobShardRow, jobStatements } from "../../../kv-schema/tables/job.ts";
import type { Env } from "../../env.ts";
import type { JobAnswer } from "../../jobs/answers.ts";
import type { JobFile } from "../../jobs/batch.ts";
import { chunkUnits, layOut, shardCount } from "../../jobs/plan.ts";
import { type Sampled, isAlike, measureOf, sampleOf, sampleUnits } from "../../jobs/sample.ts";
import type { Asking, CreateError, Granting, JobTerms, ShardReport } from "../../jobs/terms.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { isSuspended } from "../algorithm/store.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";
import { rosterOf } from "../roster/object.ts";
import { shardOf } from "../shard/object.ts";
import type { TaskView } from "../shard/view.ts";
import { Purse, openDebt } from "./purse.ts";
import { Shards } from "./shards.ts";
import { nameOf, partsOf, sampleTerms, shardTerms, storedParts } from "./source.ts";
import {
  type JobState,
  type JobView,
  AGAIN,
  OPEN,
  RESTING,
  SAMPLE,
  SECOND_SAMPLE,
  reportOf,
  unitsRun,
  viewOfRows,
} from "./view.ts";

const PLAN = "plan";
const LOOK = "look";
const FORGET = "forget";

/** Milliseconds between two looks at how the shards stand. */
const LOOK_MS = 2_000;

/** Whether a shard stopped because the source is not what it was: that ends the job for good. */
const isChanged = (reason: string | null | undefined): boolean => reason?.startsWith("SourceChanged") === true;

/** Why a job is stopped that an operator stopped: nobody else lets it go on. */
const BY_OPERATOR = "StoppedByOperator";
const isStoppedByOperator = (reason: string | null): boolean => reason?.startsWith(BY_OPERATOR) === true;

export class Job extends Noun {
  readonly #sql = jobStatements(this.db);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  /** Batches that the whole job may have out; 0: this instance does not know yet. */
  #parallel = 0;
  readonly #purse = new Purse(
    this.env,
    this.#sql,
    () => this.#self(),
    () => this.#parallel,
  );
  readonly #shards = new Shards(this.env, this.#sql, () => this.#row());
  #sources: readonly (JobFile | null)[] | null = null;
  #forgotten = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, JOB_MIGRATIONS);
  }

  /** Makes the job; making it again changes nothing. @param quote whether it waits once it is laid out */
  async create(terms: JobTerms, files: readonly JobFile[], quote: boolean): Promise<Result<null, CreateError>> {
    this.establish();
    const row = this.#self();
    if (row !== undefined && row.removed > 0) return err("leaving");
    if (row !== undefined) return this.#terms(row).request === terms.request ? ok(null) : err("conflict");
    this.transaction(() => {
      this.#sql.create(JSON.stringify(terms), quote, terms.limits.cost, Date.now());
      for (const [number, file] of files.entries()) this.#sql.addSource(number, JSON.stringify(file));
      if (terms.range !== null) this.#sql.addSource(0, "null");
    });
    await this.#agenda.plan(PLAN, "", Date.now());
    return ok(null);
  }

  /** How it stands; null: there is no such job. */
  view(): JobView | null {
    const row = this.#row();
    if (row === undefined) return null;
    return viewOfRows(row, this.#files(), this.#sql.shards());
  }

  /** The job as people have it; undefined: there is none, or it was deleted. */
  #row(): JobRow | undefined {
    const row = this.#self();
    return row?.removed === 0 ? row : undefined;
  }

  /** The same; or one that was deleted, until all of it is paid. */
  #self(): JobRow | undefined {
    return this.established ? this.#sql.self() : undefined;
  }

  #terms(row: JobRow): JobTerms {
    return JSON.parse(row.terms) as JobTerms;
  }

  #files(): readonly (JobFile | null)[] {
    return (this.#sources ??= this.#sql.sources().map(({ file }) => JSON.parse(file) as JobFile | null));
  }

  // Shards ask for money, and tell how they stand.

  /** Grants a shard money, as far as the cap and the account go. */
  async ask(index: number, asking: Asking): Promise<Granting> {
    if (this.#parallel === 0) await this.#stands();
    return this.#purse.ask(index, asking);
  }

  /** @returns batches that the shard may have out; null: as many as before */
  async tell(index: number, report: ShardReport): Promise<number | null> {
    const row = this.#self();
    const shard = row === undefined ? undefined : this.#sql.shard(index);
    if (row === undefined || shard === undefined) return null;
    this.#shards.heardOf(shard.name);
    // What it says may be from before it was told to try again.
    const state = shard.state === AGAIN ? AGAIN : report.state;
    this.#sql.putShard({ ...shard, state, report: JSON.stringify(report), heard: Date.now() });
    if (report.warning !== null && row.warning === null) this.#sql.setWarning(report.warning);
    const next = row.removed > 0 ? FORGET : row.state === "planning" ? PLAN : LOOK;
    if (report.state !== "working") await this.#agenda.plan(next, "", Date.now());
    return this.#parallel === 0 ? null : this.#purse.share;
  }

  /** Whether one of its shards is the object of that id. */
  holds(shard: string): boolean {
    if (this.#self() === undefined) return false;
    return this.#sql.shards().some(({ name }) => this.env.SHARD.idFromName(name).toString() === shard);
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.#agenda.serve(Date.now(), async (kind) => {
      if (kind === PLAN) await this.#plan();
      else if (kind === LOOK) await this.#look();
      else await this.#forgetSoon();
    });
    if (!this.#forgotten) return;
    await this.erase();
    this.#sources = null;
    this.#forgotten = false;
  }

  // Laying out.

  async #plan(): Promise<void> {
    const row = this.#row();
    if (row?.state !== "planning") return;
    if ((await this.#isBarred(row)) || this.#row()?.state !== "planning") return;
    const terms = this.#terms(row);
    const { target } = terms;
    if (target.units !== null && row.quote === 0) return this.#layOut(target.units, { perUnit: 0, error: 0 });
    const first = await this.#sampled(SAMPLE, terms, target.units);
    if (first === null) return;
    const units = chunkUnits(terms.range === null ? "bytes" : "integers", target, first.measure);
    // What a chunk costs need not follow from its length: a quote is of chunks as they will be.
    const alike = row.quote === 0 || isAlike(units, target.units ?? sampleUnits(terms));
    const second = alike ? first : await this.#sampled(SECOND_SAMPLE, terms, units);
    if (second !== null)
      await this.#layOut(units, { perUnit: second.perUnit, error: Math.max(first.error, second.error) });
  }

  /** What a sample tells; null: it is still to come, or the job has ended. @param units of its chunks */
  async #sampled(number: number, terms: JobTerms, units: number | null): Promise<Sampled | null> {
    const sampled = this.#sql.shard(number);
    if (sampled === undefined) return this.#beginSample(number, terms, units);
    const report = reportOf(sampled);
    if (report === null || !RESTING.has(report.state)) {
      await this.#agenda.plan(PLAN, "", Date.now() + LOOK_MS);
      await this.#shards.rouse(sampled);
      return null;
    }
    if (report.state === "halted") {
      const reason = report.reason ?? this.#purse.shortage;
      await this.#end(isChanged(reason) ? "failed" : "stopped", reason);
      return null;
    }
    const at = shardOf(this.env, sampled.name);
    const done = (await at.tasks("done", -1, -1, LIMITS.jobBatchTasks)) as readonly TaskView[];
    const failed = (await at.tasks("failed", -1, -1, LIMITS.jobBatchTasks)) as readonly TaskView[];
    return measureOf(done, failed);
  }

  /** @returns what the first sample told, where a second one would be the same */
  async #beginSample(number: number, terms: JobTerms, units: number | null): Promise<Sampled | null> {
    const parts = await partsOf(this.env, terms, this.#files(), units ?? sampleUnits(terms));
    const sample = typeof parts === "string" ? null : sampleOf(terms, parts, this.#files(), units);
    if (sample === null || sample.layout.tasks === 0) {
      await this.#end("failed", typeof parts === "string" ? parts : "EmptySource");
      return null;
    }
    const wanted = sampleTerms(terms, number, sample);
    if (number === SECOND_SAMPLE && this.#sql.shard(SAMPLE)?.name.split(" ")[0] === nameOf(wanted))
      return this.#sampled(SAMPLE, terms, units);
    // Before it begins: a sample that is told of sooner plans its own hour, and that has to stand.
    await this.#agenda.plan(PLAN, "", Date.now() + LOOK_MS);
    const report = await this.#shards.begin(wanted);
    // It was found done: nobody will tell of it.
    if (report !== null && RESTING.has(report.state)) await this.#agenda.plan(PLAN, "", Date.now());
    return null;
  }

  async #layOut(units: number, measured: Pick<Sampled, "perUnit" | "error">): Promise<void> {
    const before = this.#row();
    if (before === undefined) return;
    const terms = this.#terms(before);
    const parts = await partsOf(this.env, terms, this.#files(), units);
    if (typeof parts === "string") return this.#end("failed", parts);
    const row = this.#row();
    if (row?.state !== "planning") return;
    const layout = layOut(parts, units);
    if (layout.tasks === 0) return this.#end("failed", "EmptySource");
    if (layout.tasks > terms.limits.tasks) return this.#end("failed", "TooManyTasks");
    const shards = shardCount(layout.tasks);
    const plan = { units, parts, perUnit: measured.perUnit };
    this.transaction(() => {
      this.#sql.setPlan(units, layout.tasks, measured.perUnit, measured.error);
      for (const [number, { borders }] of parts.entries())
        if (borders !== null) this.#sql.setBorders(number, JSON.stringify(borders));
      for (let index = 0; index < shards; index++)
        this.#sql.addShard(index, nameOf(shardTerms(terms, this.#files(), plan, index)));
      this.#sql.setState(row.quote === 1 ? "quoted" : "running", null);
      if (row.quote === 0) this.#sql.setBegan(Date.now(), unitsRun(this.#sql.shards()));
    });
    if (row.quote === 1) await this.#keep();
    else await this.#agenda.plan(LOOK, "", Date.now());
    await this.#stands();
    if (row.quote === 1) await this.#purse.giveBack();
  }

  /** Runs a job that was only quoted. @returns whether it runs now */
  async start(): Promise<boolean> {
    if (this.#row()?.state !== "quoted") return this.#row()?.state === "running";
    this.#sql.setState("running", null);
    this.#sql.setBegan(Date.now(), unitsRun(this.#sql.shards()));
    await this.#agenda.plan(LOOK, "", Date.now());
    await this.#stands();
    return true;
  }

  // Running.

  /** Moves the job on: begins shards, wakes those that are silent, ends it; sees to the end that a process died at. */
  async #look(): Promise<void> {
    const row = this.#row();
    if (row !== undefined && !OPEN.has(row.state)) return this.#settled(row);
    if (row?.state !== "running") return;
    // The next look stands before anything can fail in this one: a running job is always looked at again.
    await this.#agenda.plan(LOOK, "again", Date.now() + LOOK_MS);
    await this.#stands();
    if (await this.#isBarred(row)) return;
    // It may have been cancelled while others were asked.
    const now = this.#row();
    if (now?.state === "running") await this.#move(now);
  }

  /** A job whose algorithms, account or key may not go on any more is stopped. @returns whether it was */
  async #isBarred(row: JobRow): Promise<boolean> {
    const { map, reduce } = this.#terms(row);
    for (const release of reduce === null ? [map] : [map, reduce]) {
      if (!(await isSuspended(this.env, release))) continue;
      await this.#stop("stopped", `SuspendedVersion: ${release.algorithm}@${release.version}`);
      return true;
    }
    const refused = await this.#purse.refused();
    if (refused !== null) await this.#stop("stopped", refused);
    return refused !== null;
  }

  async #move(row: JobRow): Promise<void> {
    const terms = this.#terms(row);
    for (const shard of this.#sql.shards()) if (shard.state === AGAIN) await this.#shards.tryAgain(shard);
    const shards = this.#sql.shards().filter(({ number }) => number >= 0);
    const active = shards.filter(({ state }) => state === "working");
    const waiting = shards.filter(({ state }) => state === "waiting");
    for (const shard of active) await this.#shards.rouse(shard);
    if (active.length === 0 && this.#purse.short) return this.#stop("stopped", "CostCap");
    const parts = waiting.length > 0 && active.length < this.#parallel ? storedParts(terms, this.#sql.sources()) : [];
    const plan = { units: row.chunk, parts, perUnit: row.per_unit };
    let room = this.#parallel - active.length;
    for (const { number } of waiting) {
      if (room <= 0) return;
      const report = await this.#shards.begin(shardTerms(terms, this.#files(), plan, number));
      if (report === null || !RESTING.has(report.state) || report.state === "halted") room--;
    }
    const now = this.#sql.shards().filter(({ number }) => number >= 0);
    if (now.every(({ state }) => RESTING.has(state) && state !== "waiting")) await this.#complete(terms, now);
    else await this.#again(now);
  }

  /** Shards that stopped for want of money go on while others may give some back; nothing else stops one alone. */
  async #again(shards: readonly JobShardRow[]): Promise<void> {
    const halted = shards.filter(({ state }) => state === "halted");
    const changed = halted.map(reportOf).find((report) => isChanged(report?.reason));
    if (changed !== undefined && changed !== null) return this.#stop("failed", changed.reason ?? "SourceChanged");
    for (const { name, heard } of halted) if (Date.now() - heard > LOOK_MS) await this.#shards.goOn(name);
  }

  /** All shards are at rest: the job is done, or why it is not. */
  async #complete(terms: JobTerms, shards: readonly JobShardRow[]): Promise<void> {
    const reports = shards.map(reportOf);
    const halted = reports.find((report) => report?.state === "halted");
    if (halted !== undefined && halted !== null) {
      return this.#stop(isChanged(halted.reason) ? "failed" : "stopped", halted.reason ?? this.#purse.shortage);
    }
    const unfoldable = reports.find((report) => report?.reason !== null && report?.reason !== undefined);
    if (unfoldable !== undefined && unfoldable !== null)
      return this.#stop("failed", unfoldable.reason ?? "ReduceFailed");
    const failed = reports.reduce((sum, report) => sum + (report?.failed ?? 0), 0);
    if (failed > 0 && !terms.limits.partial) return this.#stop("failed", "TasksFailed");
    if (terms.reduce === null) return this.#end("done", failed > 0 ? "partial" : null);
    const report = await this.#shards.crown(shards);
    if (report === null) return;
    if (report.warning !== null) this.#sql.setWarning(report.warning);
    if (report.state === "crowned") return this.#end("done", failed > 0 ? "partial" : null);
    await this.#stop("stopped", report.reason ?? this.#purse.shortage);
  }

  /** Stops all shards, and then the job. What is left of that when the process dies, the next look does. */
  async #stop(state: JobState, reason: string): Promise<void> {
    this.#sql.setState(state, reason);
    await this.#agenda.plan(LOOK, "again", Date.now() + LOOK_MS);
    await this.#shards.haltAll();
    await this.#end(state, reason);
  }

  /** Ends an open job, or one that was stopped as the same; what came to another end meanwhile stays there. */
  async #end(state: JobState, reason: string | null): Promise<void> {
    const row = this.#row();
    if (row === undefined || (row.state !== state && !OPEN.has(row.state))) return;
    this.#sql.setState(state, reason);
    this.#sql.setEnded(Date.now());
    await Promise.all([this.#keep(), this.#agenda.plan(LOOK, "again", Date.now() + LOOK_MS)]);
    await this.#stands();
    await this.#release();
  }

  /** It is kept until nobody has used it for long. */
  #keep(): Promise<void> {
    return this.#agenda.plan(FORGET, "", Date.now() + LIMITS.jobKeptMs);
  }

  /** Does for a job that is over what may not have been done when it ended. */
  async #settled(row: JobRow): Promise<void> {
    if (row.ended === null && row.state !== "quoted")
      return this.#stop(row.state as JobState, row.reason ?? "Cancelled");
    await this.#stands();
    await this.#release();
  }

  /** Gives the lease back, once nothing is out: until then that settles under it, and its shard tells when it has. */
  async #release(): Promise<void> {
    if (this.#row() === undefined) return;
    const out = this.#sql.shards().some((shard) => (reportOf(shard)?.flying ?? 0) > 0 || openDebt(shard));
    if (!out) await this.#purse.giveBack();
  }

  async #stands(): Promise<void> {
    const row = this.#row();
    if (row === undefined) return;
    const terms = this.#terms(row);
    const share = await rosterOf(this.env, terms.account).stands(terms.id, row.state, OPEN.has(row.state));
    this.#parallel = Math.max(1, Math.min(share, terms.limits.parallel));
  }

  // What people do to it.

  /** Cancels; again changes nothing. @returns whether it was open */
  async cancel(): Promise<boolean> {
    const row = this.#row();
    if (row === undefined || !(OPEN.has(row.state) || row.state === "quoted")) return false;
    await this.#stop("cancelled", "Cancelled");
    return true;
  }

  /** Stops it for good, for an operator. @returns whether it was open */
  async stopFor(reason: string): Promise<boolean> {
    const row = this.#row();
    if (row === undefined || !(OPEN.has(row.state) || row.state === "quoted")) return false;
    await this.#stop("stopped", `${BY_OPERATOR}: ${reason}`);
    return true;
  }

  /**
   * Tries what failed, or goes on after it was stopped or cancelled. What that is is written at once; the next look does it.
   * @param cost a new cap, or null @returns false: there is nothing to retry in this state
   */
  async retry(cost: number | null): Promise<boolean> {
    const row = this.#row();
    if (row === undefined || OPEN.has(row.state) || row.state === "quoted" || isStoppedByOperator(row.reason))
      return false;
    if (cost !== null) this.#sql.setCost(cost);
    if (row.chunk === 0) return this.#planAgain();
    this.#sql.setState("running", null);
    this.#sql.setBegan(Date.now(), unitsRun(this.#sql.shards()));
    for (const shard of this.#sql.shards())
      if (shard.state !== "waiting" && shard.number >= 0) this.#sql.putShard({ ...shard, state: AGAIN });
    await this.#agenda.plan(LOOK, "", Date.now());
    return true;
  }

  /** It ended before it was laid out: its sample goes on, if there is one. */
  async #planAgain(): Promise<boolean> {
    this.#sql.setState("planning", null);
    this.#sql.setEnded(null);
    for (const sampled of this.#sql.shards()) {
      const report = reportOf(sampled);
      if (report?.state !== "halted") continue;
      const working = JSON.stringify({ ...report, state: "working" });
      this.#sql.putShard({ ...sampled, state: "working", report: working, heard: 0 });
    }
    await this.#agenda.plan(PLAN, "", Date.now());
    return true;
  }

  /** Somebody reads what came of it: it is kept for as long again. */
  use(): void {
    if (this.#row() !== undefined) this.#sql.setUsed(Date.now());
  }

  /** Its answer; null: it has none (yet), or is a list of its tasks' answers. */
  async result(): Promise<JobAnswer | null> {
    const row = this.#row();
    if (row?.state !== "done") return null;
    this.use();
    const first = this.#sql.shard(0);
    return first === undefined ? null : await shardOf(this.env, first.name).crowned(this.#terms(row).id);
  }

  /** Deletes it: for people it is gone at once, its shards and itself once all is paid. @returns false while it is open */
  async remove(): Promise<boolean> {
    const row = this.#row();
    if (row === undefined || OPEN.has(row.state)) return false;
    this.#sql.setRemoved(Date.now());
    await this.#agenda.plan(FORGET, "", Date.now());
    await this.#unlist(row);
    return true;
  }

  async #unlist(row: JobRow): Promise<void> {
    const { id, account } = this.#terms(row);
    await rosterOf(this.env, account).remove(id);
    if (this.established) this.#sql.setUnlisted();
  }

  /** Forgets it, deleted or old, once all is paid; until then it looks again, less and less often. */
  async #forgetSoon(): Promise<void> {
    const row = this.#self();
    if (row === undefined) return;
    const due = (OPEN.has(row.state) ? Date.now() : row.used) + LIMITS.jobKeptMs;
    if (row.removed === 0 && Date.now() < due) return this.#agenda.plan(FORGET, "", due);
    this.#sql.setRemoved(Date.now());
    if (row.removed < 2) await this.#unlist(row);
    if (await this.#shards.forgetAll(this.#terms(row).id)) {
      await this.#purse.giveBack();
      this.#forgotten = true;
    } else {
      const passed = Date.now() - (row.ended ?? Date.now());
      await this.#agenda.plan(FORGET, "", Date.now() + Math.max(LOOK_MS, passed / 10));
    }
  }
}

export const jobOf = (env: Env, id: string): DurableObjectStub<Job> => env.JOB.get(env.JOB.idFromName(id));

/** How a job stands; null: there is no such job. (The stub's own type of so deep an answer is beyond the compiler.) */
export const viewOf = (env: Env, id: string): Promise<JobView | null> =>
  (jobOf(env, id) as unknown as { view(): Promise<JobView | null> }).view();
