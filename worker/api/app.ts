// The Hono app: what holds for every request, then the resources.
import { Hono } from "hono";
import { failure } from "../market/failure.ts";
import { accountRoutes } from "./accounts.ts";
import { algoRoutes } from "./algo.ts";
import { algorithmRoutes } from "./algorithms.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse, refuseUnforeseen } from "./errors.ts";

/** Whether the Host header names us: a page elsewhere may not reach a local server by a name of its own (DNS rebinding). */
function knowsHost(c: AppContext): boolean {
  const hosts = c.env.ORCADE_HOSTS;
  return hosts === "" || hosts.split(",").includes((c.req.header("Host") ?? "").toLowerCase());
}

export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: false });
  app.use(async (c, next) => {
    c.set("requestId", `req-${crypto.randomUUID()}`);
    if (!knowsHost(c))
      return refuse(c, failure("unknown-host", "Ask by the address the server printed when it started."));
    return next();
  });
  app.get("/v1/health", (c) => c.json({ status: "ok" }));
  accountRoutes(app);
  algorithmRoutes(app);
  algoRoutes(app);
  app.all("/v1/algo/*", (c) => refuse(c, failure("unknown-method", "Algorithms are called with POST.")));
  app.notFound((c) => refuse(c, failure("unknown-route", `There is nothing at ${c.req.method} ${c.req.path}.`)));
  app.onError((error, c) => refuseUnforeseen(error, c));
  return app;
}
