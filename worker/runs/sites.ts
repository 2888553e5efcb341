// The sites of a run on the server: algorithms as sites. Each call settles by itself before its answer enters the program;
// an algorithm's error halts the call and is reported. Values pass as JSON, numbers exact; text is a string, bytes are a
// string in base64 both ways (as in the answers of calls), nothing is a signal.
import { type Called, call } from "../calls/call.ts";
import type { Answer as CallAnswer } from "../calls/answer.ts";
import { cancelOf } from "../calls/cancel.ts";
import { encodeAnswer } from "../calls/answer.ts";
import { acceptKind } from "../calls/input.ts";
import { isMember } from "../calls/member.ts";
import { openPurse } from "../calls/purses.ts";
import { releaseFor, targetOf } from "../calls/target.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { mayCall } from "../market/access/scopes.ts";
import type { Failure } from "../market/failure.ts";
import type { Kind } from "../market/manifest.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Answer } from "../orc/engine/index.ts";
import { fieldOf, Rec, SIGNAL, type Value } from "../orc/values/kinds.ts";
import { readJson, writeJson } from "../orc/values/json.ts";
import type { Ceiling } from "./ceiling.ts";
import type { Port } from "./drive.ts";

export interface Caller {
  readonly env: Env;
  readonly ctx: ExecutionContext;
  /** Id of the run: its n-th call is `ID.n`. */
  readonly id: string;
  readonly key: string;
  readonly address: string;
  readonly ceiling: Ceiling;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Sandboxes open in this invocation, shared by all its calls. */
  readonly sandboxes: Map<string, number>;
}

/** An error as a program's report shows it: `Error: <type>: <text>`. */
interface Refused {
  readonly type: string;
  readonly message: string;
}

const refused = (type: string, message: string): Result<never, Refused> => err({ type, message });
const refusedBy = ({ code, message }: Failure): Result<never, Refused> => refused(code, message);

/** What one call may use beside the run's own bounds. */
interface Bounds {
  readonly timeout: number | undefined;
  readonly maxBytes: number;
  readonly maxCost: number | undefined;
}

const BOUNDS = ["timeout", "maxBytes", "maxCost"];

function boundsOf(options: Value | undefined): Result<Bounds, Refused> {
  const wrong = refused("InvalidOptions", `Options of a call are a record of ${BOUNDS.join(", ")}: whole numbers`);
  if (!(options instanceof Rec) || options.keys.some((key) => !BOUNDS.includes(key))) return wrong;
  if (options.values.some((value) => typeof value !== "number" || value < 0)) return wrong;
  const [timeout, maxBytes, maxCost] = BOUNDS.map((key) => fieldOf(options, key)) as (number | undefined)[];
  const bytes = Math.min(maxBytes ?? LIMITS.orcAnswerBytes, LIMITS.orcAnswerBytes);
  return ok({ timeout, maxBytes: bytes, maxCost });
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
function valueOf(answer: CallAnswer): Result<Value, Refused> {
  switch (answer.kind) {
    case "void":
      return ok(SIGNAL);
    case "text":
      return ok(decoder.decode(answer.bytes));
    case "bytes":
      return ok(Buffer.from(answer.bytes).toString("base64"));
    case "json": {
      const value = readJson(decoder.decode(encodeAnswer(answer)));
      return value === undefined ? refused("BadAnswer", "The answer is no JSON that a program can hold") : ok(value);
    }
  }
}

export class Algorithms {
  readonly #caller: Caller;
  /** Calls begun. */
  count = 0;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** `CallAlgorithm(name, input, options)` of compile.ts. */
  readonly port: Port = async ([name, input, options], cancel): Promise<Answer> => {
    const done = await this.#answered(name, input, options, cancel).catch((error: unknown) => {
      console.error(JSON.stringify({ event: "orc-call-failed", run: this.#caller.id, error: String(error) }));
      return refused("internal", "Something went wrong on our side");
    });
    if (done.ok) return { type: "value", value: done.value };
    const { type, message } = done.error;
    return { type: "error", kind: type, text: typeof name === "string" ? `${name}: ${message}` : message };
  };

  async #answered(
    name: Value | undefined,
    input: Value | undefined,
    options: Value | undefined,
    cancel: AbortSignal,
  ): Promise<Result<Value, Refused>> {
    const bounds = boundsOf(options);
    if (!bounds.ok) return bounds;
    if (typeof name !== "string" || input === undefined)
      return refused("InvalidInput", "Name an algorithm by a string: owner/name@version");
    const called = await this.#call(name, input, bounds.value, cancel);
    if (!called.ok) return called;
    const { answer } = called.value;
    if (!answer.ok) return err(this.#renamed(answer.error));
    const { length } = answer.value.bytes;
    if (length > bounds.value.maxBytes)
      return refused("AnswerTooLarge", `The answer has ${length} bytes; ${bounds.value.maxBytes} are taken`);
    return valueOf(answer.value);
  }

  async #call(name: string, value: Value, bounds: Bounds, cancel: AbortSignal): Promise<Result<Called, Refused>> {
    const { env, ctx, id, key, address, ceiling, sandboxes } = this.#caller;
    const target = targetOf(name.replace("@", "/"));
    if (!target.ok) return refused("unknown-algorithm", "Name an algorithm as owner/name or owner/name@version");
    const { owner, name: own } = target.value;
    const opened = await openPurse(env, key, () => address);
    if (!opened.ok) return refusedBy(opened.error);
    const { grant, purse } = opened.value;
    if (!mayCall(grant.key.scopes, owner, own)) return refused("forbidden", `This key may not call ${owner}/${own}`);
    const release = await releaseFor(env, target.value, isMember(grant, owner));
    if (!release.ok) return refusedBy(release.error);
    const { manifest } = release.value;
    const bytes = inputOf(value, manifest.input.kind);
    if (!bytes.ok) return bytes;
    if (bytes.value.length > LIMITS.inputBytes)
      return refused("body-too-large", `An input has at most ${LIMITS.inputBytes} bytes`);
    const accepted = acceptKind(bytes.value, manifest.input.kind, manifest);
    if (!accepted.ok) return refusedBy(accepted.error);
    if (cancel.aborted) return refused("Cancelled", "Nobody waits for the answer any more");
    const { deadline } = this.#caller;
    const { timeout, maxCost } = bounds;
    const running = call(env, ctx, {
      id: `${id}.${++this.count}`,
      grant,
      purse: ceiling.over(purse),
      release: release.value,
      input: accepted.value,
      maxCost,
      quoted: false,
      keep: false,
      deadline: timeout === undefined ? deadline : Math.min(deadline, Date.now() + timeout),
      timeoutChosen: true,
      cancel: cancelOf(cancel),
      sandboxes,
    });
    ctx.waitUntil(running);
    const called = await running;
    return called.ok ? called : err(this.#renamed({ type: called.error.code, message: called.error.message }));
  }

  /** What ran out was the run's ceiling, not the account's credits. */
  #renamed(error: Refused): Refused {
    const { reached, limit } = this.#caller.ceiling;
    const short = error.type === "InsufficientCredits" || error.type === "insufficient-credits";
    if (!reached || !short) return error;
    return { type: "BudgetExceeded", message: `The whole run may cost at most ${limit} microcredits` };
  }
}
