// Money that comes or goes without a call: operators' grants, transfers from other accounts, refunds of call trees. Each is
// booked once per id; the same id with another content is a conflict.
import type { EntryRow, TreeRow } from "../../../kv-schema/tables/ledger.ts";
import { add, isAmount, isPosting, negative } from "../../market/money/amount.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Book, Posting } from "./book.ts";
import type { CreditRefusal, GrantMoney, GrantRefusal, RefundRefusal, Share, Transfer } from "./protocol.ts";

const NOTHING = { algorithm: "", version: "", key: "" };
/** Characters of an id, a name or a note that are kept. */
const ID = /^[\x21-\x7e]{1,200}$/;
const NOTE_LENGTH = 1_000;

export const transferEntry = (key: string): string => `transfer:${key}`;
export const refundEntry = (call: string): string => `refund:${call}`;

const reversed = (shares: readonly Share[]): readonly Share[] =>
  shares.map((share) => ({ ...share, amount: negative(share.amount) }));

export class Money {
  readonly #book: Book;
  readonly #received: (transfer: Transfer, seq: number) => void;

  /** @param received told of each transfer in the transaction that books it */
  constructor(book: Book, received: (transfer: Transfer, seq: number) => void) {
    this.#book = book;
    this.#received = received;
  }

  /** balance +amount, external -amount. */
  grant({ id, amount, by, note }: GrantMoney, now: number): Result<{ seq: number; balance: number }, GrantRefusal> {
    if (!ID.test(id) || !isAmount(amount) || amount === 0 || note.length > NOTE_LENGTH) return err("invalid");
    const detail = JSON.stringify({ by, note });
    const posting = {
      id: `grant:${id}`,
      source: { kind: "grant" as const, ...NOTHING },
      balance: amount,
      transit: 0,
      detail,
    };
    const seq = this.#post(posting, now);
    return seq.ok ? ok({ seq: seq.value, balance: this.#book.tip.balance }) : seq;
  }

  /** balance +amount, transit -amount; the amount may be negative, and take the balance below zero. */
  credit(transfer: Transfer, now: number): Result<{ seq: number }, CreditRefusal> {
    const { key, from, amount, items } = transfer;
    if (!ID.test(key) || !isPosting(amount)) return err("invalid");
    const source = { kind: "transfer" as const, ...NOTHING };
    const detail = JSON.stringify({ from });
    const posting = { id: transferEntry(key), source, balance: amount, transit: negative(amount), detail };
    const seq = this.#post(posting, now, (place) => {
      if (items.length > 0) this.#book.sql.addParcel(place, JSON.stringify(items));
      this.#received(transfer, place);
    });
    return seq.ok ? ok({ seq: seq.value }) : seq;
  }

  /** The call's postings reversed, and its shares with them: beneficiaries give back what they got. */
  refund(call: string, by: string, note: string, now: number): Result<{ seq: number; amount: number }, RefundRefusal> {
    const before = this.#book.sql.entry(refundEntry(call));
    if (before !== undefined) return ok({ seq: before.seq, amount: before.balance });
    const paid = this.#paid(call);
    if (paid === null) return err("unknown-call");
    const { entry, tree, source } = paid;
    if (entry.balance === 0) return err("nothing-to-refund");
    const shares = JSON.stringify(reversed(JSON.parse(tree.shares) as Share[]));
    const detail = JSON.stringify({ by, note: note.slice(0, NOTE_LENGTH) });
    const amount = negative(entry.balance);
    const posting = { id: refundEntry(call), source, balance: amount, transit: entry.balance, detail };
    const seq = this.#post(posting, now, (place) => this.#book.sql.addTree(place, "refund", shares, ""));
    return seq.ok ? ok({ seq: seq.value, amount }) : err("overflow");
  }

  #paid(call: string): { entry: EntryRow; tree: TreeRow; source: Posting["source"] } | null {
    const entry = this.#book.sql.entry(call);
    const source = entry === undefined ? undefined : this.#book.source(entry.source);
    const tree = entry === undefined ? undefined : this.#book.sql.tree(entry.seq);
    if (entry === undefined || tree === undefined || source?.kind !== "call") return null;
    return { entry, tree, source: { ...source, kind: "refund" } };
  }

  #post(
    posting: Posting,
    now: number,
    more: (seq: number) => void = () => undefined,
  ): Result<number, "conflict" | "overflow"> {
    const known = this.#book.sql.entry(posting.id);
    if (known !== undefined) return this.#book.same(known, posting) ? ok(known.seq) : err("conflict");
    if (!add(this.#book.tip.balance, posting.balance).ok) return err("overflow");
    return this.#book.write(() => {
      const seq = this.#book.post(posting, now);
      if (seq === null) return err("conflict");
      more(seq);
      return ok(seq);
    });
  }
}
