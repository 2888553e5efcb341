// The whole worker with one route more: a call from outside without anything around it but its sandbox, so many times one after
// the other in one request. What a nested call is measured against.
import { createApp } from "../../worker/api/app.ts";
import { authenticate } from "../../worker/api/caller.ts";
import { callNested } from "../../worker/calls/nested.ts";
import { invoke } from "../../worker/calls/run.ts";
import { releaseFor, targetOf } from "../../worker/calls/target.ts";
import { Tree } from "../../worker/calls/tree.ts";
import type { Env } from "../../worker/env.ts";

export * from "../../worker/index.ts";

/** `/bench/top/TIMES/OWNER/NAME` */
const PATH = "/bench/top/";
const MONEY = { amount: Number.MAX_SAFE_INTEGER, extend: () => Promise.resolve(0) };

async function top(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const [times = "", ...rest] = new URL(request.url).pathname.slice(PATH.length).split("/");
  const caller = await authenticate(env, request.headers.get("Authorization") ?? undefined, "");
  const target = targetOf(rest.join("/"));
  if (!caller.ok || !target.ok) return new Response("refused", { status: 400 });
  const release = await releaseFor(env, target.value, true);
  if (!release.ok) return new Response("refused", { status: 400 });
  const input = new Uint8Array(await request.arrayBuffer());
  const facts = { env, ctx, grant: caller.value, ceiling: 1_000_000_000, maxCost: undefined, timeoutChosen: false };
  const more = { deadline: Date.now() + 60_000, money: MONEY, cancel: null, quote: null, keep: false };
  for (let n = 0; n < Number(times); n++) {
    const tree = new Tree({ ...facts, ...more, id: `req-${n}`, nested: callNested });
    const invoked = await invoke(tree, { release: release.value, input, parent: null });
    if (!("ending" in invoked) || !invoked.ending.ok) return new Response("failed", { status: 500 });
  }
  return new Response("ok");
}

const app = createApp();

export default {
  fetch: (request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> =>
    request.url.includes(PATH) ? top(request, env, ctx) : app.fetch(request, env, ctx),
};
