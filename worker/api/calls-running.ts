// Calls that run just now, or wait to, and results that are kept: listed for their account, cancelled, fetched. A call that is
// waited for is known here once it has run for LIMITS.attendedMs; an asynchronous one from its beginning. A key that may not
// manage the account cancels its own calls only.
import type { ErrandsRow } from "../../kv-schema/tables/errands.ts";
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import { type Grant, accountOf } from "../objects/account/object.ts";
import type { Progress, RunningCall } from "../objects/account/running.ts";
import { errandOf } from "../objects/errand/find.ts";
import type { ErrandResult, ErrandView } from "../objects/errand/protocol.ts";
import { preferenceOf, resultResponse } from "./async.ts";
import { isMember } from "./caller.ts";
import type { AppContext } from "./context.ts";
import { refuse } from "./errors.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** A running call in one line. */
const runningBody = ({ call, algorithm, version, key, since, deadline, progress }: RunningCall): object => ({
  id: call,
  state: "running",
  async: false,
  algorithm,
  version,
  key,
  since: iso(since),
  deadline: iso(deadline),
  progress,
});

const errandLine = (
  { call, algorithm, version, key, since, state }: ErrandsRow,
  progress: Progress | null,
): object => ({
  id: call,
  state,
  async: true,
  algorithm,
  version,
  key,
  since: iso(since),
  progress,
});

/** An asynchronous call, whatever its state. */
function errandBody({ commission, state, progress, made, ended, attempts, outcome, webhook }: ErrandView): object {
  const { call, owner, name, version, key } = commission;
  const error = outcome === null ? null : (outcome.error ?? outcome.failure);
  return {
    id: call,
    state,
    async: true,
    algorithm: `${owner}/${name}`,
    version,
    key,
    since: iso(made),
    progress,
    ended: ended === null ? null : iso(ended),
    attempts,
    ...(outcome === null ? {} : { cost_microcredits: outcome.cost, record: outcome.settled }),
    ...(error === null ? {} : { error: { type: "code" in error ? error.code : error.type, message: error.message } }),
    webhook: commission.webhook === null ? null : { url: commission.webhook, ...webhook },
    result: `/v1/calls/${call}/result`,
  };
}

/** The books a caller may look into: its own, and those of its organisations. */
const booksOf = ({ account, organisations }: Grant): readonly string[] => [account, ...organisations];

/** One that runs is asked how far it is: there are LIMITS.errandsAtOnce of them at most. */
async function lineOf(env: Env, account: string, row: ErrandsRow): Promise<object> {
  const view = row.state === "running" ? await viewOf(env, [account], row.call).catch(() => null) : null;
  return errandLine(row, view?.progress ?? null);
}

const viewOf = (env: Env, books: readonly string[], id: string): Promise<ErrandView | null> =>
  errandOf(env, id).view(books);

/** The id that an asynchronous call is in the ledger under; null: there is none. */
export async function settledAs(env: Env, books: readonly string[], id: string): Promise<string | null> {
  return (await viewOf(env, books, id))?.outcome?.settled ?? null;
}

/** What is known of a call of the caller's beside the ledger: that it runs, or that it is asynchronous. */
export async function goingBody(c: AppContext): Promise<object | null> {
  const id = c.req.param("id") ?? "";
  const books = booksOf(c.get("grant"));
  const [errand, ...found] = await Promise.all([
    viewOf(c.env, books, id),
    ...books.map((name) => accountOf(c.env, name).runningCall(id)),
  ]);
  const running = found.find((call) => call !== null);
  if (errand !== null) return errandBody(errand);
  return running === undefined || running === null ? null : runningBody(running);
}

/** Calls that run or wait, oldest first. */
export async function listRunning(c: AppContext): Promise<Response> {
  const grant = c.get("grant");
  const account = c.req.query("account") ?? grant.account;
  if (!isMember(grant, account)) {
    return refuse(c, failure("forbidden", "Only members of an organisation see its calls."));
  }
  const stub = accountOf(c.env, account);
  const [calls, errands] = (await Promise.all([stub.runningCalls(), stub.errands()])) as unknown as [
    readonly RunningCall[],
    readonly ErrandsRow[],
  ];
  const lines = await Promise.all(errands.map((row) => lineOf(c.env, account, row)));
  return c.json({ marker: null, next_link: null, results: [...calls.map(runningBody), ...lines] });
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

/** What an asynchronous call came to, as the call itself would have been answered; 202 while it has not ended. */
export async function getResult(c: AppContext): Promise<Response> {
  const books = booksOf(c.get("grant"));
  const id = c.req.param("id") ?? "";
  const { wait } = preferenceOf(c.req.header("Prefer"));
  const result = (await errandOf(c.env, id).result(books, (wait ?? 0) * 1_000)) as ErrandResult | null;
  if (result !== null) return resultResponse(c, id, result);
  const view = await viewOf(c.env, books, id);
  if (view === null) {
    return refuse(
      c,
      failure("unknown-call", "No result of such a call is kept: it was not asynchronous, or is older than a week."),
    );
  }
  c.header("Retry-After", "1");
  return c.json({ id, state: view.state, progress: view.progress, result: `/v1/calls/${id}/result` }, 202);
}
