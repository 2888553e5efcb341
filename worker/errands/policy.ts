// Where a webhook may go: https to the public Internet, never back to ourselves. A development server, and the tests, may let
// it go to this machine, too (ORCADE_WEBHOOK_LOOPBACK); a deployment never has that binding.
import { type Policy, judge } from "../egress/policy.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";

export const webhookPolicy = (env: Env): Policy => ({
  ownHosts: env.ORCADE_HOSTS.split(",").filter((host) => host !== ""),
  loopback: env.ORCADE_WEBHOOK_LOOPBACK === "on",
});

/** @returns why nothing is sent there, as a sentence; null: it may be */
export function webhookFault(env: Env, url: string): string | null {
  if (url.length > LIMITS.webhookUrlCharacters) {
    return `The address of a webhook has at most ${LIMITS.webhookUrlCharacters} characters.`;
  }
  const judged = judge(url, webhookPolicy(env));
  return judged.ok
    ? null
    : `A webhook goes to an https address on the public Internet, without a password (${judged.error}).`;
}
