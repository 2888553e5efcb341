// How an invocation ended: one exhaustive mapping from what the sandbox reports to what the caller is told, and whose doing
// it was. Pure.
import { LIMITS } from "../limits.ts";
import { CALL_ERRORS, type CallErrorType } from "../market/codes.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { AnswerKind, GuestOutcome, HostStop, TrapReason } from "../sandbox/protocol.ts";
import { type Answer, checkAnswer } from "./answer.ts";

/** Whose doing a failure was: `quote`, the author's of the tree's root, whose quote did not hold; `nobody`, ours. */
export type Fault = "caller" | "author" | "quote" | "nobody";

export interface CallError {
  /** `error_type` of the envelope: one of CALL_ERRORS, which only we say; or the author's own, which is none of those. */
  readonly type: string;
  readonly message: string;
  readonly fault: Fault;
}

export type Ending = Result<Answer, CallError>;

/** Errors of an invocation that end its whole tree: they are the tree's own. */
export const PASSED_UP: readonly HostStop[] = ["BudgetExceeded", "InsufficientCredits", "Cancelled", "TimeoutError"];

/** What bounded an invocation. */
export interface Bounds {
  /** Why its fuel did not grow any more; null: the platform's own limit, or it did not need to. */
  readonly limit: "BudgetExceeded" | "InsufficientCredits" | null;
  /** Microcredits; undefined: no ceiling of the caller's. */
  readonly maxCost: number | undefined;
  /** Whether that ceiling is a quote's: then passing it is not the caller's doing. */
  readonly quoted: boolean;
  readonly timeoutChosen: boolean;
}

/** An error that only we say. @param detail is added in brackets */
export function ourError(type: CallErrorType, fault: Fault, detail = ""): CallError {
  const sentence = CALL_ERRORS[type];
  return { type, message: detail === "" ? sentence : `${sentence} (${detail})`, fault };
}

const budgetExceeded = ({ maxCost, quoted }: Bounds): CallError =>
  ourError("BudgetExceeded", quoted ? "quote" : "caller", maxCost === undefined ? "" : `${maxCost} microcredits`);

/** Whose limit ended the call decides who pays: the caller's own ceiling only where it bound the fuel. */
function exhausted(bounds: Bounds): CallError {
  switch (bounds.limit) {
    case "BudgetExceeded":
      return budgetExceeded(bounds);
    case "InsufficientCredits":
      return ourError("InsufficientCredits", "caller");
    case null:
      return ourError("FuelExhausted", "author", `${LIMITS.callFuel} fuel`);
  }
}

function stoppedError(reason: TrapReason, message: string, bounds: Bounds): CallError {
  switch (reason) {
    case "FuelExhausted":
      return exhausted(bounds);
    case "BudgetExceeded":
      return budgetExceeded(bounds);
    case "InsufficientCredits":
    case "Cancelled":
    case "DataFull":
      return ourError(reason, "caller", message);
    case "TimeoutError":
      return ourError(reason, bounds.timeoutChosen ? "caller" : "author", message);
    case "StackOverflow":
    case "Trap":
    case "BadPointer":
    case "BadKind":
    case "AnswerTooLarge":
    case "StateLimit":
    case "CallLimit":
    case "HostLimit":
    case "DataLimit":
    case "FetchLimit":
      return ourError(reason, "author", message);
  }
}

/** What the SDK says of `throw`, of an index out of range and the like: a bug, not an answer. */
const BUG = "AlgorithmError";

/**
 * An author's error under the author's type; a type that is ours, or none, becomes AlgorithmError. `fail` is how a module
 * refuses its input, so it is the caller's doing; a bug is not.
 */
function authorsError(type: string, message: string): CallError {
  if (type === "") return { type: BUG, message, fault: "caller" };
  return Object.hasOwn(CALL_ERRORS, type)
    ? { type: BUG, message: `${type}: ${message}`, fault: "caller" }
    : { type, message, fault: type === BUG ? "author" : "caller" };
}

/**
 * @param wanted the kind that the release's manifest promises
 * @returns the answer, checked against that promise, or why there is none
 */
export function endingOf(outcome: GuestOutcome, wanted: AnswerKind, bounds: Bounds): Ending {
  switch (outcome.kind) {
    case "answered": {
      const checked = checkAnswer({ kind: outcome.answer, bytes: outcome.bytes }, wanted);
      return checked.ok ? ok(checked.value) : err({ ...checked.error, fault: "author" });
    }
    case "failed":
      return err(authorsError(outcome.type, outcome.message));
    case "stopped":
      return err(stoppedError(outcome.reason, outcome.message, bounds));
  }
}
