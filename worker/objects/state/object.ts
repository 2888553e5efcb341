// State: a small transactional key-value store per (algorithm, account). Calls read freely and write nothing until they
// complete. Then their writes are *prepared*, if and only if what the call read is still so; when the call has settled they
// are confirmed, and when it has not they are dropped. Whoever meets a prepared write waits for that, and when it takes too
// long the payer's ledger is asked, whose answer is for good: so a crash at any moment leaves all of a call or nothing.
// A call that lost a race runs again while it holds the store, so that it cannot lose twice.
import { createHash } from "node:crypto";
import { type EntryRow, STATE_MIGRATIONS, stateStatements } from "../../../kv-schema/tables/state.ts";
import type { Env } from "../../env.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Agenda } from "../agenda/agenda.ts";
import type { Home } from "../near/host.ts";
import { type NearRan, type NearRun, NearRuns } from "../near/near.ts";
import { Noun } from "../noun.ts";
import { type PreparedCall, PreparedCalls, keyText } from "../prepared/calls.ts";
import { Fates } from "../prepared/fates.ts";
import { Hold } from "../prepared/hold.ts";
import { StateReads } from "./near.ts";
import type { KeyRange, StateCommit, StateKeys, StateLooks, StateValue, StateWrite } from "./protocol.ts";

const buffer = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer;
const SWEEP = "prepared";

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
  readonly #prepared = new PreparedCalls();
  readonly #fates = new Fates(this.env, this.#prepared, this);
  readonly #agenda = new Agenda(this.ctx.storage, this.db);
  readonly #near = new NearRuns(this.env, this.ctx);
  #sweepPlanned = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, STATE_MIGRATIONS);
    if (!this.established) return;
    for (const row of this.#sql.prepared()) {
      const keys = new Set(this.#sql.preparedKeys(row.call).map(({ key }) => keyText(key)));
      this.#prepared.add({ ...row, keys });
    }
  }

  /** A value and the revision that wrote it; revision 0 and null when absent. */
  async get(key: Uint8Array): Promise<StateValue> {
    const name = keyText(key);
    await this.#fates.clear(() => this.#prepared.writerOf(name));
    const row: Pick<EntryRow, "value" | "revision"> | undefined = this.established
      ? this.#sql.entry(buffer(key))
      : undefined;
    return row === undefined
      ? { value: null, revision: 0 }
      : { value: new Uint8Array(row.value), revision: row.revision };
  }

  /** Keys in byte order, with a fingerprint of the answer by which a commit sees whether it changed. */
  async list(range: KeyRange): Promise<StateKeys> {
    const prefix = keyText(range.prefix);
    await this.#fates.clear(() => this.#prepared.writerBelow(prefix));
    return this.#keys(range);
  }

  #keys(range: KeyRange): StateKeys {
    const rows = this.established ? this.#range(range) : [];
    const hash = createHash("sha256");
    for (const row of rows) hash.update(`${row.key.byteLength}:`).update(new Uint8Array(row.key));
    return { keys: rows.map((row) => new Uint8Array(row.key)), fingerprint: hash.digest("hex") };
  }

  #range({ prefix, after, limit }: KeyRange): { key: ArrayBuffer }[] {
    const inside = after.length > 0 && Buffer.compare(after, prefix) >= 0;
    return this.#sql.range(buffer(inside ? after : prefix), above(prefix), inside, limit);
  }

  /** Runs a call of the algorithm from here: what it reads of its state it reads on the spot. */
  runNear(run: NearRun, home: Home<StateLooks>): NearRan<StateLooks> {
    return this.#near.run(run, home, new StateReads(this));
  }

  async hold(call: string): Promise<void> {
    await this.#hold.take(call);
  }

  release(call: string): void {
    this.#hold.release(call);
  }

  /** @see StateStore */
  async prepare(commit: StateCommit): Promise<Result<null, "conflict" | "full">> {
    await this.#hold.take(commit.call);
    try {
      if (this.#prepared.get(commit.call) !== undefined) return ok(null);
      await this.#fates.clear(() => this.#inTheWay(commit));
      const prepared = this.#prepare(commit);
      if (prepared.ok && commit.writes.length > 0) await this.#planSweep();
      return prepared;
    } finally {
      this.#hold.release(commit.call);
    }
  }

  /** A call that has prepared what this one read or wrote. */
  #inTheWay({ reads, lists, writes }: StateCommit): PreparedCall | undefined {
    if (this.#prepared.size === 0) return undefined;
    for (const { key } of reads) {
      const writer = this.#prepared.writerOf(keyText(key));
      if (writer !== undefined) return writer;
    }
    for (const [key] of writes) {
      const writer = this.#prepared.writerOf(keyText(key));
      if (writer !== undefined) return writer;
    }
    for (const { range } of lists) {
      const writer = this.#prepared.writerBelow(keyText(range.prefix));
      if (writer !== undefined) return writer;
    }
    return undefined;
  }

  #prepare(commit: StateCommit): Result<null, "conflict" | "full"> {
    if (!this.#unchanged(commit)) return err("conflict");
    const { call, account, writes } = commit;
    if (writes.length === 0) return ok(null);
    this.establish();
    const growth = writes.reduce((sum, write) => sum + this.#growth(write), 0);
    if (this.#sql.store().bytes + this.#prepared.growth + growth > LIMITS.stateStoreBytes) return err("full");
    const since = Date.now();
    this.transaction(() => {
      this.#sql.prepare({ call, account, since, growth });
      for (const [key, value] of writes) {
        this.#sql.prepareWrite(call, buffer(key), value === null ? null : buffer(value));
      }
    });
    this.#prepared.add({ call, account, since, growth, keys: new Set(writes.map(([key]) => keyText(key))) });
    return ok(null);
  }

  #growth([key, value]: StateWrite): number {
    const before = this.#sql.revision(buffer(key))?.bytes ?? 0;
    return (value === null ? 0 : key.length + value.length) - before;
  }

  #unchanged({ reads, lists }: StateCommit): boolean {
    const revision = (key: Uint8Array): number =>
      this.established ? (this.#sql.revision(buffer(key))?.revision ?? 0) : 0;
    return (
      reads.every((read) => revision(read.key) === read.revision) &&
      lists.every((read) => this.#keys(read.range).fingerprint === read.fingerprint)
    );
  }

  /** @see StateStore */
  confirm(call: string): void {
    const prepared = this.#prepared.get(call);
    if (prepared === undefined) return;
    this.transaction(() => {
      const store = this.#sql.store();
      this.#sql.apply(call, store.revision + 1);
      this.#sql.setStore(store.revision + 1, store.bytes + prepared.growth);
      this.#sql.forget(call);
    });
    this.#prepared.remove(call);
  }

  /** @see StateStore */
  drop(call: string): void {
    if (this.#prepared.get(call) === undefined) return;
    this.transaction(() => this.#sql.forget(call));
    this.#prepared.remove(call);
  }

  async #planSweep(): Promise<void> {
    if (this.#sweepPlanned) return;
    this.#sweepPlanned = true;
    await this.#agenda.planBy(SWEEP, "", Date.now() + LIMITS.preparedSweepMs);
  }

  /** Resolves what nobody asked for since: a call whose isolate died. */
  override async alarm(): Promise<void> {
    await this.#agenda.serve(Date.now(), async () => {
      this.#sweepPlanned = false;
      await this.#fates.resolveOld();
    });
    if (this.#prepared.size > 0) await this.#planSweep();
  }
}

/** @param algorithm canonical `owner/name` @param account the caller */
export const stateOf = (env: Env, algorithm: string, account: string): DurableObjectStub<State> =>
  env.STATE.get(env.STATE.idFromName(`${algorithm}\n${account.toLowerCase()}`));
