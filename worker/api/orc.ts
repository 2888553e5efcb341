// POST /v1/orc: a program in Orc, evaluated inside the request. The body is the program (text/plain), or JSON
// `{"program": "...", "arguments": {...}, "files": {...}, "hosts": [...]}`; what it says is streamed as it happens. What runs it is worker/runs.
import type { Hono } from "hono";
import { openPurse } from "../calls/purses.ts";
import { hopsOf } from "../egress/send.ts";
import { failure } from "../market/failure.ts";
import { answer } from "../runs/answer.ts";
import { formatFor, TYPE } from "../runs/encode.ts";
import { boundsOf } from "./algo.ts";
import { keyOf } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { addressOf } from "./guard.ts";
import { compiled, sentIn } from "./program.ts";
import { rateHeaders } from "./rate.ts";

async function runProgram(c: AppContext): Promise<Response> {
  const key = keyOf(c.req.header("Authorization"));
  if (key === undefined) return refuse(c, failure("authorization-required", "authorization required"));
  const address = addressOf(c);
  const opened = await openPurse(c.env, key, () => address);
  if (!opened.ok) return refuse(c, opened.error);
  const bounds = boundsOf(c);
  if (!bounds.ok) return refuse(c, bounds.error);
  const sent = await sentIn(c, false);
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
    hops: hopsOf(c.req.raw.headers),
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
