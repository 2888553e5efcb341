// Reading an account's books: pages of entries by what they are filtered by, a month's statement, and everything at once
// for whoever verifies. Reads only.
import type { EntryRow, SourceRow } from "../../../kv-schema/tables/ledger.ts";
import type { AuditState, AuditedEntry, AuditedTransfer, EntryView } from "../../market/money/books.ts";
import type { Statement, StatementLine } from "../../market/money/statement.ts";
import { negative } from "../../market/money/amount.ts";
import { DAY_MS, type Book } from "./book.ts";
import { refundEntry } from "./money.ts";

/** What entries are looked for; what is absent does not matter. Names are compared without regard to case. */
export interface EntryFilter {
  readonly kind?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly version?: string | undefined;
  /** The key's id. */
  readonly key?: string | undefined;
  /** First millisecond, and the first one after. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}

/** A settled call, as its payer may see it. */
export interface CallView {
  readonly seq: number;
  readonly id: string;
  /** When it was settled. */
  readonly at: number;
  readonly algorithm: string;
  readonly version: string;
  /** The key's id. */
  readonly key: string;
  readonly status: string;
  readonly cost: number;
  /** JSON of the CallRecord. */
  readonly record: string;
  /** JSON of the shares (protocol.ts). */
  readonly shares: string;
  /** The entry that took it back, if one did. */
  readonly refund: { readonly seq: number; readonly at: number; readonly amount: number } | null;
}

/** Characters of records in one audit answer: an answer between objects may have 32 MiB. */
const AUDIT_TEXT = 4_000_000;

const nameOf = (text: string | undefined): string | undefined => text?.toLowerCase();

export class Statements {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  /** Entries before a place, newest first. @param before null: from the newest */
  page(filter: EntryFilter, before: number | null, limit: number): readonly EntryView[] {
    const from = filter.from === undefined ? 1 : this.#book.placeAt(filter.from);
    const end = filter.until === undefined ? Number.MAX_SAFE_INTEGER : this.#book.placeAt(filter.until);
    const below = Math.min(before ?? Number.MAX_SAFE_INTEGER, end);
    const sources = new Map(this.#book.sql.sources().map((source) => [source.id, source]));
    const wanted = [...sources.values()].filter((source) => fits(source, filter));
    const rows =
      wanted.length === sources.size
        ? this.#book.sql.entriesBefore(below, from, limit)
        : this.#merge(wanted, below, from, limit);
    return rows.map((row) => viewOf(row, sources.get(row.source)));
  }

  /** A settled call; null when there is none of that id, or its record was dropped. */
  call(id: string): CallView | null {
    const row = this.#book.sql.entry(id);
    const source = row === undefined ? undefined : this.#book.source(row.source);
    return row === undefined || source?.kind !== "call"
      ? null
      : this.#callOf(viewOf(row, { ...source, id: row.source }));
  }

  /** Settled calls before a place, newest first: as many as one answer holds, one at least. */
  calls(filter: EntryFilter, before: number | null, limit: number): readonly CallView[] {
    const calls: CallView[] = [];
    let text = 0;
    for (const entry of this.page({ ...filter, kind: "call" }, before, limit)) {
      const call = this.#callOf(entry);
      if (call === null) continue;
      text += call.record.length + call.shares.length;
      if (text > AUDIT_TEXT && calls.length > 0) break;
      calls.push(call);
    }
    return calls;
  }

  #callOf({ seq, id, at, algorithm, version, key, amount }: EntryView): CallView | null {
    const tree = this.#book.sql.tree(seq);
    if (tree === undefined || tree.record === "") return null;
    const back = this.#book.sql.entry(refundEntry(id));
    const refund = back === undefined ? null : { seq: back.seq, at: back.at, amount: back.balance };
    const { status, record, shares } = tree;
    return { seq, id, at, algorithm, version, key, status, cost: negative(amount), record, shares, refund };
  }

  /** What was booked from one moment up to another, by source and day. @param month as it is named on the statement */
  statement(account: string, month: string, from: number, until: number): Statement {
    const sources = new Map(this.#book.sql.sources().map((source) => [source.id, source]));
    const lines = this.#book.sql
      .usage(Math.floor(from / DAY_MS), Math.ceil(until / DAY_MS))
      .map((used): StatementLine => {
        const { kind = "", algorithm = "", version = "", key = "" } = sources.get(used.source) ?? {};
        const day = new Date(used.day * DAY_MS).toISOString().slice(0, 10);
        return { day, kind, algorithm, version, key, entries: used.entries, amount: used.amount };
      });
    const opening = this.#book.balanceBefore(this.#book.placeAt(from));
    const closing = this.#book.balanceBefore(this.#book.placeAt(until));
    return { account, month, opening, closing, lines: lines.sort((a, b) => compare(a.day ?? "", b.day ?? "")) };
  }

  state(account: string, reserved: number): AuditState {
    const { seq, balance } = this.#book.tip;
    const { packed, newestTransfer, usageBySource } = this.#book.sql;
    return { account, seq, balance, packed: packed(), transfers: newestTransfer(), reserved, usage: usageBySource() };
  }

  /** Entries after a place, oldest first, with all that stands behind them: as many as one answer holds, one at least. */
  audit(after: number, limit: number): readonly AuditedEntry[] {
    const sources = new Map(this.#book.sql.sources().map((source) => [source.id, source]));
    const entries: AuditedEntry[] = [];
    let text = 0;
    for (const row of this.#book.sql.entries(after, limit)) {
      const tree = this.#book.sql.tree(row.seq);
      text += (tree?.record.length ?? 0) + (tree?.shares.length ?? 0) + 500;
      if (text > AUDIT_TEXT && entries.length > 0) break;
      const { transit, external, source } = row;
      const behind = tree === undefined ? null : { status: tree.status, shares: tree.shares, record: tree.record };
      entries.push({ ...viewOf(row, sources.get(source)), transit, external, source, tree: behind });
    }
    return entries;
  }

  transfers(account: string, after: number, limit: number): readonly AuditedTransfer[] {
    return this.#book.sql.transfers(after, limit).map(({ number, beneficiary, amount, first, last, delivered }) => ({
      key: `${account.toLowerCase()}#${number}`,
      to: beneficiary,
      amount,
      first,
      last,
      delivered,
    }));
  }

  /** Newest entries of several sources: reads of an index for each, as few as will do. */
  #merge(sources: readonly SourceRow[], below: number, from: number, limit: number): readonly EntryRow[] {
    const newest = sources
      .map(({ id }) => ({ id, place: this.#book.sql.placesBefore(id, below, from, 1)[0] ?? 0 }))
      .filter(({ place }) => place > 0)
      .sort((a, b) => b.place - a.place);
    let places: readonly number[] = [];
    for (const { id, place } of newest) {
      if (places.length === limit && place < (places.at(-1) ?? 0)) break;
      const more = this.#book.sql.placesBefore(id, below, from, limit);
      places = [...places, ...more].sort((a, b) => b - a).slice(0, limit);
    }
    return places.flatMap((place) => this.#book.sql.entryFrom(place) ?? []);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const fits = (source: SourceRow, { kind, algorithm, version, key }: EntryFilter): boolean =>
  (kind === undefined || source.kind === kind) &&
  (algorithm === undefined || nameOf(source.algorithm) === nameOf(algorithm)) &&
  (version === undefined || source.version === version) &&
  (key === undefined || source.key === key);

const viewOf = (row: EntryRow, source: SourceRow | undefined): EntryView => ({
  seq: row.seq,
  id: row.id,
  kind: source?.kind ?? "",
  at: row.at,
  algorithm: source?.algorithm ?? "",
  version: source?.version ?? "",
  key: source?.key ?? "",
  amount: row.balance,
  after: row.after,
  detail: row.detail,
});
