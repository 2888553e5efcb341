// What a living key opens: the answer of the account's object, believed for LIMITS.freshMs by whoever asked. Types only.
import type { Scopes } from "./scopes.ts";

/** Bounds a key carries beside its scopes; null: none of its own. */
export interface KeyLimits {
  /** Microcredits the key may ever spend. */
  readonly spend: number | null;
  /** Microcredits it may spend in a day (UTC). */
  readonly spendPerDay: number | null;
  /** Calls it may begin in a minute; the account's own limit holds beside it. */
  readonly callsPerMinute: number | null;
}

export interface GrantKey {
  /** `key-` and 16 hex digits; tells nothing of the key. */
  readonly id: string;
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Milliseconds since 1970; null: never. */
  readonly expires: number | null;
  readonly scopes: Scopes;
  readonly limits: KeyLimits;
}

export interface Grant {
  /** Canonical spelling. */
  readonly account: string;
  readonly kind: "user" | "organisation" | "platform";
  /** Whether the account is an operator and the key has the scope `admin`. */
  readonly operator: boolean;
  /** Organisations the account belongs to, owned ones included. */
  readonly organisations: readonly string[];
  /** Those it owns. */
  readonly owned: readonly string[];
  readonly key: GrantKey;
}

/** Why a key opens nothing. */
export type KeyRefusal = "unknown-key" | "key-expired" | "suspended";
