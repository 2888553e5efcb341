// The rest of the contract's §6: insights, and what has no meaning here.
import type { Hono } from "hono";
import * as z from "zod";
import { failure } from "../../market/failure.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { wireBody } from "./body.ts";
import { bodyOf } from "../openapi/bodies.ts";

/** Metrics of one call of an algorithm (features §1). They are checked and go nowhere: there is no receiver to send them to. */
const METRICS = 25;
const metric = z.object({ insight_key: z.string().min(1).max(200), insight_value: z.unknown() });
const insightsBody = bodyOf("POST /v1/insights", z.array(metric).max(METRICS));

async function insights(c: AppContext): Promise<Response> {
  const body = await wireBody(c, z.union([insightsBody, z.strictObject({})]));
  return body.ok ? c.json({}) : refuse(c, body.error);
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
  for (const path of UNAVAILABLE) app.all(path, unavailable);
}
