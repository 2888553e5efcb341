// The whole worker, its objects further away on demand: `X-Bench-Delay: MS` before each message to an object, and before each
// that an object sends back to the capability it was given. `X-Bench-Run: usual`: nothing runs from a collection. `X-Bench-Count`
// answers with the bytes and messages that passed between the isolate and collections.
import { createHandler } from "../../worker/api/app.ts";
import type { Env } from "../../worker/env.ts";
import { type Link, link, linked } from "./link.ts";

export * from "../../worker/index.ts";

const isNamespace = (binding: unknown): binding is object =>
  typeof binding === "object" && binding !== null && "idFromName" in binding;

/** The bindings, with objects behind links: one for collections, one for all others. */
const far = (env: Env, collections: Link, others: Link): Env =>
  Object.fromEntries(
    Object.entries(env).map(([name, binding]: [string, unknown]) =>
      isNamespace(binding) ? [name, linked(binding, name === "COLLECTION" ? collections : others)] : [name, binding],
    ),
  ) as unknown as Env;

const app = createHandler();

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const ms = Number(request.headers.get("X-Bench-Delay") ?? 0);
    const streams = request.headers.has("X-Bench-Count");
    const usual = request.headers.get("X-Bench-Run") === "usual";
    const wait = (): Promise<void> => (ms === 0 ? Promise.resolve() : scheduler.wait(ms));
    const before = (method: string): Promise<void> =>
      usual && method === "runNear" ? Promise.reject(new Error("not here")) : wait();
    const collections = link({ streams, before });
    const answer = await app.fetch(request, far(env, collections, link({ streams: false, before: wait })), ctx);
    if (!streams) return answer;
    const body = await answer.arrayBuffer();
    const headers = new Headers(answer.headers);
    headers.set("X-Bench-Bytes", String(collections.bytes));
    headers.set("X-Bench-Messages", String(collections.messages));
    return new Response(body, { status: answer.status, headers });
  },
};
