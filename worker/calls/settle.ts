// Settling: what a call tree came to goes to the ledger of the account that pays. The object commits what comes in one turn
// together. Sending a settlement again is safe, so one whose answer was lost is sent again.
import type { Env } from "../env.ts";
import { type Result, err } from "../market/result.ts";
import { accountOf } from "../objects/account/object.ts";
import type { SettleRefusal, Settled, Settlement } from "../objects/account/protocol.ts";

/** How often one settlement is sent. */
const TRIES = 3;

/** `unavailable`: the ledger did not answer; whether the call settled is not known here. */
export type SettleError = SettleRefusal | "unavailable";

/** Settles one call tree. Its answer may leave when this is ok, and not before. */
export async function settle(
  env: Env,
  account: string,
  lease: string,
  settlement: Settlement,
): Promise<Settled | Result<never, "unavailable">> {
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      const [settled] = await accountOf(env, account).settle(lease, [settlement]);
      return settled ?? err("unavailable");
    } catch (error) {
      console.error(JSON.stringify({ event: "settle-failed", call: settlement.call, error: String(error) }));
    }
  }
  return err("unavailable");
}
