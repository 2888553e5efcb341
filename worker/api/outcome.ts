// How a call ended, and what it costs: one exhaustive mapping from what the sandbox reports to what the caller is told.
import { CALL_ERRORS } from "../market/codes.ts";
import { type Microcredits, microcredits, priceOf } from "../market/price.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { GuestOutcome, GuestReport } from "../sandbox/protocol.ts";
import type { RunError } from "../sandbox/run.ts";
import { type EncodedAnswer, encodeAnswer } from "./envelope.ts";

export interface CallError {
  /** `error_type` of the envelope: the author's own, or one of CALL_ERRORS. */
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
  /** Fuel granted because of it. */
  readonly fuel: number;
}

type Stopped = Extract<GuestOutcome, { kind: "stopped" }>;

function stoppedError({ reason, message }: Stopped, ceiling: Ceiling): CallError {
  if (reason === "FuelExhausted") return exhausted(ceiling);
  const sentence = CALL_ERRORS[reason];
  return { type: reason, message: message === "" ? sentence : `${sentence} (${message})` };
}

function exhausted(ceiling: Ceiling): CallError {
  return ceiling.maxCost === undefined
    ? { type: "FuelExhausted", message: `${CALL_ERRORS.FuelExhausted} (${ceiling.fuel} fuel)` }
    : { type: "BudgetExceeded", message: `${CALL_ERRORS.BudgetExceeded} (${ceiling.maxCost} microcredits)` };
}

function answerOf(outcome: GuestOutcome, ceiling: Ceiling): Result<EncodedAnswer, CallError> {
  switch (outcome.kind) {
    case "answered":
      return encodeAnswer({ kind: outcome.answer, bytes: outcome.bytes });
    case "failed":
      return err({ type: outcome.type === "" ? "AlgorithmError" : outcome.type, message: outcome.message });
    case "stopped":
      return err(stoppedError(outcome, ceiling));
  }
}

/**
 * @param run what the sandbox reports; a null report means that fee and royalty alone pass the ceiling
 * @returns cost 0 for a call that failed, except where its own ceiling ended it: then the fuel burned, within the ceiling
 */
export function outcomeOf(run: Result<GuestReport | null, RunError>, release: Release, ceiling: Ceiling): Outcome {
  const nothing = microcredits(0);
  if (!run.ok) {
    const type = run.error === "state-full" ? "StateLimit" : "StateConflict";
    return { answer: err({ type, message: CALL_ERRORS[type] }), fuel: 0, cost: nothing };
  }
  if (run.value === null) return { answer: err(exhausted(ceiling)), fuel: 0, cost: nothing };
  const { outcome, fuel } = run.value;
  const answer = answerOf(outcome, ceiling);
  if (answer.ok) return { answer: ok(answer.value), fuel, cost: priceOf(fuel, release.manifest.royalty) };
  const own = answer.error.type === "BudgetExceeded" && outcome.kind === "stopped";
  return { answer, fuel, cost: own ? priceOf(fuel, 0) : nothing };
}
