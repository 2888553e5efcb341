// How a call ended becomes what is said and charged: every kind of GuestOutcome, and whose limit ended it. Cases are rows.
import { describe, expect, test } from "vitest";
import { type Ceiling, outcomeOf } from "../../worker/calls/outcome.ts";
import { LIMITS } from "../../worker/limits.ts";
import { CALL_ERRORS } from "../../worker/market/codes.ts";
import { CALL_FEE, fuelUnder } from "../../worker/market/price.ts";
import type { Release } from "../../worker/market/release.ts";
import type { AnswerKind, GuestOutcome, GuestReport, TrapReason } from "../../worker/sandbox/protocol.ts";
import type { CommitError } from "../../worker/sandbox/run.ts";

const FUEL = 5_001;
const ROYALTY = 7;
const PRICE = CALL_FEE + 6 + ROYALTY;
const unbounded: Ceiling = { maxCost: undefined, fuel: LIMITS.callFuel };
const under = (maxCost: number): Ceiling => ({ maxCost, fuel: fuelUnder(maxCost, ROYALTY) });

const releaseOf = (output: AnswerKind): Release => ({
  algorithm: "ada/echo",
  version: "1.0.0",
  build: "0".repeat(64),
  module: { sha256: "0".repeat(64), bytes: 8 },
  metered: {
    sha256: "0".repeat(64),
    bytes: 8,
    costTable: "",
    fuelExport: "f",
    startExport: null,
    pages: 1,
    instantiation: 0,
  },
  manifest: {
    name: "echo",
    version: "1.0.0",
    summary: "Cases.",
    tags: [],
    license: "apl",
    source: "closed",
    language: "assemblyscript",
    visibility: "private",
    memory: 1,
    royalty: ROYALTY,
    permissions: [],
    abi: "orcade",
    input: { kind: "text" },
    output: { kind: output },
  },
});

const reportOf = (outcome: GuestOutcome): GuestReport => ({ outcome, fuel: FUEL, pages: 1, writes: [] });
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
  readonly ceiling?: Ceiling;
  /** The encoded answer, or type and message of the error. */
  readonly answer?: string;
  readonly type?: string;
  readonly message?: string | RegExp;
  readonly cost: number;
}

const KINDS: readonly AnswerKind[] = ["text", "json", "bytes", "void"];
const ENCODED = { text: '"1"', json: "1", bytes: '"MQ=="', void: "null" } as const;
const STOPS: readonly Exclude<TrapReason, "FuelExhausted">[] = [
  "TimeoutError",
  "StackOverflow",
  "Trap",
  "BadPointer",
  "BadKind",
  "AnswerTooLarge",
  "StateLimit",
];

const ROWS: readonly Row[] = [
  ...KINDS.flatMap((output) =>
    KINDS.map((answer): Row => {
      const outcome = answered(answer, "1");
      const title = `${answer} from a module that promises ${output}`;
      return answer === output
        ? { title, outcome, output, answer: ENCODED[answer], cost: PRICE }
        : {
            title,
            outcome,
            output,
            type: "BadAnswer",
            message: new RegExp(`answered ${answer}; .* ${output}\\.`),
            cost: 0,
          };
    }),
  ),
  { title: "JSON that is none", outcome: answered("json", "{"), output: "json", type: "BadAnswer", cost: 0 },
  {
    title: "the author's own type",
    outcome: failed("EmptyInput", "nothing"),
    type: "EmptyInput",
    message: "nothing",
    cost: 0,
  },
  { title: "no type", outcome: failed("", "why"), type: "AlgorithmError", message: "why", cost: 0 },
  { title: "a type every object has", outcome: failed("constructor", "why"), type: "constructor", cost: 0 },
  ...Object.keys(CALL_ERRORS).map((type): Row => ({
    title: `an author's fail with our type ${type}, under a ceiling`,
    outcome: failed(type, "pay me"),
    ceiling: under(30_000),
    type: "AlgorithmError",
    message: `${type}: pay me`,
    cost: 0,
  })),
  ...STOPS.map((reason): Row => ({
    title: `stopped by ${reason}, under a ceiling`,
    outcome: stopped(reason, "detail"),
    ceiling: under(30_000),
    type: reason,
    message: `${CALL_ERRORS[reason]} (detail)`,
    cost: 0,
  })),
  {
    title: "out of the platform's fuel, without a ceiling",
    outcome: stopped("FuelExhausted"),
    type: "FuelExhausted",
    cost: 0,
  },
  {
    title: "out of fuel under a ceiling that bound it",
    outcome: stopped("FuelExhausted"),
    ceiling: under(30_000),
    type: "BudgetExceeded",
    message: /30000 microcredits/,
    cost: CALL_FEE + 6,
  },
  {
    title: "a ceiling just below the platform's limit",
    outcome: stopped("FuelExhausted"),
    ceiling: under(LIMITS.callFuel / 1_000 + CALL_FEE + ROYALTY - 1),
    type: "BudgetExceeded",
    cost: CALL_FEE + 6,
  },
  {
    title: "a ceiling that buys exactly the platform's limit",
    outcome: stopped("FuelExhausted"),
    ceiling: under(LIMITS.callFuel / 1_000 + CALL_FEE + ROYALTY),
    type: "FuelExhausted",
    cost: 0,
  },
  {
    title: "a ceiling far above the platform's limit",
    outcome: stopped("FuelExhausted"),
    ceiling: under(Number.MAX_SAFE_INTEGER),
    type: "FuelExhausted",
    message: new RegExp(`\\(${LIMITS.callFuel} fuel\\)`),
    cost: 0,
  },
];

describe("outcomeOf", () => {
  test.for(ROWS)("$title", ({ outcome, output = "text", ceiling = unbounded, answer, type, message, cost }) => {
    const found = outcomeOf({ ok: true, value: reportOf(outcome) }, releaseOf(output), ceiling);
    expect({ fuel: found.fuel, cost: found.cost }).toEqual({ fuel: FUEL, cost });
    if (found.answer.ok) expect(new TextDecoder().decode(found.answer.value.encoded)).toBe(answer);
    else {
      expect(found.answer.error.type).toBe(type);
      expect(found.answer.error.message).toMatch(message ?? /\w/);
    }
    expect(found.answer.ok).toBe(type === undefined);
  });

  test("fee and royalty alone pass the ceiling: nothing ran, nothing is charged", () => {
    const found = outcomeOf({ ok: true, value: null }, releaseOf("text"), under(CALL_FEE));
    expect(found).toMatchObject({ answer: { error: { type: "BudgetExceeded" } }, fuel: 0, cost: 0 });
  });

  const RUNS: readonly { readonly error: CommitError; readonly type: keyof typeof CALL_ERRORS }[] = [
    { error: "state-conflict", type: "StateConflict" },
    { error: "state-full", type: "StateFull" },
  ];
  test.for(RUNS)("$error is $type, and free", ({ error, type }) => {
    const found = outcomeOf({ ok: false, error }, releaseOf("text"), unbounded);
    expect(found).toEqual({ answer: { ok: false, error: { type, message: CALL_ERRORS[type] } }, fuel: 0, cost: 0 });
  });
});
