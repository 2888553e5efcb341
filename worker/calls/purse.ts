// The purse: what this isolate holds of an account's money and of its rate limit for one key, over a durable lease of the
// account's ledger. A call takes from it at once; only when it runs short, or what it believes of the key grows old, is the
// ledger asked, by one call for all that wait. A purse that is lost with its isolate costs nobody anything: the lease ends.
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Result, err, ok } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import type { Grant, Lease, LeaseRefusal, LeaseRequest, Rate } from "../objects/account/protocol.ts";
import { Waiting } from "./waiting.ts";

/** Names this isolate in leases: made with the first of them, because an isolate may not do so when it starts. */
let isolateName: string | undefined;
const isolate = (): string => (isolateName ??= crypto.randomUUID());

/** Calls of the rate limit taken at first, and at most at once: twice as many each time they are used up before they are old. */
const FIRST_CALLS = 8;
const CALLS_MAX = 2_048;
/** Microcredits asked for at least: a few calls' pieces of fuel. */
const WANTED = 8_000_000;
/** Milliseconds a lease outlives the deadline of the calls that it pays for, so that they can settle. */
const MARGIN_MS = 30_000;
/** Milliseconds for which a refusal for want of money is believed while other calls may still give some back. */
const SHORT_MS = 100;
/** Milliseconds after which who asked the ledger is taken for lost. */
const LOST_MS = 10_000;

/** Money set aside for one call tree, as whoever spends it sees it: a Reservation, or one under a further ceiling. */
export interface Held {
  /** The lease that it is settled under. */
  readonly lease: string;
  /** Microcredits. */
  readonly amount: number;
  /** Sets more aside. @param missing microcredits @returns how much was added: less when there is no more */
  extend(env: Env, missing: number): Promise<number>;
  /** Ends it. @param spent microcredits that were settled; the rest goes back */
  close(spent: number): void;
}

/** Where calls set money aside: a Purse, or one under a further ceiling. */
export interface MoneySource {
  /** @see Purse.reserve */
  reserve(env: Env, least: number, want: number, deadline: number): Promise<Result<Held, LeaseRefusal>>;
}

/** Money set aside for one call tree. */
export class Reservation implements Held {
  readonly lease: string;
  readonly deadline: number;
  amount: number;
  /** Whether its call waits for more, and so gives none back. */
  waits = false;
  readonly #purse: Purse;

  constructor(purse: Purse, lease: string, amount: number, deadline: number) {
    this.#purse = purse;
    this.lease = lease;
    this.amount = amount;
    this.deadline = deadline;
  }

  /** Sets more aside. @param missing microcredits @returns how much was added: less when the account has no more */
  extend(env: Env, missing: number): Promise<number> {
    return this.#purse.extend(env, this, missing);
  }

  /** Ends it. @param spent microcredits that were settled; the rest goes back */
  close(spent: number): void {
    this.#purse.close(this, spent);
  }
}

/** What a key opens, and how its rate limit stands. */
export interface Entered {
  readonly grant: Grant;
  readonly rate: Rate;
}

export class Purse implements MoneySource {
  /** SHA-256 of the key, 64 hex digits. */
  readonly #key: string;
  readonly #account: string;
  #lease: Lease | null = null;
  /** Microcredits of the lease that nobody has taken. */
  #free = 0;
  /** Calls that may still be let through in the rate limit's window. */
  #calls = 0;
  #batch = FIRST_CALLS;
  #asking: { readonly since: number } | null = null;
  /** Until when a refusal for want of money is believed by those who need as much. */
  #short: { readonly until: number; readonly least: number; readonly refusal: LeaseRefusal } | null = null;
  readonly #changed = new Waiting();
  readonly #reservations = new Set<Reservation>();

  constructor(key: string, account: string) {
    this.#key = key;
    this.#account = account;
  }

  /** Whether nothing is lost by forgetting it. */
  get idle(): boolean {
    return this.#reservations.size === 0 && (this.#lease === null || this.#lease.expires < Date.now());
  }

  /** Whether it pays for an account's calls. */
  isOf(account: string): boolean {
    return this.#account.toLowerCase() === account.toLowerCase();
  }

  /** What the key opens has changed: the ledger is asked before the next call. */
  doubt(): void {
    if (this.#lease !== null) this.#lease = { ...this.#lease, believedUntil: 0 };
  }

  /** What the key opens, counting one call; null when the ledger must be asked. */
  enterNow(): Entered | null {
    const now = Date.now();
    const lease = this.#lease;
    if (lease === null || now >= lease.believedUntil || now >= lease.rate.reset || this.#calls === 0) return null;
    this.#calls--;
    return { grant: lease.grant, rate: { ...lease.rate, remaining: lease.rate.remaining + this.#calls } };
  }

  /** What the key opens, counting one call. */
  async enter(env: Env): Promise<Result<Entered, LeaseRefusal>> {
    for (;;) {
      const entered = this.enterNow();
      if (entered !== null) return ok(entered);
      if (this.#isAsked()) {
        await this.#changed.wait();
        continue;
      }
      // Used up while it was believed: take more at once. Grown old: a few are enough.
      const now = Date.now();
      const usedUp = this.#lease !== null && now < this.#lease.believedUntil && now < this.#lease.rate.reset;
      this.#batch = usedUp ? Math.min(CALLS_MAX, this.#batch * 2) : this.#batch;
      const calls = this.#lease !== null && now < this.#lease.rate.reset && this.#calls > 0 ? 0 : this.#batch;
      const asked = await this.#ask(env, { want: 0, least: 0, calls, until: now + LIMITS.leaseMs });
      if (!asked.ok) return asked;
    }
  }

  /**
   * Sets money aside.
   * @param least microcredits without which the call is of no use @param want what it would like; a part is given when
   * the account runs short
   */
  async reserve(env: Env, least: number, want: number, deadline: number): Promise<Result<Reservation, LeaseRefusal>> {
    for (;;) {
      const taken = this.#take(least, want, deadline);
      if (taken !== null) return ok(taken);
      const refused = await this.#demand(env, least, deadline, this.#reservations.size > 0);
      if (refused !== null) return err(refused);
    }
  }

  #take(least: number, want: number, deadline: number): Reservation | null {
    const lease = this.#lease;
    if (lease === null || lease.expires < deadline + MARGIN_MS || this.#free < least) return null;
    const amount = Math.min(want, Math.max(least, Math.floor(this.#free / 2)));
    this.#free -= amount;
    const reservation = new Reservation(this, lease.id, amount, deadline);
    this.#reservations.add(reservation);
    return reservation;
  }

  /** @see Reservation.extend */
  async extend(env: Env, reservation: Reservation, missing: number): Promise<number> {
    try {
      // All of it first; only where the ledger has not so much, whatever there is.
      let least = missing;
      while (this.#reservations.has(reservation) && reservation.lease === this.#lease?.id) {
        if (this.#free >= least) return this.#give(reservation, missing);
        reservation.waits = true;
        // Only who does not wait itself gives money back.
        const others = least === 1 && [...this.#reservations].some(({ waits }) => !waits);
        const refused = await this.#demand(env, least, reservation.deadline, others);
        if (refused === null) continue;
        if (least === 1) return 0;
        least = 1;
      }
      return 0;
    } finally {
      reservation.waits = false;
    }
  }

  #give(reservation: Reservation, missing: number): number {
    const added = Math.min(missing, this.#free);
    this.#free -= added;
    reservation.amount += added;
    return added;
  }

  /** @see Reservation.close */
  close(reservation: Reservation, spent: number): void {
    if (!this.#reservations.delete(reservation)) return;
    if (reservation.lease === this.#lease?.id) this.#free += reservation.amount - spent;
    this.#short = null;
    this.#changed.wake();
  }

  /**
   * Sees to it that there may be more money: asks the ledger, or waits for who asks, or for calls that may give some back.
   * @returns why there is none
   */
  async #demand(env: Env, least: number, deadline: number, hope: boolean): Promise<LeaseRefusal | null> {
    this.#reap();
    const now = Date.now();
    if (this.#isAsked()) {
      await this.#changed.wait();
      return null;
    }
    if (this.#short !== null && now < this.#short.until && least >= this.#short.least) {
      if (!hope || now >= deadline) return this.#short.refusal;
      await this.#changed.wait(SHORT_MS);
      return null;
    }
    const missing = Math.max(0, least - this.#free);
    const want = Math.max(missing, WANTED, this.#reserved - this.#free);
    const asked = await this.#ask(env, { want, least: missing, calls: 0, until: deadline + 2 * MARGIN_MS });
    if (asked.ok) return null;
    const { code } = asked.error;
    if (code !== "insufficient-credits" && code !== "key-limit") return asked.error;
    this.#short = { until: Date.now() + SHORT_MS, least, refusal: asked.error };
    return hope && now < deadline ? null : asked.error;
  }

  get #reserved(): number {
    let sum = 0;
    for (const { amount } of this.#reservations) sum += amount;
    return sum;
  }

  /** Forgets what calls left behind that the runtime ended without a word; the ledger knows what they spent. */
  #reap(): void {
    const now = Date.now();
    for (const reservation of this.#reservations) {
      if (reservation.deadline + MARGIN_MS < now) this.#reservations.delete(reservation);
    }
  }

  #isAsked(): boolean {
    return this.#asking !== null && Date.now() - this.#asking.since < LOST_MS;
  }

  async #ask(env: Env, request: Omit<LeaseRequest, "isolate" | "key">): Promise<Result<Lease, LeaseRefusal>> {
    const asking = { since: Date.now() };
    this.#asking = asking;
    const quiet = this.#reservations.size === 0;
    try {
      const question = { isolate: isolate(), key: this.#key, ...request };
      const answer = (await accountOf(env, this.#account).lease(question)) as Result<Lease, LeaseRefusal>;
      if (answer.ok) this.#accept(answer.value, quiet);
      else if (answer.error.code !== "insufficient-credits" && answer.error.code !== "key-limit") this.#calls = 0;
      return answer;
    } finally {
      if (this.#asking === asking) this.#asking = null;
      this.#changed.wake();
    }
  }

  /** @param quiet whether no call held any of it when the ledger was asked: then its figures are the truth */
  #accept(lease: Lease, quiet: boolean): void {
    const before = this.#lease;
    this.#lease = lease;
    this.#short = null;
    // With another id the old lease is over: its money went back, and calls that hold of it will be refused.
    if (before?.id !== lease.id || (quiet && this.#reservations.size === 0)) this.#free = lease.granted - lease.spent;
    else this.#free += lease.added;
    this.#calls = before?.rate.reset === lease.rate.reset ? this.#calls + lease.calls : lease.calls;
  }
}
