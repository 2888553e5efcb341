// The life of a call (design §2) once who calls and what is known: input, run, outcome. Whoever brings a call, HTTP or
// another object, brings it here.
import type { Env } from "../env.ts";
import { type Failure, failure } from "../market/failure.ts";
import { fuelUnder } from "../market/price.ts";
import { type Release, algorithmId } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import { codeOf } from "../objects/blobs/code.ts";
import { stateOf } from "../objects/state/object.ts";
import { KIND_NUMBER } from "../sandbox/protocol.ts";
import { runCall } from "../sandbox/run.ts";
import type { StateStore } from "../sandbox/state.ts";
import { tailOf } from "../tail.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Target } from "./target.ts";

/** A call that may run: everything about it is known and allowed. */
export interface Admitted {
  /** `req-` and a UUID. */
  readonly id: string;
  /** The account that calls. */
  readonly account: string;
  readonly target: Target;
  readonly release: Release;
  readonly input: Uint8Array;
  /** Microcredits; undefined: no ceiling of the caller's. */
  readonly maxCost: number | undefined;
  /** Milliseconds since 1970. */
  readonly deadline: number;
}

/** Runs an admitted call to its outcome; a Failure only when the server could not even try. */
export async function runAdmitted(
  env: Env,
  ctx: ExecutionContext,
  admitted: Admitted,
): Promise<Result<Outcome, Failure>> {
  const { release, maxCost } = admitted;
  const fuel = fuelUnder(maxCost, release.manifest.royalty);
  const ceiling = { maxCost, fuel };
  if (fuel <= 0) return ok(outcomeOf({ ok: true, value: null }, release, ceiling));
  const code = await codeOf(env, release.metered.sha256);
  if (code === null) return err(failure("busy", "The module could not be loaded just now: try again."));
  const report = await runCall(env, {
    call: admitted.id,
    release,
    code,
    input: admitted.input,
    state: storeFor(env, admitted),
    fuel,
    kind: KIND_NUMBER[release.manifest.input.kind],
    deadline: admitted.deadline,
    tail: tailOf(ctx, env, release.metered.sha256),
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

/** The store of the algorithm for the caller; null when the manifest does not ask for state. */
const storeFor = (env: Env, { release, target, account }: Admitted): StateStore | null =>
  release.manifest.permissions.includes("state") ? stateOf(env, algorithmId(target.owner, target.name), account) : null;
