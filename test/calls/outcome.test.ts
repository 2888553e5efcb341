// How an invocation ended becomes what is said, and whose doing it was: every kind of GuestOutcome, under every bound.
// Cases are rows.
import { describe, expect, test } from "vitest";
import { encodeAnswer } from "../../worker/calls/answer.ts";
import { type Bounds, type Fault, endingOf } from "../../worker/calls/outcome.ts";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_ERRORS } from "../../worker/market/codes.ts";
import type { AnswerKind, GuestOutcome, TrapReason } from "../../worker/sandbox/protocol.ts";

const unbounded: Bounds = { limit: null, maxCost: undefined, quoted: false, timeoutChosen: false };

const answered = (answer: AnswerKind, text: string): GuestOutcome => ({
  kind: "answered",
  answer,
  bytes: new TextEncoder().encode(text),
});
const stopped = (reason: TrapReason, message = ""): GuestOutcome => ({ kind: "stopped", reason, message });
const failed = (type: string, message: string): GuestOutcome => ({ kind: "failed", type, message });

interface Row {
  readonly title: string;
  readonly outcome: GuestOutcome;
  /** Of the manifest; default text. */
  readonly output?: AnswerKind;
  readonly bounds?: Partial<Bounds>;
  /** The encoded answer, or type and message of the error and whose doing it was. */
  readonly answer?: string;
  readonly type?: string;
  readonly message?: string | RegExp;
  readonly fault?: Fault;
}

const KINDS: readonly AnswerKind[] = ["text", "json", "bytes", "void"];
const ENCODED = { text: '"1"', json: "1", bytes: '"MQ=="', void: "null" } as const;
const OF_THE_MODULE: readonly TrapReason[] = [
  "StackOverflow",
  "Trap",
  "BadPointer",
  "BadKind",
  "AnswerTooLarge",
  "StateLimit",
  "CallLimit",
  "HostLimit",
  "DataLimit",
];
const OF_THE_CALLER: readonly TrapReason[] = ["BudgetExceeded", "InsufficientCredits", "Cancelled"];

const ROWS: readonly Row[] = [
  ...KINDS.flatMap((output) =>
    KINDS.map((answer): Row => {
      const outcome = answered(answer, "1");
      const title = `${answer} from a module that promises ${output}`;
      if (answer === output) return { title, outcome, output, answer: ENCODED[answer] };
      const message = new RegExp(`answered ${answer}; .* ${output}\\.`);
      return { title, outcome, output, type: "BadAnswer", message, fault: "author" };
    }),
  ),
  { title: "JSON that is none", outcome: answered("json", "{"), output: "json", type: "BadAnswer", fault: "author" },
  { title: "an answer of one's own type", outcome: failed("EmptyInput", "no"), type: "EmptyInput", fault: "caller" },
  { title: "no type", outcome: failed("", "why"), type: "AlgorithmError", message: "why", fault: "caller" },
  {
    title: "a type every object has",
    outcome: failed("constructor", "why"),
    type: "constructor",
    fault: "caller",
  },
  {
    title: "a bug, as the SDK reports it",
    outcome: failed("AlgorithmError", "x"),
    type: "AlgorithmError",
    fault: "author",
  },
  ...Object.keys(CALL_ERRORS).map((type): Row => ({
    title: `an author's fail with our type ${type}`,
    outcome: failed(type, "pay me"),
    type: "AlgorithmError",
    message: `${type}: pay me`,
    fault: "caller",
  })),
  ...OF_THE_MODULE.map((reason): Row => ({
    title: `stopped by ${reason}`,
    outcome: stopped(reason, "detail"),
    type: reason,
    message: / \(detail\)$/,
    fault: "author",
  })),
  ...OF_THE_CALLER.map((reason): Row => ({
    title: `stopped by ${reason}`,
    outcome: stopped(reason),
    type: reason,
    fault: "caller",
  })),
  { title: "late by our time-out", outcome: stopped("TimeoutError"), type: "TimeoutError", fault: "author" },
  {
    title: "late by the caller's time-out",
    outcome: stopped("TimeoutError"),
    bounds: { timeoutChosen: true },
    type: "TimeoutError",
    fault: "caller",
  },
  {
    title: "out of the platform's fuel",
    outcome: stopped("FuelExhausted"),
    type: "FuelExhausted",
    message: new RegExp(`${LIMITS.callFuel} fuel`),
    fault: "author",
  },
  {
    title: "out of fuel under the caller's ceiling",
    outcome: stopped("FuelExhausted"),
    bounds: { limit: "BudgetExceeded", maxCost: 30_000 },
    type: "BudgetExceeded",
    message: /30000 microcredits/,
    fault: "caller",
  },
  {
    title: "out of money",
    outcome: stopped("FuelExhausted"),
    bounds: { limit: "InsufficientCredits" },
    type: "InsufficientCredits",
    fault: "caller",
  },
];

describe("an invocation's end", () => {
  test.for(ROWS)("$title", ({ outcome, output = "text", bounds, answer, type, message, fault }) => {
    const ending = endingOf(outcome, output, { ...unbounded, ...bounds });
    if (ending.ok) {
      expect(new TextDecoder().decode(encodeAnswer(ending.value))).toBe(answer);
      return;
    }
    expect(answer).toBeUndefined();
    expect(ending.error).toMatchObject({ type, fault });
    if (message !== undefined) expect(ending.error.message).toMatch(message);
  });
});
