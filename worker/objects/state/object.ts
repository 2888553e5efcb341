// State: a small transactional key-value store per (algorithm, account). Calls read freely and write nothing until they
// complete; then all writes of a call commit in one transaction, if and only if what the call read is still so.
// A call that lost such a race runs again while it holds the store, so that it cannot lose twice.
import { createHash } from "node:crypto";
import { type EntryRow, STATE_MIGRATIONS, stateStatements } from "../../../kv-schema/tables/state.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { KeyRange, StateCommit, StateKeys, StateValue } from "../../sandbox/state.ts";
import { Noun } from "../noun.ts";
import { Hold } from "./hold.ts";

const buffer = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer;

/** The least byte string above all that begin with the prefix; null when there is none. */
function above(prefix: Uint8Array): ArrayBuffer | null {
  const end = prefix.findLastIndex((byte) => byte !== 0xff);
  if (end < 0) return null;
  const bound = prefix.slice(0, end + 1);
  bound[end] = (bound[end] ?? 0) + 1;
  return bound.buffer;
}

export class State extends Noun {
  readonly #sql = stateStatements(this.db);
  readonly #hold = new Hold(LIMITS.stateHoldMs);

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, STATE_MIGRATIONS);
  }

  /** A value and the revision that wrote it; revision 0 and null when absent. */
  get(key: Uint8Array): StateValue {
    const row: Pick<EntryRow, "value" | "revision"> | undefined = this.established
      ? this.#sql.entry(buffer(key))
      : undefined;
    return row === undefined
      ? { value: null, revision: 0 }
      : { value: new Uint8Array(row.value), revision: row.revision };
  }

  /** Keys in byte order, with a fingerprint of the answer by which a commit sees whether it changed. */
  list(range: KeyRange): StateKeys {
    const rows = this.established ? this.#range(range) : [];
    const hash = createHash("sha256");
    for (const row of rows) hash.update(`${row.key.byteLength}:`).update(new Uint8Array(row.key));
    return { keys: rows.map((row) => new Uint8Array(row.key)), fingerprint: hash.digest("hex") };
  }

  #range({ prefix, after, limit }: KeyRange): { key: ArrayBuffer }[] {
    const inside = after.length > 0 && Buffer.compare(after, prefix) >= 0;
    return this.#sql.range(buffer(inside ? after : prefix), above(prefix), inside, limit);
  }

  /** Waits until nobody else holds the store, then holds it until release, or LIMITS.stateHoldMs. */
  async hold(call: string): Promise<void> {
    await this.#hold.take(call);
  }

  release(call: string): void {
    this.#hold.release(call);
  }

  /**
   * Commits a call's writes, all or none.
   * @returns conflict: something the call read has changed; full: the store would pass its size
   */
  async commit(commit: StateCommit): Promise<Result<null, "conflict" | "full">> {
    await this.#hold.take(commit.call);
    try {
      return this.#apply(commit);
    } finally {
      this.#hold.release(commit.call);
    }
  }

  #apply(commit: StateCommit): Result<null, "conflict" | "full"> {
    if (!this.#unchanged(commit)) return err("conflict");
    if (commit.writes.length === 0) return ok(null);
    this.establish();
    return this.transaction(() => {
      const store = this.#sql.store();
      const bytes = store.bytes + commit.writes.reduce((sum, [key, value]) => sum + this.#growth(key, value), 0);
      if (bytes > LIMITS.stateStoreBytes) return err("full");
      for (const [key, value] of commit.writes) {
        if (value === null) this.#sql.remove(buffer(key));
        else this.#sql.put(buffer(key), buffer(value), store.revision + 1);
      }
      this.#sql.setStore(store.revision + 1, bytes);
      return ok(null);
    });
  }

  #growth(key: Uint8Array, value: Uint8Array | null): number {
    const before = this.#sql.revision(buffer(key))?.bytes ?? 0;
    return (value === null ? 0 : key.length + value.length) - before;
  }

  #unchanged(commit: StateCommit): boolean {
    const revision = (key: Uint8Array): number =>
      this.established ? (this.#sql.revision(buffer(key))?.revision ?? 0) : 0;
    return (
      commit.reads.every((read) => revision(read.key) === read.revision) &&
      commit.lists.every((read) => this.list(read.range).fingerprint === read.fingerprint)
    );
  }
}

/** @param algorithm canonical `owner/name` @param account the caller */
export const stateOf = (env: Env, algorithm: string, account: string): DurableObjectStub<State> =>
  env.STATE.get(env.STATE.idFromName(`${algorithm}\n${account.toLowerCase()}`));
