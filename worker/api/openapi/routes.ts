// GET /v1/openapi.json, GET /v1/docs: the app's own reference. The same document answers the wire contract's /v1/openapispec.
import type { Hono } from "hono";
import { failure } from "../../market/failure.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { ROUTE_SCOPES, isMiddleware } from "../guard.ts";
import { type Route, openApiDocument } from "./document.ts";
import { referencePage } from "./page.ts";
import SCRIPT from "./page/script.txt";
import STYLE from "./page/style.txt";

/** The app's routes, each once, without middleware. */
export function routesOf(app: Hono<AppEnv>): readonly Route[] {
  const routes = app.routes.filter((route) => !isMiddleware(route));
  const named = new Map(routes.map(({ method, path }) => [`${method} ${path}`, { method, path }]));
  return [...named].map(([name, route]) => ({ ...route, scope: ROUTE_SCOPES[name] ?? "manage" }));
}

/** The page runs its own script and style, reaches nothing else, and stands in no frame. */
const GUARDS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "public, max-age=300",
};

const FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ["style.css", { type: "text/css; charset=utf-8", text: STYLE }],
  ["script.js", { type: "text/javascript; charset=utf-8", text: SCRIPT }],
]);

function file(c: AppContext): Response {
  const found = FILES.get(c.req.param("file") ?? "");
  if (found === undefined) return refuse(c, failure("unknown-route", "The reference has no such file."));
  return c.body(found.text, 200, { ...GUARDS, "Content-Type": found.type });
}

export function openApiRoutes(app: Hono<AppEnv>): void {
  const documentFor = (c: AppContext): ReturnType<typeof openApiDocument> =>
    openApiDocument(routesOf(app), new URL(c.req.url).origin);
  app.get("/v1/openapi.json", (c) => c.json(documentFor(c)));
  app.get("/v1/openapispec", (c) => c.json(documentFor(c)));
  app.get("/v1/docs", (c) => c.html(referencePage(documentFor(c)), 200, GUARDS));
  app.get("/v1/docs/:file", file);
}
