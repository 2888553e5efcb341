// The reference is whole: every route of the app stands in the document, with a row that says what it is for.
import { describe, expect, test } from "vitest";
import { createApp } from "../../worker/api/app.ts";
import { routesWithBodies } from "../../worker/api/openapi/bodies.ts";
import { OPERATIONS, operationsOf } from "../../worker/api/openapi/document.ts";
import { routesOf } from "../../worker/api/openapi/routes.ts";
import { fetchInside } from "../support/inside.ts";

const routes = routesOf(createApp());
const names = routes.map(({ method, path }) => `${method} ${path}`);

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly description: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema?: object }> };
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}
const read = async (path: string): Promise<Document> => (await fetchInside(path)).json<Document>();

test("every route has a row in worker/api/openapi, and no row is without a route", () => {
  // A route that fails here is to be described in native.ts or wire.ts there.
  expect(Object.keys(OPERATIONS).toSorted()).toEqual(names.toSorted());
  expect(routesWithBodies().filter((route) => !names.includes(route))).toEqual([]);
});

describe("the document", () => {
  test("holds every route of the app", async () => {
    const { openapi, paths } = await read("/v1/openapi.json");
    expect(openapi).toBe("3.1.1");
    for (const route of routes) {
      for (const { path, verb } of operationsOf(route)) {
        const operation = paths[path]?.[verb];
        expect(operation?.summary, `${verb} ${path}`).toMatch(/\S/);
        const inPath = operation?.parameters.filter((each) => each.in === "path").map(({ name }) => name);
        expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
        for (const { name, description } of operation?.parameters ?? [])
          expect(description, `${path} ${name}`).toMatch(/\S/);
      }
    }
  });

  test("names each operation once, and says what it takes", async () => {
    const { paths } = await read("/v1/openapi.json");
    const operations = Object.values(paths).flatMap((item) => Object.values(item));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(paths["/v1/keys"]?.["post"]?.requestBody?.content["application/json"]?.schema).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: { label: { type: "string", minLength: 1, maxLength: 100 } },
    });
  });

  test("api §6 openapispec: is the same document", async () => {
    expect(await read("/v1/openapispec")).toEqual(await read("/v1/openapi.json"));
  });
});

describe("the page", () => {
  test("needs nothing from elsewhere, and a browser is told so", async () => {
    const page = await fetchInside("/v1/docs");
    const html = await page.text();
    expect([page.status, page.headers.get("Content-Type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(page.headers.get("Content-Security-Policy")).toMatch(
      /^default-src 'none'; style-src 'self'; script-src 'self';/,
    );
    const addresses = [...html.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(([, address]) => address);
    expect(new Set(addresses)).toEqual(new Set(["/v1/docs/style.css", "/v1/docs/script.js", "/v1/openapi.json"]));
    for (const address of addresses) expect((await fetchInside(address ?? "")).status).toBe(200);
    expect((await fetchInside("/v1/docs/nothing")).status).toBe(404);
  });

  test("tells of every operation", async () => {
    const html = await (await fetchInside("/v1/docs")).text();
    const { paths } = await read("/v1/openapi.json");
    for (const item of Object.values(paths))
      for (const { operationId } of Object.values(item)) expect(html).toContain(`id="${operationId}"`);
  });
});
