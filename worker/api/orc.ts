// POST /v1/orc: a program in Orc, evaluated inside the request. The body is the program (text/plain), or JSON
// `{"program": "...", "arguments": {...}, "files": {...}}`; what it says is streamed as it happens. What runs it is worker/runs.
import type { Hono } from "hono";
import { openPurse } from "../calls/purses.ts";
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { decodeText } from "../market/json.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Diagnostic, Program } from "../orc/index.ts";
import { fieldOf, Rec, recordOf, type Value } from "../orc/values/kinds.ts";
import { readJson } from "../orc/values/json.ts";
import { answer } from "../runs/answer.ts";
import { compileProgram, PROGRAM_NAME } from "../runs/compile.ts";
import { formatFor, TYPE } from "../runs/encode.ts";
import { boundsOf } from "./algo.ts";
import { readBody } from "./body.ts";
import { keyOf } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { addressOf } from "./guard.ts";
import { rateHeaders } from "./rate.ts";

interface Sent {
  readonly source: string;
  /** What it may include, by paths from its folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly args: Value;
}

const FIELDS = ["program", "arguments", "files"];
const SHAPE =
  'Send the program as text/plain, or {"program": "...", "arguments": {...}, "files": {"name.inc": "..."}} as JSON.';

const EMPTY: ReadonlyMap<string, string> = new Map();

/** @returns undefined when it is no record of texts */
function filesOf(value: Value | undefined): ReadonlyMap<string, string> | undefined {
  if (value === undefined) return EMPTY;
  if (!(value instanceof Rec)) return undefined;
  const files = new Map<string, string>();
  for (const name of value.keys) {
    const text = fieldOf(value, name);
    if (typeof text !== "string") return undefined;
    files.set(name, text);
  }
  return files;
}

/** Arguments keep their numbers exact: they are read by the language's own reader. */
function documentOf(text: string): Result<Sent, Failure> {
  const value = readJson(text);
  if (value === undefined) return err(failure("not-json", `The body is not JSON that a program can hold. ${SHAPE}`));
  const source = value instanceof Rec ? fieldOf(value, "program") : undefined;
  const files = value instanceof Rec ? filesOf(fieldOf(value, "files")) : undefined;
  const known = value instanceof Rec && value.keys.every((key) => FIELDS.includes(key));
  if (!known || typeof source !== "string" || files === undefined) return err(failure("invalid-body", SHAPE));
  return ok({ source, files, args: fieldOf(value, "arguments") ?? recordOf([]) });
}

async function sentIn(c: AppContext): Promise<Result<Sent, Failure>> {
  const body = await readBody(c.req.raw, LIMITS.orcBodyBytes);
  if (!body.ok) return body;
  const text = decodeText(body.value);
  if (!text.ok) return err(failure("not-utf8", text.error.message));
  const type = (c.req.header("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "text/plain" && type !== "application/json") return err(failure("unsupported-content-type", SHAPE));
  const sent: Result<Sent, Failure> =
    type === "application/json" ? documentOf(text.value) : ok({ source: text.value, files: EMPTY, args: recordOf([]) });
  if (!sent.ok) return sent;
  const { source, files } = sent.value;
  const { length } = new TextEncoder().encode([source, ...files.values()].join(""));
  return length <= LIMITS.orcProgramBytes
    ? sent
    : err(
        failure(
          "body-too-large",
          `A program and its files have at most ${LIMITS.orcProgramBytes} bytes; these ${length}.`,
        ),
      );
}

/** Diagnostics that one answer shows. */
const SHOWN = 50;

const sentence = ({ message, fix }: Diagnostic): string => (fix === undefined ? message : `${message} ${fix}`);

const placeOf = ({ place: { source, line, column } }: Diagnostic): string =>
  source === PROGRAM_NAME ? `${line}:${column}` : `${source}:${line}:${column}`;

function compiled({ source, files }: Sent): Result<Program, Failure> {
  const result = compileProgram(source, files);
  if (result.ok) return ok(result.program);
  const errors = result.diagnostics
    .filter(({ severity }) => severity === "error")
    .slice(0, SHOWN)
    .map((each) => ({ path: placeOf(each), message: sentence(each) }));
  const [first] = errors;
  return err(failure("invalid-program", `${first?.path ?? ""}: ${first?.message ?? ""}`, { errors }));
}

async function runProgram(c: AppContext): Promise<Response> {
  const key = keyOf(c.req.header("Authorization"));
  if (key === undefined) return refuse(c, failure("authorization-required", "authorization required"));
  const address = addressOf(c);
  const opened = await openPurse(c.env, key, () => address);
  if (!opened.ok) return refuse(c, opened.error);
  const bounds = boundsOf(c);
  if (!bounds.ok) return refuse(c, bounds.error);
  const sent = await sentIn(c);
  if (!sent.ok) return refuse(c, sent.error);
  const program = compiled(sent.value);
  if (!program.ok) return refuse(c, program.error);
  const { grant, purse, rate } = opened.value;
  const id = c.get("requestId");
  const format = formatFor(c.req.header("Accept"));
  const stream = await answer({
    env: c.env,
    ctx: c.executionCtx as ExecutionContext,
    id,
    key,
    address,
    grant,
    purse,
    ...sent.value,
    program: program.value,
    format,
    maxCost: bounds.value.maxCost,
    deadline: bounds.value.deadline,
    gone: c.req.raw.signal,
  });
  if (!stream.ok) return refuse(c, stream.error);
  return new Response(stream.value, {
    headers: {
      "Content-Type": TYPE[format],
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "X-Orcade-Call": id,
      ...rateHeaders(rate),
    },
  });
}

export function orcRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/orc", runProgram);
}
