// One account's books, checked by themselves: every balance is recomputed from the postings, every call's debit from the
// leaves of its tree, every transfer from the calls it is of. Reads as it goes; keeps sums and what others must confirm.
import { LIMITS } from "../../worker/limits.ts";
import { type CallRecord, chargeOf } from "../../worker/market/record.ts";
import { byBeneficiary, sharesOf } from "../../worker/market/money/shares.ts";
import type { AuditState, AuditedEntry, AuditedTransfer } from "../../worker/market/money/books.ts";
import { type Ask, entriesOf, entryOf, transfersOf } from "./reader.ts";

/** Something that is not as it must be: where, and what. */
export interface Finding {
  readonly account: string;
  /** An entry's id, a transfer's key, or "" for the account as a whole. */
  readonly at: string;
  readonly message: string;
}

/** What an account's books come to, and what other accounts must confirm. */
export interface Checked {
  readonly account: string;
  readonly entries: number;
  readonly calls: number;
  readonly balance: number;
  readonly transit: bigint;
  /** What operators granted. */
  readonly granted: bigint;
  /** Shares that no transfer holds yet. */
  readonly pending: bigint;
  readonly transfers: readonly AuditedTransfer[];
  /** Amounts that came, by the transfer's key. */
  readonly received: ReadonlyMap<string, number>;
}

interface Share {
  readonly to: string;
  readonly amount: number;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

/** Transfers of one beneficiary in order, and what the calls of each came to. */
interface Lane {
  readonly transfers: readonly AuditedTransfer[];
  readonly sums: number[];
  at: number;
  /** What no transfer holds although it is packed: calls that were refunded before they were paid, so it sums to zero. */
  loose: number;
}

class AccountCheck {
  readonly #state: AuditState;
  readonly #ask: Ask;
  readonly #said: (finding: Finding) => void;
  readonly #lanes = new Map<string, Lane>();
  readonly #usage = new Map<number, { entries: number; amount: number }>();
  readonly received = new Map<string, number>();
  seq = 0;
  balance = 0;
  at = 0;
  calls = 0;
  transit = 0n;
  granted = 0n;
  pending = 0n;

  constructor(ask: Ask, state: AuditState, transfers: readonly AuditedTransfer[], said: (finding: Finding) => void) {
    this.#ask = ask;
    this.#state = state;
    this.#said = said;
    for (const transfer of transfers) {
      const lane = this.#lane(transfer.to);
      (lane.transfers as AuditedTransfer[]).push(transfer);
      lane.sums.push(0);
    }
  }

  async entry(entry: AuditedEntry): Promise<void> {
    this.#chain(entry);
    this.#count(entry);
    switch (entry.kind) {
      case "call":
        return this.#call(entry);
      case "refund":
        return this.#refund(entry);
      case "transfer":
        return this.#transfer(entry);
      case "grant":
        return this.#grant(entry);
      default:
        return this.#say(entry.id, `its kind ${JSON.stringify(entry.kind)} does not exist`);
    }
  }

  end(): void {
    const { seq, balance, usage } = this.#state;
    if (this.seq !== seq) this.#say("", `the book has ${seq} entries, but only ${this.seq} can be read`);
    if (this.balance !== balance) this.#say("", `its balance is ${balance}, but its postings sum to ${this.balance}`);
    for (const { source, entries, amount } of usage) {
      const counted = this.#usage.get(source) ?? { entries: 0, amount: 0 };
      if (counted.entries !== entries || counted.amount !== amount) {
        this.#say(
          "",
          `statements count ${entries} entries of ${amount} for source ${source}, the book ${counted.entries} of ${counted.amount}`,
        );
      }
      this.#usage.delete(source);
    }
    for (const source of this.#usage.keys()) this.#say("", `statements do not count source ${source}`);
    for (const [to, { transfers, sums, loose }] of this.#lanes) {
      if (loose !== 0) this.#say("", `${loose} microcredits owed to ${to} are in no transfer`);
      transfers.forEach(({ key, amount }, n) => {
        if (sums[n] !== amount) this.#say(key, `it carries ${amount} to ${to}, but its calls owe ${sums[n]}`);
      });
    }
  }

  /** Places follow one another, postings sum to zero, the balance after each is the sum of all before. */
  #chain({ seq, id, at, amount, transit, external, after }: AuditedEntry): void {
    if (seq !== this.seq + 1) this.#say(id, `it stands at place ${seq}, after place ${this.seq}`);
    if (![amount, transit, external, after].every(isWhole))
      this.#say(id, "an amount is not a whole number of microcredits");
    if (amount + transit + external !== 0)
      this.#say(id, `its postings sum to ${amount + transit + external}, not to 0`);
    if (at < this.at) this.#say(id, "it is older than the entry before it");
    this.seq = seq;
    this.at = at;
    this.balance += amount;
    this.transit += BigInt(isWhole(transit) ? transit : 0);
    if (after !== this.balance)
      this.#say(id, `the balance after it is ${after}, but the postings sum to ${this.balance}`);
  }

  #count({ source, amount }: AuditedEntry): void {
    const before = this.#usage.get(source) ?? { entries: 0, amount: 0 };
    this.#usage.set(source, { entries: before.entries + 1, amount: before.amount + amount });
  }

  #call(entry: AuditedEntry): void {
    const { id, amount, transit, external, after } = entry;
    this.calls++;
    if (amount > 0 || external !== 0 || transit + amount !== 0)
      this.#say(id, "a call must move money from the balance into transit");
    if (after < 0) this.#say(id, `it took the balance below zero, to ${after}`);
    const shares = this.#shares(entry);
    if (shares === null) return;
    if (entry.tree?.record === "" && entry.at <= Date.now() - LIMITS.recordMs)
      return this.#trimmed(id, -amount, shares);
    const record = parsed<CallRecord>(entry.tree?.record);
    if (record === null || !Array.isArray(record.nodes)) return this.#say(id, "its record cannot be read");
    this.#leaves(id, -amount, record, shares);
  }

  /** Of a call whose record was dropped the shares are left: they sum to the debit. */
  #trimmed(id: string, debit: number, shares: readonly Share[]): void {
    const sum = shares.reduce((total, { amount }) => total + amount, 0);
    if (sum !== debit) this.#say(id, `its shares sum to ${sum}, the ledger says ${debit}`);
  }

  /** The record is the call's, its leaves sum to the debit, and its shares are what they come to. */
  #leaves(id: string, debit: number, record: CallRecord, shares: readonly Share[]): void {
    const leaves = record.nodes.reduce((sum, node) => sum + chargeOf(node), 0);
    if (record.id !== id) this.#say(id, `its record is that of ${record.id}`);
    if (record.cost - debit !== 0) this.#say(id, `its record says ${record.cost}, the ledger ${debit}`);
    if (leaves - debit !== 0) this.#say(id, `the leaves of its tree sum to ${leaves}, its debit is ${debit}`);
    const due = byBeneficiary(record.nodes.flatMap(sharesOf));
    for (const [to, amount] of byBeneficiary(shares)) {
      if ((due.get(to) ?? 0) !== amount) this.#say(id, `it gives ${to} ${amount}, its tree ${due.get(to) ?? 0}`);
      due.delete(to);
    }
    for (const [to, amount] of due) this.#say(id, `it gives ${to} nothing, its tree ${amount}`);
  }

  /** Reads the shares, and adds them to the transfers they are in. Their sum must be what went into transit. */
  #shares({ seq, id, transit, tree }: AuditedEntry): readonly Share[] | null {
    const shares = parsed<readonly Share[]>(tree?.shares);
    if (!Array.isArray(shares) || !shares.every(({ amount }: Share) => isWhole(amount))) {
      this.#say(id, "its shares cannot be read");
      return null;
    }
    const sum = (shares as readonly Share[]).reduce((before, { amount }) => before + amount, 0);
    if (sum !== transit) this.#say(id, `its shares sum to ${sum}, its debit is ${transit}`);
    for (const [to, amount] of byBeneficiary(shares as readonly Share[])) this.#owe(seq, to, amount);
    return shares as readonly Share[];
  }

  #owe(seq: number, to: string, amount: number): void {
    if (seq > this.#state.packed) {
      this.pending += BigInt(amount);
      return;
    }
    const lane = this.#lane(to);
    while (lane.at < lane.transfers.length && (lane.transfers[lane.at]?.last ?? 0) < seq) lane.at++;
    const transfer = lane.transfers[lane.at];
    if (transfer === undefined || transfer.first > seq) lane.loose += amount;
    else lane.sums[lane.at] = (lane.sums[lane.at] ?? 0) + amount;
  }

  async #refund(entry: AuditedEntry): Promise<void> {
    const { id, amount, transit, external } = entry;
    if (external !== 0 || transit + amount !== 0)
      this.#say(id, "a refund must move money from transit into the balance");
    this.#shares(entry);
    const call = await entryOf(this.#ask, this.#state.account, id.slice("refund:".length));
    if (call?.kind !== "call") this.#say(id, "there is no such call");
    else if (call.amount + amount !== 0) this.#say(id, `it gives back ${amount} of a call that cost ${-call.amount}`);
  }

  #transfer({ id, amount, external }: AuditedEntry): void {
    if (external !== 0) this.#say(id, "a transfer does not come from outside");
    this.received.set(id.slice("transfer:".length), amount);
  }

  #grant({ id, amount, transit }: AuditedEntry): void {
    if (transit !== 0 || amount <= 0) this.#say(id, "a grant must bring money from outside");
    this.granted += BigInt(isWhole(amount) ? amount : 0);
  }

  #lane(to: string): Lane {
    const name = to.toLowerCase();
    const known = this.#lanes.get(name) ?? { transfers: [], sums: [], at: 0, loose: 0 };
    this.#lanes.set(name, known);
    return known;
  }

  #say(at: string, message: string): void {
    this.#said({ account: this.#state.account, at, message });
  }
}

function parsed<T>(text: string | undefined): T | null {
  try {
    return JSON.parse(text ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Checks one account. @param said told of everything that is wrong */
export async function checkAccount(ask: Ask, state: AuditState, said: (finding: Finding) => void): Promise<Checked> {
  const transfers: AuditedTransfer[] = [];
  for await (const transfer of transfersOf(ask, state.account, state.transfers)) transfers.push(transfer);
  const check = new AccountCheck(ask, state, transfers, said);
  for await (const entry of entriesOf(ask, state.account, state.seq)) await check.entry(entry);
  check.end();
  const { balance, transit, granted, pending, received, seq, calls } = check;
  return { account: state.account, entries: seq, calls, balance, transit, granted, pending, transfers, received };
}
