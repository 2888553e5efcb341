// POST /v1/algo/{owner}/{name}[/{version}]: a call as HTTP brings it. What happens to it is worker/calls.
import type { Hono } from "hono";
import { type Admitted, runAdmitted } from "../calls/call.ts";
import { acceptInput } from "../calls/input.ts";
import type { Outcome } from "../calls/outcome.ts";
import { releaseFor, targetOf } from "../calls/target.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { cpuMilliseconds } from "../market/price.ts";
import { type Result, err, ok } from "../market/result.ts";
import { readBody } from "./body.ts";
import { authenticate, isMember } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { errorBody, rawAnswer, resultBody } from "./envelope.ts";
import { refuse } from "./errors.ts";

const WHOLE = /^\d{1,16}$/;
const DECIMAL = /^\d{1,6}(\.\d{1,6})?$/;

/** What a module answers is hostile to whoever opens it in a browser. */
const GUARD = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" };
const JSON_TYPE = "application/json; charset=utf-8";

function boundsOf(c: AppContext): Result<Pick<Admitted, "maxCost" | "deadline">, Failure> {
  const cost = c.req.header("X-Orcade-Max-Cost");
  const maxCost = cost === undefined ? undefined : Number(cost);
  if (cost !== undefined && !(WHOLE.test(cost) && Number.isSafeInteger(maxCost))) {
    return err(failure("invalid-parameter", "X-Orcade-Max-Cost must be a whole number of microcredits, 0 or more."));
  }
  const timeout = c.req.query("timeout") ?? String(LIMITS.timeoutSeconds);
  const seconds = DECIMAL.test(timeout) ? Number(timeout) : Number.NaN;
  if (!(seconds > 0 && seconds <= LIMITS.timeoutSecondsMax)) {
    return err(
      failure("invalid-parameter", `timeout must be above 0 and at most ${LIMITS.timeoutSecondsMax} seconds.`),
    );
  }
  return ok({ maxCost, deadline: Date.now() + seconds * 1_000 });
}

async function admit(c: AppContext): Promise<Result<Admitted, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return caller;
  const target = targetOf(c.req.path.slice("/v1/algo/".length));
  if (!target.ok) return target;
  const release = await releaseFor(c.env, target.value, isMember(caller.value, target.value.owner));
  if (!release.ok) return release;
  const bounds = boundsOf(c);
  if (!bounds.ok) return bounds;
  const body = await readBody(c.req.raw, LIMITS.inputBytes);
  if (!body.ok) return body;
  const input = acceptInput(body.value, c.req.header("Content-Type"), release.value.manifest);
  if (!input.ok) return input;
  return ok({
    id: c.get("requestId"),
    account: caller.value.account,
    target: target.value,
    release: release.value,
    input: input.value,
    ...bounds.value,
  });
}

function headersOf({ id, release }: Admitted, outcome: Outcome): Record<string, string> {
  return {
    "X-Orcade-Call": id,
    "X-Orcade-Version": release.version,
    "X-Orcade-Build": release.build,
    "X-Orcade-Fuel": String(outcome.fuel),
    "X-Orcade-Cpu-Ms": String(cpuMilliseconds(outcome.fuel)),
    "X-Orcade-Cost": String(outcome.cost),
  };
}

function respond(c: AppContext, admitted: Admitted, outcome: Outcome, seconds: number): Response {
  const headers = headersOf(admitted, outcome);
  const raw = c.req.query("output") === "raw";
  if (!outcome.answer.ok) {
    const { type, message } = outcome.answer.error;
    if (raw) {
      const type = "text/plain; charset=utf-8";
      return new Response(message, { status: 400, headers: { ...headers, ...GUARD, "Content-Type": type } });
    }
    return new Response(errorBody(type, message, seconds), { headers: { ...headers, "Content-Type": JSON_TYPE } });
  }
  const answer = outcome.answer.value;
  const { body, type } = raw ? rawAnswer(answer) : { body: resultBody(answer, seconds), type: JSON_TYPE };
  const guard = raw ? GUARD : {};
  return new Response(body as Uint8Array<ArrayBuffer>, { headers: { ...headers, ...guard, "Content-Type": type } });
}

async function callAlgorithm(c: AppContext): Promise<Response> {
  const began = Date.now();
  const admitted = await admit(c);
  if (!admitted.ok) return refuse(c, admitted.error);
  const outcome = await runAdmitted(c.env, c.executionCtx as ExecutionContext, admitted.value);
  if (!outcome.ok) return refuse(c, outcome.error);
  return respond(c, admitted.value, outcome.value, (Date.now() - began) / 1_000);
}

export function algoRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/algo/*", callAlgorithm);
}
