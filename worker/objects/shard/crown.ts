// The job's own answer, made in its first shard of the answers of all, and kept there as a node above every level of a shard's
// tree. Before it is made the reducer's law is tried: ((a b) c) must be (a (b c)).
import type { ShardStatements } from "../../../kv-schema/tables/shard.ts";
import type { JobAnswer } from "../../jobs/answers.ts";
import { keepAnswer, readAnswer } from "../../jobs/kept.ts";
import type { TaskError } from "../../jobs/outcome.ts";
import type { ShardTerms } from "../../jobs/terms.ts";
import { LIMITS } from "../../limits.ts";
import type { Reducible, ReducedTo } from "./reducing.ts";

/** Level of the job's own answer; the first level of what is reduced for it. */
const LEVEL = 1_000;
const FIRST_LEVEL = 100;

/** How often what was lost on its way is reduced again. */
const TRIES = 5;

/** Reduces each to one answer; what that costs is owed by the shard. */
export type ReduceAll = (wanted: readonly Reducible[]) => Promise<readonly ReducedTo[]>;

export class Crown {
  readonly #sql: ShardStatements;
  readonly #reduceAll: ReduceAll;
  readonly #transaction: (write: () => void) => void;
  /** Why it could not be made by the job's doing; null: it was, or it was not tried, or that was no fault of the job's. */
  error: TaskError | null = null;
  /** That the reducer broke its law; null: nothing is known against it. */
  warning: string | null = null;

  constructor(sql: ShardStatements, reduceAll: ReduceAll, transaction: (write: () => void) => void) {
    this.#sql = sql;
    this.#reduceAll = reduceAll;
    this.#transaction = transaction;
  }

  get made(): boolean {
    return this.#sql.node(LEVEL, 0) !== undefined;
  }

  /** null: it is not made. */
  get answer(): JobAnswer | null {
    const node = this.#sql.node(LEVEL, 0);
    return node === undefined ? null : readAnswer(this.#sql, node);
  }

  /** It is made anew when it is asked for again. In a transaction. */
  forget(): void {
    this.#sql.removeNode(LEVEL, 0);
  }

  /** Makes it, or says in `error` why it cannot be made. @param roots answers of all shards that have one, in order */
  async make(terms: ShardTerms, roots: () => Promise<readonly JobAnswer[]>): Promise<void> {
    this.error = null;
    await Promise.all([this.#checkLaw(terms), this.#made(roots)]);
  }

  async #made(roots: () => Promise<readonly JobAnswer[]>): Promise<void> {
    const top = await this.#narrow(await roots());
    if ("items" in top && top.items.length === 0)
      return this.#failed({ error: { type: "NothingToReduce", message: "No task gave an answer." } });
    if ("failed" in top) return this.#failed(top.failed);
    const [last = null] = await this.#reduceTried([{ ...top, final: true }]);
    if (last === null || "error" in last) return this.#failed(last);
    this.#transaction(() =>
      this.#sql.putNode({ level: LEVEL, place: 0, ...keepAnswer(this.#sql, last.answer), error: null }),
    );
  }

  /** Reduces until so many are left as one reduction takes. */
  async #narrow(
    roots: readonly JobAnswer[],
  ): Promise<{ readonly level: number; readonly items: readonly JobAnswer[] } | { readonly failed: ReducedTo }> {
    let items = roots;
    let level = FIRST_LEVEL;
    for (; items.length > LIMITS.jobArity; level++) {
      const groups = Array.from({ length: Math.ceil(items.length / LIMITS.jobArity) }, (_, index) =>
        items.slice(index * LIMITS.jobArity, (index + 1) * LIMITS.jobArity),
      );
      const made = await this.#reduceTried(groups.map((group) => ({ level, items: group, final: false })));
      const next = made.flatMap((one) => (one !== null && "answer" in one ? one.answer : []));
      if (next.length < groups.length) return { failed: made.find((one) => one === null || "error" in one) ?? null };
      items = next;
    }
    return { level, items };
  }

  /** Reduces each to one answer, and again what was lost. */
  async #reduceTried(wanted: readonly Reducible[]): Promise<readonly ReducedTo[]> {
    let made = await this.#reduceAll(wanted);
    for (let tries = 1; tries < TRIES && made.includes(null); tries++) {
      const again = [...(await this.#reduceAll(wanted.filter((_, index) => made[index] === null)))];
      made = made.map((one) => one ?? again.shift() ?? null);
    }
    return made;
  }

  #failed(why: ReducedTo): void {
    this.error = why !== null && "error" in why ? why.error : null;
  }

  /** Tries the first three answers both ways. */
  async #checkLaw(terms: ShardTerms): Promise<void> {
    const rows = this.#sql.answered(terms.first, Math.min(terms.below, terms.first + LIMITS.jobArity));
    const [a, b, c] = rows.flatMap((row) => readAnswer(this.#sql, row) ?? []);
    if (a === undefined || b === undefined || c === undefined || this.warning !== null) return;
    const [ab, bc] = await this.#pairs([a, b], [b, c]);
    if (ab === undefined || bc === undefined) return;
    const [left, right] = await this.#pairs([ab, c], [a, bc]);
    if (left === undefined || right === undefined || Buffer.compare(left.bytes, right.bytes) === 0) return;
    this.warning = "not-associative";
  }

  /** @returns fewer: not all could be reduced */
  async #pairs(...pairs: readonly (readonly [JobAnswer, JobAnswer])[]): Promise<readonly JobAnswer[]> {
    const made = await this.#reduceAll(pairs.map((items) => ({ level: 0, items, final: false })));
    const answers = made.flatMap((one) => (one !== null && "answer" in one ? one.answer : []));
    return answers.length === pairs.length ? answers : [];
  }
}
