// A collection's share of its owner's quota: taken from the shelf in steps, so that a small file costs no question.
import type { CollectionRow, collectionStatements } from "../../../kv-schema/tables/collection.ts";
import type { Env } from "../../env.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { shelfOf } from "../shelf/find.ts";

/** Bytes the share grows by. */
const STEP = 16 * 1024 * 1024;

export class Room {
  readonly #env: Env;
  readonly #sql: ReturnType<typeof collectionStatements>;
  /** Questions to the shelf are asked one after the other: two answers must not overtake each other. */
  #last: Promise<unknown> = Promise.resolve();
  /** Bytes that were promised room and are not stored yet: many writers must not all be promised the same. */
  #pending = 0;
  #ended = false;

  constructor(env: Env, sql: ReturnType<typeof collectionStatements>) {
    this.#env = env;
    this.#sql = sql;
  }

  /** The collection was deleted: nothing asked from now on concerns the one that may stand in its place. */
  end(): void {
    this.#ended = true;
  }

  #self(): CollectionRow | undefined {
    return this.#ended ? undefined : this.#sql.self();
  }

  /**
   * Takes room for so many more bytes; when they are stored, or will not be, `leave` follows.
   * @returns an error with the bytes that are still free
   */
  async take(more: number): Promise<Result<null, { readonly quota: number }>> {
    const self = this.#self();
    if (self === undefined || self.stored + this.#pending + more <= self.reserved) return this.#promise(more);
    return this.#inTurn(() => this.#ask(more));
  }

  /** Says that taken bytes are counted as stored from now on, or will not come. */
  leave(bytes: number): void {
    this.#pending -= bytes;
  }

  #promise(more: number): Result<null, never> {
    this.#pending += more;
    return ok(null);
  }

  /** Whether there is room now. */
  async check(more: number): Promise<Result<null, { readonly quota: number }>> {
    const taken = await this.take(more);
    if (taken.ok) this.leave(more);
    return taken;
  }

  async #ask(more: number): Promise<Result<null, { readonly quota: number }>> {
    const self = this.#self();
    const needed = (self?.stored ?? 0) + this.#pending + more;
    if (self === undefined || needed <= self.reserved) return this.#promise(more);
    // Promised before it is asked for: who comes meanwhile must count it.
    this.#pending += more;
    const asked = await this.#grow(self, needed).catch((error: unknown) => {
      this.#pending -= more;
      throw error;
    });
    if (!asked.ok) this.#pending -= more;
    return asked;
  }

  async #grow(self: CollectionRow, needed: number): Promise<Result<null, { readonly quota: number }>> {
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
    if (this.#self() !== undefined) this.#sql.setReserved(bytes);
    return ok(null);
  }

  /** Gives back what is not needed any more. */
  shrink(): Promise<void> {
    return this.#inTurn(async () => {
      const self = this.#self();
      const needed = Math.ceil(((self?.stored ?? 0) + this.#pending) / STEP) * STEP;
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
