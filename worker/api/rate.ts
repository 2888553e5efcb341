// How a caller's rate limit stands, as headers.
import type { RateStanding } from "../market/failure.ts";

/** `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), as draft-ietf-httpapi-ratelimit-headers-06 spells them. */
export function rateHeaders({ limit, remaining, reset }: RateStanding): Readonly<Record<string, string>> {
  const seconds = Math.max(0, Math.ceil((reset - Date.now()) / 1_000));
  return {
    "RateLimit-Limit": String(limit),
    "RateLimit-Remaining": String(remaining),
    "RateLimit-Reset": String(seconds),
  };
}
