// POST /v1/algo/{owner}/{name}[/{version}]: the life of a call (design §2), step by step.
import type { Hono } from "hono";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { cpuMilliseconds, fuelUnder } from "../market/price.ts";
import { algorithmId, type Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Grant } from "../objects/account/object.ts";
import { findRelease } from "../objects/algorithm/store.ts";
import { codeOf } from "../objects/blobs/code.ts";
import { stateOf } from "../objects/state/object.ts";
import { KIND_NUMBER } from "../sandbox/protocol.ts";
import { runCall } from "../sandbox/run.ts";
import type { StateStore } from "../sandbox/state.ts";
import { tailOf } from "../tail.ts";
import { readBody } from "./body.ts";
import { authenticate, isMember } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { errorBody, rawAnswer, resultBody } from "./envelope.ts";
import { refuse } from "./errors.ts";
import { acceptInput } from "./input.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** `{owner}/{name}[/{version}]`: tolerant of empty segments and a literal `algo://` before them (contract §2.6, §3). */
export interface Target {
  readonly owner: string;
  readonly name: string;
  readonly selector: string;
}

export function targetOf(path: string): Result<Target, Failure> {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== "algo:");
  const [owner, name, selector = "", ...rest] = segments;
  if (owner === undefined || name === undefined || rest.length > 0) {
    return err(failure("unknown-route", "Call POST /v1/algo/{owner}/{name} or /v1/algo/{owner}/{name}/{version}."));
  }
  return ok({ owner, name, selector });
}

const WHOLE = /^\d{1,16}$/;
const DECIMAL = /^\d{1,6}(\.\d{1,6})?$/;
/** Characters of what the caller sent that a message repeats. */
const ECHOED = 64;

/** What a module answers is hostile to whoever opens it in a browser. */
const GUARD = { "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" };
const JSON_TYPE = "application/json; charset=utf-8";

/** What bounds a call besides its release. */
interface Bounds {
  /** Microcredits; undefined: no ceiling of the caller's. */
  readonly maxCost: number | undefined;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

function boundsOf(c: AppContext): Result<Bounds, Failure> {
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

const unknownAlgorithm = ({ owner, name }: Target): Failure =>
  failure("unknown-algorithm", `algorithm algo://${owner}/${name} not found`);

async function releaseFor(env: Env, target: Target, caller: Grant): Promise<Result<Release, Failure>> {
  const found = await findRelease(env, target.owner, target.name, target.selector, isMember(caller, target.owner));
  if (found.ok) return found;
  if (found.error === "unknown-algorithm") return err(unknownAlgorithm(target));
  const { owner, name, selector } = target;
  return err(
    failure(
      "unknown-version",
      `algorithm algo://${owner}/${name} has no version ${selector === "" ? "latest" : selector.slice(0, ECHOED)} that this key may call`,
    ),
  );
}

/** A call that may run: everything about it is known and allowed. */
interface Admitted {
  readonly call: string;
  readonly caller: Grant;
  readonly target: Target;
  readonly release: Release;
  readonly input: Uint8Array;
  readonly bounds: Bounds;
}

async function admit(c: AppContext): Promise<Result<Admitted, Failure>> {
  const caller = await authenticate(c.env, c.req.header("Authorization"));
  if (!caller.ok) return caller;
  const target = targetOf(c.req.path.slice("/v1/algo/".length));
  if (!target.ok) return target;
  const release = await releaseFor(c.env, target.value, caller.value);
  if (!release.ok) return release;
  const bounds = boundsOf(c);
  if (!bounds.ok) return bounds;
  const body = await readBody(c.req.raw, LIMITS.inputBytes);
  if (!body.ok) return body;
  const input = acceptInput(body.value, c.req.header("Content-Type"), release.value.manifest);
  if (!input.ok) return input;
  const call = c.get("requestId");
  return ok({
    call,
    caller: caller.value,
    target: target.value,
    release: release.value,
    input: input.value,
    bounds: bounds.value,
  });
}

/** Runs an admitted call to its outcome; a Failure only when the server could not even try. */
async function run(
  c: AppContext,
  { call, caller, target, release, input, bounds }: Admitted,
): Promise<Result<Outcome, Failure>> {
  const fuel = fuelUnder(bounds.maxCost, release.manifest.royalty);
  const ceiling = { maxCost: bounds.maxCost, fuel };
  if (fuel <= 0) return ok(outcomeOf({ ok: true, value: null }, release, ceiling));
  const code = await codeOf(c.env, release.metered.sha256);
  if (code === null) return err(failure("busy", "The module could not be loaded just now: try again."));
  const stateful = release.manifest.permissions.includes("state");
  const state = stateful
    ? (stateOf(c.env, algorithmId(target.owner, target.name), caller.account) as unknown as StateStore)
    : null;
  const report = await runCall(c.env, {
    call,
    release,
    code,
    input,
    state,
    fuel,
    kind: KIND_NUMBER[release.manifest.input.kind],
    deadline: bounds.deadline,
    tail: tailOf(c.executionCtx as ExecutionContext, c.env, release.metered.sha256),
  });
  if (report.ok) return ok(outcomeOf(report, release, ceiling));
  const { error } = report;
  if (error === "busy") {
    return err(failure("busy", "Too many calls of this algorithm wait for memory: try again in a second."));
  }
  if (error === "unavailable") {
    return err(failure("busy", "The call was lost on our side and nothing of it was kept: try again."));
  }
  return ok(outcomeOf(err(error), release, ceiling));
}

function headersOf({ call, release }: Admitted, outcome: Outcome): Record<string, string> {
  return {
    "X-Orcade-Call": call,
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
  const outcome = await run(c, admitted.value);
  if (!outcome.ok) return refuse(c, outcome.error);
  return respond(c, admitted.value, outcome.value, (Date.now() - began) / 1_000);
}

export function algoRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/algo/*", callAlgorithm);
}
