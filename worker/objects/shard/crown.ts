// The job's own answer, made in its first shard of the answers of all, and kept there under their hash: other jobs may have the
// same first shard, and other answers. Before it is made the reducer's law is tried: ((a b) c) must be (a (b c)).
import { createHash } from "node:crypto";
import type { ShardStatements } from "../../../kv-schema/tables/shard.ts";
import type { JobAnswer } from "../../jobs/answers.ts";
import { keepAnswer, readAnswer } from "../../jobs/kept.ts";
import type { TaskError } from "../../jobs/outcome.ts";
import type { ShardTerms } from "../../jobs/terms.ts";
import { LIMITS } from "../../limits.ts";
import { sha256OfText } from "../../market/hash.ts";
import type { Reducible, ReducedTo } from "./reducing.ts";

/** The first level of what is reduced for it. */
const FIRST_LEVEL = 100;

/** How often what was lost on its way is reduced again. */
const TRIES = 5;

/** Reduces each to one answer; what that costs is owed by the shard. */
export type ReduceAll = (wanted: readonly Reducible[]) => Promise<readonly ReducedTo[]>;

/** What names the answer made of these: whatever jobs it is made for, of the same answers it is the same. */
const keyOf = (roots: readonly JobAnswer[]): string =>
  sha256OfText(
    roots.map(({ kind, bytes }) => `${kind} ${createHash("sha256").update(bytes).digest("hex")}`).join("\n"),
  );

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

  /** A job's answer; null: it has none. */
  answerOf(job: string): JobAnswer | null {
    const of = this.#sql.user(job)?.crown ?? null;
    const crown = of === null ? undefined : this.#sql.crown(of);
    return crown === undefined ? null : readAnswer(this.#sql, crown);
  }

  /**
   * Makes a job's answer of those of all its shards, or finds it made; or says in `error` why it cannot be made.
   * @param roots those that there are, in order @returns whether the job has it
   */
  async make(terms: ShardTerms, roots: readonly JobAnswer[]): Promise<boolean> {
    this.error = null;
    const of = keyOf(roots);
    const found = this.#sql.crown(of);
    if (found === undefined) {
      const [, answer] = await Promise.all([this.#checkLaw(terms), this.#madeOf(roots)]);
      if (answer === null) return false;
      this.#transaction(() => this.#sql.putCrown({ of, ...keepAnswer(this.#sql, answer), warning: this.warning }));
    } else this.warning ??= found.warning;
    this.#sql.setCrown(terms.job.id, of);
    return true;
  }

  /** @returns null: it cannot be made, for the reason in `error` */
  async #madeOf(roots: readonly JobAnswer[]): Promise<JobAnswer | null> {
    const top = await this.#narrow(roots);
    if ("items" in top && top.items.length === 0)
      return this.#failed({ error: { type: "NothingToReduce", message: "No task gave an answer." } });
    if ("failed" in top) return this.#failed(top.failed);
    const [last = null] = await this.#reduceTried([{ ...top, final: true }]);
    return last !== null && "answer" in last ? last.answer : this.#failed(last);
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

  #failed(why: ReducedTo): null {
    this.error = why !== null && "error" in why ? why.error : null;
    return null;
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
