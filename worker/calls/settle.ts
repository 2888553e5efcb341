// Settling by group commit: while one batch is on its way to an account's ledger, the calls of that account which finish
// meanwhile gather for the next one, which is sent by the first of them that looks (waiting.ts). Sending a settlement again is
// safe, so a batch whose sender vanished is sent again.
import type { Env } from "../env.ts";
import { type Result, err } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import type { SettleRefusal, Settled, Settlement } from "../objects/account/protocol.ts";
import { Waiting } from "./waiting.ts";

/** Settlements in one batch: a record has a few KiB, an RPC 32 MiB at most. */
const BATCH = 100;
/** Milliseconds after which a sender is taken for lost, and tries of one settlement. */
const LOST_MS = 10_000;
const TRIES = 3;

/** `unavailable`: the ledger did not answer; whether the call settled is not known here. */
export type SettleError = SettleRefusal | "unavailable";

interface Entry {
  readonly lease: string;
  readonly settlement: Settlement;
  tries: number;
  done: Settled | Result<never, "unavailable"> | undefined;
}

/** The settlements of one account in this isolate. */
class Settler {
  readonly #account: string;
  #queue: Entry[] = [];
  #sending: { readonly since: number; readonly batch: readonly Entry[] } | null = null;
  readonly #waiting = new Waiting();

  constructor(account: string) {
    this.#account = account;
  }

  get idle(): boolean {
    return this.#queue.length === 0 && this.#sending === null;
  }

  async settle(env: Env, lease: string, settlement: Settlement): Promise<Settled | Result<never, "unavailable">> {
    const entry: Entry = { lease, settlement, tries: 0, done: undefined };
    this.#queue.push(entry);
    while (entry.done === undefined) {
      this.#findLost();
      if (this.#sending === null) await this.#send(env);
      else await this.#waiting.wait();
    }
    return entry.done;
  }

  #findLost(): void {
    if (this.#sending === null || Date.now() - this.#sending.since < LOST_MS) return;
    this.#queue.unshift(...this.#sending.batch.filter(({ done }) => done === undefined));
    this.#sending = null;
  }

  /** Sends the oldest entry with all that wait for the same lease. */
  async #send(env: Env): Promise<void> {
    const lease = this.#queue[0]?.lease;
    if (lease === undefined) return;
    const batch: Entry[] = [];
    const rest: Entry[] = [];
    for (const entry of this.#queue) (entry.lease === lease && batch.length < BATCH ? batch : rest).push(entry);
    this.#queue = rest;
    const sending = { since: Date.now(), batch };
    this.#sending = sending;
    try {
      const settled = await accountOf(env, this.#account).settle(
        lease,
        batch.map((entry) => entry.settlement),
      );
      for (const [index, entry] of batch.entries()) entry.done = settled[index] ?? err("unavailable");
    } catch (error) {
      this.#failed(batch, error);
    } finally {
      if (this.#sending === sending) this.#sending = null;
      this.#waiting.wake();
    }
  }

  #failed(batch: readonly Entry[], error: unknown): void {
    console.error(JSON.stringify({ event: "settle-failed", calls: batch.length, error: String(error) }));
    for (const entry of batch) {
      if (++entry.tries >= TRIES) entry.done = err("unavailable");
      else this.#queue.push(entry);
    }
  }
}

const settlers = new Map<string, Settler>();

/** Settles one call tree. Its answer may leave when this is ok, and not before. */
export async function settle(
  env: Env,
  account: string,
  lease: string,
  settlement: Settlement,
): Promise<Settled | Result<never, "unavailable">> {
  const settler = settlers.get(account) ?? new Settler(account);
  settlers.set(account, settler);
  try {
    return await settler.settle(env, lease, settlement);
  } finally {
    if (settler.idle) settlers.delete(account);
  }
}
