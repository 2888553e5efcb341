// What stands before every route: the caller's key, the account's rate limit, and the scope the route asks for. The table
// names every route there is (a test walks the app); a route it does not name asks for `manage`.
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { type Failure, failure } from "../market/failure.ts";
import type { Grant } from "../objects/account/object.ts";
import { admit } from "./caller.ts";
import type { AppContext, AppEnv } from "./context.ts";
import { refuse } from "./errors.ts";
import { rateHeaders } from "./rate.ts";

/**
 * - public: no key is asked for.
 * - call: the steps of a call ask (its lease counts it, the key's `call` patterns allow it).
 * - any: any living key.
 * - data: the scope `data`, to read for GET and HEAD, else to write.
 * - manage, admin: as in Scopes.
 */
export type RouteScope = "public" | "call" | "any" | "data" | "manage" | "admin";

/** By method and path as the app spells them. */
export const ROUTE_SCOPES: Readonly<Record<string, RouteScope>> = {
  "GET /v1/health": "public",
  "POST /v1/admin/bootstrap": "public",
  "POST /v1/accounts": "public",

  "POST /v1/algo/*": "call",
  "POST /v1/web/algo/*": "call",
  "OPTIONS /v1/web/algo/*": "public",
  "POST /v1/orc": "call",
  "POST /v1/runs": "call",
  // A run's id is known to who began it; the list is the account's.
  "GET /v1/runs": "manage",
  "GET /v1/runs/:id": "any",
  "DELETE /v1/runs/:id": "any",
  "GET /v1/runs/:id/events": "any",
  "GET /v1/runs/:id/tree": "any",
  "POST /v1/runs/:id/signals/:name": "any",

  "GET /v1/account": "any",
  "GET /v1/account/webhook-secret": "manage",
  "POST /v1/account/webhook-secret": "manage",
  "POST /v1/quote/:owner/:name": "any",
  "GET /v1/calls/:id/receipt": "any",
  "GET /v1/calls/:id/kept": "any",
  "GET /v1/calls/:id/log": "any",
  "GET /.well-known/orcade-keys": "public",
  "POST /v1/admin/receipt-keys": "admin",

  "ALL /v1/algorithms/:uuid{[0-9a-fA-F]+-[0-9a-fA-F-]+}": "any",
  "ALL /v1/algorithms/:uuid{[0-9a-fA-F]+-[0-9a-fA-F-]+}/*": "any",
  "POST /v1/algorithms/:owner": "manage",
  "GET /v1/algorithms/:owner/:name": "any",
  "PUT /v1/algorithms/:owner/:name": "manage",
  "DELETE /v1/algorithms/:owner/:name": "manage",
  "POST /v1/algorithms/:owner/:name/compile": "manage",
  "POST /v1/algorithms/:owner/:name/versions": "manage",
  "POST /v1/algorithms/:owner/:name/version": "manage",
  "GET /v1/algorithms/:owner/:name/builds": "manage",
  "GET /v1/algorithms/:owner/:name/builds/:build": "manage",
  "GET /v1/algorithms/:owner/:name/builds/:build/logs": "manage",
  "GET /v1/algorithms/:owner/:name/log": "manage",
  "GET /v1/algorithms/:owner/:name/errors": "manage",
  "GET /v1/algorithms/:owner/:name/secrets": "manage",
  "POST /v1/algorithms/:owner/:name/secrets": "manage",
  "PUT /v1/algorithms/:owner/:name/secrets/:secret": "manage",
  "DELETE /v1/algorithms/:owner/:name/secrets/:secret": "manage",
  "GET /v1/algorithms/:owner/:name/scm/status": "manage",
  "POST /v1/algorithms/:owner/:name/scm/webhook": "manage",
  "ALL /v1/algorithms/:owner/:name/versions/:version/registry": "admin",
  "GET /v1/hostedData": "data",
  "POST /v1/algorithms/:owner/:name/collections/:collection": "manage",
  "GET /v1/secret-provider": "any",
  "GET /v1/scms": "any",
  "GET /v1/scms/:scm": "any",
  "GET /v1/scms/:scm/oauth/status": "any",
  "GET /v1/scms/:scm/oauth/start": "any",
  "GET /v1/scms/:scm/oauth/revoke": "any",
  "POST /v1/scms/:scm/oauth/revoke": "any",
  "GET /v1/scms/:scm/token/status": "any",
  "POST /v1/scms/:scm/token/connect": "any",
  "GET /v1/algorithm-environments/edge/languages": "any",
  "GET /v1/algorithm-environments/edge/languages/:language/environments": "any",
  "GET /v1/algorithm-environments/edge/environment-specifications/:specification/template": "public",
  "POST /v1/insights": "public",
  "GET /v1/openapispec": "public",
  "GET /v1/openapi.json": "public",
  "GET /v1/docs": "public",
  "GET /v1/docs/:file": "public",
  "ALL /v1/clients/js/:file": "public",
  "POST /v1/users": "admin",
  "GET /v1/users": "admin",
  "GET /v1/users/:account": "admin",
  "PUT /v1/users/:account": "admin",
  "DELETE /v1/users/:account": "admin",
  "GET /v1/users/:account/algorithms": "any",
  "GET /v1/users/:account/keys": "manage",
  "POST /v1/users/:account/keys": "manage",
  "GET /v1/users/:account/errors": "manage",
  "ALL /v1/users/:account/connectors": "manage",
  "ALL /v1/users/:account/event-listeners": "manage",
  "ALL /v1/users/:account/event-listeners/:listener": "manage",
  "ALL /v1/users/:account/notifications": "any",
  "GET /v1/organization/types": "any",
  "GET /v1/organizations/externalId/:external": "any",
  "PUT /v1/organizations/:org": "manage",
  "DELETE /v1/organizations/:org": "manage",
  "GET /v1/organizations/:org/errors": "manage",
  "ALL /v1/admin/usage": "admin",
  "ALL /v1/admin/usage/algorithms": "admin",
  "ALL /v1/admin/usage/users": "admin",
  "ALL /v1/admin/reservations": "admin",
  "ALL /v1/admin/features/:feature": "admin",
  "ALL /v1/admin/insights-connection": "admin",
  "ALL /v1/admin/secret-provider": "admin",
  "ALL /v1/admin/scms": "admin",
  "ALL /v1/admin/scms/:scm": "admin",
  "GET /v1/algorithms/:owner/:name/versions": "any",
  "GET /v1/algorithms/:owner/:name/versions/:version": "any",
  "GET /v1/algorithms/:owner/:name/readme": "any",
  "GET /v1/algorithms/:owner/:name/openapi.json": "any",
  "GET /v1/algorithms/:owner/:name/versions/:version/module": "any",
  "GET /v1/algorithms/:owner/:name/similar": "any",
  "GET /v1/algorithms": "any",
  "PUT /v1/algorithms/:owner/:name/versions/:version": "manage",
  "PATCH /v1/algorithms/:owner/:name/versions/:version": "manage",

  // A call's id is known to who made it; lists of calls, and what was sold, are the account's books.
  "GET /v1/calls/:id": "any",
  "GET /v1/calls/:id/tree": "any",
  "GET /v1/calls/:id/result": "any",
  "DELETE /v1/calls/:id": "any",
  "GET /v1/calls": "manage",
  "GET /v1/algorithms/:owner/:name/calls": "manage",
  "GET /v1/algorithms/:owner/:name/earnings": "manage",
  "GET /v1/algorithms/:owner/:name/profile": "manage",

  // A job calls and spends as a call does; what its key may call is looked at when it is made.
  "POST /v1/jobs": "any",
  "GET /v1/jobs": "any",
  "POST /v1/jobs/quote": "any",
  "GET /v1/jobs/:id": "any",
  "DELETE /v1/jobs/:id": "any",
  "GET /v1/jobs/:id/events": "any",
  "GET /v1/jobs/:id/tasks": "any",
  "GET /v1/jobs/:id/tree": "any",
  "GET /v1/jobs/:id/result": "any",
  "POST /v1/jobs/:id/start": "any",
  "POST /v1/jobs/:id/retry": "any",

  "GET /v1/keys": "manage",
  "POST /v1/keys": "manage",
  "PATCH /v1/keys/:id": "manage",
  "DELETE /v1/keys/:id": "manage",

  "POST /v1/organizations": "manage",
  "GET /v1/organizations/:org": "any",
  "GET /v1/organizations/:org/members": "any",
  "PUT /v1/organizations/:org/members/:account": "manage",
  "DELETE /v1/organizations/:org/members/:account": "manage",
  "GET /v1/organizations/:org/keys": "manage",
  "POST /v1/organizations/:org/keys": "manage",
  "PATCH /v1/organizations/:org/keys/:id": "manage",
  "DELETE /v1/organizations/:org/keys/:id": "manage",

  "ALL /v1/data": "data",
  "ALL /v1/data/*": "data",
  "ALL /v1/connector/*": "data",
  "POST /v1/uploads": "data",
  "GET /v1/uploads/:owner/:collection/:id{[0-9]+}": "data",
  "PUT /v1/uploads/:owner/:collection/:id{[0-9]+}/:number{[0-9]{1,3}}": "data",
  "POST /v1/uploads/:owner/:collection/:id{[0-9]+}/complete": "data",
  "DELETE /v1/uploads/:owner/:collection/:id{[0-9]+}": "data",

  "GET /v1/account/ledger": "manage",
  "GET /v1/account/statements/:month": "manage",
  "GET /v1/organizations/:org/ledger": "manage",
  "GET /v1/organizations/:org/statements/:month": "manage",

  "GET /v1/admin/accounts": "admin",
  "GET /v1/admin/accounts/:account": "admin",
  "PATCH /v1/admin/accounts/:account": "admin",
  "POST /v1/admin/accounts/:account/suspension": "admin",
  "GET /v1/admin/accounts/:account/jobs": "admin",
  "POST /v1/admin/jobs/:id/stop": "admin",
  "POST /v1/admin/accounts/:account/grants": "admin",
  "POST /v1/admin/accounts/:account/refunds": "admin",
  "GET /v1/admin/accounts/:account/ledger": "admin",
  "GET /v1/admin/accounts/:account/ledger/entries": "admin",
  "GET /v1/admin/accounts/:account/ledger/transfers": "admin",
  "POST /v1/admin/algorithms/:owner/:name/versions/:version/suspension": "admin",
  "POST /v1/admin/import/accounts": "admin",
  "POST /v1/admin/import/keys": "admin",
  "POST /v1/admin/import/algorithms": "admin",
  "GET /v1/admin/flags": "admin",
  "GET /v1/admin/invites": "admin",
  "POST /v1/admin/invites": "admin",
  "DELETE /v1/admin/invites/:id": "admin",
};

/** The client's address as the runtime tells it (Cloudflare sets the header; behind no edge a client may). */
export const addressOf = (c: AppContext): string => c.req.header("CF-Connecting-IP") ?? "";

/** Middleware of the whole app, which is no route. */
export const isMiddleware = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === "ALL" && path === "/*";

/** The scope of the route that will answer, which is the first that takes the request; null when none will. */
function scopeOf(c: AppContext): RouteScope | null {
  const route = matchedRoutes(c).find((matched) => !isMiddleware(matched));
  return route === undefined ? null : (ROUTE_SCOPES[`${route.method} ${route.path}`] ?? "manage");
}

type KeyScope = Exclude<RouteScope, "public" | "call">;

function allows(grant: Grant, scope: KeyScope, method: string): boolean {
  const { scopes } = grant.key;
  switch (scope) {
    case "any":
      return true;
    case "data":
      return scopes.data === "write" || (scopes.data === "read" && (method === "GET" || method === "HEAD"));
    case "manage":
      return scopes.manage;
    case "admin":
      return grant.operator;
  }
}

const NEEDS: Readonly<Record<KeyScope, string>> = {
  any: "a key",
  data: 'a key with the scope "data": "read" or "write"',
  manage: 'a key with the scope "manage"',
  admin: 'a key of an operator, with the scope "admin"',
};

const lacks = (scope: KeyScope): Failure =>
  failure("forbidden", `This needs ${NEEDS[scope]}.`, { reason: "scope-missing" });

/** Middleware of the whole app: nobody reaches a route without the scope it asks for. */
export const guard: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.path.startsWith("/v1/algo/") || c.req.path.startsWith("/v1/web/algo/")) return next();
  const scope = scopeOf(c);
  if (scope === null || scope === "public" || scope === "call") return next();
  const { grant, limits } = await admit(c.env, c.req.header("Authorization"), addressOf(c));
  const headers = limits === null ? [] : Object.entries(rateHeaders(limits));
  for (const [name, value] of headers) c.header(name, value);
  if (!grant.ok) return refuse(c, grant.error);
  if (!allows(grant.value, scope, c.req.method)) return refuse(c, lacks(scope));
  c.set("grant", grant.value);
  await next();
  // An answer that a handler made by itself, a stream of data for example, has not taken them over.
  for (const [name, value] of headers) if (!c.res.headers.has(name)) c.header(name, value);
};
