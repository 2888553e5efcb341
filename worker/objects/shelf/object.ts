// Shelf: which collections an account or organisation has, and how its quota is shared out. The truth about a collection is
// its own object's; a row that is not settled is one whose making or deleting may have been interrupted.
import { SHELF_MIGRATIONS, type ShelvedRow, shelfStatements } from "../../../kv-schema/tables/shelf.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { collectionOf } from "../collection/object.ts";
import { Noun } from "../noun.ts";

/** Comes after every `.algo/...` and before every letter. */
const BEFORE_NAMES = "/";

/** A collection as its owner's listing shows it. */
export interface Shelved {
  readonly name: string;
  readonly settled: boolean;
  readonly public: boolean;
}

export class Shelf extends Noun {
  readonly #sql = shelfStatements(this.db);
  readonly #turns = new Map<string, Promise<boolean>>();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, SHELF_MIGRATIONS);
  }

  /** Announces that a collection is about to be made, deleted or closed to the public; `settle` follows. */
  announce(name: string): Result<null, "full"> {
    this.establish();
    const row = this.#sql.one(name);
    if (row === undefined && this.#sql.count() >= LIMITS.collections) return err("full");
    this.#sql.put({ name, reserved: 0, ...row, settled: 0, public: 0 });
    return ok(null);
  }

  /**
   * Asks the collection's object what there is, and notes it: when it is gone, so is its share of the quota. One question at
   * a time for each: an answer that was overtaken by another change would stay.
   * @returns whether it exists
   */
  settle(owner: string, name: string): Promise<boolean> {
    const turn = (this.#turns.get(name) ?? Promise.resolve(false)).then(
      () => this.#settle(owner, name),
      () => this.#settle(owner, name),
    );
    this.#turns.set(name, turn);
    return turn.finally(() => {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    });
  }

  async #settle(owner: string, name: string): Promise<boolean> {
    const found = await collectionOf(this.env, owner, name).openness();
    this.establish();
    if (found === null) this.#sql.remove(name);
    else this.#sql.put({ name, reserved: 0, ...this.#sql.one(name), settled: 1, public: found.public ? 1 : 0 });
    return found !== null;
  }

  /** Without what algorithms keep (`.algo/...`). @param after names after this one @param onlyPublic what a stranger may see */
  page(after: string, onlyPublic: boolean, limit: number): readonly Shelved[] {
    if (!this.established) return [];
    const shown = (row: ShelvedRow): Shelved => ({
      name: row.name,
      settled: row.settled === 1,
      public: row.public === 1,
    });
    return this.#sql.page(after > BEFORE_NAMES ? after : BEFORE_NAMES, onlyPublic ? 1 : 0, limit).map(shown);
  }

  /**
   * Sets how many bytes a collection may hold; less than before always succeeds.
   * @returns an error with the most it could have
   */
  reserve(name: string, bytes: number): Result<null, { readonly most: number }> {
    this.establish();
    const row = this.#sql.one(name) ?? { name, settled: 0, public: 0, reserved: 0 };
    const most = Math.min(LIMITS.collectionBytes, LIMITS.dataQuotaBytes - this.#sql.reservedElsewhere(name));
    if (bytes > most && bytes > row.reserved) return err({ most });
    this.#sql.put({ ...row, reserved: bytes });
    return ok(null);
  }
}

export { shelfOf } from "./find.ts";
