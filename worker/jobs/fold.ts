// A shard's part of the reduce tree: which nodes can be made now, of what, and what they came to. What a node is of follows
// from the numbers of the tasks; when it is made follows from when their answers came, and changes nothing.
import type { ShardStatements } from "../../kv-schema/tables/shard.ts";
import type { JobAnswer } from "./answers.ts";
import { NO_ANSWER, dropAnswer, keepAnswer, readAnswer } from "./kept.ts";
import type { TaskError } from "./outcome.ts";
import { childrenOf, levelsOf, parentOf } from "./tree.ts";

/** A node that can be made: the answers below it, in order. */
export interface NodeTask {
  readonly level: number;
  readonly place: number;
  readonly items: readonly JobAnswer[];
}

/** The root of a shard's tree. */
export interface Root {
  /** null: no task had an answer. */
  readonly answer: JobAnswer | null;
  readonly error: TaskError | null;
}

export class Fold {
  readonly #sql: ShardStatements;
  readonly #first: number;
  readonly #leaves: number;
  /** Nodes of each level; the first is that of the groups of tasks. */
  readonly #levels: readonly number[];
  /** Whether a group is made although some of its tasks failed. */
  readonly #partial: boolean;
  /** Nodes to look at: [level, place], as text. */
  readonly #candidates = new Set<string>();
  readonly #out = new Set<string>();

  /** @param first number of the shard's first task @param leaves how many tasks it has by the plan */
  constructor(sql: ShardStatements, first: number, leaves: number, partial: boolean) {
    this.#sql = sql;
    this.#first = first;
    this.#leaves = leaves;
    // A single task is a group of one: it has its node like any other.
    this.#levels = leaves === 1 ? [1] : levelsOf(leaves);
    this.#partial = partial;
  }

  /** After the object was loaded: everything is looked at. */
  recover(): void {
    this.#out.clear();
    for (const [index, nodes] of this.#levels.entries()) {
      for (let place = 0; place < nodes; place++) this.#candidates.add(`${index + 1} ${place}`);
    }
  }

  /** A task, or a part of one, has come to an end. */
  ended(number: number): void {
    this.#candidates.add(`1 ${parentOf(number - this.#first)}`);
  }

  /** Nodes above these tasks are made anew. In a transaction. */
  forget(numbers: Iterable<number>): void {
    for (const number of numbers) {
      let place = number - this.#first;
      for (const index of this.#levels.keys()) {
        place = parentOf(place);
        this.#remove(index + 1, place);
      }
    }
  }

  /** What could not be reduced is tried anew. In a transaction. */
  forgetErrors(): void {
    for (const [index, nodes] of this.#levels.entries()) {
      for (const node of this.#sql.nodes(index + 1, 0, nodes))
        if (node.error !== null) this.#remove(index + 1, node.place);
    }
    this.recover();
  }

  #remove(level: number, place: number): void {
    const node = this.#sql.node(level, place);
    if (node === undefined) return;
    dropAnswer(this.#sql, node);
    this.#sql.removeNode(level, place);
    this.#out.delete(`${level} ${place}`);
  }

  /**
   * Nodes that can be made now. Those of at most one answer are made here, in this transaction; the others must be reduced.
   * @param most bytes of answers to hand out at once, at least one node's
   */
  ready(most: number): readonly NodeTask[] {
    const tasks: NodeTask[] = [];
    let bytes = 0;
    for (const key of this.#candidates) {
      if (bytes >= most) break;
      this.#candidates.delete(key);
      const [level = 1, place = 0] = key.split(" ").map(Number);
      const task = this.#out.has(key) ? null : this.#taskOf(level, place);
      if (task === null) continue;
      if (task.items.length < 2) this.#pass(task);
      else {
        this.#out.add(key);
        tasks.push(task);
        bytes += task.items.reduce((sum, item) => sum + item.bytes.length, 0);
      }
    }
    return tasks;
  }

  /** @returns null: not all below it is there, or it is made */
  #taskOf(level: number, place: number): NodeTask | null {
    if (this.#sql.node(level, place) !== undefined) return null;
    const items = level === 1 ? this.#tasksUnder(place) : this.#nodesUnder(level, place);
    return items === null ? null : { level, place, items };
  }

  #tasksUnder(place: number): readonly JobAnswer[] | null {
    const { first, below } = childrenOf(place, this.#leaves);
    const [from, until] = [this.#first + first, this.#first + below];
    const { numbers, open, failed } = this.#sql.standing(from, until);
    if (numbers < below - first || open > 0 || (failed > 0 && !this.#partial)) return null;
    return this.#sql.answered(from, until).flatMap((row) => readAnswer(this.#sql, row) ?? []);
  }

  #nodesUnder(level: number, place: number): readonly JobAnswer[] | null {
    const { first, below } = childrenOf(place, this.#levels[level - 2] ?? 0);
    const nodes = this.#sql.nodes(level - 1, first, below);
    if (nodes.length < below - first || nodes.some(({ error }) => error !== null)) return null;
    return nodes.flatMap((row) => readAnswer(this.#sql, row) ?? []);
  }

  #pass({ level, place, items: [answer] }: NodeTask): void {
    const kept = answer === undefined ? NO_ANSWER : keepAnswer(this.#sql, answer);
    this.#sql.putNode({ level, place, ...kept, error: null });
    this.#up(level, place);
  }

  /** A node was made. In a transaction. */
  made({ level, place }: NodeTask, answer: JobAnswer): void {
    this.#out.delete(`${level} ${place}`);
    if (this.#sql.node(level, place) !== undefined) return;
    this.#sql.putNode({ level, place, ...keepAnswer(this.#sql, answer), error: null });
    this.#up(level, place);
  }

  /** A node cannot be made: the reducer fails. In a transaction. */
  failed({ level, place }: NodeTask, error: TaskError): void {
    this.#out.delete(`${level} ${place}`);
    this.#sql.putNode({ level, place, ...NO_ANSWER, error: JSON.stringify(error) });
  }

  /** A node was not made, for no fault of its reducer: it is tried again. */
  unmade({ level, place }: NodeTask): void {
    this.#out.delete(`${level} ${place}`);
    this.#candidates.add(`${level} ${place}`);
  }

  #up(level: number, place: number): void {
    if (level < this.#levels.length) this.#candidates.add(`${level + 1} ${parentOf(place)}`);
  }

  /** The shard's answer; null: it is not there yet. */
  get root(): Root | null {
    const node = this.#sql.node(this.#levels.length, 0);
    if (node === undefined) return null;
    const error = node.error === null ? null : (JSON.parse(node.error) as TaskError);
    return { answer: readAnswer(this.#sql, node), error };
  }

  /** Why the tree cannot be completed; null: nothing stands in its way. */
  get error(): TaskError | null {
    for (const [index, nodes] of this.#levels.entries()) {
      for (const { error } of this.#sql.nodes(index + 1, 0, nodes)) {
        if (error !== null) return JSON.parse(error) as TaskError;
      }
    }
    return null;
  }

  /** Whether something can be made, or is being made. */
  get busy(): boolean {
    return this.#candidates.size > 0 || this.#out.size > 0;
  }
}
