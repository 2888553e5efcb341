// A job's shards as it speaks to them: it begins them, tells them to go on or to stop, and lets go of them. A shard may be used by
// other jobs, too, that ask the same: then another may be at it, and this one takes a shard of its own, or waits for its turn.
import type { JobRow, JobShardRow, jobStatements } from "../../../kv-schema/tables/job.ts";
import type { Env } from "../../env.ts";
import type { JobTerms, ShardReport, ShardTerms } from "../../jobs/terms.ts";
import { type Shard, shardOf } from "../shard/object.ts";
import type { Crowning } from "../shard/protocol.ts";
import { nameOf } from "./source.ts";
import { AGAIN, RESTING } from "./view.ts";

/** Milliseconds after which a silent shard is told again to go on. */
const SILENT_MS = 10_000;

const termsOf = (row: JobRow): JobTerms => JSON.parse(row.terms) as JobTerms;

export class Shards {
  readonly #env: Env;
  readonly #sql: ReturnType<typeof jobStatements>;
  readonly #row: () => JobRow | undefined;
  /** Those that this instance has heard of or told to go on. */
  readonly #awake = new Set<string>();

  /** @param row the job; undefined: there is none (any more) */
  constructor(env: Env, sql: ReturnType<typeof jobStatements>, row: () => JobRow | undefined) {
    this.#env = env;
    this.#sql = sql;
    this.#row = row;
  }

  heardOf(name: string): void {
    this.#awake.add(name);
  }

  #at(name: string): DurableObjectStub<Shard> {
    return shardOf(this.#env, name);
  }

  /** Tells a shard to go on that was silent for long, or since this instance began: it may have died with the one before. */
  async rouse({ name, heard }: JobShardRow): Promise<void> {
    if (this.#awake.has(name) && Date.now() - heard <= SILENT_MS) return;
    this.#awake.add(name);
    await this.goOn(name);
  }

  async goOn(name: string): Promise<void> {
    const row = this.#row();
    if (row !== undefined) await this.#at(name).go(termsOf(row).id);
  }

  /** Begins a shard under the name that its work gives it; where another job is at it, under one of its own. */
  async begin(terms: ShardTerms): Promise<ShardReport | null> {
    const name = nameOf(terms);
    let used = name;
    let report = (await this.#at(name).begin(terms)) as ShardReport | null;
    if (report === null) {
      used = `${name} ${terms.job.id}`;
      report = await this.#at(used).begin(terms);
    }
    const rest = report?.state === "over";
    this.#sql.putShard({
      number: terms.index,
      name: used,
      state: rest ? "over" : "working",
      report: JSON.stringify(report),
      granted: report?.spent ?? 0,
      heard: Date.now(),
    });
    if (!rest) await this.#at(used).go(terms.job.id);
    this.#awake.add(used);
    return report;
  }

  /** Tells a shard to try what has failed; one that another job is at is told so later, one that has gone begins anew. */
  async tryAgain({ number, name }: JobShardRow): Promise<void> {
    const row = this.#row();
    if (row === undefined) return;
    const retried = await this.#at(name).retry(termsOf(row).id);
    const now = this.#sql.shard(number);
    if (retried === "busy" || now?.state !== AGAIN) return;
    this.#sql.putShard({ ...now, state: retried === "gone" ? "waiting" : "working", heard: Date.now() });
    this.#awake.add(name);
  }

  /** Stops all that may be at work. */
  async haltAll(): Promise<void> {
    for (const shard of this.#sql.shards()) {
      const row = this.#row();
      if (row === undefined) return;
      if (shard.state === "waiting" || shard.state === "over" || shard.state === "crowned") continue;
      const report = (await this.#at(shard.name).halt(termsOf(row).id)) as ShardReport | null;
      // It may have been deleted meanwhile, with all that was known of it.
      const now = this.#row() === undefined ? undefined : this.#sql.shard(shard.number);
      if (now === undefined) return;
      if (report !== null)
        this.#sql.putShard({ ...now, state: report.state, report: JSON.stringify(report), heard: Date.now() });
    }
  }

  /**
   * Has the job's answer made in its first shard. Shards whose answer is not there are to try again.
   * @returns how the first one stands then; null: it cannot be made now
   */
  async crown(shards: readonly JobShardRow[]): Promise<ShardReport | null> {
    const [first] = shards;
    const row = this.#row();
    if (first === undefined || row === undefined) return null;
    const { id } = termsOf(row);
    const crowning = (await this.#at(first.name).crown(
      id,
      shards.map(({ name }) => name),
    )) as Crowning | null;
    if (crowning === null) return null;
    for (const { number, name } of shards) {
      const now = crowning.missing.includes(name) ? this.#sql.shard(number) : undefined;
      if (now !== undefined && RESTING.has(now.state)) this.#sql.putShard({ ...now, state: AGAIN });
    }
    const { report } = crowning;
    const now = this.#sql.shard(first.number);
    // What was told to try again meanwhile is not what the answer was made of.
    const again = this.#sql.shards().some(({ state }) => state === AGAIN);
    if (report === null || now === undefined || again) return null;
    this.#sql.putShard({ ...now, state: report.state, report: JSON.stringify(report), heard: Date.now() });
    return report;
  }

  /** Lets go of all. @returns whether nothing of the job is left in any; the others have something out, or owe */
  async forgetAll(id: string): Promise<boolean> {
    let all = true;
    for (const { name } of this.#sql.shards()) all = (await this.#at(name).forget(id)) && all;
    return all;
  }
}
