// What the account object says and is asked, as types: leases, settlements, transfers, grants, refunds. Amounts are whole
// microcredits (worker/market/money/amount.ts), times milliseconds since 1970, key hashes 64 hex digits of SHA-256.
import type { Grant } from "../../market/access/grant.ts";
import type { Result } from "../../market/result.ts";

export type { Grant } from "../../market/access/grant.ts";

/** What the ledger must know of a key: `keys.ts` answers it. */
export interface KeyTerms {
  readonly grant: Grant;
  /** Stable name of the key in the ledger: never its hash, and not its label, which can change. */
  readonly id: string;
  readonly expires: number | null;
  /** Microcredits the key may spend in all, and in a day (UTC); null: no limit of its own. */
  readonly limit: number | null;
  readonly dailyLimit: number | null;
}

/** The rate limit as a caller sees it in `RateLimit-*`. */
export interface Rate {
  /** Calls in a window. */
  readonly limit: number;
  /** Calls left in this window that no lease holds. */
  readonly remaining: number;
  /** When the window ends. */
  readonly reset: number;
}

export interface LeaseRequest {
  /** Names the asking isolate: any text of its own. A lease belongs to (isolate, key); asking again tops it up. */
  readonly isolate: string;
  readonly key: string;
  /** Microcredits to add; less may be granted, so that isolates share a balance that runs short. */
  readonly want: number;
  /** Below this the addition is of no use: it is refused instead. 0 only renews. */
  readonly least: number;
  /** How many calls of the rate limit to take. */
  readonly calls: number;
  /** The lease must last so long at least: the call's deadline and a margin. */
  readonly until: number;
}

export interface Lease {
  readonly id: string;
  readonly account: string;
  /** All that was ever granted under this id, less what was given back. What may still be settled is `granted - spent`. */
  readonly granted: number;
  readonly spent: number;
  /** What this answer added to `granted`. */
  readonly added: number;
  readonly expires: number;
  /** How many calls of the rate limit this answer added. */
  readonly calls: number;
  readonly rate: Rate;
  readonly grant: Grant;
  /** The key's name in the ledger. */
  readonly keyId: string;
  /** Until when the grant is believed; then ask again before the next call. */
  readonly believedUntil: number;
}

export type LeaseRefusal =
  | { readonly code: "unknown-key" | "key-expired" | "suspended" }
  /** The key's own limit leaves `available` microcredits; `resets` when a daily limit begins anew, else null. */
  | { readonly code: "key-limit"; readonly available: number; readonly resets: number | null }
  | { readonly code: "insufficient-credits"; readonly available: number }
  /** @see Rate; `retryAfter` in seconds */
  | { readonly code: "rate-limited"; readonly retryAfter: number; readonly rate: Rate };

/** What a part of the price is for. */
export interface Purpose {
  readonly algorithm: string;
  readonly version: string;
  readonly kind: "royalty" | "platform";
}

/** A share of a settlement that goes to another account, through the outbox. */
export interface Share {
  /** Name of an account, any case. */
  readonly to: string;
  /** 0 or more; 0 with an item tells the beneficiary of a call that cost nothing. */
  readonly amount: number;
  readonly for: Purpose;
  /** JSON that the beneficiary keeps (what an author sees of a call); absent: nothing is kept. */
  readonly item?: string;
}

/** One call tree, as it is paid for. Every microcredit of `total` is in `shares`. */
export interface Settlement {
  /** The call's id (`req-...`): a settlement happens once per id. */
  readonly call: string;
  /** The root's canonical `owner/name` and version: what the ledger is filtered by. */
  readonly algorithm: string;
  readonly version: string;
  readonly status: "completed" | "failed";
  readonly total: number;
  readonly shares: readonly Share[];
  /** JSON of the CallRecord: kept as it is, compared byte for byte when the settlement is sent again. */
  readonly record: string;
}

export type SettleRefusal =
  /** The lease is over, or never was: the answer must be withheld. */
  | "lease-expired"
  /** The lease does not cover it. */
  | "over-lease"
  /** The id is settled with another content. */
  | "conflict"
  /** Somebody was told that this call will never settle. */
  | "forbidden"
  /** An amount is no amount, or the shares do not add up to the total. */
  | "invalid";

export type Settled = Result<{ readonly seq: number }, SettleRefusal>;

/** "never" is for good: a settlement that comes later is refused. */
export type Fate = "settled" | "open" | "never";

/** One delivery of the outbox: all that a payer owes a beneficiary since the last one. */
export interface Transfer {
  /** Unique over all accounts: `PAYER#NUMBER`. */
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** Negative when refunds claim back more than calls paid. */
  readonly amount: number;
  readonly items: readonly TransferItem[];
}

export interface TransferItem {
  readonly call: string;
  readonly at: number;
  /** "call", or "refund" with a negative amount. */
  readonly kind: "call" | "refund";
  readonly amount: number;
  readonly for: Purpose;
  readonly item: string;
}

/** `unknown-account`, `overflow`: the transfer stays in transit and is tried again. `conflict`: the key came with another content. */
export type CreditRefusal = "unknown-account" | "overflow" | "conflict" | "invalid";

export interface GrantMoney {
  /** Idempotency key: `grant:...`, `signup:CODE:ACCOUNT`. */
  readonly id: string;
  /** 1 or more. */
  readonly amount: number;
  /** The operator, or what made it. */
  readonly by: string;
  readonly note: string;
}
export type GrantRefusal = "unknown-account" | "overflow" | "conflict" | "invalid";

export type RefundRefusal = "unknown-call" | "nothing-to-refund" | "overflow";

/** An account's money at one moment. */
export interface Balance {
  readonly balance: number;
  /** Held by open leases. */
  readonly reserved: number;
  /** `balance - reserved`, 0 at least. */
  readonly available: number;
}

/** The money methods of the account object, as its stub answers them. Each is one transaction. */
export interface AccountLedger {
  /** Makes or tops up the lease of (isolate, key). Send one at a time per isolate and key. */
  lease(request: LeaseRequest): Result<Lease, LeaseRefusal>;
  /** Settles calls in order; each answer stands at its settlement's place. Sending a settlement again answers as before. */
  settle(lease: string, batch: readonly Settlement[]): readonly Settled[];
  /** Gives reserved money back; what the lease does not hold any more is not given. @returns what it still may settle */
  giveBack(lease: string, amount: number): number;
  /**
   * Whether calls settled. An unknown one is "open" while some lease could still settle it; with `decide`, or once no lease
   * is left, it is "never", and a settlement of it is refused from then on.
   */
  settled(calls: readonly string[], decide: boolean): readonly Fate[];
  /** Books a transfer, exactly once per key. */
  credit(transfer: Transfer): Result<{ readonly seq: number }, CreditRefusal>;
  grantMoney(grant: GrantMoney): Result<{ readonly seq: number; readonly balance: number }, GrantRefusal>;
  /** Reverses a settled call tree; again changes nothing. @returns what came back */
  refund(
    call: string,
    by: string,
    note: string,
  ): Result<{ readonly seq: number; readonly amount: number }, RefundRefusal>;
  balance(): Balance;
}
