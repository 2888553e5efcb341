// POST /v1/algo/{owner}/{name}[/{version}]: a call as HTTP brings it. What happens to it is worker/calls.
import type { Hono } from "hono";
import { Attendance } from "../calls/attend.ts";
import { type Admitted, type Called, call } from "../calls/call.ts";
import { acceptInput } from "../market/input.ts";
import { isMember } from "../calls/member.ts";
import type { Entered } from "../calls/purse.ts";
import { openPurse } from "../calls/purses.ts";
import { releaseFor, targetOf } from "../calls/target.ts";
import { hopsOf } from "../egress/send.ts";
import { LIMITS } from "../limits.ts";
import { mayCall } from "../market/access/scopes.ts";
import { type Failure, failure } from "../market/failure.ts";
import type { Grant } from "../market/access/grant.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { type Log, NO_LOG } from "../sandbox/protocol.ts";
import { type QuoteRefusal, openQuote } from "../objects/profile/quotes.ts";
import { answered, callHeaders } from "./answered.ts";
import { entrust, wishOf } from "./async.ts";
import { readHeld } from "./body.ts";
import { keyOf } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import type { Extras } from "./envelope.ts";
import { refuse } from "./errors.ts";
import { addressOf } from "./guard.ts";
import { rateHeaders } from "./rate.ts";
import { flag } from "./wire/body.ts";
import { UUID, nameOfId } from "./wire/target.ts";

const PREFIX = /^\/v1\/(?:web\/)?algo\//;
const WHOLE = /^\d{1,16}$/;
const DECIMAL = /^\d{1,6}(\.\d{1,6})?$/;

type Bounds = Pick<Admitted, "maxCost" | "deadline" | "timeoutChosen">;

/** What the request says of cost and time. */
export function boundsOf(c: AppContext): Result<Bounds, Failure> {
  const cost = c.req.header("X-Orcade-Max-Cost");
  const maxCost = cost === undefined ? undefined : Number(cost);
  if (cost !== undefined && !(WHOLE.test(cost) && Number.isSafeInteger(maxCost))) {
    return err(failure("invalid-parameter", "X-Orcade-Max-Cost must be a whole number of microcredits, 0 or more."));
  }
  const timeout = c.req.query("timeout");
  const seconds = timeout === undefined ? LIMITS.timeoutSeconds : DECIMAL.test(timeout) ? Number(timeout) : Number.NaN;
  if (!(seconds > 0 && seconds <= LIMITS.timeoutSecondsMax)) {
    return err(
      failure("invalid-parameter", `timeout must be above 0 and at most ${LIMITS.timeoutSecondsMax} seconds.`),
    );
  }
  return ok({ maxCost, deadline: Date.now() + seconds * 1_000, timeoutChosen: timeout !== undefined });
}

const QUOTE_REFUSALS: Readonly<Record<QuoteRefusal, string>> = {
  "unknown-quote":
    "There is no such quote of this account for this algorithm, or a call passed it and it is void: ask POST /v1/quote for one.",
  "expired-quote": "The quote has expired: ask for another.",
  "other-quote": "The quote is for another version, or for shorter inputs: ask for one with this input.",
};

/** The ceiling: the caller's own, or that of the quote it cites where that is lower, or there is no other. */
async function ceilingOf(
  c: AppContext,
  maxCost: number | undefined,
  { account }: Grant,
  { algorithm, build }: Release,
  inputBytes: number,
): Promise<Result<Pick<Admitted, "maxCost" | "quote">, Failure>> {
  const id = c.req.header("X-Orcade-Quote");
  if (id === undefined) return ok({ maxCost, quote: null });
  const opened = await openQuote(c.env, id, { account, algorithm, build, inputBytes });
  if (!opened.ok) return err(failure("invalid-quote", QUOTE_REFUSALS[opened.error], { reason: opened.error }));
  const bound = maxCost === undefined || opened.value < maxCost;
  return ok(bound ? { maxCost: opened.value, quote: id } : { maxCost, quote: null });
}

function keepOf(c: AppContext): Result<boolean, Failure> {
  const keep = c.req.header("X-Orcade-Keep");
  return keep === undefined || keep === "input"
    ? ok(keep === "input")
    : err(failure("invalid-parameter", 'X-Orcade-Keep takes "input", which keeps host answers too.'));
}

/** A call that may run, and how its key's rate limit stands. */
interface Asked extends Admitted {
  readonly rate: Entered["rate"];
}

/** The path behind the prefix; a UUID that stands for an algorithm is replaced by its name (contract §3). */
async function namedPath(c: AppContext): Promise<string> {
  const path = c.req.path.replace(PREFIX, "");
  const [first = "", ...rest] = path.split("/").filter((segment) => segment !== "");
  const name = UUID.test(first) ? await nameOfId(c.env, first) : null;
  return name === null ? path : [name, ...rest].join("/");
}

/**
 * `sudo=true` (contract §3): an operator calls as one who belongs to the algorithm's owner, and pays; state and `.my` stay the
 * operator's own.
 */
function raise(c: AppContext, grant: Grant, owner: string): Result<Grant, Failure> {
  if (flag(c.req.query("sudo")) !== true) return ok(grant);
  if (!grant.operator) return err(failure("forbidden", "sudo=true is for operators, with a key of the scope admin."));
  return ok({ ...grant, organisations: [...grant.organisations, owner] });
}

async function admit(c: AppContext): Promise<Result<Asked, Failure>> {
  const key = keyOf(c.req.header("Authorization"));
  if (key === undefined) return err(failure("authorization-required", "authorization required"));
  const opened = await openPurse(c.env, key, () => addressOf(c));
  if (!opened.ok) return opened;
  const { purse, rate } = opened.value;
  const target = targetOf(await namedPath(c));
  if (!target.ok) return target;
  const { owner, name } = target.value;
  const raised = raise(c, opened.value.grant, owner);
  if (!raised.ok) return raised;
  const grant = raised.value;
  if (!mayCall(grant.key.scopes, owner, name)) {
    return err(failure("forbidden", `This key may not call ${owner}/${name}.`, { reason: "scope-missing" }));
  }
  const release = await releaseFor(c.env, target.value, isMember(grant, owner));
  if (!release.ok) return release;
  const bounds = boundsOf(c);
  if (!bounds.ok) return bounds;
  const body = await readHeld(c, LIMITS.inputBytes, bounds.value.deadline);
  if (!body.ok) return body;
  const input = acceptInput(body.value, c.req.header("Content-Type"), release.value.manifest);
  if (!input.ok) return input;
  const keep = keepOf(c);
  if (!keep.ok) return keep;
  const ceiling = await ceilingOf(c, bounds.value.maxCost, grant, release.value, input.value.length);
  if (!ceiling.ok) return ceiling;
  return ok({
    id: c.get("requestId"),
    grant,
    purse,
    rate,
    release: release.value,
    input: input.value,
    ...bounds.value,
    ...ceiling.value,
    keep: keep.value,
    logs: flag(c.req.query("stdout")) === true,
    hops: hopsOf(c.req.raw.headers),
    cancel: null,
  });
}

/** What a module logged, as text: standard output is its answer. */
function stdoutOf({ lines, dropped }: Log): string {
  const text = lines.map((line) => `${line.text}\n`).join("");
  return dropped === 0 ? text : `${text}(${dropped} bytes more were not kept)\n`;
}

/** What the caller asks to have in `metadata` beside the duration (contract §3). */
function extrasOf(c: AppContext, { grant, release }: Asked, log: Log, running: number, total: number): Extras {
  const [owner = ""] = release.algorithm.split("/");
  const stdout = flag(c.req.query("stdout")) === true && isMember(grant, owner);
  return {
    ...(stdout ? { stdout: stdoutOf(log) } : {}),
    ...(flag(c.req.query("timing")) === true ? { timing: { running, total } } : {}),
  };
}

/** @param running seconds of the call itself @param seconds with everything before it */
function respond(c: AppContext, asked: Asked, called: Called, running: number, seconds: number): Response {
  const { id, release, rate } = asked;
  const { version, build } = release;
  const { fuel, cost, answer } = called;
  const headers = { ...callHeaders({ id, version, build, fuel, cost }), ...rateHeaders(rate) };
  return answered(c, headers, answer, seconds, extrasOf(c, asked, called.log ?? NO_LOG, running, seconds));
}

/** While it runs for long, its account can end it, and its client by going away. */
function attend(c: AppContext, { id, grant, release, deadline }: Asked, since: number): Attendance {
  const { algorithm, version } = release;
  const call = { call: id, algorithm, version, key: grant.key.id, since, deadline };
  return new Attendance(c.env, grant.account, call, () => c.req.raw.signal);
}

export async function callAlgorithm(c: AppContext): Promise<Response> {
  const began = Date.now();
  const asked = await admit(c);
  if (!asked.ok) return refuseCall(c, asked.error);
  const wish = wishOf(c);
  if (!wish.ok) return refuse(c, wish.error);
  if (wish.value !== null) return entrust(c, asked.value, wish.value);
  const ctx = c.executionCtx as ExecutionContext;
  const entered = Date.now();
  const attendance = attend(c, asked.value, entered);
  const heard = { cancel: attendance.canceller, said: attendance.said.bind(attendance) };
  const running = call(c.env, ctx, { ...asked.value, ...heard }).finally(() => {
    const told = attendance.end();
    if (told !== null) ctx.waitUntil(told);
  });
  // A client that goes away ends the call, not what it owes: that is still settled.
  ctx.waitUntil(running);
  const called = await running;
  if (!called.ok) return refuse(c, called.error);
  const { answer } = called.value;
  // The answer, and the answer as encoded.
  if (answer.ok) c.get("held")?.set(asked.value.input.length + 2 * answer.value.bytes.length);
  const seconds = (since: number): number => Math.max(Date.now() - since, 0.001) / 1_000;
  return respond(c, asked.value, called.value, seconds(entered), seconds(began));
}

/** The Python client reads the reason only where the status is 200, and its own tests ask for it (contract §2). */
function refuseCall(c: AppContext, found: Failure): Response {
  const refused = refuse(c, found);
  const python =
    found.code === "authorization-required" && /^python-requests\b/i.test(c.req.header("User-Agent") ?? "");
  return python ? new Response(refused.body, { status: 200, headers: refused.headers }) : refused;
}

/** Any page may call with the key of whoever opened it: no cookies are involved. */
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "POST, OPTIONS",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept",
  "Access-Control-Expose-Headers": "X-Orcade-Call, X-Orcade-Cost, X-Orcade-Version, Retry-After",
  "Access-Control-Max-Age": "86400",
};

async function callFromPage(c: AppContext): Promise<Response> {
  const answer = await callAlgorithm(c);
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(CORS)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}

export function algoRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/algo/*", callAlgorithm);
  app.post("/v1/web/algo/*", callFromPage);
  app.options("/v1/web/algo/*", (c) => c.body(null, 204, CORS));
}
