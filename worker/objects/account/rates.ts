// Rate limits of an account and its keys: windows of a minute that begin with the first request after the last one ended.
// An isolate takes many at once, so that asking does not cost an object's answer each time; what was handed out counts,
// whether it is used or not. So no more than the limit are let through, whatever isolate they come to; an isolate that
// keeps some unused makes it fewer.
import type { HolderRow, KeyRow, keyStatements } from "../../../kv-schema/tables/keys.ts";
import { LIMITS } from "../../limits.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Rate } from "./protocol.ts";

/** What is counted: calls of algorithms, and requests of every other kind. */
export type Counted = "calls" | "requests";

export interface Taken {
  /** How many may be let through: 1 to what was wanted. */
  readonly granted: number;
  readonly rate: Rate;
}
export interface RateRefusal {
  readonly code: "rate-limited";
  /** Whole seconds, at least 1. */
  readonly retryAfter: number;
  readonly rate: Rate;
}

type Statements = Pick<ReturnType<typeof keyStatements>, "rate" | "setRate">;

interface Window {
  readonly subject: string;
  readonly limit: number;
  readonly began: number;
  readonly used: number;
}

function windowOf(sql: Statements, counted: Counted, subject: string, limit: number, now: number): Window {
  const row = sql.rate(counted, subject);
  const running = row !== undefined && now >= row.began && now < row.began + LIMITS.rateWindowMs;
  return running ? { subject, limit, ...row } : { subject, limit, began: now, used: 0 };
}

/** The account's window, and the key's own if it has a limit. */
function windows(sql: Statements, counted: Counted, holder: HolderRow, key: KeyRow, now: number): Window[] {
  const account =
    counted === "calls"
      ? (holder.calls_minute ?? LIMITS.callsPerMinute)
      : (holder.requests_minute ?? LIMITS.requestsPerMinute);
  const found = [windowOf(sql, counted, "", account, now)];
  if (counted === "calls" && key.calls_minute !== null)
    found.push(windowOf(sql, counted, key.id, key.calls_minute, now));
  return found;
}

const leftIn = (window: Window): number => Math.max(0, window.limit - window.used);

/**
 * Takes from the windows of the account and of the key.
 * @param want 0 only asks how things stand
 */
export function take(
  sql: Statements,
  counted: Counted,
  holder: HolderRow,
  key: KeyRow,
  want: number,
  now: number,
): Result<Taken, RateRefusal> {
  const all = windows(sql, counted, holder, key, now);
  const scarce = all.reduce((least, window) => (leftIn(window) < leftIn(least) ? window : least));
  const granted = Math.min(want, leftIn(scarce));
  const reset = scarce.began + LIMITS.rateWindowMs;
  const rate: Rate = { limit: scarce.limit, remaining: leftIn(scarce) - granted, reset };
  if (want > 0 && granted === 0)
    return err({ code: "rate-limited", retryAfter: Math.max(1, Math.ceil((reset - now) / 1_000)), rate });
  if (granted > 0) for (const { subject, began, used } of all) sql.setRate(counted, subject, began, used + granted);
  return ok({ granted, rate });
}
