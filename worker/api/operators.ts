// What operators may see and do of accounts: list them, look at one, set its terms, suspend it, stop its jobs.
import type { Hono } from "hono";
import * as z from "zod";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import type { Overview } from "../objects/account/keys.ts";
import { accountOf } from "../objects/account/object.ts";
import { directoryOf } from "../objects/directory/object.ts";
import type { ListedName } from "../objects/directory/protocol.ts";
import { jobOf, viewOf } from "../objects/job/object.ts";
import { rosterOf } from "../objects/roster/object.ts";
import { forgetGrants } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { jsonBody } from "./json.ts";
import { pageLink, pageSize } from "./page.ts";
import { plain } from "./shapes.ts";
import { bodyOf } from "./openapi/bodies.ts";

const rate = z.int().min(1).max(LIMITS.ratePerMinute).nullable();
const termsBody = bodyOf(
  "PATCH /v1/admin/accounts/:account",
  z.strictObject({
    operator: z.boolean().optional(),
    calls_per_minute: rate.optional(),
    requests_per_minute: rate.optional(),
  }),
);
const suspensionBody = bodyOf(
  "POST /v1/admin/accounts/:account/suspension",
  z.strictObject({ reason: plain(LIMITS.reasonCharacters).min(1).nullable() }),
);

const JOB_ID = /^job-[0-9a-f-]{36}$/;

const listedObject = ({ name, kind, founder, created }: ListedName): object => ({
  account: name,
  kind,
  founder,
  created_at: new Date(created).toISOString(),
});

/** Every account there is, organisations and the platform's own included, in byte order of the lower-case names. */
async function list(c: AppContext): Promise<Response> {
  const limit = pageSize(c.req.query("limit"));
  if (limit === undefined) return refuse(c, failure("invalid-parameter", "limit must be 1 to 100."));
  const rows = (await directoryOf(c.env).list(c.req.query("marker") ?? "", limit + 1)) as readonly ListedName[];
  const marker = rows.length > limit ? (rows[limit - 1]?.name.toLowerCase() ?? null) : null;
  return c.json({ marker, next_link: pageLink(c, marker), results: rows.slice(0, limit).map(listedObject) });
}

function overviewObject({ created, suspended, callsPerMinute, requestsPerMinute, ...view }: Overview): object {
  return {
    account: view.account,
    kind: view.kind,
    operator: view.operator,
    created_at: new Date(created).toISOString(),
    suspended: suspended === null ? null : { at: new Date(suspended.at).toISOString(), reason: suspended.reason },
    calls_per_minute: callsPerMinute,
    requests_per_minute: requestsPerMinute,
    living_keys: view.livingKeys,
    organizations: view.organisations,
  };
}

const unknown = (): Failure => failure("unknown-account", "There is no account of this name.");

async function answer(c: AppContext, account: string): Promise<Response> {
  const overview = (await accountOf(c.env, account).overview()) as Overview | null;
  return overview === null ? refuse(c, unknown()) : c.json(overviewObject(overview));
}

const get = (c: AppContext): Promise<Response> => answer(c, c.req.param("account") ?? "");

/** Whether an operator is about to shut itself out. */
const isOneself = (c: AppContext, account: string): boolean =>
  account.toLowerCase() === c.get("grant").account.toLowerCase();

const oneself = (): Failure => failure("forbidden", "Operators cannot do this to themselves: another operator may.");

const noPerson = (): Failure => failure("forbidden", "Only people's accounts are operators.");

async function setTerms(c: AppContext): Promise<Response> {
  const account = c.req.param("account") ?? "";
  const body = await jsonBody(c.req.raw, termsBody);
  if (!body.ok) return refuse(c, body.error);
  const { operator, calls_per_minute: callsPerMinute, requests_per_minute: requestsPerMinute } = body.value;
  if (operator === false && isOneself(c, account)) return refuse(c, oneself());
  const set = await accountOf(c.env, account).setTerms({ operator, callsPerMinute, requestsPerMinute });
  forgetGrants();
  if (set.ok) return answer(c, account);
  return refuse(c, set.error === "unknown-account" ? unknown() : noPerson());
}

/** `{"reason": "..."}` suspends, `{"reason": null}` gives the right to enter back. */
async function suspend(c: AppContext): Promise<Response> {
  const account = c.req.param("account") ?? "";
  const body = await jsonBody(c.req.raw, suspensionBody);
  if (!body.ok) return refuse(c, body.error);
  if (isOneself(c, account)) return refuse(c, oneself());
  const found = await accountOf(c.env, account).suspend(body.value.reason);
  forgetGrants();
  return found ? answer(c, account) : refuse(c, unknown());
}

const stopBody = bodyOf(
  "POST /v1/admin/jobs/:id/stop",
  z.strictObject({ reason: plain(LIMITS.reasonCharacters).min(1) }),
);

/** Jobs of an account that are open, so that an operator can stop them. */
async function openJobs(c: AppContext): Promise<Response> {
  const opened = await rosterOf(c.env, c.req.param("account") ?? "").opened();
  const results = opened.map(({ id, made, state, map }) => ({ id, state, map, created: new Date(made).toISOString() }));
  return c.json({ results });
}

/** Stops any job for good; again changes nothing. */
async function stopJob(c: AppContext): Promise<Response> {
  const id = c.req.param("id") ?? "";
  const body = await jsonBody(c.req.raw, stopBody);
  if (!body.ok) return refuse(c, body.error);
  const view = JOB_ID.test(id) ? await viewOf(c.env, id) : null;
  if (view === null) return refuse(c, failure("unknown-job", "There is no such job."));
  await jobOf(c.env, id).stopFor(body.value.reason);
  const stopped = (await viewOf(c.env, id)) ?? view;
  return c.json({ id, account: stopped.terms.account, state: stopped.state, reason: stopped.reason });
}

export function operatorRoutes(app: Hono<AppEnv>): void {
  app.get("/v1/admin/accounts", list);
  app.get("/v1/admin/accounts/:account", get);
  app.patch("/v1/admin/accounts/:account", setTerms);
  app.post("/v1/admin/accounts/:account/suspension", suspend);
  app.get("/v1/admin/accounts/:account/jobs", openJobs);
  app.post("/v1/admin/jobs/:id/stop", stopJob);
}
