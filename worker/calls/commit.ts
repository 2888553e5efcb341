// The one commit of a call tree: its writes are prepared in every store it touched, then it is settled, and that row is the
// commit; then the stores are told. What dies in between is resolved by the stores, who ask the ledger.
import { waitUntil } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Settlement } from "../objects/account/protocol.ts";
import { type SettleError, settle } from "./settle.ts";
import type { Participant, PrepareRefusal } from "./store.ts";
import type { Tree } from "./tree.ts";

/** The tree ran, but what it read has changed, or a store would pass its size, or did not answer. */
export type PrepareError = PrepareRefusal | "unavailable";

const report = (event: string, call: string) => (error: unknown) =>
  console.error(JSON.stringify({ event, call, error: String(error) }));

/** Takes prepared writes back. A store that cannot be told finds out by itself. */
export async function dropAll(id: string, stores: readonly Participant[]): Promise<void> {
  await Promise.all(stores.map((view) => view.drop(id).catch(report("drop-failed", id))));
}

async function prepareOne(view: Participant, id: string, account: string): Promise<Result<null, PrepareError>> {
  try {
    return await view.prepare(id, account);
  } catch (error) {
    report("prepare-failed", id)(error);
    return err("unavailable");
  }
}

/**
 * Prepares a tree's writes, in the same order as every tree does.
 * @returns the stores that hold prepared writes; on an error none does
 */
export async function prepareAll(tree: Tree): Promise<Result<readonly Participant[], PrepareError>> {
  const { id, grant } = tree.facts;
  const prepared: Participant[] = [];
  for (const view of tree.stores) {
    if (view.needsNoCommit) continue;
    const done = await prepareOne(view, id, grant.account);
    if (view.writes) prepared.push(view);
    if (done.ok) continue;
    await dropAll(id, prepared);
    return done;
  }
  return ok(prepared);
}

/**
 * Settles and tells the stores.
 * @param prepared stores that hold writes of this call
 * @returns ok: the answer may leave
 */
export async function commit(
  env: Env,
  account: string,
  lease: string,
  settlement: Settlement,
  prepared: readonly Participant[],
): Promise<Result<null, SettleError>> {
  const { call } = settlement;
  const settled = await settle(env, account, lease, settlement);
  if (settled.ok) {
    for (const store of prepared) waitUntil(store.confirm(call).catch(report("confirm-failed", call)));
    return ok(null);
  }
  // Whether it settled is not known when the ledger did not answer: then the stores ask it themselves.
  if (settled.error !== "unavailable") await dropAll(call, prepared);
  return err(settled.error);
}
