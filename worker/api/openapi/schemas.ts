// Schemas of answers in the reference, by name. They say what a client may rely on; more members may come.

type Json = Readonly<Record<string, unknown>>;

const string: Json = { type: "string" };
const integer: Json = { type: "integer" };
const number: Json = { type: "number" };
const boolean: Json = { type: "boolean" };
const orNull = (type: string): Json => ({ type: [type, "null"] });
const list = (items: Json): Json => ({ type: "array", items });
const object = (properties: Json, optional: readonly string[] = []): Json => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});
const one = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const FIELD = object({ path: string, message: string });
const PROBLEM = {
  type: { ...string, format: "uri", description: "Names the kind of problem, as `code` does." },
  title: string,
  status: integer,
  detail: { ...string, description: "What is wrong and what to do." },
  code: string,
  request_id: { ...string, description: "To be given to an operator." },
  retry: { ...boolean, description: "Whether the same request may succeed later." },
  errors: { ...list(FIELD), description: "The offending fields." },
};

const ERRORS: Json = {
  Problem: object(PROBLEM, ["errors"]),
  ManagementProblem: object(
    {
      ...PROBLEM,
      error: { ...object({ id: string, code: integer, message: string }), description: "The contract's number." },
    },
    ["errors"],
  ),
  NoSuchAlgorithm: object({ error: { const: "No such algorithm" } }),
  WireError: object({ error: object({ message: string, code: string }) }),
};

const CALLS: Json = {
  Called: {
    anyOf: [one("Result"), one("Failed"), one("Accepted")],
  },
  Result: object({
    result: { description: "Text as a string, JSON as it is, bytes in base64, nothing as null." },
    metadata: object(
      {
        content_type: { enum: ["text", "json", "binary", "void"] },
        duration: { ...number, description: "Seconds." },
        stdout: string,
        timing: object({ running: number, total: number }),
      },
      ["stdout", "timing"],
    ),
  }),
  Failed: object({
    error: { ...object({ message: string, error_type: string }), description: "The algorithm's own failure." },
    metadata: object({ duration: number }),
  }),
  Accepted: object({ async: string, request_id: string }),
};

const DATA: Json = {
  Listing: object(
    {
      folders: list(object({ name: string })),
      files: list(object({ filename: string, last_modified: { ...string, format: "date-time" }, size: integer })),
      marker: string,
      acl: object({ read: list(string) }),
    },
    ["marker", "acl"],
  ),
  Made: object({ result: { ...string, description: "Its data:// address." } }),
  Deleted: object({ result: object({ deleted: integer }) }),
  Part: object({ number: integer, bytes: integer, md5: string }),
  Upload: object({
    upload: { ...string, description: "The upload's address." },
    path: string,
    part_bytes: { ...integer, description: "Bytes a part should have." },
    part_bytes_max: integer,
    parts: list(one("Part")),
    expires: { ...string, format: "date-time" },
  }),
};

const KEY: Json = {
  id: string,
  label: string,
  scopes: object(
    {
      call: list(string),
      data: { enum: ["none", "read", "write"] },
      internet: boolean,
      manage: boolean,
      admin: boolean,
    },
    ["internet"],
  ),
  limits: object({
    microcredits: orNull("integer"),
    microcredits_per_day: orNull("integer"),
    calls_per_minute: orNull("integer"),
  }),
  created: string,
  expires_at: orNull("string"),
};

const ACCOUNTS: Json = {
  Key: object({ ...KEY, key: { ...string, description: "Shown once, when it is made." } }, ["key"]),
  SignedUp: object({ account: string, credits_microcredits: integer, key: string }, ["key"]),
  Account: object({
    account: string,
    kind: string,
    operator: boolean,
    organizations: list(string),
    owned_organizations: list(string),
    key: object(KEY),
  }),
  User: object({ id: string, username: string, email: string, self_link: string, resource_type: { const: "user" } }),
  Organization: object({ id: string, org_name: string, type_id: string, resource_type: { const: "organization" } }),
};

export const SCHEMAS: Json = {
  ...ERRORS,
  ...CALLS,
  ...DATA,
  ...ACCOUNTS,
  Object: { type: "object" },
  List: { type: "array" },
  Health: object({ status: { const: "ok" } }),
  Page: object({
    results: { type: "array" },
    marker: { ...orNull("string"), description: "Where the next page begins; null: there is none." },
    next_link: orNull("string"),
  }),
  Algorithm: object({
    id: string,
    name: string,
    details: { type: "object" },
    settings: { type: "object" },
    resource_type: { const: "algorithm" },
  }),
  SigningKeys: object({ keys: { type: "array" } }),
};
