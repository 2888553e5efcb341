// The Hono app: what holds for every request, then the resources.
import { Hono } from "hono";
import { failure } from "../market/failure.ts";
import { accountRoutes } from "./accounts.ts";
import { algoRoutes, callAlgorithm } from "./algo.ts";
import { algorithmRoutes } from "./algorithms.ts";
import { callRoutes } from "./calls.ts";
import { quoteRoutes } from "./quote.ts";
import { receiptRoutes } from "./receipts.ts";
import { catalogueRoutes } from "./catalogue.ts";
import type { Env } from "../env.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { dataRoutes } from "./data/index.ts";
import { JSON_TYPE, refuse, refuseUnforeseen } from "./errors.ts";
import { guard } from "./guard.ts";
import { importRoutes } from "./import.ts";
import { inviteRoutes } from "./invites.ts";
import { jobRoutes } from "./jobs/index.ts";
import { keyRoutes } from "./keys.ts";
import { ledgerRoutes } from "./ledger.ts";
import { moneyAdminRoutes } from "./money-admin.ts";
import { openApiRoutes } from "./openapi/routes.ts";
import { operatorRoutes } from "./operators.ts";
import { orcRoutes } from "./orc.ts";
import { organizationRoutes } from "./organizations.ts";
import { runRoutes } from "./runs.ts";
import { webhookRoutes } from "./webhooks.ts";
import { wireRoutes } from "./wire/index.ts";
import { routedPath } from "./wire/path.ts";

/** Characters of a stranger's path that a message repeats. */
const SHOWN = 200;

/** Whether the Host header names us: a page elsewhere may not reach a local server by a name of its own (DNS rebinding). */
function knowsHost(c: AppContext): boolean {
  const hosts = c.env.ORCADE_HOSTS;
  return hosts === "" || hosts.split(",").includes((c.req.header("Host") ?? "").toLowerCase());
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The methods that some route takes at a path; middleware, which takes every method, does not count. */
function methodsOf(app: Hono<AppEnv>, path: string): readonly string[] {
  const handlers = (method: string): number => app.router.match(method, path)[0].length;
  return METHODS.filter((method) => handlers(method) > handlers("NONE"));
}

/** What no route took: the address is not there, or does not take that method. */
function refuseUnrouted(c: AppContext, app: Hono<AppEnv>): Response {
  const allowed = methodsOf(app, c.req.path);
  const { method } = c.req;
  if (allowed.length === 0) {
    return refuse(c, failure("unknown-route", `There is nothing at ${method} ${c.req.path.slice(0, SHOWN)}.`));
  }
  c.header("Allow", allowed.join(", "));
  return refuse(c, failure("unknown-method", `This address takes ${allowed.join(", ")}, not ${method}.`));
}

/** What every request begins with. @returns why it goes no further */
function begin(c: AppContext): Response | null {
  c.set("requestId", `req-${crypto.randomUUID()}`);
  return knowsHost(c)
    ? null
    : refuse(c, failure("unknown-host", "Ask by the address the server printed when it started."));
}

/** What every answer ends with. */
function end({ headers }: Response): void {
  // A stored file is sent as exactly the type that was asked for: nobody knows its bytes.
  if (headers.get("Content-Type") === "application/json" && headers.get("X-Data-Type") !== "file")
    headers.set("Content-Type", JSON_TYPE);
}

/** The address of a call as nearly everybody spells it. */
const CALL = /^https?:\/\/[^/?#]+\/v1\/algo\/[^/]/;

/**
 * The app for calls alone: what `createApp` does with them, without the search for a route among many and without the guard,
 * which lets calls pass (they ask for themselves). What is no call after all goes to the whole app.
 */
function createCallApp(whole: Hono<AppEnv>): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ getPath: routedPath });
  app.post("/v1/algo/*", async (c) => {
    const refused = begin(c);
    if (refused !== null) return refused;
    try {
      const response = await callAlgorithm(c);
      end(response);
      return response;
    } finally {
      c.get("held")?.end();
    }
  });
  app.notFound((c) => whole.fetch(c.req.raw, c.env, c.executionCtx));
  app.onError((error, c) => refuseUnforeseen(error, c));
  return app;
}

interface Handler {
  readonly fetch: (request: Request, env: Env, ctx: ExecutionContext) => Response | Promise<Response>;
}

/** What the worker answers requests with. */
export function createHandler(): Handler {
  const whole = createApp();
  const calls = createCallApp(whole);
  return {
    fetch: (request, env, ctx) =>
      (request.method === "POST" && CALL.test(request.url) ? calls : whole).fetch(request, env, ctx),
  };
}

export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ getPath: routedPath });
  app.use(async (c, next) => {
    const refused = begin(c);
    if (refused !== null) return refused;
    try {
      await next();
    } finally {
      c.get("held")?.end();
    }
    end(c.res);
  });
  app.use(guard);
  app.get("/v1/health", (c) => c.json({ status: "ok" }));
  wireRoutes(app);
  accountRoutes(app);
  ledgerRoutes(app);
  moneyAdminRoutes(app);
  keyRoutes(app);
  organizationRoutes(app);
  inviteRoutes(app);
  importRoutes(app);
  operatorRoutes(app);
  callRoutes(app);
  webhookRoutes(app);
  receiptRoutes(app);
  quoteRoutes(app);
  catalogueRoutes(app);
  algorithmRoutes(app);
  algoRoutes(app);
  orcRoutes(app);
  jobRoutes(app);
  runRoutes(app);
  dataRoutes(app);
  openApiRoutes(app);
  app.notFound((c) => refuseUnrouted(c, app));
  app.onError((error, c) => refuseUnforeseen(error, c));
  return app;
}
