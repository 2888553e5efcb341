// The sites of a run on the server: algorithms as sites. Each call settles by itself before its answer enters the program;
// an algorithm's error halts the call and is reported. Values pass as JSON, numbers exact; text is a string, bytes are a
// string in base64 both ways (as in the answers of calls), nothing is a signal.
import { type Called, call } from "../calls/call.ts";
import type { Answer as CallAnswer } from "../calls/answer.ts";
import { cancelOf } from "../calls/cancel.ts";
import { encodeAnswer } from "../calls/answer.ts";
import { acceptKind } from "../market/input.ts";
import { isMember } from "../calls/member.ts";
import type { Opened } from "../calls/purses.ts";
import type { SettleError } from "../calls/settle.ts";
import { releaseFor, type Target, targetOf } from "../calls/target.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { mayCall } from "../market/access/scopes.ts";
import { type Failure, FAILURES } from "../market/failure.ts";
import type { Kind } from "../market/manifest.ts";
import type { Release } from "../market/release.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Settlement } from "../objects/account/protocol.ts";
import type { Answer } from "../orc/engine/index.ts";
import { arityMismatch } from "../orc/values/failure.ts";
import { fieldOf, Rec, SIGNAL, type Value } from "../orc/values/kinds.ts";
import { readJson, writeJson } from "../orc/values/json.ts";
import type { Ceiling } from "./ceiling.ts";
import type { Port } from "./drive.ts";

export interface Caller {
  readonly env: Env;
  /** Of the request or the object that the run lives in. */
  readonly ctx: ExecutionContext;
  /** Id of the run. */
  readonly id: string;
  /** Whose money and rights a call takes: asked for each. */
  readonly open: () => Promise<Result<Opened, Failure>>;
  readonly ceiling: Ceiling;
  /** When a call must be over, in ms since 1970. @param timeout milliseconds it asks for */
  readonly deadline: (timeout: number | undefined) => number;
  /** How many times the request that began the run had passed through us. */
  readonly hops: number;
  /** Sandboxes open in this invocation, shared by all its calls. */
  readonly sandboxes: Map<string, number>;
}

/** What a durable run does beside. */
export interface Care {
  /** Id of the call; without it `RUN.n` for the n-th that begins. */
  readonly id: string;
  /** The version that a selector means throughout the run. */
  readonly pin: (target: Target, member: boolean) => Promise<Result<Target, Failure>>;
  /** Remembers how the call went and what it costs, before it is settled. */
  readonly prepare: (settlement: Settlement, answer: Answer) => Promise<void>;
  /** Hears that the ledger did not take it. */
  readonly refused: (error: SettleError) => void;
}

/** An error as a program's report shows it: `Error: <type>: <text>`; `retry`: the same call may go well later. */
export interface Refused {
  readonly type: string;
  readonly message: string;
  readonly retry: boolean;
}

const refused = (type: string, message: string): Result<never, Refused> => err({ type, message, retry: false });
const refusedBy = ({ code, message }: Failure): Result<never, Refused> =>
  err({ type: code, message, retry: FAILURES[code].retry });

/** What one call may use beside the run's own bounds. */
interface Bounds {
  readonly timeout: number | undefined;
  readonly maxBytes: number;
  readonly maxCost: number | undefined;
  /** Whether an answer of bytes is taken as UTF-8 text. */
  readonly text: boolean;
}

const BOUNDS = ["timeout", "maxBytes", "maxCost"];
const OPTIONS = [...BOUNDS, "text"];

function boundsOf(options: Value | undefined): Result<Bounds, Refused> {
  const wrong = refused(
    "InvalidOptions",
    `Options of a call are a record of ${BOUNDS.join(", ")}, whole numbers, and text: true to take bytes as UTF-8 text`,
  );
  if (!(options instanceof Rec) || options.keys.some((key) => !OPTIONS.includes(key))) return wrong;
  const bounds = BOUNDS.map((key) => fieldOf(options, key));
  if (!bounds.every((value) => value === undefined || (typeof value === "number" && value >= 0))) return wrong;
  const [timeout, maxBytes, maxCost] = bounds as (number | undefined)[];
  const text = fieldOf(options, "text") ?? false;
  if (typeof text !== "boolean") return wrong;
  const bytes = Math.min(maxBytes ?? LIMITS.orcAnswerBytes, LIMITS.orcAnswerBytes);
  return ok({ timeout, maxBytes: bytes, maxCost, text });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The bytes that a module of that kind reads. */
function inputOf(value: Value, kind: Kind): Result<Uint8Array, Refused> {
  if (kind === "json") {
    const text = writeJson(value);
    return typeof text === "string" ? ok(encoder.encode(text)) : refused("InvalidInput", "The input has no JSON form");
  }
  if (typeof value !== "string") return refused("InvalidInput", `This algorithm takes ${kind}: give it a string`);
  if (kind === "text")
    return value.isWellFormed()
      ? ok(encoder.encode(value))
      : refused("InvalidInput", "The string holds a lone surrogate, which UTF-8 cannot carry");
  return BASE64.test(value)
    ? ok(new Uint8Array(Buffer.from(value, "base64")))
    : refused("InvalidInput", "This algorithm takes bytes: give them as a string in base64");
}

/** The value of an answer. */
function valueOf(answer: CallAnswer, text: boolean): Result<Value, Refused> {
  switch (answer.kind) {
    case "void":
      return ok(SIGNAL);
    case "text":
      return ok(decoder.decode(answer.bytes));
    case "bytes":
      return text ? textOf(answer.bytes) : ok(Buffer.from(answer.bytes).toString("base64"));
    case "json": {
      const value = readJson(decoder.decode(encodeAnswer(answer)));
      return value === undefined ? refused("BadAnswer", "The answer is no JSON that a program can hold") : ok(value);
    }
  }
}

/** How a site answers the engine. */
export const answerOf = (name: Value | undefined, done: Result<Value, Refused>): Answer => {
  if (done.ok) return { type: "value", value: done.value };
  const { type, message } = done.error;
  return { type: "error", kind: type, text: typeof name === "string" ? `${name}: ${message}` : message };
};

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): Result<Value, Refused> {
  try {
    return ok(strict.decode(bytes));
  } catch {
    return refused("NotText", "The answer is no UTF-8 text");
  }
}

export class Algorithms {
  readonly #caller: Caller;
  /** Calls begun. */
  count = 0;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** `algoWith(name, options)(input)` of compile.ts. */
  readonly port: Port = async ([name, options, ...inputs], cancel): Promise<Answer> =>
    answerOf(name, await this.ask([name, options, ...inputs], cancel, null));

  /** Never rejects. @param care of a durable run */
  async ask(
    [name, options, ...inputs]: readonly (Value | undefined)[],
    cancel: AbortSignal,
    care: Care | null,
  ): Promise<Result<Value, Refused>> {
    const [input] = inputs;
    const wrong = arityMismatch(1, inputs.length);
    if (inputs.length !== 1 || input === undefined) return refused(wrong.kind, wrong.text);
    if (typeof name !== "string") return refused("InvalidInput", "Name an algorithm by a string: owner/name@version");
    const bounds = boundsOf(options);
    if (!bounds.ok) return bounds;
    const done = this.#call(name, input, bounds.value, cancel, care);
    return done.catch((error: unknown) => {
      console.error(JSON.stringify({ event: "orc-call-failed", run: this.#caller.id, error: String(error) }));
      return err({ type: "internal", message: "Something went wrong on our side", retry: true });
    });
  }

  /** What enters the program of what an algorithm answered. */
  #taken(answer: Called["answer"], { maxBytes, text }: Bounds): Result<Value, Refused> {
    if (!answer.ok) return err(this.#renamed({ ...answer.error, retry: false }));
    const { length } = answer.value.bytes;
    return length > maxBytes
      ? refused("AnswerTooLarge", `The answer has ${length} bytes; ${maxBytes} are taken`)
      : valueOf(answer.value, text);
  }

  async #call(
    name: string,
    value: Value,
    bounds: Bounds,
    cancel: AbortSignal,
    care: Care | null,
  ): Promise<Result<Value, Refused>> {
    const target = targetOf(name.replace("@", "/"));
    if (!target.ok) return refused("unknown-algorithm", "Name an algorithm as owner/name or owner/name@version");
    const { owner, name: own } = target.value;
    const opened = await this.#caller.open();
    if (!opened.ok) return refusedBy(opened.error);
    const { grant } = opened.value;
    if (!mayCall(grant.key.scopes, owner, own)) return refused("forbidden", `This key may not call ${owner}/${own}`);
    const release = await this.#release(target.value, isMember(grant, owner), care);
    if (!release.ok) return refusedBy(release.error);
    const input = acceptedInput(value, release.value);
    if (!input.ok) return input;
    if (cancel.aborted) return refused("Cancelled", "Nobody waits for the answer any more");
    return this.#run(name, opened.value, { release: release.value, input: input.value }, bounds, cancel, care);
  }

  async #release(target: Target, member: boolean, care: Care | null): Promise<Result<Release, Failure>> {
    const pinned = care === null ? ok(target) : await care.pin(target, member);
    return pinned.ok ? releaseFor(this.#caller.env, pinned.value, member) : pinned;
  }

  async #run(
    name: string,
    { grant, purse }: Opened,
    what: { readonly release: Release; readonly input: Uint8Array },
    bounds: Bounds,
    cancel: AbortSignal,
    care: Care | null,
  ): Promise<Result<Value, Refused>> {
    const { env, ctx, id, ceiling, deadline, sandboxes, hops } = this.#caller;
    const { timeout, maxCost } = bounds;
    this.count++;
    const running = call(env, ctx, {
      ...what,
      id: care?.id ?? `${id}.${this.count}`,
      grant,
      purse: ceiling.over(purse),
      maxCost,
      quote: null,
      keep: false,
      logs: false,
      deadline: deadline(timeout),
      timeoutChosen: true,
      cancel: cancelOf(cancel),
      sandboxes,
      hops,
      ...(care === null
        ? {}
        : {
            prepare: (settlement, answer) => care.prepare(settlement, answerOf(name, this.#taken(answer, bounds))),
            refused: care.refused,
          }),
    });
    ctx.waitUntil(running);
    const called = await running;
    return called.ok ? this.#taken(called.value.answer, bounds) : this.#unrun(called.error);
  }

  #unrun({ code, message }: Failure): Result<never, Refused> {
    return err(this.#renamed({ type: code, message, retry: FAILURES[code].retry }));
  }

  /** What ran out was the run's ceiling, not the account's credits. */
  #renamed(error: Refused): Refused {
    const { reached, limit } = this.#caller.ceiling;
    const short = error.type === "InsufficientCredits" || error.type === "insufficient-credits";
    if (!reached || !short) return error;
    const message = `The whole run may cost at most ${limit} microcredits`;
    return { type: "BudgetExceeded", message, retry: false };
  }
}

/** The input as the algorithm takes it. */
function acceptedInput(value: Value, { manifest }: Release): Result<Uint8Array, Refused> {
  const bytes = inputOf(value, manifest.input.kind);
  if (!bytes.ok) return bytes;
  if (bytes.value.length > LIMITS.inputBytes)
    return refused("body-too-large", `An input has at most ${LIMITS.inputBytes} bytes`);
  const accepted = acceptKind(bytes.value, manifest.input.kind, manifest);
  return accepted.ok ? accepted : refusedBy(accepted.error);
}
