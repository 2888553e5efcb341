// Records of calls are kept for LIMITS.recordMs: then the detail goes, some at a time. What a call cost, whom it paid and when
// stays for good, in its entry and its shares.
import { LIMITS } from "../../limits.ts";
import type { Book } from "./book.ts";

/** Records dropped in one transaction: some milliseconds. */
const AT_ONCE = 500;

export class Records {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  /** Whether some records are left. */
  get any(): boolean {
    return this.#book.sql.trimmed() < this.#book.tip.seq;
  }

  /** Drops the oldest records that are too old. @returns whether there are more of them */
  trim(now: number): boolean {
    return this.#book.write(() => {
      const { sql } = this.#book;
      const from = sql.trimmed();
      const end = this.#book.placeAt(now - LIMITS.recordMs) - 1;
      const to = Math.min(end, from + AT_ONCE);
      if (to <= from) return false;
      sql.trim(from, to);
      sql.setTrimmed(to);
      return to < end;
    });
  }
}
