// The app as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1): the routes that it has, the validators they
// check bodies by, and what the rows beside them say. Pure but for what those modules note when they are loaded.
import * as z from "zod";
import { isManagement } from "../wire/answer.ts";
import { bodyShape } from "./bodies.ts";
import { NATIVE } from "./native.ts";
import type { Answer, Operation, Verb } from "./operation.ts";
import { HEADER_PARAMETERS, PATH_PARAMETERS, QUERY_PARAMETERS } from "./parameters.ts";
import { SCHEMAS } from "./schemas.ts";
import { WIRE } from "./wire.ts";

type Json = Readonly<Record<string, unknown>>;

/** A route as the app lists it. */
export interface Route {
  readonly method: string;
  /** As the app spells it. */
  readonly path: string;
  /** Who may: the guard's word. */
  readonly scope: string;
}

/** The rows of all routes, by method and path as the app spells them. */
export const OPERATIONS: Readonly<Record<string, Operation | readonly Operation[]>> = { ...NATIVE, ...WIRE };

const PARAMETER = /:(\w+)(?:\{[^/]*\})?/g;
const spelled = (path: string): string => path.replaceAll(PARAMETER, "{$1}");

const parameter = (
  place: string,
  name: string,
  { description, schema }: { description: string; schema: Json },
): Json => ({
  name,
  in: place,
  ...(place === "path" ? { required: true } : {}),
  description,
  schema,
});

const OTHER = { description: "", schema: { type: "string" } };

function parameters(path: string, { query = [], headers = [] }: Operation): readonly Json[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return [
    ...names.map((name) => parameter("path", name, PATH_PARAMETERS[name] ?? OTHER)),
    ...query.map((name) => parameter("query", name, QUERY_PARAMETERS[name] ?? OTHER)),
    ...headers.map((name) => parameter("header", name, HEADER_PARAMETERS[name] ?? OTHER)),
  ];
}

const componentOf = (route: string): string => route.replaceAll(/[^A-Za-z0-9]+/g, "_");

/** A body's JSON Schema, whose own definitions are referred to as components. */
function bodySchema(route: string, shape: z.ZodType): Json {
  const text = JSON.stringify(z.toJSONSchema(shape, { io: "input", unrepresentable: "any" }));
  return JSON.parse(text.replaceAll('"#/$defs/', `"#/components/schemas/${componentOf(route)}.`)) as Json;
}

/** Definitions of all bodies, as components. */
function definitions(routes: readonly Route[]): Json {
  const all = routes.flatMap(({ method, path }) => {
    const shape = bodyShape(`${method} ${path}`);
    const found = shape === undefined ? {} : (bodySchema(`${method} ${path}`, shape)["$defs"] as Json | undefined);
    return Object.entries(found ?? {}).map(([name, each]) => [`${componentOf(`${method} ${path}`)}.${name}`, each]);
  });
  return Object.fromEntries(all) as Json;
}

function requestBody(route: string, { body }: Operation): Json {
  const shape = bodyShape(route);
  if (shape === undefined && body === undefined) return {};
  const media: Record<string, Json> = Object.fromEntries((body ?? []).map((type) => [type, {}]));
  if (shape !== undefined) {
    const { $schema: _dialect, $defs: _definitions, ...schema } = bodySchema(route, shape);
    media["application/json"] = { schema };
  }
  return { requestBody: { content: media } };
}

const reference = (name: string): Json => ({ schema: { $ref: `#/components/schemas/${name}` } });

function answer({ status, description, schema, media = [] }: Answer): readonly [string, Json] {
  const types = Object.fromEntries(media.map((type) => [type, {}]));
  const content = { ...types, ...(schema === undefined ? {} : { "application/json": reference(schema) }) };
  return [String(status), { description, ...(Object.keys(content).length === 0 ? {} : { content }) }];
}

/** How a route refuses: in the contract's shapes, or with a problem document. */
function refusal(path: string): Json {
  if (/^\/v1\/(?:web\/)?(?:algo|data|connector)(?:\/|$)/.test(path))
    return { "application/json": reference("WireError"), "text/plain": {} };
  if (!isManagement(path)) return { "application/problem+json": reference("Problem") };
  return {
    "application/problem+json": reference("ManagementProblem"),
    "application/json": reference("NoSuchAlgorithm"),
  };
}

const SCOPES: Readonly<Record<string, string>> = {
  public: "No key is asked for.",
  call: "Asks for a key whose `call` patterns allow it.",
  any: "Asks for any key.",
  data: 'Asks for a key with the scope `data`: "read", or "write" where something is changed.',
  manage: "Asks for a key with the scope `manage`.",
  admin: "Asks for an operator's key with the scope `admin`.",
};

const tagOf = (path: string): string => path.split("/").find((part) => part !== "" && part !== "v1") ?? "";

function operation(route: Route, path: string, verb: string, row: Operation): Json {
  const name = `${route.method} ${route.path}`;
  return {
    operationId: `${verb}_${path.replaceAll(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "")}`,
    tags: [tagOf(path)],
    summary: row.summary,
    description: SCOPES[route.scope] ?? "",
    parameters: parameters(path, row),
    ...(verb === "get" || verb === "head" ? {} : requestBody(name, row)),
    responses: {
      ...Object.fromEntries(row.answers.map(answer)),
      default: { description: "Refused: what is wrong and what to do.", content: refusal(path) },
    },
    security: route.scope === "public" ? [] : [{ key: [] }],
  };
}

const rowsOf = (route: Route): readonly Operation[] => {
  const rows = OPERATIONS[`${route.method} ${route.path}`] ?? { summary: "", answers: [] };
  return "summary" in rows ? [rows] : rows;
};

/** Which operations of the document a route is. */
export function operationsOf(
  route: Route,
): readonly { readonly path: string; readonly verb: Verb; readonly row: Operation }[] {
  return rowsOf(route)
    .filter(({ alias }) => alias === undefined)
    .flatMap((row) => {
      const path = row.path ?? spelled(route.path);
      const methods = row.methods ?? [route.method.toLowerCase() as Verb];
      return methods.map((verb) => ({ path, verb, row }));
    });
}

/** @param routes of the app, without middleware @param serverUrl origin, without a slash at the end */
export function openApiDocument(routes: readonly Route[], serverUrl: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes)
    for (const { path, verb, row } of operationsOf(route))
      paths[path] = { ...paths[path], [verb]: operation(route, path, verb, row) };
  return {
    openapi: "3.1.1",
    info: {
      title: "Orcade",
      version: "1",
      summary: "Publish apply(input), get a versioned, documented, metered REST endpoint.",
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: serverUrl }],
    tags: [...new Set(Object.keys(paths).map(tagOf))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...SCHEMAS, ...definitions(routes) },
      securitySchemes: {
        key: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "`Simple KEY`, `Bearer KEY`, or the bare key.",
        },
      },
    },
  };
}
