// The outbox: what settled calls owe other accounts leaves in transfers, one for each beneficiary and flush. Packing is a
// transaction of its own; a transfer is delivered until it is acknowledged, and its key makes the beneficiary book it once.
import type { TransferRow, UnpackedRow } from "../../../kv-schema/tables/ledger.ts";
import type { Book } from "./book.ts";
import type { Share, Transfer, TransferItem } from "./protocol.ts";

/** Call trees read at once, and characters of their shares after which packing stops for this time. */
const TREES = 50;
const TEXT = 250_000;
/** Characters of items in one transfer: with its other columns it stays below a row's 2 MB. */
const ITEMS = 1_200_000;

/** What one beneficiary is owed of some call trees. */
interface Owed {
  amount: number;
  items: TransferItem[];
  length: number;
  first: number;
}

export class Outbox {
  readonly #book: Book;

  constructor(book: Book) {
    this.#book = book;
  }

  /** Whether some entry's shares are in no transfer yet. */
  get pending(): boolean {
    return this.#book.sql.packed() < this.#book.tip.seq;
  }

  /** Packs shares into transfers. @returns whether there is more to pack */
  pack(now: number): boolean {
    return this.#book.write(() => {
      this.#book.count();
      const packed = this.#book.sql.packed();
      const rows = this.#book.sql.unpacked(packed, TREES);
      const taken = withinText(rows);
      const last =
        taken.length < rows.length || rows.length === TREES ? (taken.at(-1)?.seq ?? packed) : this.#book.tip.seq;
      this.#write(taken, last, now);
      if (last > packed) this.#book.sql.setPacked(last);
      return last < this.#book.tip.seq;
    });
  }

  /** Beneficiaries with transfers that are not acknowledged. */
  beneficiaries(): readonly string[] {
    return this.#book.sql.openBeneficiaries();
  }

  /** The oldest transfer a beneficiary has not acknowledged. */
  next(beneficiary: string): TransferRow | undefined {
    return this.#book.sql.openTo(beneficiary);
  }

  close(row: TransferRow, now: number): void {
    this.#book.sql.close(row.number, now);
  }

  #write(rows: readonly UnpackedRow[], last: number, now: number): void {
    const owed = new Map<string, Owed>();
    const write = (beneficiary: string, { amount, items, first }: Owed, until: number): void => {
      if (amount === 0 && items.length === 0) return;
      const text = items.length === 0 ? null : JSON.stringify(items);
      this.#book.sql.addTransfer({ beneficiary, amount, first, last: until, items: text, made: now });
    };
    for (const row of rows) {
      for (const [beneficiary, more] of owedBy(row)) {
        const before = owed.get(beneficiary);
        if (before === undefined) owed.set(beneficiary, more);
        else if (before.length + more.length <= ITEMS && Number.isSafeInteger(before.amount + more.amount))
          merge(before, more);
        else {
          write(beneficiary, before, row.seq - 1);
          owed.set(beneficiary, more);
        }
      }
    }
    for (const [beneficiary, sum] of owed) write(beneficiary, sum, last);
  }
}

/** As many rows as stay within the text that is packed at once; the first in any case. */
function withinText(rows: readonly UnpackedRow[]): readonly UnpackedRow[] {
  let length = 0;
  const end = rows.findIndex(({ shares }, index) => (length += shares.length) > TEXT && index > 0);
  return end < 0 ? rows : rows.slice(0, end);
}

function merge(into: Owed, more: Owed): void {
  into.amount += more.amount;
  into.items.push(...more.items);
  into.length += more.length;
}

/** What one call tree, or its refund, owes to whom. */
function owedBy({ seq, id, at, shares }: UnpackedRow): Map<string, Owed> {
  const owed = new Map<string, Owed>();
  const refund = id.startsWith("refund:");
  for (const { to, amount, for: purpose, item } of JSON.parse(shares) as Share[]) {
    const beneficiary = to.toLowerCase();
    const sum = owed.get(beneficiary) ?? { amount: 0, items: [], length: 0, first: seq };
    owed.set(beneficiary, sum);
    sum.amount += amount;
    if (item === undefined) continue;
    const call = refund ? id.slice("refund:".length) : id;
    sum.items.push({ call, at, kind: refund ? "refund" : "call", amount, for: purpose, item });
    sum.length += item.length * 2 + 300;
  }
  return owed;
}

/** A transfer as its beneficiary gets it. @param account the payer's name */
export const transferOf = (account: string, row: TransferRow): Transfer => ({
  key: `${account.toLowerCase()}#${row.number}`,
  from: account,
  to: row.beneficiary,
  amount: row.amount,
  items: row.items === null ? [] : (JSON.parse(row.items) as TransferItem[]),
});
