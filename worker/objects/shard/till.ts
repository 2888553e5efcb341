// A shard's money: what its job granted it, and bills for what it owes. A bill is written before it is sent, and sent until the
// ledger has it: what is answered was paid, and paid once.
import type { ShardStatements } from "../../../kv-schema/tables/shard.ts";
import type { Env } from "../../env.ts";
import type { Granting, ShardTerms } from "../../jobs/terms.ts";
import type { Work } from "../../jobs/work.ts";
import type { Result } from "../../market/result.ts";
import { accountOf } from "../account/object.ts";
import type { Settled, Settlement } from "../account/protocol.ts";
import type { Job } from "../job/object.ts";
import { billOf } from "./bill.ts";

/** How many wishes are asked for at once, so that the job is asked rarely; and times a bill is sent in a row. */
const AHEAD = 4;
const TRIES = 3;
/** Milliseconds for which no more is asked after a job had none. */
const SHORT_MS = 500;

export class Till {
  readonly #env: Env;
  readonly #sql: ShardStatements;
  readonly #terms: ShardTerms;
  readonly #transaction: <T>(work: () => T) => T;
  #last: Granting | null = null;
  #asking: Promise<Granting> | null = null;
  #shortUntil = 0;

  constructor(env: Env, sql: ShardStatements, terms: ShardTerms, transaction: <T>(work: () => T) => T) {
    this.#env = env;
    this.#sql = sql;
    this.#terms = terms;
    this.#transaction = transaction;
  }

  get parallel(): number {
    return this.#last?.parallel ?? 1;
  }

  /** Others of the job, or of the account, have begun or ended: it may have more batches out, or fewer. */
  allow(parallel: number): void {
    if (this.#last !== null && this.#last.parallel > 0) this.#last = { ...this.#last, parallel };
  }

  /** Why the job lets nothing more be dispatched; null: it does. */
  get halt(): string | null {
    return this.#last?.halt ?? null;
  }

  /** Asks until so much is there beyond what is spent and held, if there is so much. */
  async have(work: Work, least: number, wish: number): Promise<boolean> {
    if (this.#last !== null && work.money >= least) return true;
    if (Date.now() < this.#shortUntil) return false;
    await this.#ask(work, work.standing.spent + work.held + AHEAD * Math.max(wish, least));
    if (work.money >= least) return true;
    this.#shortUntil = Date.now() + SHORT_MS;
    return false;
  }

  /** Asks anew, at once: after the job was told that it may go on, or money was short. */
  forget(): void {
    this.#last = null;
    this.#shortUntil = 0;
  }

  async #ask(work: Work, wanted: number): Promise<Granting> {
    const { spent } = work.standing;
    this.#asking ??= this.#job.ask(this.#terms.index, { spent, settled: this.#sql.settled(), wanted });
    try {
      const granting = await this.#asking;
      this.#last = granting;
      this.#sql.setGranted(granting.granted);
      work.refresh();
      return granting;
    } finally {
      this.#asking = null;
    }
  }

  get #job(): DurableObjectStub<Job> {
    return this.#env.JOB.get(this.#env.JOB.idFromName(this.#terms.job.id));
  }

  /** Writes a bill for all that is owed, and settles what is open. @returns whether nothing is open any more */
  async settle(work: Work): Promise<boolean> {
    this.#transaction(() => this.#write(work));
    for (let tries = 0; tries < TRIES && this.#sql.openBills().length > 0; tries++) {
      const lease = (this.#last ?? (await this.#ask(work, work.standing.granted))).lease;
      if (await this.#send(lease)) break;
      // The lease is over, or does not cover it: the job gets another.
      this.#last = null;
    }
    return this.#sql.openBills().length === 0;
  }

  #write(work: Work): void {
    const owed = this.#sql.owed();
    if (owed.length === 0) return;
    const { settlement, total } = billOf(`req-${crypto.randomUUID()}`, this.#terms.job, owed, Date.now());
    const before = owed.reduce((sum, { compute, call, royalty }) => sum + compute + call + royalty, 0);
    this.#sql.addBill({ call: settlement.call, settlement: JSON.stringify(settlement), total });
    this.#sql.clearOwed();
    // Fuel is rounded up once for the bill, not for each batch.
    this.#sql.count({ spent: total - before });
    work.refresh();
  }

  async #send(lease: string): Promise<boolean> {
    const bills = this.#sql.openBills();
    const batch = bills.map(({ settlement }) => JSON.parse(settlement) as Settlement);
    const settled = (await accountOf(this.#env, this.#terms.job.account).settle(lease, batch)) as readonly Settled[];
    let all = true;
    for (const [index, bill] of bills.entries()) {
      const one: Result<unknown, string> | undefined = settled[index];
      if (one?.ok === true) this.#sql.closeBill(bill.call);
      else {
        all = false;
        console.error(
          JSON.stringify({ event: "bill-refused", job: this.#terms.job.id, call: bill.call, reason: one?.error }),
        );
      }
    }
    return all;
  }
}
