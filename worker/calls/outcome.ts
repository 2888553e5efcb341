// How a call ended, and what it costs: one exhaustive mapping from what the sandbox reports to what the caller is told.
import { LIMITS } from "../limits.ts";
import { CALL_ERRORS, type CallErrorType } from "../market/codes.ts";
import { type Microcredits, microcredits, priceOf } from "../market/price.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { GuestOutcome, GuestReport } from "../sandbox/protocol.ts";
import type { CommitError } from "../sandbox/run.ts";
import { type EncodedAnswer, encodeAnswer } from "./answer.ts";

export interface CallError {
  /** `error_type` of the envelope: one of CALL_ERRORS, which only we say; or the author's own, which is none of those. */
  readonly type: string;
  readonly message: string;
}

export interface Outcome {
  readonly answer: Result<EncodedAnswer, CallError>;
  readonly fuel: number;
  readonly cost: Microcredits;
}

export interface Ceiling {
  /** Microcredits; undefined: none of the caller's. */
  readonly maxCost: number | undefined;
  /** Fuel granted: what the ceiling buys, or the platform's limit where that is less. */
  readonly fuel: number;
}

type Stopped = Extract<GuestOutcome, { kind: "stopped" }>;

function stoppedError({ reason, message }: Stopped, ceiling: Ceiling): CallError {
  if (reason === "FuelExhausted") return exhausted(ceiling);
  const sentence = CALL_ERRORS[reason];
  return { type: reason, message: message === "" ? sentence : `${sentence} (${message})` };
}

/** Whose limit ended the call decides who pays: the caller's own ceiling only where it bound the fuel. */
function exhausted({ maxCost, fuel }: Ceiling): CallError {
  return maxCost === undefined || fuel >= LIMITS.callFuel
    ? { type: "FuelExhausted", message: `${CALL_ERRORS.FuelExhausted} (${fuel} fuel)` }
    : { type: "BudgetExceeded", message: `${CALL_ERRORS.BudgetExceeded} (${maxCost} microcredits)` };
}

/** An author's error under the author's type; a type that is ours, or none, becomes AlgorithmError. */
function authorsError(type: string, message: string): CallError {
  if (type === "") return { type: "AlgorithmError", message };
  return Object.hasOwn(CALL_ERRORS, type)
    ? { type: "AlgorithmError", message: `${type}: ${message}` }
    : { type, message };
}

function answerOf(outcome: GuestOutcome, release: Release, ceiling: Ceiling): Result<EncodedAnswer, CallError> {
  switch (outcome.kind) {
    case "answered":
      return encodeAnswer({ kind: outcome.answer, bytes: outcome.bytes }, release.manifest.output.kind);
    case "failed":
      return err(authorsError(outcome.type, outcome.message));
    case "stopped":
      return err(stoppedError(outcome, ceiling));
  }
}

/** How a call ends that ran but could not be committed. */
const RUN_ERRORS = {
  "state-conflict": "StateConflict",
  "state-full": "StateFull",
} as const satisfies Record<CommitError, CallErrorType>;

/**
 * @param run what the sandbox reports; a null report means that fee and royalty alone pass the ceiling
 * @returns cost 0 for a call that failed, except where its own ceiling ended it: then the fuel burned, within the ceiling
 */
export function outcomeOf(run: Result<GuestReport | null, CommitError>, release: Release, ceiling: Ceiling): Outcome {
  const nothing = microcredits(0);
  if (!run.ok) {
    const type = RUN_ERRORS[run.error];
    return { answer: err({ type, message: CALL_ERRORS[type] }), fuel: 0, cost: nothing };
  }
  if (run.value === null) return { answer: err(exhausted(ceiling)), fuel: 0, cost: nothing };
  const { outcome, fuel } = run.value;
  const answer = answerOf(outcome, release, ceiling);
  if (answer.ok) return { answer: ok(answer.value), fuel, cost: priceOf(fuel, release.manifest.royalty) };
  const own = answer.error.type === "BudgetExceeded" && outcome.kind === "stopped";
  return { answer, fuel, cost: own ? priceOf(fuel, 0) : nothing };
}
