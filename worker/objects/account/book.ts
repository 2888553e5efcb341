// The book of an account: appends balanced entries, keeps the newest one and the sources in memory. What it keeps is
// thrown away whenever a transaction is rolled back. It decides nothing: who may post what is its callers' business.
import type { EntryRow, LedgerStatements } from "../../../kv-schema/tables/ledger.ts";
import { negative } from "../../market/money/amount.ts";

export const DAY_MS = 86_400_000;
export type EntryKind = "call" | "refund" | "transfer" | "grant";

/** What an entry comes from: kind, and for calls algorithm, version and the key's id. */
export interface Source {
  readonly kind: EntryKind;
  readonly algorithm: string;
  readonly version: string;
  readonly key: string;
}

/** An entry to be appended; its posting on `external` is what makes it sum to zero. */
export interface Posting {
  readonly id: string;
  readonly source: Source;
  readonly balance: number;
  readonly transit: number;
  readonly detail: string | null;
  /** The lease a call is settled under; absent: none. */
  readonly lease?: string | null;
}

/** The newest entry's place, time and the balance after it. */
export interface Tip {
  readonly seq: number;
  readonly at: number;
  readonly balance: number;
}

const START: Tip = { seq: 0, at: 0, balance: 0 };

export class Book {
  readonly sql: LedgerStatements;
  readonly #storage: DurableObjectStorage;
  #tip: Tip | undefined;
  #sources = new Map<string, number>();
  /** The last entry that is counted; undefined: not read yet. */
  #counted: number | undefined;
  readonly #forget: (() => void)[] = [];
  readonly #count: (() => void)[] = [];

  constructor(storage: DurableObjectStorage, sql: LedgerStatements) {
    this.#storage = storage;
    this.sql = sql;
  }

  get tip(): Tip {
    return (this.#tip ??= this.#readTip());
  }

  /** Runs writes that belong together. A throw rolls all of them back, here and in what `onRollback` was told of. */
  write<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      this.#tip = undefined;
      this.#sources = new Map();
      this.#counted = undefined;
      for (const forget of this.#forget) forget();
      throw error;
    }
  }

  /** @param forget drops what is kept in memory of the tables */
  onRollback(forget: () => void): void {
    this.#forget.push(forget);
  }

  /** @param count writes down what is kept in memory of uncounted entries, before they are counted */
  onCount(count: () => void): void {
    this.#count.push(count);
  }

  /** Counts entries: brings what follows from them up to the newest one, inside `write`. */
  count(): void {
    const { seq } = this.tip;
    this.#counted ??= this.sql.counted();
    if (this.#counted === seq) return;
    for (const count of this.#count) count();
    this.sql.countUsage();
    this.sql.setCounted(seq);
    this.#counted = seq;
  }

  /**
   * Appends an entry, inside `write`. The balance after it must be a safe integer: the caller has seen to that.
   * @returns its place, or null when the id is there already
   */
  post({ id, source, balance, transit, detail, lease = null }: Posting, now: number): number | null {
    const { tip } = this;
    // Time never goes back in the book, so that a day is a range of places.
    const next = { seq: tip.seq + 1, at: Math.max(now, tip.at), balance: tip.balance + balance };
    const from = this.#sourceId(source);
    const row = { seq: next.seq, id, at: next.at, source: from, balance, transit, after: next.balance, detail, lease };
    if (!this.sql.addEntry(row)) return null;
    this.#tip = next;
    return next.seq;
  }

  /** Whether an entry says exactly this. */
  same(row: EntryRow, { source, balance, transit, detail }: Posting): boolean {
    return (
      row.source === this.#sourceId(source) &&
      row.balance === balance &&
      row.transit === transit &&
      row.detail === detail
    );
  }

  /** The source with this number. */
  source(id: number): Source | undefined {
    const row = this.sql.sourceOf(id);
    return row === undefined ? undefined : { ...row, kind: row.kind as EntryKind };
  }

  /** The first place at or after a time; one past the newest entry when there is none. */
  placeAt(time: number): number {
    let low = 1;
    let high = this.tip.seq + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = this.sql.entryFrom(middle)?.at ?? Number.MAX_SAFE_INTEGER;
      if (at >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The balance before a place. */
  balanceBefore(place: number): number {
    const row = this.sql.entryFrom(place);
    return row === undefined ? this.tip.balance : row.after + negative(row.balance);
  }

  #readTip(): Tip {
    const row = this.sql.tip();
    return row === undefined ? START : { seq: row.seq, at: row.at, balance: row.after };
  }

  #sourceId({ kind, algorithm, version, key }: Source): number {
    const name = `${kind} ${algorithm} ${version} ${key}`;
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    if (this.sql.source(kind, algorithm, version, key) === undefined) {
      this.sql.addSource(kind, algorithm, version, key);
    }
    const id = this.sql.source(kind, algorithm, version, key)?.id ?? 0;
    this.#sources.set(name, id);
    return id;
  }
}
