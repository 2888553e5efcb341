// The account object's money: its RPC methods and its alarm. Thin: the ledger does the work, the keys say who may.
import { ACCOUNT_MIGRATIONS, accountStatements } from "../../../kv-schema/tables/account.ts";
import type { EntryRow } from "../../../kv-schema/tables/ledger.ts";
import type { Env } from "../../env.ts";
import type { KeyRefusal } from "../../market/access/grant.ts";
import type { Statement } from "../../market/money/statement.ts";
import type { AuditState, AuditedEntry, AuditedTransfer, EntryView } from "../../market/money/books.ts";
import { PLATFORM } from "../../market/money/price.ts";
import { type Result, err, ok } from "../../market/result.ts";
import { Agenda } from "../agenda/agenda.ts";
import { Noun } from "../noun.ts";
import { Keys } from "./keys.ts";
import { Ledger } from "./ledger.ts";
import type { CallView, EntryFilter } from "./statements.ts";
import type { RateRefusal } from "./rates.ts";
import type {
  AccountLedger,
  Balance,
  CreditRefusal,
  Fate,
  GrantMoney,
  GrantRefusal,
  Lease,
  LeaseRefusal,
  LeaseRequest,
  Rate,
  RefundRefusal,
  Settled,
  Settlement,
  Transfer,
} from "./protocol.ts";

type Async<T> = {
  [Name in keyof T]: T[Name] extends (...values: infer Values) => infer Answer
    ? (...values: Values) => Answer | Promise<Answer>
    : never;
};

const EMPTY: Balance = { balance: 0, reserved: 0, available: 0 };

const refusalOf = (error: KeyRefusal | { readonly code: KeyRefusal } | RateRefusal): LeaseRefusal => {
  if (typeof error === "string") return { code: error };
  return "retryAfter" in error ? { ...error, code: "rate-limited" } : { code: error.code };
};

export abstract class Bank extends Noun implements Async<AccountLedger> {
  protected readonly keys = new Keys(this.db);
  protected readonly agenda = new Agenda(this.ctx.storage, this.db);
  protected readonly ledger = new Ledger(this.ctx.storage, this.db, this.agenda, {
    name: () => this.#name(),
    terms: (hash, now) => {
      const terms = this.keys.terms(hash, now);
      return terms.ok ? terms : err({ code: terms.error });
    },
    rate: (hash, calls, now) => this.#rate(hash, calls, now),
    received: (transfer, seq) => this.received(transfer, seq),
    deliver: async (transfer) => await this.#bankOf(transfer.to).credit(transfer),
  });

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, ACCOUNT_MIGRATIONS);
  }

  /** @see AccountLedger */
  async lease(request: LeaseRequest): Promise<Result<Lease, LeaseRefusal>> {
    return this.established ? this.ledger.lease(request, Date.now()) : err({ code: "unknown-key" });
  }

  /** @see AccountLedger */
  async settle(lease: string, batch: readonly Settlement[]): Promise<readonly Settled[]> {
    if (!this.established) return batch.map(() => err("lease-expired"));
    return this.ledger.settle(lease, batch, Date.now());
  }

  /** @see AccountLedger */
  giveBack(lease: string, amount: number): number {
    return this.established ? this.ledger.giveBack(lease, amount, Date.now()) : 0;
  }

  /** @see AccountLedger */
  async settled(calls: readonly string[], decide: boolean): Promise<readonly Fate[]> {
    return this.established ? this.ledger.settled(calls, decide, Date.now()) : calls.map(() => "never");
  }

  /** @see AccountLedger. The platform's account comes into being with the first microcredit it receives. */
  credit(transfer: Transfer): Result<{ readonly seq: number }, CreditRefusal> {
    if (transfer.to.toLowerCase() === PLATFORM) this.#makePlatform();
    return this.established ? this.ledger.credit(transfer, Date.now()) : err("unknown-account");
  }

  /** @see AccountLedger */
  grantMoney(grant: GrantMoney): Result<{ readonly seq: number; readonly balance: number }, GrantRefusal> {
    return this.established ? this.ledger.grant(grant, Date.now()) : err("unknown-account");
  }

  /** @see AccountLedger */
  async refund(
    call: string,
    by: string,
    note: string,
  ): Promise<Result<{ readonly seq: number; readonly amount: number }, RefundRefusal>> {
    return this.established ? this.ledger.refund(call, by, note, Date.now()) : err("unknown-call");
  }

  /** @see AccountLedger */
  balance(): Balance {
    return this.established ? this.ledger.balance(Date.now()) : EMPTY;
  }

  /** A page of entries, newest first. @param before a place, or null for the newest */
  entries(filter: EntryFilter, before: number | null, limit: number): readonly EntryView[] {
    return this.established ? this.ledger.statements.page(filter, before, limit) : [];
  }

  /** @param from first millisecond of the month @param until first one after it @returns null: no such account */
  statement(month: string, from: number, until: number): Statement | null {
    const name = this.#name();
    return name === null ? null : this.ledger.statements.statement(name, month, from, until);
  }

  /** The entry of an idempotency id: a call's id, `grant:…`, `transfer:…`, `refund:…`. */
  entry(id: string): EntryRow | null {
    return this.established ? (this.ledger.sql.entry(id) ?? null) : null;
  }

  /** A settled call; null when there is none of that id. */
  call(id: string): CallView | null {
    return this.established ? this.ledger.statements.call(id) : null;
  }

  /** Settled calls before a place, newest first. */
  calls(filter: EntryFilter, before: number | null, limit: number): readonly CallView[] {
    return this.established ? this.ledger.statements.calls(filter, before, limit) : [];
  }

  /** How the books stand, for whoever verifies them. @returns null: no such account */
  auditState(): AuditState | null {
    const name = this.#name();
    return name === null ? null : this.ledger.statements.state(name, this.balance().reserved);
  }

  /** Entries after a place, oldest first, with all that stands behind them. */
  audit(after: number, limit: number): readonly AuditedEntry[] {
    return this.established ? this.ledger.statements.audit(after, limit) : [];
  }

  /** Transfers after a number, oldest first. */
  auditTransfers(after: number, limit: number): readonly AuditedTransfer[] {
    const name = this.#name();
    return name === null ? [] : this.ledger.statements.transfers(name, after, limit);
  }

  override async alarm(): Promise<void> {
    if (!this.established) return;
    await this.agenda.serve(Date.now(), async (kind, subject) => {
      if (!(await this.ledger.work(kind, subject, Date.now()))) await this.timed(kind, subject);
    });
  }

  /** Timed work that is not the ledger's. */
  protected timed(_kind: string, _subject: string): Promise<void> {
    return Promise.resolve();
  }

  /** Told of each transfer, in the transaction that books it. */
  protected received(_transfer: Transfer, _seq: number): void {}

  #name(): string | null {
    return this.established ? (accountStatements(this.db).self()?.name ?? null) : null;
  }

  #makePlatform(): void {
    if (this.ctx.id.toString() !== this.env.ACCOUNT.idFromName(PLATFORM).toString()) return;
    this.establish();
    accountStatements(this.db).create(PLATFORM, "platform", false, Date.now());
  }

  #rate(hash: string, calls: number, now: number): Result<{ calls: number; rate: Rate }, LeaseRefusal> {
    const taken = this.keys.take(hash, "calls", calls, now);
    if (taken.ok) return ok({ calls: taken.value.granted, rate: taken.value.rate });
    const { error } = taken;
    return err(refusalOf(error));
  }

  #bankOf(account: string): DurableObjectStub<Bank> {
    return this.env.ACCOUNT.get(this.env.ACCOUNT.idFromName(account.toLowerCase()));
  }
}
