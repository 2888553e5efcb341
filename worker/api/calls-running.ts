// Calls that run just now, or wait to: listed for their account, and cancelled. A call is known here once it has run for
// LIMITS.attendedMs; a key that may not manage the account cancels its own calls only.
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import type { Grant } from "../objects/account/object.ts";
import { accountOf } from "../objects/account/object.ts";
import type { RunningCall } from "../objects/account/running.ts";
import { isMember } from "./caller.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./errors.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** A running call in one line. */
export const runningBody = ({ call, algorithm, version, key, since, deadline }: RunningCall): object => ({
  id: call,
  state: "running",
  algorithm,
  version,
  key,
  since: iso(since),
  deadline: iso(deadline),
});

/** The books a caller may look into: its own, and those of its organisations. */
export const booksOf = ({ account, organisations }: Grant): readonly string[] => [account, ...organisations];

/** A call of the caller's that runs, or null. */
export async function runningCall(env: Env, grant: Grant, id: string): Promise<RunningCall | null> {
  const found = await Promise.all(booksOf(grant).map((name) => accountOf(env, name).runningCall(id)));
  return found.find((call) => call !== null) ?? null;
}

/** Calls that run, oldest first. */
export async function listRunning(c: AppContext): Promise<Response> {
  const grant = c.get("grant");
  const account = c.req.query("account") ?? grant.account;
  if (!isMember(grant, account)) {
    return refuse(c, failure("forbidden", "Only members of an organisation see its calls."));
  }
  const calls = (await accountOf(c.env, account).runningCalls()) as readonly RunningCall[];
  return c.json({ marker: null, next_link: null, results: calls.map(runningBody) });
}

const nothing = (): Failure =>
  failure(
    "unknown-call",
    "No such call of this key runs: it has ended, or has not run for long enough to be cancelled. GET /v1/calls?state=running lists those that do.",
  );

/** Ends a call at its next slice. What it used is charged; answered before it has ended. */
export async function cancelCall(c: AppContext): Promise<Response> {
  const grant = c.get("grant");
  const id = c.req.param("id") ?? "";
  const key = grant.key.scopes.manage ? null : grant.key.id;
  const told = await Promise.all(booksOf(grant).map((name) => accountOf(c.env, name).cancelCall(id, key)));
  return told.includes(true) ? c.json({ id, state: "cancelling" }, 202) : refuse(c, nothing());
}
