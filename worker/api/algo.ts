// POST /v1/algo/{owner}/{name}[/{version}]: a call as HTTP brings it. What happens to it is worker/calls.
import type { Hono } from "hono";
import { type Admitted, type Called, call } from "../calls/call.ts";
import { acceptInput } from "../calls/input.ts";
import { isMember } from "../calls/member.ts";
import type { Entered } from "../calls/purse.ts";
import { openPurse } from "../calls/purses.ts";
import { releaseFor, targetOf } from "../calls/target.ts";
import { LIMITS } from "../limits.ts";
import { mayCall } from "../market/access/scopes.ts";
import { type Failure, failure } from "../market/failure.ts";
import { cpuMilliseconds } from "../market/money/price.ts";
import type { Grant } from "../market/access/grant.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { type QuoteRefusal, openQuote } from "../objects/profile/quotes.ts";
import { readBody } from "./body.ts";
import { keyOf } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { errorBody, rawAnswer, resultBody } from "./envelope.ts";
import { refuse } from "./errors.ts";
import { addressOf } from "./guard.ts";
import { rateHeaders } from "./rate.ts";

const WHOLE = /^\d{1,16}$/;
const DECIMAL = /^\d{1,6}(\.\d{1,6})?$/;

/** What a module answers is hostile to whoever opens it in a browser. */
const GUARD = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" };
const JSON_TYPE = "application/json; charset=utf-8";

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
  "unknown-quote": "There is no such quote of this account for this algorithm: ask POST /v1/quote for one.",
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
): Promise<Result<Pick<Admitted, "maxCost" | "quoted">, Failure>> {
  const id = c.req.header("X-Orcade-Quote");
  if (id === undefined) return ok({ maxCost, quoted: false });
  const opened = await openQuote(c.env, id, { account, algorithm, build, inputBytes });
  if (!opened.ok) return err(failure("invalid-quote", QUOTE_REFUSALS[opened.error], { reason: opened.error }));
  const quoted = maxCost === undefined || opened.value < maxCost;
  return ok({ maxCost: quoted ? opened.value : maxCost, quoted });
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

async function admit(c: AppContext): Promise<Result<Asked, Failure>> {
  const key = keyOf(c.req.header("Authorization"));
  if (key === undefined) return err(failure("authorization-required", "authorization required"));
  const opened = await openPurse(c.env, key, () => addressOf(c));
  if (!opened.ok) return opened;
  const { grant, purse, rate } = opened.value;
  const target = targetOf(c.req.path.slice("/v1/algo/".length));
  if (!target.ok) return target;
  const { owner, name } = target.value;
  if (!mayCall(grant.key.scopes, owner, name)) {
    return err(failure("forbidden", `This key may not call ${owner}/${name}.`, { reason: "scope-missing" }));
  }
  const release = await releaseFor(c.env, target.value, isMember(grant, owner));
  if (!release.ok) return release;
  const bounds = boundsOf(c);
  if (!bounds.ok) return bounds;
  const body = await readBody(c.req.raw, LIMITS.inputBytes);
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
    // Who hangs up pays all the same: the call runs to its end.
    cancel: null,
  });
}

function headersOf({ id, release, rate }: Asked, { fuel, cost }: Called): Record<string, string> {
  return {
    "X-Orcade-Call": id,
    "X-Orcade-Version": release.version,
    "X-Orcade-Build": release.build,
    "X-Orcade-Fuel": String(fuel),
    "X-Orcade-Cpu-Ms": String(cpuMilliseconds(fuel)),
    "X-Orcade-Cost": String(cost),
    ...rateHeaders(rate),
  };
}

function respond(c: AppContext, asked: Asked, called: Called, seconds: number): Response {
  const headers = headersOf(asked, called);
  const raw = c.req.query("output") === "raw";
  if (!called.answer.ok) {
    const { type, message } = called.answer.error;
    if (raw) {
      const type = "text/plain; charset=utf-8";
      return new Response(message, { status: 400, headers: { ...headers, ...GUARD, "Content-Type": type } });
    }
    return new Response(errorBody(type, message, seconds), { headers: { ...headers, "Content-Type": JSON_TYPE } });
  }
  const answer = called.answer.value;
  const { body, type } = raw ? rawAnswer(answer) : { body: resultBody(answer, seconds), type: JSON_TYPE };
  const guard = raw ? GUARD : {};
  return new Response(body as Uint8Array<ArrayBuffer>, { headers: { ...headers, ...guard, "Content-Type": type } });
}

async function callAlgorithm(c: AppContext): Promise<Response> {
  const began = Date.now();
  const asked = await admit(c);
  if (!asked.ok) return refuse(c, asked.error);
  const ctx = c.executionCtx as ExecutionContext;
  const running = call(c.env, ctx, asked.value);
  // A client that hangs up does not end what it owes: the call goes on (on the platform for 30 s at most) and is settled.
  ctx.waitUntil(running);
  const called = await running;
  if (!called.ok) return refuse(c, called.error);
  return respond(c, asked.value, called.value, (Date.now() - began) / 1_000);
}

export function algoRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/algo/*", callAlgorithm);
}
