// The keys of an account, as synchronous functions over the object's SQL: which are alive, what they open,
// who may make and change them. What they spent is the ledger's to know. Whoever changes more than one row wraps the call in a transaction.
import type { Database } from "../../../kv-schema/database.ts";
import { type HolderRow, type KeyRow, type KeySettings, keyStatements } from "../../../kv-schema/tables/keys.ts";
import { ledgerStatements } from "../../../kv-schema/tables/ledger.ts";
import { LIMITS } from "../../limits.ts";
import type { Grant, KeyLimits, KeyRefusal } from "../../market/access/grant.ts";
import { ALL_SCOPES, type Scopes, within } from "../../market/access/scopes.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { KeyTerms, Rate } from "./protocol.ts";
import { type Counted, type RateRefusal, type Taken, take } from "./rates.ts";

/** What a key was set to, in the words of the API. */
export interface KeyWish {
  readonly label: string;
  readonly scopes: Scopes;
  readonly limits: KeyLimits;
  /** Milliseconds since 1970; null: never. */
  readonly expires: number | null;
}

/** A key as its owners see it. */
export interface KeyView extends KeyWish {
  readonly id: string;
  readonly created: number;
  readonly revoked: number | null;
  /** Milliseconds since 1970, to the minute; null: never used. */
  readonly used: number | null;
  /** Microcredits its calls cost, in all and today (UTC). */
  readonly spent: number;
  readonly spentToday: number;
}

/** What an operator sets of an account; null: as everybody's, absent: as it is. */
export interface AccountTerms {
  readonly operator?: boolean | undefined;
  readonly callsPerMinute?: number | null | undefined;
  readonly requestsPerMinute?: number | null | undefined;
}

export type TermsRefusal =
  | "unknown-account"
  /** Operators are people: who does something must have a name. */
  | "not-a-person";

/** An account as operators see it. */
export interface Overview {
  readonly account: string;
  readonly kind: Grant["kind"];
  readonly operator: boolean;
  readonly created: number;
  readonly suspended: { readonly at: number; readonly reason: string } | null;
  readonly callsPerMinute: number;
  readonly requestsPerMinute: number;
  readonly livingKeys: number;
  readonly organisations: readonly string[];
}

/** What a key opens, and how many requests it may begin: none when its account's rate limit is used up. */
export interface Asked {
  readonly grant: Grant;
  readonly granted: number;
  readonly rate: Rate;
}

/** What to change of a key; what is absent stays. */
export interface KeyChange extends Partial<Omit<KeyWish, "limits">> {
  readonly limits?: Partial<KeyLimits>;
}

export type KeyChangeRefusal =
  /** No living key of this account has the id. */
  | "unknown-key"
  /** The asking key may not give what it does not have, or is itself limited. */
  | "beyond-own"
  /** Without this key nobody could enter the account again. */
  | "last-key"
  | "too-many-keys"
  /** The hash is another key's already. */
  | "key-exists";

const limitsOf = (row: KeyRow): KeyLimits => ({
  spend: row.spend,
  spendPerDay: row.spend_day,
  callsPerMinute: row.calls_minute,
});
const scopesOf = (row: KeyRow): Scopes => JSON.parse(row.scopes) as Scopes;

const DAY_MS = 86_400_000;

const wishOf = (row: KeyRow): KeyWish => ({
  label: row.label,
  scopes: scopesOf(row),
  limits: limitsOf(row),
  expires: row.expires,
});

const settingsOf = (wish: KeyWish): KeySettings => ({
  label: wish.label,
  scopes: JSON.stringify(wish.scopes),
  spend: wish.limits.spend,
  spend_day: wish.limits.spendPerDay,
  calls_minute: wish.limits.callsPerMinute,
  expires: wish.expires,
});

/** Whether a key has bounds that it could pass by making another. */
const isBounded = ({ limits, expires }: KeyWish): boolean =>
  expires !== null || limits.spend !== null || limits.spendPerDay !== null || limits.callsPerMinute !== null;

/** Whether a key never ends by itself and may make others (as keys.ts's `anchors` counts them). */
const isAnchor = (key: KeyWish, admin: boolean): boolean =>
  !isBounded(key) && key.scopes.manage && (key.scopes.admin || !admin);

const newId = (): string => `key-${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;

interface Alive {
  readonly holder: HolderRow;
  readonly row: KeyRow;
}

export class Keys {
  readonly #sql: ReturnType<typeof keyStatements>;
  readonly #ledger: ReturnType<typeof ledgerStatements>;

  constructor(db: Database) {
    this.#sql = keyStatements(db);
    this.#ledger = ledgerStatements(db);
  }

  #view(row: KeyRow, now: number): KeyView {
    const { id, created, revoked, used } = row;
    const { total, today } = this.#ledger.spent(id, Math.floor(now / DAY_MS));
    return { ...wishOf(row), id, created, revoked, used, spent: total, spentToday: today };
  }

  #alive(hash: string, now: number): Result<Alive, KeyRefusal> {
    const holder = this.#sql.holder();
    const row = this.#sql.key(hash);
    if (holder === undefined || row === undefined || row.revoked !== null) return err("unknown-key");
    if (row.expires !== null && row.expires <= now) return err("key-expired");
    return holder.suspended === null ? ok({ holder, row }) : err("suspended");
  }

  #grant({ holder, row }: Alive): Grant {
    const scopes = scopesOf(row);
    const memberships = this.#sql.memberships();
    const { id, label, created, expires } = row;
    return {
      account: holder.name,
      kind: holder.kind as Grant["kind"],
      operator: holder.operator === 1 && scopes.admin,
      organisations: memberships.map(({ organisation }) => organisation),
      owned: memberships.filter(({ role }) => role === "owner").map(({ organisation }) => organisation),
      key: { id, label, created, expires, scopes, limits: limitsOf(row) },
    };
  }

  /** @param hash 64 hex digits @returns what the key opens now, with its limits; its last use is noted to the minute */
  terms(hash: string, now: number): Result<KeyTerms, KeyRefusal> {
    const alive = this.#alive(hash, now);
    if (!alive.ok) return alive;
    const { row } = alive.value;
    if (row.used === null || now - row.used >= LIMITS.keyUsedMs) this.#sql.touch(hash, now);
    const { id, expires, spend, spend_day } = row;
    return ok({ grant: this.#grant(alive.value), id, expires, limit: spend, dailyLimit: spend_day });
  }

  /** Takes from the rate limits of a key that is alive. */
  take(
    hash: string,
    counted: Counted,
    want: number,
    now: number,
  ): Result<Taken, { readonly code: KeyRefusal } | RateRefusal> {
    const alive = this.#alive(hash, now);
    if (!alive.ok) return err({ code: alive.error });
    return take(this.#sql, counted, alive.value.holder, alive.value.row, want, now);
  }

  /** @see Account.ask */
  ask(hash: string, want: number, now: number): Result<Asked, KeyRefusal> {
    const terms = this.terms(hash, now);
    if (!terms.ok) return terms;
    const taken = this.take(hash, "requests", want, now);
    if (taken.ok) return ok({ grant: terms.value.grant, ...taken.value });
    const { error } = taken;
    return error.code === "rate-limited"
      ? ok({ grant: terms.value.grant, granted: 0, rate: error.rate })
      : err(error.code);
  }

  /**
   * The first key of a sign-up, in place of those of attempts that came before it and never ended.
   * @param attempt counted by the directory
   * @returns whether it is the key now; false when a later attempt was here
   */
  first(hash: string, attempt: number, now: number): boolean {
    const holder = this.#sql.holder();
    if (holder === undefined || attempt < holder.attempt) return false;
    if (attempt === holder.attempt) return this.#sql.key(hash)?.revoked === null;
    this.#sql.setAttempt(attempt);
    this.#sql.revokeOthers(hash, now);
    // Its own earlier attempt may have lost to one that this one follows.
    this.#sql.revive(hash);
    this.install(hash, "first key", now);
    return true;
  }

  /** Adds a key with every scope and no limits; adding it again changes nothing. */
  install(hash: string, label: string, now: number): void {
    if (this.#sql.key(hash) !== undefined) return;
    const limits = { spend: null, spendPerDay: null, callsPerMinute: null };
    this.#sql.addKey(hash, newId(), now, settingsOf({ label, scopes: ALL_SCOPES, limits, expires: null }));
  }

  /** Whether a key stands with these settings, with others (or is revoked), or not at all. */
  stands(hash: string, wish: KeyWish): "same" | "other" | "absent" {
    const known = this.#sql.key(hash);
    if (known === undefined) return "absent";
    const same = JSON.stringify(settingsOf(wish)) === JSON.stringify(settingsOf(wishOf(known)));
    return same && known.revoked === null ? "same" : "other";
  }

  /** Adds a key; adding the same again changes nothing. @param by the key that asks */
  add(hash: string, wish: KeyWish, by: KeyWish, now: number): Result<KeyView, KeyChangeRefusal> {
    if (isBounded(by) || !within(wish.scopes, by.scopes)) return err("beyond-own");
    const stands = this.stands(hash, wish);
    if (stands === "other") return err("key-exists");
    if (stands === "absent" && this.#sql.living(now) >= LIMITS.keys) return err("too-many-keys");
    if (stands === "absent") this.#sql.addKey(hash, newId(), now, settingsOf(wish));
    const made = this.#sql.key(hash);
    return made === undefined ? err("unknown-key") : ok(this.#view(made, now));
  }

  /** A page of keys, revoked ones too, newest first. @param before the last one of the page before */
  list(before: string | null, limit: number, now: number): readonly KeyView[] {
    const last = before === null ? undefined : this.#sql.byId(before);
    const created = last?.created ?? Number.MAX_SAFE_INTEGER;
    return this.#sql.keys(created, last?.id ?? "", limit).map((row) => this.#view(row, now));
  }

  /** Changes what is given of a living key. */
  change(id: string, wish: KeyChange, by: KeyWish, now: number): Result<KeyView, KeyChangeRefusal> {
    const row = this.#sql.byId(id);
    if (row === undefined || row.revoked !== null) return err("unknown-key");
    const next = { ...wishOf(row), ...wish, limits: { ...limitsOf(row), ...wish.limits } };
    if (isBounded(by) || !within(next.scopes, by.scopes) || !within(scopesOf(row), by.scopes)) return err("beyond-own");
    const admin = this.#sql.holder()?.operator === 1;
    if (this.#isLastAnchor(row) && !isAnchor(next, admin)) return err("last-key");
    const set = settingsOf(next);
    this.#sql.setKey(id, set);
    return ok(this.#view({ ...row, ...set }, now));
  }

  /** Ends a key for good; ending it again changes nothing. */
  revoke(id: string, now: number): Result<null, "unknown-key" | "last-key"> {
    const row = this.#sql.byId(id);
    if (row === undefined) return err("unknown-key");
    if (row.revoked !== null) return ok(null);
    if (this.#isLastAnchor(row)) return err("last-key");
    this.#sql.revoke(id, now);
    return ok(null);
  }

  /** @param reason null: the account may enter again */
  suspend(reason: string | null, now: number): boolean {
    const holder = this.#sql.holder();
    if (reason === null) this.#sql.suspend(null, "");
    else this.#sql.suspend(holder?.suspended ?? now, reason);
    return holder !== undefined;
  }

  setTerms({ operator, callsPerMinute, requestsPerMinute }: AccountTerms): Result<null, TermsRefusal> {
    const holder = this.#sql.holder();
    if (holder === undefined) return err("unknown-account");
    if (operator === true && holder.kind !== "user") return err("not-a-person");
    if (operator !== undefined) this.#sql.setOperator(operator ? 1 : 0);
    const or = <T>(set: T | undefined, stands: T): T => (set === undefined ? stands : set);
    this.#sql.setRates(or(callsPerMinute, holder.calls_minute), or(requestsPerMinute, holder.requests_minute));
    return ok(null);
  }

  overview(now: number): Overview | null {
    const holder = this.#sql.holder();
    if (holder === undefined) return null;
    return {
      account: holder.name,
      kind: holder.kind as Grant["kind"],
      operator: holder.operator === 1,
      created: holder.created,
      suspended: holder.suspended === null ? null : { at: holder.suspended, reason: holder.suspended_for },
      callsPerMinute: holder.calls_minute ?? LIMITS.callsPerMinute,
      requestsPerMinute: holder.requests_minute ?? LIMITS.requestsPerMinute,
      livingKeys: this.#sql.living(now),
      organisations: this.#sql.memberships().map(({ organisation }) => organisation),
    };
  }

  /** Whether a user could never enter the account again without this key. */
  #isLastAnchor(row: KeyRow): boolean {
    const holder = this.#sql.holder();
    if (holder === undefined || holder.kind !== "user") return false;
    const admin = holder.operator === 1;
    return isAnchor(wishOf(row), admin) && this.#sql.anchors(admin ? 1 : 0) === 1;
  }
}
