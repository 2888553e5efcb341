// Leases: money held for an isolate and a key, so that it can start and pay for many calls with one question. A lease is a
// row; what its time ends is free again at that moment, whether or not the sweep has come by. A lease never holds more
// than the balance and the key's own limits leave.
import type { LeaseRow } from "../../../kv-schema/tables/ledger.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { DAY_MS, type Book } from "./book.ts";
import type { KeyTerms, LeaseRefusal, LeaseRequest } from "./protocol.ts";

type Held = { -readonly [Field in keyof LeaseRow]: LeaseRow[Field] };

export interface Addition {
  readonly lease: Readonly<LeaseRow>;
  readonly added: number;
}

/** What a key's own limits leave, and when a daily one begins anew. */
interface Room {
  readonly left: number;
  readonly resets: number | null;
}

/**
 * How much of what there is: all that is wanted while there is plenty, else half, so that isolates which share a balance
 * that runs short each get a part; `least` in any case.
 */
const shareOf = (room: number, want: number, least: number): number =>
  room >= 2 * want ? want : Math.min(want, room, Math.max(least, Math.floor(room / 2)));

export class Leases {
  readonly #book: Book;
  #held: Map<string, Held> | undefined;
  /** Leases whose rows do not say yet what was spent of them. */
  readonly #spent = new Set<Held>();

  constructor(book: Book) {
    this.#book = book;
    book.onRollback(() => {
      this.#held = undefined;
      this.#spent.clear();
    });
    book.onCount(() => this.#count());
  }

  /** A lease that may be settled against now. */
  alive(id: string, now: number): Held | undefined {
    const lease = this.#all.get(id);
    return lease !== undefined && now < lease.expires ? lease : undefined;
  }

  /** Microcredits that leases hold now: of one key, or of all. */
  reserved(now: number, key?: string): number {
    let sum = 0;
    for (const lease of this.#all.values()) {
      if (now < lease.expires && (key === undefined || lease.key === key)) sum += lease.granted - lease.spent;
    }
    return sum;
  }

  /** Whether any lease may be settled against now. */
  anyAlive(now: number): boolean {
    for (const { expires } of this.#all.values()) if (now < expires) return true;
    return false;
  }

  /** When the first lease ends; null when there is none. */
  get firstEnd(): number | null {
    let first: number | null = null;
    for (const { expires } of this.#all.values()) if (first === null || expires < first) first = expires;
    return first;
  }

  /** Makes or tops up the lease of (isolate, key), inside `book.write`. */
  take(request: LeaseRequest, terms: KeyTerms, now: number): Result<Addition, LeaseRefusal> {
    this.#book.count();
    this.sweep(now);
    const added = this.#addition(request, terms, now);
    if (!added.ok) return added;
    const end = Math.min(Math.max(request.until, now + LIMITS.leaseMs), now + LIMITS.leaseMsMax);
    const old = [...this.#all.values()].find(({ isolate, key }) => isolate === request.isolate && key === terms.id);
    const lease: Held = {
      id: old?.id ?? crypto.randomUUID(),
      isolate: request.isolate,
      key: terms.id,
      granted: (old?.granted ?? 0) + added.value,
      spent: old?.spent ?? 0,
      expires: Math.max(old?.expires ?? 0, end),
    };
    this.#book.sql.putLease(lease);
    this.#all.set(lease.id, lease);
    return ok({ lease, added: added.value });
  }

  /** Adds what a settlement cost: its entry says so, and the lease's row once it is counted. */
  spend(lease: Held, amount: number): void {
    lease.spent += amount;
    this.#spent.add(lease);
  }

  /** Gives back, inside `book.write`. @returns what the lease still holds; one that holds nothing is closed */
  giveBack(id: string, amount: number, now: number): number {
    const lease = this.alive(id, now);
    if (lease === undefined) return 0;
    this.#book.count();
    lease.granted -= Math.min(Math.max(amount, 0), lease.granted - lease.spent);
    const left = lease.granted - lease.spent;
    if (left > 0) this.#book.sql.putLease(lease);
    else this.#drop(id);
    return left;
  }

  /** Closes what time has ended, inside `book.write`. */
  sweep(now: number): void {
    for (const { id, expires } of this.#all.values()) if (expires <= now) this.#drop(id);
  }

  #addition({ want, least }: LeaseRequest, terms: KeyTerms, now: number): Result<number, LeaseRefusal> {
    const available = Math.max(0, this.#book.tip.balance - this.reserved(now));
    const { left, resets } = this.#room(terms, now);
    const room = Math.min(available, left);
    if (room >= least) return ok(shareOf(room, Math.max(want, least), least));
    return left < least
      ? err({ code: "key-limit", available: left, resets })
      : err({ code: "insufficient-credits", available });
  }

  #room({ id, limit, dailyLimit }: KeyTerms, now: number): Room {
    if (limit === null && dailyLimit === null) return { left: Number.MAX_SAFE_INTEGER, resets: null };
    const day = Math.floor(now / DAY_MS);
    const spent = this.#book.sql.spent(id, day);
    const open = this.reserved(now, id);
    const inAll = limit === null ? Number.MAX_SAFE_INTEGER : limit - spent.total - open;
    const today = dailyLimit === null ? Number.MAX_SAFE_INTEGER : dailyLimit - spent.today - open;
    const left = Math.max(0, Math.min(inAll, today));
    return { left, resets: today < inAll ? (day + 1) * DAY_MS : null };
  }

  #drop(id: string): void {
    this.#book.sql.dropLease(id);
    this.#all.delete(id);
  }

  #count(): void {
    // They must be known before the entries that they are known by are counted.
    const leases = this.#all;
    for (const lease of this.#spent) if (leases.get(lease.id) === lease) this.#book.sql.spend(lease.id, lease.spent);
    this.#spent.clear();
  }

  get #all(): Map<string, Held> {
    return (this.#held ??= this.#read());
  }

  #read(): Map<string, Held> {
    const leases = new Map<string, Held>(this.#book.sql.leases().map((row) => [row.id, { ...row }]));
    for (const { lease, spent } of this.#book.sql.uncounted()) {
      const held = leases.get(lease);
      if (held !== undefined) this.spend(held, spent);
    }
    return leases;
  }
}
