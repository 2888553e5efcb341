// What algorithms write to a collection, between the moment they do and the settlement that makes it so: drafts.ts under the
// lock, the waiting and the resolving that all stores of prepared writes share.
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { PreparedCalls } from "../prepared/calls.ts";
import { Fates } from "../prepared/fates.ts";
import { Hold } from "../prepared/hold.ts";
import { Drafts, type Pointing } from "./drafts.ts";
import type { FilesCommit, Held } from "./protocol.ts";

/** The collection that the drafts belong to. */
export interface Floor extends Pointing {
  readonly env: Env;
  readonly sql: ConstructorParameters<typeof Drafts>[0];
  /** Whether there is a collection now. */
  exists(): boolean;
  transaction<T>(work: () => T): T;
  /** Has what nobody can reach swept in time. */
  planSweep(): Promise<void>;
  /** Has old prepared writes resolved in time. */
  planPrepared(): Promise<void>;
}

export class Drafting {
  readonly #floor: Floor;
  readonly #hold = new Hold(LIMITS.stateHoldMs);
  readonly #prepared = new PreparedCalls();
  readonly #drafts: Drafts;
  readonly #fates: Fates;

  constructor(floor: Floor) {
    this.#floor = floor;
    this.#drafts = new Drafts(floor.sql, this.#prepared);
    this.#fates = new Fates(floor.env, this.#prepared, this);
  }

  /** Takes up what was prepared when the object was last in memory. */
  restore(): void {
    this.#drafts.restore();
  }

  /** The collection is gone: nobody waits any more. */
  clear(): void {
    this.#prepared.clear();
  }

  /** Keeps bytes for a call; there is room for them. */
  async keep(call: string, file: string, bytes: Uint8Array): Promise<Held> {
    const held = this.#floor.transaction(() => this.#drafts.hold(call, file, bytes));
    await this.#floor.planSweep();
    return held;
  }

  read(call: string, upload: number, from: number, count: number): Uint8Array | null {
    return this.#floor.exists() ? this.#drafts.read(call, upload, from, count) : null;
  }

  async take(call: string): Promise<void> {
    await this.#hold.take(call);
  }

  release(call: string): void {
    this.#hold.release(call);
  }

  /** @see Collection.prepare */
  async prepare(commit: FilesCommit): Promise<Result<null, "conflict" | "full">> {
    await this.#hold.take(commit.call);
    try {
      if (this.#prepared.get(commit.call) !== undefined) return ok(null);
      await this.#fates.clear(() => this.#drafts.inTheWay(commit));
      if (!this.#floor.exists()) return commit.writes.length === 0 ? ok(null) : err("conflict");
      const prepared = this.#floor.transaction(() => this.#drafts.prepare(commit));
      if (prepared.ok && commit.writes.length > 0) await this.#floor.planPrepared();
      await this.#floor.planSweep();
      return prepared;
    } finally {
      this.#hold.release(commit.call);
    }
  }

  async confirm(call: string): Promise<void> {
    if (this.#prepared.get(call) === undefined) return;
    this.#floor.transaction(() => this.#drafts.confirm(call, this.#floor));
    this.#prepared.remove(call);
    await this.#floor.planSweep();
  }

  async drop(call: string): Promise<void> {
    if (!this.#floor.exists()) return;
    this.#floor.transaction(() => this.#drafts.drop(call));
    this.#prepared.remove(call);
    await this.#floor.planSweep();
  }

  /** Waits until what calls have written of a file, or of any, before now is a file or is gone. */
  async decided(file?: string): Promise<void> {
    if (this.#prepared.size === 0) return;
    const concerned = this.#prepared.all().filter(({ keys }) => file === undefined || keys.has(file));
    const calls = new Set(concerned.map(({ call }) => call));
    await this.#fates.clear(() => this.#prepared.all().find(({ call }) => calls.has(call)));
  }

  /** Resolves what nobody asked for since. */
  async resolve(): Promise<void> {
    await this.#fates.resolveOld();
  }

  /** Whether some writes wait for their settlement. */
  get waiting(): boolean {
    return this.#prepared.size > 0;
  }
}
