// Who calls: from the Authorization header to a Grant, and whether the account's rate limit lets the request through.
// What a living key opens is asked of the account's object and believed for LIMITS.freshMs, so that a key that was revoked,
// whatever KV shows, opens nothing anywhere after that time. Requests are taken from the rate limit a few at once.
import { doubtPurses } from "../calls/purses.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { KeyRefusal } from "../market/access/grant.ts";
import { type Failure, type RateStanding, failure } from "../market/failure.ts";
import { sha256OfText } from "../market/hash.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Asked } from "../objects/account/keys.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import type { Rate } from "../objects/account/protocol.ts";
import { type Finder, finder } from "../objects/keyring/find.ts";

/** Entries of each map; on passing it the oldest go, or all. */
const KEPT = 20_000;

interface Believed {
  readonly grant: Grant;
  readonly until: number;
}

/** What an isolate may still let through with a key. */
interface Allowance {
  left: number;
  /** As the account's object last told. */
  readonly rate: Rate;
  /** How many to take next time: twice as many each time, LIMITS.requestsTaken at most. */
  readonly batch: number;
  /** When to ask again after nothing was left. */
  readonly again: number;
}
const FIRST_BATCH = 4;

interface Refused {
  readonly code: KeyRefusal;
  readonly until: number;
}

export interface Admission {
  readonly grant: Result<Grant, Failure>;
  /** What this isolate still holds counts as remaining. Null when the key opens nothing. */
  readonly limits: RateStanding | null;
}

/** The key in `Simple K`, `Bearer K` or a bare `K` (any case of the scheme); undefined when there is none. */
export function keyOf(authorization: string | undefined): string | undefined {
  const text = authorization?.trim() ?? "";
  const match = /^(?:simple|bearer)\s+(.*)$/i.exec(text);
  const key = (match?.[1] ?? text).trim();
  return key === "" || /^(?:simple|bearer)$/i.test(key) ? undefined : key;
}

function keyFrom(authorization: string | undefined): Result<string, Failure> {
  const key = keyOf(authorization);
  if (key === undefined) return err(failure("authorization-required", "authorization required"));
  return key.length > LIMITS.keyCharacters ? err(keyRefusal("unknown-key")) : ok(key);
}

const REFUSALS: Readonly<Record<KeyRefusal, Failure>> = {
  "unknown-key": failure(
    "unknown-key",
    "This API key is not known or no longer valid: check it, or ask your operator for one.",
  ),
  "key-expired": failure("key-expired", "This API key has expired: make a new one with another key of the account."),
  suspended: failure("account-suspended", "An operator has suspended this account: ask them why."),
};

/** What is said of a key that opens nothing. */
export const keyRefusal = (code: KeyRefusal): Failure => REFUSALS[code];

export const throttled = (retryAfter: number): Failure =>
  failure("throttled", `Too many attempts from this address: wait ${retryAfter} s.`, { retryAfter });

function rateLimited({ limit, reset }: Rate): Failure {
  const retryAfter = Math.max(1, Math.ceil((reset - Date.now()) / 1_000));
  return failure("rate-limited", `The account may send ${limit} requests a minute: wait ${retryAfter} s.`, {
    retryAfter,
  });
}

/** What one isolate believes of its callers. */
export class Callers {
  readonly #finder: Finder;
  /**
   * What living keys open, by the key itself: hashing it would cost a request more than finding it. Dropped when it is
   * stale, at the next look-up of it or of any new key.
   */
  readonly #grants = new Map<string, Believed>();
  readonly #allowances = new Map<string, Allowance>();
  /**
   * Hashes of keys that open nothing, and until when that is believed: LIMITS.unknownKeyMs, so that a client which repeats
   * a wrong key as fast as it can costs a few look-ups a second, and a key that is added works at once for a person.
   */
  readonly #refused = new Map<string, Refused>();

  constructor(finder: Finder) {
    this.#finder = finder;
  }

  /** What the request's key opens. Counts nothing: `admit` does, before any handler runs. */
  async authenticate(env: Env, authorization: string | undefined, address: string): Promise<Result<Grant, Failure>> {
    const key = keyFrom(authorization);
    if (!key.ok) return key;
    const grant = this.#believed(key.value);
    return grant === null ? this.#ask(env, key.value, address, 0) : ok(grant);
  }

  /** What the request's key opens, counting the request. */
  async admit(env: Env, authorization: string | undefined, address: string): Promise<Admission> {
    const key = keyFrom(authorization);
    if (!key.ok) return { grant: key, limits: null };
    let grant = await this.#fresh(env, key.value, address);
    let allowance = this.#allowances.get(key.value);
    // Others that came at the same moment may have taken what was left; the object may well give more.
    while (grant.ok && allowance !== undefined && allowance.left <= 0 && allowance.again === 0) {
      grant = await this.#fresh(env, key.value, address);
      allowance = this.#allowances.get(key.value);
    }
    if (!grant.ok || allowance === undefined) return { grant, limits: null };
    const through = allowance.left > 0;
    if (through) allowance.left--;
    const { limit, remaining, reset } = allowance.rate;
    const limits = { limit, remaining: remaining + allowance.left, reset };
    return { grant: through ? grant : err(rateLimited(allowance.rate)), limits };
  }

  /** Forgets what is believed of all keys: for what operators do, which may touch many accounts. */
  forget(): void {
    this.#grants.clear();
    this.#refused.clear();
  }

  /** Forgets what is believed of an account's keys: its own doing must not cost others their cache. */
  forgetAccount(account: string): void {
    const name = account.toLowerCase();
    for (const [key, { grant }] of this.#grants) if (grant.account.toLowerCase() === name) this.#grants.delete(key);
  }

  /** Forgets that a key is unknown. */
  forgetRefusal(hash: string): void {
    this.#refused.delete(hash);
  }

  /** The grant, with requests to spend if the object gave any. */
  async #fresh(env: Env, key: string, address: string): Promise<Result<Grant, Failure>> {
    const now = Date.now();
    const allowance = this.#allowances.get(key);
    if (allowance !== undefined && now >= allowance.rate.reset) allowance.left = 0;
    const left = allowance?.left ?? 0;
    const grant = this.#believed(key);
    if (grant !== null && (left > 0 || now < (allowance?.again ?? 0))) return ok(grant);
    return this.#ask(env, key, address, Math.max(0, (allowance?.batch ?? FIRST_BATCH) - left));
  }

  /** Asks the account's object. @param want requests to take from its rate limit */
  async #ask(env: Env, key: string, address: string, want: number): Promise<Result<Grant, Failure>> {
    const hash = sha256OfText(key);
    const believed = this.#refusalOf(hash);
    if (believed !== null) return err(keyRefusal(believed));
    const found = await this.#finder.account(env, hash, address);
    if (!found.ok && found.error.code === "throttled") return err(throttled(found.error.retryAfter));
    // Believed from before the question: what changes while the answer is on its way has changed after that.
    const since = Date.now();
    const asked = found.ok ? ((await accountOf(env, found.value).ask(hash, want)) as Result<Asked, KeyRefusal>) : null;
    if (asked?.ok === true) {
      this.#keep(key, asked.value, want, since);
      return ok(asked.value.grant);
    }
    const code = asked?.error ?? "unknown-key";
    if (this.#refused.size >= KEPT) this.#refused.clear();
    this.#refused.set(hash, { code, until: Date.now() + LIMITS.unknownKeyMs });
    return err(keyRefusal(code));
  }

  #keep(key: string, { grant, granted, rate }: Asked, want: number, now: number): void {
    this.#dropStale(now);
    const ends = grant.key.expires ?? Number.MAX_SAFE_INTEGER;
    this.#grants.set(key, { grant, until: Math.min(now + LIMITS.freshMs, ends) });
    const known = this.#allowances.get(key);
    const left = granted + (known?.rate.reset === rate.reset ? known.left : 0);
    const batch = Math.min(LIMITS.requestsTaken, (known?.batch ?? FIRST_BATCH) * (want > 0 ? 2 : 1));
    const again = left > 0 ? 0 : Math.min(rate.reset, now + LIMITS.freshMs);
    this.#allowances.set(key, { left, rate, batch, again });
  }

  /** Forgets keys that nobody used again: the oldest come first, because a grant is put once and lasts as long as any other. */
  #dropStale(now: number): void {
    if (this.#allowances.size >= KEPT) this.#allowances.clear();
    for (const [key, { until }] of this.#grants) {
      if (until > now && this.#grants.size < KEPT) return;
      this.#grants.delete(key);
    }
  }

  /** A grant that is still believed. */
  #believed(key: string): Grant | null {
    const known = this.#grants.get(key);
    if (known === undefined) return null;
    if (Date.now() < known.until) return known.grant;
    this.#grants.delete(key);
    return null;
  }

  /** Why a key is believed to open nothing. */
  #refusalOf(hash: string): KeyRefusal | null {
    const known = this.#refused.get(hash);
    if (known === undefined) return null;
    if (Date.now() < known.until) return known.code;
    this.#refused.delete(hash);
    return null;
  }
}

/** This isolate's. */
const callers = new Callers(finder);

/** @param address of the client, for those who try keys @see Callers.authenticate */
export const authenticate = (
  env: Env,
  authorization: string | undefined,
  address = "",
): Promise<Result<Grant, Failure>> => callers.authenticate(env, authorization, address);

/** @see Callers.admit */
export const admit = (env: Env, authorization: string | undefined, address: string): Promise<Admission> =>
  callers.admit(env, authorization, address);

/** @see Callers.forget */
export function forgetGrants(): void {
  callers.forget();
  doubtPurses();
}
/** @see Callers.forgetAccount */
export function forgetAccount(account: string): void {
  callers.forgetAccount(account);
  doubtPurses(account);
}
/** @see Callers.forgetRefusal */
export const forgetRefusal = (hash: string): void => callers.forgetRefusal(hash);

/** Whether the caller is the owner or belongs to it. */
export function isMember(grant: Grant, owner: string): boolean {
  const name = owner.toLowerCase();
  return (
    grant.account.toLowerCase() === name ||
    grant.organisations.some((organisation) => organisation.toLowerCase() === name)
  );
}
