// The reference's rows for routes of Algorithmia's contract (docs/algorithmia.md), by method and path as the app spells them.
import { type Operation, PAGED, VERBS, type Verb, alias, bytes, json, nothing, op, unavailable } from "./operation.ts";

const ANY = "application/octet-stream";
/** A file, as what the request asks for by its Accept header. */
const FILE = bytes(ANY, "text/plain", "application/json");
const CONDITIONS = ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"];
const CALLED = {
  query: ["timeout", "output", "stdout", "timing", "sudo"],
  headers: ["X-Orcade-Max-Cost", "X-Orcade-Quote", "X-Orcade-Keep", "Idempotency-Key", "Prefer", "X-Orcade-Webhook"],
  body: ["application/json", "text/plain", ANY],
};
const ANSWERED = [
  { ...json("Called"), media: ["text/plain", ANY] },
  { ...json("Object", 202), description: "Taken; the result comes later." },
];
const ALGORITHM = "/v1/algorithms/:owner/:name";
const UUID = "/v1/algorithms/:uuid{[0-9a-fA-F]+-[0-9a-fA-F-]+}";
const DATA = "/v1/data/{owner}/{collection}";

const calls = (prefix: string, note: string): readonly Operation[] =>
  ["", "/{version}"].map((version) =>
    op(`Call an algorithm${version === "" ? "'s newest version" : "'s version"}${note}.`, ANSWERED, {
      ...CALLED,
      path: `${prefix}/{owner}/{name}${version}`,
    }),
  );

const one = (method: Verb, path: string, row: Operation): Operation => ({ ...row, path, methods: [method] });

const LISTS = json("Listing");
const FILES: readonly Operation[] = [
  one("get", "/v1/data/{owner}", op("An owner's collections; `.my` is the caller.", LISTS, { query: ["marker"] })),
  one("head", "/v1/data/{owner}", op("Whether an owner has collections that the key may see.", nothing(200))),
  one("post", "/v1/data/{owner}", op("Make a collection.", json("Made"), { body: ["application/json", "text/plain"] })),
  one("get", DATA, op("A collection's files, 1,000 on a page.", LISTS, { query: ["marker", "acl"] })),
  one("head", DATA, op("Whether a collection is there.", nothing(200))),
  one("patch", DATA, op("Set who may read a collection.", nothing(200), { body: ["application/json"] })),
  one("delete", DATA, op("Delete a collection.", json("Deleted"), { query: ["force"] })),
  one(
    "get",
    `${DATA}/{file}`,
    op(
      "A file, whole or a range of it.",
      [FILE, { ...FILE, status: 206 }, { ...nothing(304), description: "It is as the client has it." }],
      {
        headers: ["Range", "If-Range", ...CONDITIONS],
      },
    ),
  ),
  one(
    "head",
    `${DATA}/{file}`,
    op("A file's facts.", [nothing(200), nothing(206), nothing(304)], { headers: ["Range", ...CONDITIONS] }),
  ),
  one(
    "put",
    `${DATA}/{file}`,
    op("Put a file, or replace it.", json("Made"), { body: [ANY], headers: ["Content-MD5", ...CONDITIONS] }),
  ),
  one("delete", `${DATA}/{file}`, op("Delete a file.", json("Deleted"))),
];

const ALGORITHMS: Readonly<Record<string, Operation>> = {
  [`ALL ${UUID}`]: alias(`ALL ${ALGORITHM}`),
  [`ALL ${UUID}/*`]: alias(`ALL ${ALGORITHM}/*`),
  "POST /v1/algorithms/:owner": op("Make an algorithm that holds a template.", json("Algorithm", 201)),
  [`GET ${ALGORITHM}`]: op(
    "An algorithm. Where owner is a UUID, everything of it is at that address, too.",
    json("Algorithm"),
  ),
  [`PUT ${ALGORITHM}`]: op("Set what an algorithm's next version will have.", json("Algorithm")),
  [`DELETE ${ALGORITHM}`]: op("Delete an algorithm that was never public.", nothing()),
  [`POST ${ALGORITHM}/compile`]: op("Validate the newest upload again.", json("Algorithm")),
  [`POST ${ALGORITHM}/versions`]: op("Publish the newest build.", json("Algorithm")),
  [`POST ${ALGORITHM}/version`]: op("Publish the newest build.", json("Algorithm")),
  [`GET ${ALGORITHM}/versions`]: op("An algorithm's versions, newest first.", json("Page"), {
    query: [...PAGED, "published", "callable"],
  }),
  [`GET ${ALGORITHM}/versions/:version`]: op("A version, by number, selector or build.", json("Algorithm")),
  [`GET ${ALGORITHM}/builds`]: op("An algorithm's builds, newest first.", json("Page"), { query: PAGED }),
  [`GET ${ALGORITHM}/builds/:build`]: op("A build.", json("Object")),
  [`GET ${ALGORITHM}/builds/:build/logs`]: op("A build's log.", json("Object")),
  [`GET ${ALGORITHM}/log`]: op("Builds as commits.", json("Object"), { query: [...PAGED, "since", "until"] }),
  [`GET ${ALGORITHM}/errors`]: op("Failed calls of seven days.", json("List")),
  [`GET ${ALGORITHM}/secrets`]: op("Secrets, without their values.", json("Object")),
  [`POST ${ALGORITHM}/secrets`]: op("Make a secret.", json("Object")),
  [`PUT ${ALGORITHM}/secrets/:secret`]: op("Change a secret.", json("Object")),
  [`DELETE ${ALGORITHM}/secrets/:secret`]: op("Delete a secret.", nothing()),
  [`POST ${ALGORITHM}/collections/:collection`]: op(
    "Make a collection the algorithm's `.algo/default`.",
    json("Object"),
  ),
  [`GET ${ALGORITHM}/scm/status`]: op("How source control is connected.", json("Object")),
  [`POST ${ALGORITHM}/scm/webhook`]: op("Always refused: uploads replace pushes.", []),
  [`ALL ${ALGORITHM}/versions/:version/registry`]: unavailable("Container images"),
};

const ACCOUNTS: Readonly<Record<string, Operation>> = {
  "POST /v1/users": op("Make an account.", json("User")),
  "GET /v1/users": op("All users.", json("Page"), { query: PAGED }),
  "GET /v1/users/:account": op("A user, by name or UUID.", json("User")),
  "PUT /v1/users/:account": op("Change what is known of a user.", json("User")),
  "DELETE /v1/users/:account": op("Close an account.", nothing()),
  "GET /v1/users/:account/algorithms": op("A user's algorithms.", json("Page"), { query: PAGED }),
  "GET /v1/users/:account/keys": op("A user's keys.", json("List")),
  "POST /v1/users/:account/keys": op("Make a key. It is shown once.", json("Object")),
  "GET /v1/users/:account/errors": op("An account's failed calls.", json("List")),
  "ALL /v1/users/:account/connectors": unavailable("Connectors"),
  "ALL /v1/users/:account/event-listeners": unavailable("Event listeners"),
  "ALL /v1/users/:account/event-listeners/:listener": unavailable("Event listeners"),
  "ALL /v1/users/:account/notifications": unavailable("Notifications"),
  "GET /v1/organization/types": op("Types of organisations.", json("List")),
  "POST /v1/organizations": op("Found an organisation.", json("Organization")),
  "GET /v1/organizations/:org": op("An organisation that the caller belongs to.", json("Organization")),
  "PUT /v1/organizations/:org": op("Change what is known of an organisation.", nothing()),
  "DELETE /v1/organizations/:org": op("Close an organisation.", nothing()),
  "GET /v1/organizations/externalId/:external": op("An organisation by its external id.", json("Organization")),
  "GET /v1/organizations/:org/members": op("Who belongs to an organisation.", json("Page"), { query: PAGED }),
  "PUT /v1/organizations/:org/members/:account": op("Take somebody in, or change the role.", [
    nothing(200),
    nothing(201),
  ]),
  "DELETE /v1/organizations/:org/members/:account": op("Let somebody go.", nothing()),
  "GET /v1/organizations/:org/errors": op("An organisation's failed calls.", json("List")),
};

const REST: Readonly<Record<string, Operation>> = {
  "GET /v1/hostedData": op("Collections of the caller and its organisations, with ids.", json("Object"), {
    query: ["marker"],
  }),
  "GET /v1/secret-provider": op("The one provider of secrets.", json("List")),
  "GET /v1/scms": op("The one source control system.", json("Object")),
  "GET /v1/scms/:scm": op("A source control system.", json("Object")),
  "GET /v1/scms/:scm/oauth/status": op("Whether it is authorized.", json("Object")),
  "GET /v1/scms/:scm/token/status": op("Whether it is authorized.", json("Object")),
  "GET /v1/scms/:scm/oauth/start": op("Always refused.", []),
  "GET /v1/scms/:scm/oauth/revoke": op("Always refused.", []),
  "POST /v1/scms/:scm/oauth/revoke": op("Always refused.", []),
  "POST /v1/scms/:scm/token/connect": op("Always refused.", []),
  "GET /v1/algorithm-environments/edge/languages": op("What algorithms are written in.", json("List")),
  "GET /v1/algorithm-environments/edge/languages/:language/environments": op(
    "Environments of a language.",
    json("Object"),
  ),
  "GET /v1/algorithm-environments/edge/environment-specifications/:specification/template": op(
    "An environment's template.",
    bytes("application/gzip"),
  ),
  "POST /v1/insights": op("Metrics of a call: checked, and kept by nobody.", json("Object")),
  "GET /v1/openapispec": op("This document.", json("Object")),
  "ALL /v1/clients/js/:file": unavailable("The browser client"),
  "ALL /v1/admin/usage": unavailable("Usage (see ledger and statements)"),
  "ALL /v1/admin/usage/algorithms": unavailable("Usage by algorithm"),
  "ALL /v1/admin/usage/users": unavailable("Usage by user"),
  "ALL /v1/admin/reservations": unavailable("Reservations"),
  "ALL /v1/admin/features/:feature": unavailable("Features"),
  "ALL /v1/admin/insights-connection": unavailable("A receiver of insights"),
  "ALL /v1/admin/secret-provider": unavailable("Other providers of secrets"),
  "ALL /v1/admin/scms": unavailable("Other source control systems"),
  "ALL /v1/admin/scms/:scm": unavailable("Other source control systems"),
};

export const WIRE: Readonly<Record<string, Operation | readonly Operation[]>> = {
  "POST /v1/algo/*": calls("/v1/algo", ""),
  "POST /v1/web/algo/*": calls("/v1/web/algo", ", from a page of any origin"),
  "OPTIONS /v1/web/algo/*": op("What a browser asks first.", nothing(), { path: "/v1/web/algo/{owner}/{name}" }),
  "ALL /v1/data": op("Where a caller may begin.", LISTS, { methods: ["get"] }),
  "ALL /v1/data/*": FILES,
  "ALL /v1/connector/*": op("As `/v1/data`; the one connector is `data`.", [FILE], {
    path: "/v1/connector/{connector}/{path}",
    methods: VERBS,
    body: [ANY],
  }),
  ...ALGORITHMS,
  ...ACCOUNTS,
  ...REST,
};
