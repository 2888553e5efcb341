// The jobs that use a shard: it is kept for them, one of them at a time has its tasks done and pays, and what each came to is
// counted for itself. Reads and writes tables only.
import type { ShardStatements, UserCounts } from "../../../kv-schema/tables/shard.ts";
import type { ShardTerms } from "../../jobs/terms.ts";

/** What differs between jobs that have the same tasks. */
const ownTerms = ({ parts: _, files: __, ...own }: ShardTerms): Omit<ShardTerms, "parts" | "files"> => own;

const NOTHING: UserCounts = { spent: 0, settled: 0, fuel: 0, units: 0, dispatches: 0, reductions: 0 };

export class Users {
  readonly #sql: ShardStatements;

  constructor(sql: ShardStatements) {
    this.#sql = sql;
  }

  has(job: string): boolean {
    return this.#sql.user(job) !== undefined;
  }

  get all(): readonly string[] {
    return this.#sql.users().map(({ job }) => job);
  }

  add(terms: ShardTerms): void {
    this.#sql.addUser(terms.job.id, JSON.stringify(ownTerms(terms)));
  }

  remove(job: string): void {
    this.#sql.removeUser(job);
  }

  /** What a job came to that is not at it. */
  countsOf(job: string): UserCounts {
    const { spent, settled, fuel, units, dispatches, reductions } = this.#sql.user(job) ?? NOTHING;
    return { spent, settled, fuel, units, dispatches, reductions };
  }

  /** One job is at it no more, another is; all is paid. In a transaction. @param from terms as they stand */
  pass(from: ShardTerms, to: string): void {
    const row = this.#sql.self();
    const user = this.#sql.user(to);
    if (row === undefined || user === undefined) return;
    const { spent, fuel, units, dispatches, reductions } = row;
    const settled = this.#sql.settled();
    this.#sql.setUserCounts(from.job.id, { spent, settled, fuel, units, dispatches, reductions });
    const terms = { ...from, ...(JSON.parse(user.terms) as Omit<ShardTerms, "parts" | "files">) };
    this.#sql.setTerms(JSON.stringify(terms));
    this.#sql.resetBills(user.settled);
    this.#sql.setCounts(user);
  }
}
