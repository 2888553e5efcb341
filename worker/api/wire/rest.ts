// The rest of the contract's §6: insights, the list of routes as an OpenAPI document, and what has no meaning here.
import type { Hono } from "hono";
import * as z from "zod";
import { failure } from "../../market/failure.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { ROUTE_SCOPES, isMiddleware } from "../guard.ts";
import { wireBody } from "./body.ts";
import { compileBody, createBody, publishBody, updateBody } from "./shapes.ts";

/** Metrics of one call of an algorithm (features §1). They are checked and go nowhere: there is no receiver to send them to. */
const METRICS = 25;
const metric = z.object({ insight_key: z.string().min(1).max(200), insight_value: z.unknown() });
const insightsBody = z.array(metric).max(METRICS);

async function insights(c: AppContext): Promise<Response> {
  const body = await wireBody(c, z.union([insightsBody, z.strictObject({})]));
  return body.ok ? c.json({}) : refuse(c, body.error);
}

const BODIES: Readonly<Record<string, z.ZodType>> = {
  "POST /v1/algorithms/{owner}": createBody,
  "PUT /v1/algorithms/{owner}/{name}": updateBody,
  "POST /v1/algorithms/{owner}/{name}/compile": compileBody,
  "POST /v1/algorithms/{owner}/{name}/versions": publishBody,
  "POST /v1/algorithms/{owner}/{name}/version": publishBody,
};

const PARAMETER = /:(\w+)(?:\{[^/]*\})?/g;
const OPEN = new Set(["public"]);

function operation(method: string, path: string, scope: string): object {
  const names = [...path.matchAll(PARAMETER)].map(([, name]) => name);
  const spelled = path.replaceAll(PARAMETER, "{$1}").replace(/\*$/, "{path}");
  const parameters = [...names, ...(path.endsWith("*") ? ["path"] : [])].map((name) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const body = BODIES[`${method} ${spelled}`];
  const content =
    body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: z.toJSONSchema(body, { io: "input" }) } } } };
  return {
    parameters,
    ...content,
    security: OPEN.has(scope) ? [] : [{ key: [] }],
    description: `Asks for the scope \`${scope}\`.`,
    responses: { default: { description: "An answer or an error, in JSON." } },
  };
}

const VERBS = ["get", "head", "post", "put", "patch", "delete"] as const;

/** Every route that the app takes, as OpenAPI 3.1. */
function openApiOf(app: Hono<AppEnv>): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path } of app.routes.filter((route) => !isMiddleware(route))) {
    const spelled = path.replaceAll(PARAMETER, "{$1}").replace(/\*$/, "{path}");
    const verbs = method === "ALL" ? VERBS : [method.toLowerCase()];
    for (const verb of verbs) {
      const scope = ROUTE_SCOPES[`${method} ${path}`] ?? "manage";
      paths[spelled] = { ...paths[spelled], [verb]: operation(verb.toUpperCase(), path, scope) };
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "Orcade", version: "1" },
    components: { securitySchemes: { key: { type: "apiKey", in: "header", name: "Authorization" } } },
    paths,
  };
}

const unavailable = (c: AppContext): Response =>
  refuse(c, failure("not-available", "This is not available here: see docs/algorithmia.md."));

/** Routes of the contract that answer "not available" (docs/algorithmia.md says why). */
export const UNAVAILABLE: readonly string[] = [
  "/v1/users/:account/connectors",
  "/v1/users/:account/event-listeners",
  "/v1/users/:account/event-listeners/:listener",
  "/v1/users/:account/notifications",
  "/v1/algorithms/:owner/:name/versions/:version/registry",
  "/v1/clients/js/:file",
  "/v1/admin/usage",
  "/v1/admin/usage/algorithms",
  "/v1/admin/usage/users",
  "/v1/admin/reservations",
  "/v1/admin/features/:feature",
  "/v1/admin/insights-connection",
  "/v1/admin/secret-provider",
  "/v1/admin/scms",
  "/v1/admin/scms/:scm",
];

export function wireRestRoutes(app: Hono<AppEnv>): void {
  app.post("/v1/insights", insights);
  app.get("/v1/openapispec", (c) => c.json(openApiOf(app)));
  for (const path of UNAVAILABLE) app.all(path, unavailable);
}
