// One algorithm's version as an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1), made from its manifest alone.
// Pure. The manifest's schemas must have passed compileSchema: what is copied here is in the closed subset.
import { LIMITS } from "../limits.ts";
import { CALL_FEE, FUEL_PER_MICROCREDIT } from "./money/price.ts";
import type { Kind, Manifest } from "./manifest.ts";
import { isObject } from "./schema/keywords.ts";

export interface OpenApiSubject {
  readonly owner: string;
  readonly name: string;
  /** What stands in the address: a version of the algorithm. */
  readonly version: string;
  readonly manifest: Manifest;
  /** Origin of the server, without a slash at the end. */
  readonly serverUrl: string;
}

type Json = Readonly<Record<string, unknown>>;

const DIALECT = "https://json-schema.org/draft/2020-12/schema";
const MEDIA: Readonly<Record<Kind, string>> = {
  json: "application/json",
  text: "text/plain",
  bytes: "application/octet-stream",
};
/** `metadata.content_type` of the envelope (wire contract §3). */
const CONTENT_TYPE = { json: "json", text: "text", bytes: "binary", void: "void" } as const;
const LICENSES = {
  apl: { name: "Algorithmia Platform License" },
  apache2: { name: "Apache License 2.0", identifier: "Apache-2.0" },
  gpl3: { name: "GNU General Public License 3.0", identifier: "GPL-3.0-only" },
  mit: { name: "MIT License", identifier: "MIT" },
} as const;
const PERMISSIONS = {
  state: "It keeps state between your calls; nobody else's calls see it.",
  call: "It calls other algorithms, which you pay for within the same ceiling (X-Orcade-Max-Cost).",
  data: "It reads data: yours, as far as your key may; its author's; and what is public.",
  "data-write": "It writes and deletes files in your collections, if your key may write data.",
  internet:
    "It sends requests to the Internet, unless your key forbids it; your data it sees then only where the input names it.",
  secrets: "It uses secrets of its author's; what it did with them cannot be replayed from a receipt.",
} as const;

/** @returns the document, to be sent as JSON */
export function algorithmOpenApi(subject: OpenApiSubject): Json {
  const { owner, name, version, manifest, serverUrl } = subject;
  const tags = Array.from(new Set(manifest.tags), (tag) => ({ name: tag }));
  return {
    openapi: "3.1.1",
    jsonSchemaDialect: DIALECT,
    info: {
      title: `${owner}/${name}`,
      version,
      summary: manifest.summary,
      description: describe(manifest),
      license: LICENSES[manifest.license],
    },
    servers: [{ url: serverUrl }],
    security: [{ key: [] }],
    ...(tags.length === 0 ? {} : { tags }),
    paths: { [`/v1/algo/${owner}/${name}/${version}`]: { post: operation(subject) } },
    components: { schemas: schemas(manifest), securitySchemes: SECURITY },
  };
}

function describe(manifest: Manifest): string {
  const royalty = manifest.royalty === 0 ? "no royalty" : `a royalty of ${manifest.royalty}`;
  const price =
    `A completed call costs ${CALL_FEE} microcredits, 1 for every ${FUEL_PER_MICROCREDIT} units of fuel it burns, ` +
    `and ${royalty}. 10,000 credits of 1,000,000 microcredits are 1 US dollar.`;
  const may = manifest.permissions.map((permission) => PERMISSIONS[permission]);
  const rest = may.length === 0 ? ["It only computes: it keeps nothing and reaches nothing outside."] : may;
  return [manifest.summary, price, ...rest].join("\n\n");
}

function operation({ owner, name, manifest }: OpenApiSubject): Json {
  return {
    operationId: `${owner}_${name}`,
    summary: manifest.summary,
    ...(manifest.tags.length === 0 ? {} : { tags: Array.from(new Set(manifest.tags)) }),
    parameters: PARAMETERS,
    requestBody: { required: true, content: { [MEDIA[manifest.input.kind]]: requestMedia(manifest) } },
    responses: {
      "200": {
        description: "The call was made: its result, or the error of the algorithm itself.",
        headers: HEADERS,
        content: { "application/json": { schema: { anyOf: [reference("Answer"), reference("AlgorithmError")] } } },
      },
      "4XX": refused("The call was not made; `code` says why."),
      "5XX": refused("The call was not made because of the server; try again."),
    },
  };
}

/** A body of bytes is described by its media type alone; its sample is base64 in the manifest and cannot be an example. */
function requestMedia({ input, sample }: Manifest): Json {
  if (input.kind === "bytes") return {};
  const fits = sample !== undefined && (input.kind === "json" || typeof sample === "string");
  return { schema: reference("Input"), ...(fits ? { example: sample } : {}) };
}

function schemas(manifest: Manifest): Json {
  const { input, output } = manifest;
  const content = { const: CONTENT_TYPE[output.kind] };
  return {
    ...(input.kind === "bytes"
      ? {}
      : relocate("Input", input.schema ?? (input.kind === "text" ? { type: "string" } : {}))),
    ...relocate("Result", resultSchema(output)),
    Answer: {
      type: "object",
      required: ["result", "metadata"],
      properties: { result: reference("Result"), metadata: metadata({ content_type: content }) },
    },
    ...ERRORS,
  };
}

function resultSchema(output: Manifest["output"]): Json {
  switch (output.kind) {
    case "json":
      return output.schema ?? {};
    case "text":
      return output.schema ?? { type: "string" };
    case "bytes":
      return { type: "string", contentEncoding: "base64", description: "The bytes in base64; bare with output=raw." };
    case "void":
      return { type: "null" };
  }
}

/** A manifest's schema as components: itself as `name`, its definitions as `name.DEFINITION`, and references to match. */
function relocate(name: string, schema: Json): Json {
  const { $schema: _dialect, $defs: definitions, ...root } = schema;
  const moved: [string, unknown][] = [[name, renamed(root, name)]];
  for (const [key, definition] of Object.entries(isObject(definitions) ? definitions : {})) {
    moved.push([`${name}.${key}`, renamed(definition, name)]);
  }
  return Object.fromEntries(moved);
}

/** Rewrites `$ref` where schemas stand, and nowhere else: a `default` or `const` may hold what looks like one. */
function renamed(schema: unknown, name: string): unknown {
  if (!isObject(schema)) return schema;
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => {
    if (keyword === "$ref") return [keyword, `#/components/schemas/${String(value).replace("#/$defs/", `${name}.`)}`];
    if (keyword === "items" || keyword === "additionalProperties") return [keyword, renamed(value, name)];
    if (keyword !== "properties" || !isObject(value)) return [keyword, value];
    return [keyword, Object.fromEntries(Object.entries(value).map(([key, each]) => [key, renamed(each, name)]))];
  });
  return Object.fromEntries(entries);
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function refused(description: string): Json {
  return { description, content: { "application/json": { schema: reference("Refusal") } } };
}

function metadata(more: Json): Json {
  const duration = { type: "number", description: "Seconds of wall time." };
  return { type: "object", required: [...Object.keys(more), "duration"], properties: { ...more, duration } };
}

const TEXT = { type: "string" } as const;

const ERRORS: Json = {
  AlgorithmError: {
    type: "object",
    description: "The algorithm failed: by its own word, by a trap, or at a limit.",
    required: ["error", "metadata"],
    properties: {
      error: {
        type: "object",
        required: ["message", "error_type"],
        properties: { message: TEXT, error_type: TEXT, stacktrace: TEXT },
      },
      metadata: metadata({}),
    },
  },
  Refusal: {
    type: "object",
    required: ["error"],
    properties: { error: { type: "object", required: ["message"], properties: { message: TEXT, code: TEXT } } },
  },
};

const SECURITY: Json = {
  key: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "An API key (`sim` and 25 letters or digits), bare or as `Simple KEY`.",
  },
};

const PARAMETERS: readonly Json[] = [
  {
    name: "X-Orcade-Max-Cost",
    in: "header",
    description: "Microcredits this call may cost at most; beyond them it ends with BudgetExceeded.",
    schema: { type: "integer", minimum: 0 },
  },
  {
    name: "timeout",
    in: "query",
    description: "Seconds the call may last.",
    schema: { type: "number", exclusiveMinimum: 0, maximum: LIMITS.timeoutSecondsMax, default: LIMITS.timeoutSeconds },
  },
  {
    name: "output",
    in: "query",
    description:
      "`raw` answers with the bare result in its own content type, and with status 400 and text on an error.",
    schema: { type: "string", enum: ["default", "raw"], default: "default" },
  },
];

const HEADERS: Json = {
  "X-Orcade-Call": header("Id of the call.", TEXT),
  "X-Orcade-Version": header("The version that ran.", TEXT),
  "X-Orcade-Build": header("Hash of the build that ran.", TEXT),
  "X-Orcade-Fuel": header("Fuel burned: the same on every machine, for ever.", { type: "integer" }),
  "X-Orcade-Cpu-Ms": header("Milliseconds of processor time, estimated from the fuel.", { type: "number" }),
  "X-Orcade-Cost": header("Microcredits charged.", { type: "integer" }),
};

function header(description: string, schema: Json): Json {
  return { description, schema };
}
