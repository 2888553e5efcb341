// The ledger of one account, composed: book, leases, settling, other money, outbox. It owns their timed work too. The object
// that holds it decides who an account is; keys and rates are asked through `LedgerHost`.
import { type LedgerStatements, ledgerStatements } from "../../../kv-schema/tables/ledger.ts";
import type { Database } from "../../../kv-schema/database.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Agenda } from "../agenda/agenda.ts";
import { Book, DAY_MS } from "./book.ts";
import { Leases } from "./leases.ts";
import { Money } from "./money.ts";
import { Outbox, transferOf } from "./outbox.ts";
import type {
  Balance,
  CreditRefusal,
  Fate,
  GrantMoney,
  GrantRefusal,
  KeyTerms,
  Lease,
  LeaseRefusal,
  LeaseRequest,
  Rate,
  RefundRefusal,
  Settled,
  Settlement,
  Transfer,
} from "./protocol.ts";
import { Records } from "./records.ts";
import { Settling } from "./settle.ts";
import { Statements } from "./statements.ts";

/** What the ledger asks of its account. */
export interface LedgerHost {
  /** The account's name, or null when it does not exist (yet). */
  readonly name: () => string | null;
  readonly terms: (hash: string, now: number) => Result<KeyTerms, LeaseRefusal>;
  /** Takes calls of the key's rate limit, inside the lease's transaction. @returns how many it took, and what is left */
  readonly rate: (hash: string, calls: number, now: number) => Result<{ calls: number; rate: Rate }, LeaseRefusal>;
  /** Told of each transfer in the transaction that books it. */
  readonly received: (transfer: Transfer, seq: number) => void;
  /** Delivers a transfer to its beneficiary's object. */
  readonly deliver: (transfer: Transfer) => Promise<Result<{ seq: number }, CreditRefusal>>;
}

/** Kinds of timed work. */
const SWEEP = "leases";
const FLUSH = "outbox";
const DELIVER = "deliver";
const RECORDS = "records";
/** Packings of one flush, of some milliseconds each; what is left has a flush of its own. */
const PACKS = 40;

export class Ledger {
  readonly sql: LedgerStatements;
  readonly book: Book;
  readonly #leases: Leases;
  readonly #settling: Settling;
  readonly #money: Money;
  readonly #outbox: Outbox;
  readonly #records: Records;
  readonly statements: Statements;
  readonly #agenda: Agenda;
  readonly #host: LedgerHost;
  /** When the flush and the sweep are planned, as far as this instance knows. */
  #flushAt: number | null = null;
  #sweepAt: number | null = null;

  constructor(storage: DurableObjectStorage, db: Database, agenda: Agenda, host: LedgerHost) {
    this.sql = ledgerStatements(db);
    this.book = new Book(storage, this.sql);
    this.#leases = new Leases(this.book);
    this.#settling = new Settling(this.book, this.#leases);
    this.#money = new Money(this.book, host.received);
    this.#outbox = new Outbox(this.book);
    this.#records = new Records(this.book);
    this.statements = new Statements(this.book);
    this.#agenda = agenda;
    this.#host = host;
    this.book.onRollback(() => (this.#flushAt = this.#sweepAt = null));
  }

  async lease(request: LeaseRequest, now: number): Promise<Result<Lease, LeaseRefusal>> {
    const terms = this.#host.terms(request.key, now);
    if (!terms.ok) return terms;
    const taken = this.book.write(() => this.#take(request, terms.value, now));
    if (taken.ok) await this.#planSweep(taken.value.expires);
    return taken;
  }

  async settle(lease: string, batch: readonly Settlement[], now: number): Promise<readonly Settled[]> {
    const before = this.book.tip.seq;
    const settled = this.#settling.settle(lease, batch, now);
    if (this.book.tip.seq > before) await this.#planFlush(now);
    return settled;
  }

  giveBack(lease: string, amount: number, now: number): number {
    return this.book.write(() => this.#leases.giveBack(lease, amount, now));
  }

  async settled(calls: readonly string[], decide: boolean, now: number): Promise<readonly Fate[]> {
    const fates = this.#settling.settled(calls, decide, now);
    if (!this.#settling.idle) await this.#planSweep(now + LIMITS.leaseMsMax);
    return fates;
  }

  credit(transfer: Transfer, now: number): Result<{ seq: number }, CreditRefusal> {
    const name = this.#host.name();
    if (name === null) return err("unknown-account");
    return name.toLowerCase() === transfer.to.toLowerCase() ? this.#money.credit(transfer, now) : err("invalid");
  }

  grant(grant: GrantMoney, now: number): Result<{ seq: number; balance: number }, GrantRefusal> {
    return this.#host.name() === null ? err("unknown-account") : this.#money.grant(grant, now);
  }

  async refund(
    call: string,
    by: string,
    note: string,
    now: number,
  ): Promise<Result<{ seq: number; amount: number }, RefundRefusal>> {
    const refunded = this.#money.refund(call, by, note, now);
    if (refunded.ok) await this.#planFlush(now);
    return refunded;
  }

  balance(now: number): Balance {
    const { balance } = this.book.tip;
    const reserved = this.#leases.reserved(now);
    return { balance, reserved, available: Math.max(0, balance - reserved) };
  }

  /** Does timed work that is due. @returns false when the kind is not the ledger's */
  async work(kind: string, subject: string, now: number): Promise<boolean> {
    switch (kind) {
      case SWEEP:
        await this.#sweep(now);
        return true;
      case FLUSH:
        await this.#flush(now);
        return true;
      case DELIVER:
        await this.#deliver(subject, now);
        return true;
      case RECORDS:
        await this.#trim(now);
        return true;
      default:
        return false;
    }
  }

  #take(request: LeaseRequest, terms: KeyTerms, now: number): Result<Lease, LeaseRefusal> {
    const addition = this.#leases.take(request, terms, now);
    if (!addition.ok) return addition;
    const rate = this.#host.rate(request.key, request.calls, now);
    const { lease, added } = addition.value;
    if (!rate.ok) {
      this.#leases.giveBack(lease.id, added, now);
      return rate;
    }
    const { id, granted, spent, expires } = lease;
    const { grant } = terms;
    const until = Math.min(now + LIMITS.freshMs, terms.expires ?? Number.MAX_SAFE_INTEGER);
    return ok({
      id,
      account: grant.account,
      granted,
      spent,
      added,
      expires,
      ...rate.value,
      grant,
      keyId: terms.id,
      believedUntil: until,
    });
  }

  async #sweep(now: number): Promise<void> {
    this.#sweepAt = null;
    this.book.write(() => {
      this.#leases.sweep(now);
      this.#settling.sweep(now);
    });
    const next = this.#leases.firstEnd ?? (this.#settling.idle ? null : now + LIMITS.leaseMsMax);
    if (next !== null) await this.#planSweep(next);
  }

  /** Packs what is owed and delivers it; who cannot be reached is tried again on its own. */
  async #flush(now: number): Promise<void> {
    this.#flushAt = null;
    let more = true;
    for (let packs = 0; more && packs < PACKS; packs++) more = this.#outbox.pack(now);
    // Due anew, at another moment than this flush was: else the agenda would take it for the one that is done.
    if (more) await this.#planFlush(now + 1 - LIMITS.outboxMs);
    if (!this.#agenda.planned(RECORDS, "")) await this.#agenda.plan(RECORDS, "", now + DAY_MS);
    for (const beneficiary of this.#outbox.beneficiaries()) {
      if (this.#agenda.planned(DELIVER, beneficiary)) continue;
      try {
        await this.#deliver(beneficiary, now);
      } catch (error) {
        console.error(JSON.stringify({ event: "transfer-delayed", beneficiary, error: String(error) }));
        await this.#agenda.plan(DELIVER, beneficiary, Date.now() + LIMITS.outboxMs);
      }
    }
  }

  /** Drops records that are too old; as long as some are left it comes by every day. */
  async #trim(now: number): Promise<void> {
    const more = this.#records.trim(now);
    if (this.#records.any) await this.#agenda.plan(RECORDS, "", more ? now + 1 : now + DAY_MS);
  }

  /** Delivers all that a beneficiary is owed, oldest first. @throws TransferRefused, so that the agenda tries again */
  async #deliver(beneficiary: string, now: number): Promise<void> {
    const account = this.#host.name();
    if (account === null) return;
    for (let row = this.#outbox.next(beneficiary); row !== undefined; row = this.#outbox.next(beneficiary)) {
      const transfer = transferOf(account, row);
      const own = beneficiary === account.toLowerCase();
      const booked = own ? this.credit(transfer, now) : await this.#host.deliver(transfer);
      if (!booked.ok) throw new TransferRefused(`${transfer.key}: ${booked.error}`);
      this.#outbox.close(row, Date.now());
    }
  }

  /** Plans the flush in the turn of the write it is for, so that both are stored or none. */
  async #planFlush(now: number): Promise<void> {
    if (this.#flushAt !== null) return;
    const due = now + LIMITS.outboxMs;
    this.#flushAt = due;
    await this.#agenda.plan(FLUSH, "", due);
  }

  async #planSweep(due: number): Promise<void> {
    if (this.#sweepAt !== null && this.#sweepAt <= due) return;
    this.#sweepAt = due;
    await this.#agenda.plan(SWEEP, "", due);
  }
}

/** A beneficiary did not book a transfer: it stays in transit and is tried again. */
export class TransferRefused extends Error {
  override readonly name = "TransferRefused";
}
