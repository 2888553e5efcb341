// A job's money: what each shard is granted, and the lease of the account that covers it. No shard has a microcredit that is
// not granted here, and no grant passes the job's cost or what the account leases. Grants are made one after the other.
import type { JobRow, JobShardRow, jobStatements } from "../../../kv-schema/tables/job.ts";
import type { Env } from "../../env.ts";
import type { Asking, Granting, JobTerms } from "../../jobs/terms.ts";
import { CALL_FEE } from "../../market/money/price.ts";
import type { Result } from "../../market/result.ts";
import { accountOf } from "../account/object.ts";
import type { Lease, LeaseRefusal } from "../account/protocol.ts";
import { AGAIN, OPEN, RESTING, reportOf } from "./view.ts";

/** Milliseconds that the lease of the account outlives the moment. */
const LEASE_MS = 1_200_000;

/** States of a shard that will ask for more. */
const WAITING: ReadonlySet<string> = new Set(["waiting", "halted", AGAIN]);

const termsOf = (row: JobRow): JobTerms => JSON.parse(row.terms) as JobTerms;

/** Microcredits that a shard's grant keeps from others: all of it while it works, what it spent when it rests. */
export const holdOf = (shard: JobShardRow): number => {
  const report = reportOf(shard);
  const rests = RESTING.has(shard.state) && (report?.flying ?? 0) === 0;
  return rests ? (report?.spent ?? 0) : Math.max(shard.granted, report?.spent ?? 0);
};

/** Of those, what is not settled. */
const openOf = (shard: JobShardRow): number => Math.max(0, holdOf(shard) - (reportOf(shard)?.settled ?? 0));

/** Whether something it owes is not settled. */
export const openDebt = (shard: JobShardRow): boolean => {
  const report = reportOf(shard);
  return report !== null && report.spent > report.settled;
};

function haltOf({ code }: LeaseRefusal): string {
  if (code === "suspended") return "AccountSuspended";
  return code === "insufficient-credits" || code === "key-limit" ? "InsufficientCredits" : "KeyRefused";
}

/** No shard: for a lease of what all have. */
const ALL = -99;

export class Purse {
  readonly #env: Env;
  readonly #sql: ReturnType<typeof jobStatements>;
  readonly #row: () => JobRow | undefined;
  readonly #parallel: () => number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param row the job; undefined: there is none (any more) @param parallel batches that the whole job may have out */
  constructor(env: Env, sql: ReturnType<typeof jobStatements>, row: () => JobRow | undefined, parallel: () => number) {
    this.#env = env;
    this.#sql = sql;
    this.#row = row;
    this.#parallel = parallel;
  }

  /** Grants a shard money, as far as the cap and the account go. */
  ask(index: number, asking: Asking): Promise<Granting> {
    return this.#inTurn(() => this.#grant(index, asking));
  }

  /** Why the account or the key may spend nothing any more, however much there is; null: they may. */
  refused(): Promise<string | null> {
    return this.#inTurn(async () => {
      const row = this.#row();
      if (row === undefined) return null;
      const leased = await this.#lease(row, ALL, { spent: 0, settled: 0, granted: 0 });
      const halt = leased.ok ? null : haltOf(leased.error);
      return halt === "InsufficientCredits" ? null : halt;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #grant(index: number, { spent, settled, wanted }: Asking): Promise<Granting> {
    const row = this.#row();
    const shard = row === undefined ? undefined : this.#sql.shard(index);
    if (row === undefined || shard === undefined) return { granted: 0, lease: "", parallel: 0, halt: "Cancelled" };
    const halted = OPEN.has(row.state) ? null : (row.reason ?? "Cancelled");
    const others = this.#sql.shards().reduce((sum, other) => sum + (other.number === index ? 0 : holdOf(other)), 0);
    const capped = Math.min(halted === null ? wanted : spent, row.cost - others);
    const granted = Math.max(spent, Math.min(capped, wanted));
    const leased = await this.#lease(row, index, { spent, settled, granted });
    if (!leased.ok) return { granted: spent, lease: row.lease ?? "", parallel: 0, halt: haltOf(leased.error) };
    const given = Math.max(spent, Math.min(granted, leased.value.granted));
    // While the account was asked others may have told of themselves: only what concerns money is written.
    const now = this.#sql.shard(index) ?? shard;
    this.#sql.putShard({ ...now, granted: given });
    return { granted: given, lease: leased.value.lease, parallel: this.share, halt: halted };
  }

  /** Batches that each shard may have out. */
  get share(): number {
    const active = this.#sql.shards().filter(({ state }) => state === "working").length;
    return Math.max(1, Math.floor(this.#parallel() / Math.max(1, active)));
  }

  /** Whether the cap leaves less than any batch costs, while something is still to be done. */
  get short(): boolean {
    const row = this.#row();
    if (row === undefined) return false;
    const shards = this.#sql.shards();
    const open = shards.some(({ number, state }) => number >= 0 && WAITING.has(state));
    const left = row.cost - shards.reduce((sum, shard) => sum + holdOf(shard), 0);
    return open && left < CALL_FEE + termsOf(row).map.manifest.royalty + 2_000;
  }

  /** Whether it was the job's own cap or the account that had no more. */
  get shortage(): "CostCap" | "InsufficientCredits" {
    const row = this.#row();
    const spent = this.#sql.shards().reduce((sum, shard) => sum + (reportOf(shard)?.spent ?? 0), 0);
    return row !== undefined && row.cost - spent < 1_000_000 ? "CostCap" : "InsufficientCredits";
  }

  /** Sees to it that the account's lease covers what is granted and not settled. */
  async #lease(
    row: JobRow,
    index: number,
    { settled, granted }: { spent: number; settled: number; granted: number },
  ): Promise<Result<{ readonly lease: string; readonly granted: number }, LeaseRefusal>> {
    const terms = termsOf(row);
    const others = this.#sql.shards().reduce((sum, other) => sum + (other.number === index ? 0 : openOf(other)), 0);
    const needed = others + granted - settled;
    const ask = async (want: number): Promise<Result<Lease, LeaseRefusal>> =>
      await accountOf(this.#env, terms.account).lease({
        isolate: terms.id,
        key: terms.key,
        want,
        least: Math.min(1, want),
        calls: 0,
        until: Date.now() + LEASE_MS,
      });
    const now = await ask(0);
    if (!now.ok) return now;
    this.#sql.setLease(now.value.id);
    const missing = needed - (now.value.granted - now.value.spent);
    const more = missing > 0 ? await ask(missing) : now;
    // With too little in the account the grant is what is there.
    const lease = more.ok ? more.value : now.value;
    const there = lease.granted - lease.spent - others + settled;
    return { ok: true, value: { lease: lease.id, granted: Math.min(granted, Math.max(0, there)) } };
  }

  /** Gives back what the account leased and nobody will spend. */
  async giveBack(): Promise<void> {
    const row = this.#row();
    if (row?.lease === null || row === undefined) return;
    const { account } = termsOf(row);
    await accountOf(this.#env, account).giveBack(row.lease, Number.MAX_SAFE_INTEGER);
    // While the account was asked the job may have gone.
    if (this.#row() !== undefined) this.#sql.setLease(null);
  }
}
