// The whole worker with one route more: a call without money. The same key, release, body, sandbox, headers and envelope,
// in the same app, but no lease, no record and no settlement: what billing is measured against.
import { Hono } from "hono";
import { createHandler } from "../../worker/api/app.ts";
import { readBody } from "../../worker/api/body.ts";
import { authenticate } from "../../worker/api/caller.ts";
import type { AppContext, AppEnv } from "../../worker/api/context.ts";
import { resultBody } from "../../worker/api/envelope.ts";
import { acceptInput } from "../../worker/market/input.ts";
import { callNested } from "../../worker/calls/nested.ts";
import { invoke } from "../../worker/calls/run.ts";
import { releaseFor, targetOf } from "../../worker/calls/target.ts";
import { Tree } from "../../worker/calls/tree.ts";
import type { Env } from "../../worker/env.ts";
import { LIMITS } from "../../worker/limits.ts";

export * from "../../worker/index.ts";

const PATH = "/bench/unbilled/";
const MONEY = { amount: Number.MAX_SAFE_INTEGER, extend: () => Promise.resolve(0) };

async function unbilled(c: AppContext): Promise<Response> {
  const began = Date.now();
  const caller = await authenticate(c.env, c.req.header("Authorization"), "");
  const target = targetOf(c.req.path.slice(PATH.length));
  if (!caller.ok || !target.ok) return c.text("refused", 400);
  const release = await releaseFor(c.env, target.value, true);
  const body = await readBody(c.req.raw, LIMITS.inputBytes);
  if (!release.ok || !body.ok) return c.text("refused", 400);
  const input = acceptInput(body.value, c.req.header("Content-Type"), release.value.manifest);
  if (!input.ok) return c.text("refused", 400);
  const id = c.get("requestId");
  const tree = new Tree({
    env: c.env,
    ctx: c.executionCtx as ExecutionContext,
    id,
    grant: caller.value,
    ceiling: 1_000_000_000,
    maxCost: undefined,
    deadline: Date.now() + 60_000,
    timeoutChosen: false,
    money: MONEY,
    cancel: null,
    quote: null,
    keep: false,
    nested: callNested,
  });
  const invoked = await invoke(tree, { release: release.value, input: input.value, parent: null });
  if (!("ending" in invoked) || !invoked.ending.ok) return c.text("failed", 500);
  const headers = {
    "X-Orcade-Call": id,
    "X-Orcade-Version": release.value.version,
    "X-Orcade-Build": release.value.build,
    "X-Orcade-Fuel": String(invoked.invocation.fuel),
    "X-Orcade-Cpu-Ms": "1",
    "X-Orcade-Cost": "0",
    "Content-Type": "application/json; charset=utf-8",
  };
  const answer = resultBody(invoked.ending.value, (Date.now() - began) / 1_000);
  return new Response(answer as Uint8Array<ArrayBuffer>, { headers });
}

const bare = new Hono<AppEnv>({ strict: false });
bare.use(async (c, next) => {
  c.set("requestId", `req-${crypto.randomUUID()}`);
  return c.req.header("Host") === undefined ? c.text("no host", 400) : next();
});
bare.use(async (_, next) => next());
bare.post(`${PATH}*`, unbilled);
const app = createHandler();

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> =>
    request.url.includes(PATH) ? bare.fetch(request, env, ctx) : app.fetch(request, env, ctx),
};
