// A collection's share of its owner's quota: taken from the shelf in steps, so that a small file costs no question.
import type { collectionStatements } from "../../../kv-schema/tables/collection.ts";
import type { Env } from "../../env.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { shelfOf } from "../shelf/object.ts";

/** Bytes the share grows by. */
const STEP = 16 * 1024 * 1024;

export class Room {
  readonly #env: Env;
  readonly #sql: ReturnType<typeof collectionStatements>;
  /** Questions to the shelf are asked one after the other: two answers must not overtake each other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(env: Env, sql: ReturnType<typeof collectionStatements>) {
    this.#env = env;
    this.#sql = sql;
  }

  /**
   * Makes sure that so many more bytes may be stored.
   * @returns an error with the bytes that are still free
   */
  async ensure(more: number): Promise<Result<null, { readonly quota: number }>> {
    const self = this.#sql.self();
    if (self === undefined || self.stored + more <= self.reserved) return ok(null);
    return this.#inTurn(() => this.#ask(more));
  }

  async #ask(more: number): Promise<Result<null, { readonly quota: number }>> {
    const self = this.#sql.self();
    const needed = (self?.stored ?? 0) + more;
    if (self === undefined || needed <= self.reserved) return ok(null);
    const shelf = shelfOf(this.#env, self.owner);
    const stepped = Math.ceil(needed / STEP) * STEP;
    for (const bytes of [stepped, needed]) {
      const reserved = await shelf.reserve(self.name, bytes);
      if (reserved.ok) return this.#take(bytes);
      if (bytes === needed) return err({ quota: Math.max(0, reserved.error.most - self.stored) });
    }
    return ok(null);
  }

  #take(bytes: number): Result<null, never> {
    if (this.#sql.self() !== undefined) this.#sql.setReserved(bytes);
    return ok(null);
  }

  /** Gives back what is not needed any more. */
  shrink(): Promise<void> {
    return this.#inTurn(async () => {
      const self = this.#sql.self();
      const needed = Math.ceil((self?.stored ?? 0) / STEP) * STEP;
      if (self === undefined || needed >= self.reserved) return;
      this.#sql.setReserved(needed);
      await shelfOf(this.#env, self.owner).reserve(self.name, needed);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
