// Shelf: which collections an account or organisation has, and how its quota is shared out. The truth about a collection is
// its own object's; a row that is not settled is one whose making or deleting may have been interrupted.
import { SHELF_MIGRATIONS, type ShelvedRow, shelfStatements } from "../../../kv-schema/tables/shelf.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Noun } from "../noun.ts";

/** A collection as its owner's listing shows it. */
export interface Shelved {
  readonly name: string;
  readonly settled: boolean;
  readonly public: boolean;
}

export class Shelf extends Noun {
  readonly #sql = shelfStatements(this.db);

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

  /** Says what the collection's object found. @param exists false: it is gone, and so is its share of the quota */
  settle(name: string, exists: boolean, isPublic: boolean): void {
    this.establish();
    if (!exists) this.#sql.remove(name);
    else this.#sql.put({ name, reserved: 0, ...this.#sql.one(name), settled: 1, public: isPublic ? 1 : 0 });
  }

  /** @param after names after this one @param onlyPublic what a stranger may see */
  page(after: string, onlyPublic: boolean, limit: number): readonly Shelved[] {
    if (!this.established) return [];
    const shown = (row: ShelvedRow): Shelved => ({
      name: row.name,
      settled: row.settled === 1,
      public: row.public === 1,
    });
    return this.#sql.page(after, onlyPublic ? 1 : 0, limit).map(shown);
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

export const shelfOf = (env: Env, owner: string): DurableObjectStub<Shelf> =>
  env.SHELF.get(env.SHELF.idFromName(owner.toLowerCase()));
