// Requests at random from an OpenAPI document: every operation, with what it says it takes and with what it does not.
import fc from "fast-check";
import * as z from "zod";
import type { System } from "../support/server.ts";

type Schema = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}
interface Media {
  readonly schema?: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, { readonly content?: Record<string, Media> }>;
}
export interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema> };
}
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string | undefined;
  /** The document's path and verb. */
  readonly of: readonly [template: string, verb: string];
}
/** What is there: values by the name of a parameter or field, `RESOURCE.NAME` for those of one resource; and keys. */
export interface Known {
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly keys: readonly string[];
  /** Bodies that are taken, by path. */
  readonly bodies: Readonly<Record<string, readonly object[]>>;
}

/** Stands in a request for the id of a run or a job that is there when it is sent: requests end and forget them. */
const STANDS_FOR = /(?:RUN|JOB)-\d/g;
const ids = new Map<string, string>();
export const withIds = (path: string): string => path.replaceAll(STANDS_FOR, (name) => ids.get(name) ?? name);

/** Makes what requests are about, and makes it again where requests have deleted it. */
export async function furnish({ ada, fetch: ask }: System): Promise<void> {
  const headers = { Authorization: ada.key };
  await ada.post("/v1/data/.my", { name: "c1" });
  await ask("/v1/data/.my/c1/f1", { method: "PUT", body: "text", headers });
  await ask("/v1/data/.my/c1/f%201", { method: "PUT", body: new Uint8Array(3_000), headers });
  await ada.post("/v1/algorithms/ada", { name: "made" });
  await ada.post("/v1/algorithms/ada/made/secrets", { secret_key: "A", secret_value: "b", short_name: "a" });
  await ada.post("/v1/organizations", { org_name: "genome", external_id: "ext-1" });
  await ada.post("/v1/users", { username: "bob", email: "bob@example.org" });
  await ada.post("/v1/admin/accounts/bob/suspension", { reason: null });
  await begin(ada);
}

const JOB = { map: "ada/echo@1.0.0", reduce: "ada/join@1.0.0", source: "data://ada/c1/f1", split: "lines" };
const RANGE = { map: "ada/json@1.0.0", source: { from: 0, to: 9 }, split: "range" };
const JOBS: readonly object[] = [JOB, RANGE, { ...JOB, map: "ada/text@1.0.0", source: ["data://ada/c1/*"] }];

/** Begins runs and jobs: over, waiting, quoted, failed. */
async function begin(ada: System["ada"]): Promise<void> {
  const one = async (name: string, path: string, body: object): Promise<void> => {
    ids.set(name, (await (await ada.post(path, body)).json<{ id: string }>()).id);
  };
  await one("RUN-0", "/v1/runs", { program: "1" });
  // Ends before a request for its events would count as one that hangs.
  await one("RUN-1", "/v1/runs?timeout=3", { program: WAITS });
  for (const [n, job] of JOBS.entries()) await one(`JOB-${n}`, "/v1/jobs", job);
  await one(`JOB-${JOBS.length}`, "/v1/jobs/quote", JOB);
}

/** Programs that do what a run can do: they wait, call, read and write data, ask the network, end in errors. */
const WAITS = 'signal("go")';
const PROGRAMS = [
  'Rwait(20) >> algo("ada/text")("x")',
  'algo("ada/nothing")("x") ; 0',
  'algoWith("ada/echo", {. maxCost = 1 .})("x")',
  'data.put("data://.my/c1/o", [1]) >> data.get("data://.my/c1/o")',
  'data.list("data://.my/c1") | data.get("data://.my/c1/none")',
  'http.get("https://127.0.0.1/")',
  "def f(n) = f(n + 1) f(0)",
  "upto(50) >n> n / (n - 25)",
];

/** Things that exist, so that requests get past "there is no such thing". */
export async function valuesOf(system: System): Promise<Known> {
  const { ada } = system;
  const asked = async <T>(path: string): Promise<T> => (await ada.get(path)).json<T>();
  const key = async (scopes: object): Promise<string> => {
    const made = await ada.post("/v1/keys", { label: "fuzz", scopes });
    return (await made.json<{ key: string }>()).key;
  };
  const begun = await ada.post("/v1/uploads", { path: "data://ada/c1/big", size: 5 });
  const upload = (await begun.json<{ upload: string }>()).upload.split("/").at(-1) ?? "";
  const called = await ada.call("ada/echo", new Uint8Array([1]), { "X-Orcade-Keep": "input" });
  const { results: secrets } = await asked<{ results: { id: string }[] }>("/v1/algorithms/ada/made/secrets");
  const { results: builds } = await asked<{ results: { build_id: string }[] }>("/v1/algorithms/ada/made/builds");
  const { result: hosted } = await asked<{ result: { id: string }[] }>("/v1/hostedData");
  return {
    bodies: { "/v1/jobs": JOBS, "/v1/jobs/quote": JOBS, "/v1/jobs/{id}/retry": [{}, { cost: 1_000_000 }] },
    keys: [ada.key, await key({ call: ["*"], data: "write", manage: true }), await key({}), "", "sim-unknown"],
    values: {
      owner: ["ada", "ada", "ADA", "genome", "nobody"],
      account: ["ada", "bob", "nobody"],
      org: ["genome", "nobody"],
      org_name: ["genome", "another"],
      name: ["echo", "text", "json", "made", "made", "nothing"],
      version: ["1.0.0", "latest", "1", "1.*", "latestPrivate", "f".repeat(40)],
      collection: ["c1", "c1", "c2", hosted[0]?.id ?? ""],
      file: ["f1", "f 1", "a.txt", "style.css"],
      path: ["ada/c1/f1", ".my", "data://.my/c1", "data://ada/c1/big"],
      connector: ["data", "data", "s3", "dropbox+x"],
      id: [upload, called.headers.get("X-Orcade-Call") ?? "1", "RUN-0", "JOB-0", "1"],
      "runs.id": ["RUN-0", "RUN-1"],
      "runs.name": ["go", "other"],
      "jobs.id": [...JOBS.keys(), JOBS.length].map((n) => `JOB-${n}`),
      number: ["0", "1", "511"],
      call: [called.headers.get("X-Orcade-Call") ?? "1"],
      month: ["2026-11", "1970-01"],
      marker: ["", "x", "1.0.0", "build.1"],
      algorithm: ["ada/echo"],
      scm: ["internal", "github"],
      language: ["assemblyscript", "anaconda3"],
      secret: [secrets[0]?.id ?? ""],
      build: [builds[0]?.build_id ?? ""],
      external: ["ext-1"],
      type_id: ["basic", "pro"],
      timeout: ["5", "1"],
      program: ["1", "1 | 2", "signal(x)", WAITS, "1 +", ...PROGRAMS],
      map: ["ada/echo@1.0.0", "ada/text@1.0.0", "ada/json@1.0.0", "ada/nothing@1.0.0", "genome/kmers"],
      reduce: ["ada/join@1.0.0", "ada/json@1.0.0"],
      source: ["data://ada/c1/f1", "data://.my/c1/*", "data://ada/c1/none", "data://ada/c2/*"],
      after: ["0", "1"],
      state: ["failed", "done", "running"],
    },
  };
}

/** Texts that break parsers: controls, quotes, dots, halves of percent codes, other scripts, long ones. */
const nasty = fc.oneof(
  fc.constantFrom(
    "",
    ".",
    "..",
    "%",
    "%00",
    "%zz",
    "'",
    '"',
    "\\",
    "null",
    "undefined",
    "-1",
    "1e309",
    "NaN",
    "__proto__",
  ),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.toWellFormed()),
  fc.string({ maxLength: 40 }),
  fc.integer({ min: 100, max: 5_000 }).map((length) => "a".repeat(length)),
);

const integer = ({ minimum, maximum }: Schema): fc.Arbitrary<number> =>
  fc.integer({
    min: typeof minimum === "number" ? Math.ceil(minimum) : -1_000,
    max: typeof maximum === "number" ? Math.floor(maximum) : 1_000_000,
  });

function text({ pattern, format, minLength, maxLength }: Schema): fc.Arbitrary<string> {
  if (typeof pattern === "string" && !pattern.includes("\\p{")) return fc.stringMatching(new RegExp(pattern, "u"));
  if (format === "uuid") return fc.uuid();
  if (format === "date-time") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  const max = typeof maxLength === "number" ? Math.min(maxLength, 200) : 60;
  return fc.string({ minLength: typeof minLength === "number" ? minLength : 0, maxLength: max });
}

function object({ properties = {}, required = [], additionalProperties }: Schema, known: Known): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties as Record<string, Schema>).map(
    ([name, schema]) => [name, fieldOf(name, schema, known)] as const,
  );
  const needed = new Set(required as string[]);
  const present = fields.map(
    ([name, value]) =>
      [
        name,
        needed.has(name)
          ? value.map((each) => [each])
          : fc.option(
              value.map((each) => [each]),
              { nil: [] },
            ),
      ] as const,
  );
  const held = fc
    .record(Object.fromEntries(present))
    .map((record) =>
      Object.fromEntries(Object.entries(record).flatMap(([name, one]) => one.map((each) => [name, each]))),
    );
  if (typeof additionalProperties !== "object" || additionalProperties === null) return held;
  return fc.dictionary(fc.string({ maxLength: 10 }), valueOf(additionalProperties as Schema, known), { maxKeys: 3 });
}

/** A field's value: half the time one that exists, where the field is a text of a known name. */
function fieldOf(name: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const values = known.values[name];
  const fitting = valueOf(schema, known);
  const kinds = [schema, ...((schema["anyOf"] ?? []) as Schema[])];
  return values === undefined || !kinds.some(({ type }) => type === "string")
    ? fitting
    : fc.oneof(fitting, { weight: 3, arbitrary: fc.constantFrom(...values) });
}

/** Values that fit a schema. */
function valueOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { type, enum: words, const: constant, anyOf, items } = schema;
  if (Array.isArray(words)) return fc.constantFrom(...(words as unknown[]));
  if (constant !== undefined) return fc.constant(constant);
  if (Array.isArray(anyOf)) return fc.oneof(...(anyOf as Schema[]).map((each) => valueOf(each, known)));
  if (type === "string") return text(schema);
  if (type === "integer") return integer(schema);
  if (type === "number") return fc.oneof(integer(schema), fc.double({ noNaN: true, noDefaultInfinity: true }));
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  if (type === "array")
    return fc.array(items === undefined ? fc.jsonValue() : valueOf(items as Schema, known), { maxLength: 5 });
  return type === "object" ? object(schema, known) : fc.jsonValue();
}

const json = (value: unknown): string => JSON.stringify(value);

interface Place {
  readonly template: string;
  readonly method: string;
  readonly operation: Operation;
}

/** Values that fit, half of them taken from ones that are known to be accepted, with some fields of others. */
function fittingBody(template: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const fitting = valueOf(schema, known);
  const taken = known.bodies[template];
  if (taken === undefined) return fitting;
  const mixed = fc.tuple(fc.constantFrom(...taken), fitting, fc.nat({ max: 20 })).map(([one, other, nth]) => {
    const field = Object.entries(other as object)[nth];
    return field === undefined ? one : { ...one, [field[0]]: field[1] as unknown };
  });
  return fc.oneof(fitting, mixed);
}

function bodyOf(
  { template, operation: { requestBody } }: Place,
  known: Known,
): fc.Arbitrary<{ type: string; body: Uint8Array | string } | undefined> {
  const media = Object.entries(requestBody?.content ?? {});
  const wrong = fc.oneof(
    fc.record({ type: fc.constant("application/json"), body: fc.jsonValue({ maxDepth: 4 }).map(json) }),
    fc.record({ type: fc.constantFrom("application/json", "text/plain"), body: nasty }),
    fc.record({ type: fc.constant("application/octet-stream"), body: fc.uint8Array({ maxLength: 200 }) }),
    fc.record({ type: fc.constant("application/x-www-form-urlencoded"), body: fc.constant("a=1&b=2") }),
  );
  const right = media.map(([type, { schema }]) =>
    schema === undefined
      ? fc.record({
          type: fc.constant(type),
          body: fc.oneof(fc.uint8Array({ maxLength: 200 }), nasty, fc.jsonValue().map(json)),
        })
      : fc.record({ type: fc.constant(type), body: fittingBody(template, schema, known).map(json) }),
  );
  const none = fc.constant(undefined);
  if (right.length === 0) return fc.oneof({ weight: 4, arbitrary: none }, { weight: 1, arbitrary: wrong });
  return fc.oneof(
    { weight: 6, arbitrary: fc.oneof(...right) },
    { weight: 2, arbitrary: wrong },
    { weight: 1, arbitrary: none },
  );
}

const encoded = (value: unknown): string => encodeURIComponent(String(value).toWellFormed());

function parameter({ name, schema }: Parameter, resource: string, known: Known): fc.Arbitrary<string> {
  const values = known.values[`${resource}.${name}`] ?? known.values[name];
  const fitting = valueOf(schema, known).map(String);
  return fc.oneof(
    ...(values === undefined ? [] : [{ weight: 24, arbitrary: fc.constantFrom(...values) }]),
    { weight: 2, arbitrary: fitting.map((value) => value.toWellFormed()) },
    { weight: 1, arbitrary: nasty },
  );
}

/** A value as one segment of a path: dots alone would lead elsewhere before they are sent. */
const segment = (value: string | undefined): string =>
  /^(?:\.|%2e){1,2}$/i.test(value ?? "") || value === undefined || value === "" ? "x" : encoded(value);

/** Visible ASCII, as a header may carry it. */
const headerText = (value: string): string => value.replaceAll(/[^\x20-\x7e]/g, "").trim();

/** Three times in four. */
const absent = { weight: 3, arbitrary: fc.constant(undefined) };

function sentTo(sought: Place, known: Known): fc.Arbitrary<Sent> {
  const { template, method, operation } = sought;
  const of = (place: Parameter["in"]): Parameter[] => operation.parameters.filter((each) => each.in === place);
  const values = (place: Parameter["in"], all: boolean): fc.Arbitrary<Record<string, string>> => {
    const resource = template.split("/")[2] ?? "";
    const fields = of(place).map((each) => {
      const value = parameter(each, resource, known);
      return [each.name, all ? value : fc.oneof(absent, value)] as const;
    });
    return fc
      .record(Object.fromEntries(fields))
      .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))) as never;
  };
  return fc
    .record({
      path: values("path", true),
      query: values("query", false),
      headers: values("header", false),
      key: fc.oneof({ weight: 8, arbitrary: fc.constant(known.keys[0] ?? "") }, fc.constantFrom(...known.keys)),
      sent: bodyOf(sought, known),
      accept: fc.option(fc.constantFrom("application/json", "text/plain", "application/problem+json", "*/*")),
    })
    .map(({ path, query, headers, key, sent, accept }) => {
      const address = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(path[name]));
      const search = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`);
      const all = {
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerText(value)])),
        ...(key === "" ? {} : { Authorization: `Simple ${key}` }),
        ...(accept === null ? {} : { Accept: accept }),
        ...(sent === undefined ? {} : { "Content-Type": sent.type }),
      };
      const carries = method !== "GET" && method !== "HEAD";
      return {
        method,
        path: search.length === 0 ? address : `${address}?${search.join("&")}`,
        headers: all,
        body: carries ? sent?.body : undefined,
        of: [template, method.toLowerCase()] as const,
      };
    });
}

/** What would end the run itself: the operator's own keys, account and suspension. */
const ENDS = new Set(["delete_v1_keys_id", "patch_v1_keys_id", "post_v1_admin_receipt_keys"]);

/** Requests to all operations of a document, each as often as any other. */
export function requestFor(document: Document, known: Known): fc.Arbitrary<Sent> {
  const places = Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item)
      .filter(([, operation]) => !ENDS.has(operation.operationId))
      .map(([verb, operation]): Place => ({ template, method: verb.toUpperCase(), operation })),
  );
  return fc.oneof(...places.map((place) => sentTo(place, known)));
}

const shapes = new Map<string, z.ZodType>();

/** The schema of an answer as a check; references are to the document's components. */
function shapeOf(document: Document, schema: Schema): z.ZodType {
  const text = JSON.stringify(schema);
  const known = shapes.get(text);
  if (known !== undefined) return known;
  const local = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const made = z.fromJSONSchema(JSON.parse(local.replaceAll("#/components/schemas/", "#/$defs/")));
  shapes.set(text, made);
  return made;
}

/** What is wrong with an answer by the document: its status, its type, its shape. Null: nothing. */
export function answersOf(document: Document, [path, verb]: Sent["of"], answer: Response, text: string): string | null {
  const operation = document.paths[path]?.[verb];
  if (operation === undefined) return "there is no such operation";
  const promised = operation.responses[String(answer.status)];
  if (answer.status < 400 && promised === undefined) return `${answer.status} is not promised`;
  const { content } = promised ?? operation.responses["default"] ?? {};
  const type = (answer.headers.get("Content-Type") ?? "").split(";")[0]?.trim() ?? "";
  if (text === "") return null;
  const media = content?.[type];
  if (media === undefined) return `${answer.status} with ${type} is not promised: ${text.slice(0, 300)}`;
  if (media.schema === undefined) return null;
  const checked = shapeOf(document, media.schema).safeParse(JSON.parse(text));
  return checked.success ? null : `${answer.status}: ${z.prettifyError(checked.error)}\n${text.slice(0, 500)}`;
}
