// The keys of an account, as synchronous functions over the object's SQL: which are alive, what they open, what their
// limits leave, what they spent. Whoever changes more than one row wraps the call in a transaction.
import type { Database } from "../../../kv-schema/database.ts";
import { type HolderRow, type KeyRow, type KeySettings, keyStatements } from "../../../kv-schema/tables/keys.ts";
import { LIMITS } from "../../limits.ts";
import type { Grant, KeyLimits, KeyRefusal } from "../../market/access/grant.ts";
import { ALL_SCOPES, type Scopes, within } from "../../market/access/scopes.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { KeyTerms } from "./protocol.ts";
import { type Counted, type RateRefusal, type Taken, take } from "./rates.ts";

const DAY_MS = 86_400_000;
/** Days since 1970, UTC. */
const dayOf = (now: number): number => Math.floor(now / DAY_MS);

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
  /** Microcredits. */
  readonly spent: number;
  readonly spentToday: number;
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
const spentToday = (row: KeyRow, now: number): number => (row.day === dayOf(now) ? row.day_spent : 0);

const viewOf = (row: KeyRow, now: number): KeyView => ({
  id: row.id,
  label: row.label,
  scopes: scopesOf(row),
  limits: limitsOf(row),
  created: row.created,
  expires: row.expires,
  revoked: row.revoked,
  used: row.used,
  spent: row.spent,
  spentToday: spentToday(row, now),
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

  constructor(db: Database) {
    this.#sql = keyStatements(db);
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

  /**
   * Microcredits that the limits of a living key leave, in all and today, whichever is less.
   * @param held what open leases of the key may still spend
   * @returns Number.MAX_SAFE_INTEGER when it has no limit
   */
  left(hash: string, held: number, now: number): number {
    const row = this.#sql.key(hash);
    if (row === undefined) return 0;
    const inAll = row.spend === null ? Number.MAX_SAFE_INTEGER : row.spend - row.spent - held;
    const today = row.spend_day === null ? Number.MAX_SAFE_INTEGER : row.spend_day - spentToday(row, now) - held;
    return Math.max(0, Math.min(inAll, today));
  }

  /** When the daily limit of a key begins anew: the next midnight, UTC. */
  nextDay(now: number): number {
    return (dayOf(now) + 1) * DAY_MS;
  }

  /** Books what a key spent, for its limits and its last use; once per key and batch of settlements. */
  spent(hash: string, amount: number, now: number): void {
    this.#sql.spent(hash, amount, dayOf(now), now);
  }

  /** Takes from the rate limits of a key that is alive. */
  take(hash: string, counted: Counted, want: number, now: number): Result<Taken, KeyRefusal | RateRefusal> {
    const alive = this.#alive(hash, now);
    return alive.ok ? take(this.#sql, counted, alive.value.holder, alive.value.row, want, now) : alive;
  }

  /**
   * The first key of a sign-up, in place of those of attempts that came before it and never ended.
   * @param attempt counted by the directory
   * @returns whether it is the key now; false when a later attempt was here
   */
  first(hash: string, attempt: number, now: number): boolean {
    const holder = this.#sql.holder();
    if (holder === undefined || attempt < holder.attempt) return false;
    const known = this.#sql.key(hash);
    if (attempt === holder.attempt || known !== undefined) return known?.revoked === null;
    this.#sql.setAttempt(attempt);
    this.#sql.revokeOthers(hash, now);
    this.install(hash, "first key", now);
    return true;
  }

  /** Adds a key with every scope and no limits; adding it again changes nothing. */
  install(hash: string, label: string, now: number): void {
    if (this.#sql.key(hash) !== undefined) return;
    const limits = { spend: null, spendPerDay: null, callsPerMinute: null };
    this.#sql.addKey(hash, newId(), now, settingsOf({ label, scopes: ALL_SCOPES, limits, expires: null }));
  }

  /** Adds a key; adding the same again changes nothing. @param by the key that asks */
  add(hash: string, wish: KeyWish, by: KeyWish, now: number): Result<KeyView, KeyChangeRefusal> {
    if (isBounded(by) || !within(wish.scopes, by.scopes)) return err("beyond-own");
    const known = this.#sql.key(hash);
    if (known !== undefined) {
      const same = JSON.stringify(settingsOf(wish)) === JSON.stringify(settingsOf(viewOf(known, now)));
      return same && known.revoked === null ? ok(viewOf(known, now)) : err("key-exists");
    }
    if (this.#sql.living(now) >= LIMITS.keys) return err("too-many-keys");
    this.#sql.addKey(hash, newId(), now, settingsOf(wish));
    return this.find(hash, now);
  }

  /** The key of a hash. */
  find(hash: string, now: number): Result<KeyView, "unknown-key"> {
    const row = this.#sql.key(hash);
    return row === undefined ? err("unknown-key") : ok(viewOf(row, now));
  }

  view(id: string, now: number): KeyView | null {
    const row = this.#sql.byId(id);
    return row === undefined ? null : viewOf(row, now);
  }

  /** A page of keys, revoked ones too, newest first. @param before the last one of the page before */
  list(before: string | null, limit: number, now: number): readonly KeyView[] {
    const last = before === null ? undefined : this.#sql.byId(before);
    const created = last?.created ?? Number.MAX_SAFE_INTEGER;
    return this.#sql.keys(created, last?.id ?? "", limit).map((row) => viewOf(row, now));
  }

  /** Changes what is given of a living key. */
  change(id: string, wish: Partial<KeyWish>, by: KeyWish): Result<null, KeyChangeRefusal> {
    const row = this.#sql.byId(id);
    if (row === undefined || row.revoked !== null) return err("unknown-key");
    const next = { ...viewOf(row, 0), ...wish };
    if (isBounded(by) || !within(next.scopes, by.scopes) || !within(scopesOf(row), by.scopes)) return err("beyond-own");
    const admin = this.#sql.holder()?.operator === 1;
    if (this.#isLastAnchor(row) && !isAnchor(next, admin)) return err("last-key");
    this.#sql.setKey(id, settingsOf(next));
    return ok(null);
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

  /** Whether a user could never enter the account again without this key. */
  #isLastAnchor(row: KeyRow): boolean {
    const holder = this.#sql.holder();
    if (holder === undefined || holder.kind !== "user") return false;
    const admin = holder.operator === 1;
    return isAnchor(viewOf(row, 0), admin) && this.#sql.anchors(admin ? 1 : 0) === 1;
  }
}
