// Runs in workerd: an echo route; and calls of loops, each in a Dynamic Worker, which it can cancel.
import { RpcTarget } from "cloudflare:workers";
import type { Canceller, Ended, LoopCall } from "./guest.ts";

interface Env {
  readonly LOADER: {
    get(id: string, code: () => object): { getEntrypoint(): { run(call: LoopCall, host: Canceller): Promise<Ended> } };
  };
  readonly GUEST: string;
}

/** Says once that a call shall end: the answer to a question that stays open until then. */
class Host extends RpcTarget implements Canceller {
  readonly #asked = Promise.withResolvers<void>();
  /** When it was cancelled, or 0. */
  since = 0;

  cancelled(): Promise<void> {
    return this.#asked.promise;
  }

  cancel(): void {
    this.since = performance.now();
    this.#asked.resolve();
  }
}

const modules = new Map<string, ArrayBuffer>();
/** Of the calls that run. */
const hosts = new Set<Host>();

async function run(env: Env, id: string, isolate: string, call: LoopCall): Promise<Response> {
  const wasm = modules.get(id);
  const worker = env.LOADER.get(isolate, () => ({
    compatibilityDate: "2026-10-01",
    mainModule: "guest.js",
    modules: { "guest.js": env.GUEST, "module.wasm": { wasm } },
    env: {},
    globalOutbound: null,
  }));
  const host = new Host();
  hosts.add(host);
  try {
    const ended = await worker.getEntrypoint().run(call, host);
    return Response.json({ ...ended, afterCancel: host.since === 0 ? null : performance.now() - host.since });
  } finally {
    hosts.delete(host);
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/echo") return new Response(request.body);
    const id = url.searchParams.get("id") ?? "";
    if (url.pathname === "/cancel") {
      for (const host of hosts) host.cancel();
      return new Response("ok");
    }
    if (request.method === "PUT") {
      modules.set(id, await request.arrayBuffer());
      return new Response("ok");
    }
    const { call, isolate } = await request.json<{ call: LoopCall; isolate: string }>();
    return run(env, id, isolate, call);
  },
};
