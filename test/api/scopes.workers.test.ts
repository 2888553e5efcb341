// Every route of the app, with keys of every kind: none is reached without the scope that ROUTE_SCOPES asks for.
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../worker/api/app.ts";
import { ROUTE_SCOPES, type RouteScope, isMiddleware } from "../../worker/api/guard.ts";
import { ALL_SCOPES, DEFAULT_SCOPES, type Scopes } from "../../worker/market/access/scopes.ts";
import { Client, bootstrap } from "../support/client.ts";
import { fetchInside } from "../support/inside.ts";

const routes = createApp()
  .routes.filter((route) => !isMiddleware(route))
  .map(({ method, path }) => ({ method, path, name: `${method} ${path}` }));

test("the table names every route of the app, and nothing else", () => {
  // A route that fails here is to be added to ROUTE_SCOPES in worker/api/guard.ts, with the scope it needs.
  expect(Object.keys(ROUTE_SCOPES).toSorted()).toEqual([...new Set(routes.map(({ name }) => name))].toSorted());
});

const NONE: Scopes = { ...DEFAULT_SCOPES, call: [], data: "none" };
const KINDS = {
  none: NONE,
  call: { ...NONE, call: ["*"] },
  reader: { ...NONE, data: "read" },
  writer: { ...NONE, data: "write" },
  manager: { ...NONE, manage: true },
  admin: { ...NONE, admin: true },
  all: ALL_SCOPES,
} as const satisfies Record<string, Scopes>;
type Kind = keyof typeof KINDS;

const keys = new Map<Kind, Client>();
let ada: Client;
beforeAll(async () => {
  ada = await bootstrap(fetchInside, "ada");
  for (const [kind, scopes] of Object.entries(KINDS)) {
    const { key } = await (await ada.post("/v1/keys", { label: kind, scopes })).json<{ key: string }>();
    keys.set(kind as Kind, new Client(fetchInside, key));
  }
});

/** Which kinds of keys a scope lets in, as the words of its definition say. */
function allowed(scope: RouteScope, method: string): readonly Kind[] {
  const reads = method === "GET" || method === "HEAD";
  switch (scope) {
    case "public":
    case "call":
    case "any":
      return Object.keys(KINDS) as Kind[];
    case "data":
      return reads ? ["reader", "writer", "all"] : ["writer", "all"];
    case "manage":
      return ["manager", "all"];
    case "admin":
      return ["admin", "all"];
  }
}

/** An address of the route, of things that do not exist. */
const addressOf = (path: string): string =>
  path
    .replace(/:uuid\{[^/]*\}/, "00000000-0000-4000-8000-000000000000")
    .replaceAll(/:(\w+)(\{[^/]*\})?/g, (_, name: string, digits?: string) => (digits === undefined ? name : "7"))
    .replace("*", "a/b");

const methodsOf = (method: string): readonly string[] =>
  method === "ALL" ? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] : [method];

async function ask(method: string, path: string, key: string | undefined): Promise<{ status: number; code: string }> {
  const headers = key === undefined ? {} : { Authorization: `Simple ${key}` };
  const answer = await fetchInside(addressOf(path), { method, headers });
  const text = await answer.text();
  return { status: answer.status, code: text.includes("This needs a key") ? "scope-missing" : "" };
}

const cases = routes.flatMap(({ method, path, name }) =>
  methodsOf(method).map((each) => ({ method: each, path, scope: ROUTE_SCOPES[name] ?? "manage" })),
);

describe("routes", () => {
  test.for(cases)("$method $path asks for $scope", async ({ method, path, scope }) => {
    const stranger = await ask(method, path, undefined);
    if (scope === "public") expect(stranger.code).toBe("");
    else expect(stranger.status).toBe(401);
    if (scope === "public" || scope === "call") return;
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const { status, code } = await ask(method, path, keys.get(kind)?.key);
      const refused = method === "HEAD" ? status === 403 : code === "scope-missing";
      expect([kind, refused]).toEqual([kind, !allowed(scope, method).includes(kind)]);
      if (refused) expect(status).toBe(403);
    }
  });

  test("an operator's key without the scope admin is no operator's, and the scope alone makes nobody one", async () => {
    expect(await (await keys.get("manager")?.get("/v1/account"))?.json()).toMatchObject({ operator: false });
    expect(await (await keys.get("admin")?.get("/v1/account"))?.json()).toMatchObject({ operator: true });
    const open = await fetchInside("/v1/accounts", {
      method: "POST",
      body: JSON.stringify({
        account: "bob",
        invite: (await (await ada.post("/v1/admin/invites", {})).json<{ code: string }>()).code,
      }),
    });
    const bob = new Client(fetchInside, (await open.json<{ key: string }>()).key);
    expect((await bob.get("/v1/admin/accounts")).status).toBe(403);
  });

  test("what no route takes is not there for anybody, with or without a key", async () => {
    expect((await fetchInside("/v1/admin/nothing")).status).toBe(404);
    expect((await fetchInside("/v1/keys", { method: "PUT" })).status).toBe(405);
  });
});
