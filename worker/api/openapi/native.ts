// The reference's rows for native routes, by method and path as the app spells them.
import { type Operation, PAGED, bytes, json, nothing, op } from "./operation.ts";

const LEDGER = [...PAGED, "kind", "algorithm", "version", "key", "day"];
const OF_VERSION = ["version"];
const ANY = "application/octet-stream";

/** What may be sent again under the same key. */
const ONCE = { headers: ["Idempotency-Key"] };

export const NATIVE: Readonly<Record<string, Operation>> = {
  "GET /v1/health": op("Whether the server answers.", json("Health")),
  "GET /v1/openapi.json": op("This document.", json("Object")),
  "GET /v1/docs": op("This document as a page.", bytes("text/html")),
  "GET /v1/docs/:file": op("What that page is made of.", bytes("text/css", "text/javascript")),
  "GET /.well-known/orcade-keys": op("The public keys that receipts are signed with, for good.", json("SigningKeys")),

  "POST /v1/admin/bootstrap": op(
    "Make the first operator, with the deployment's one-time token as the key.",
    json("Object"),
  ),
  "POST /v1/accounts": op("Sign up. The key is shown once.", json("SignedUp", 201)),
  "GET /v1/account": op("Who the key's bearer is, what it may do, and what the account has.", json("Account")),
  "GET /v1/account/ledger": op("The account's book, newest first.", json("Page"), { query: LEDGER }),
  "GET /v1/account/statements/:month": op("What a month came to.", [{ ...json("Object"), media: ["text/csv"] }], {
    query: ["by", "format"],
  }),

  "GET /v1/account/webhook-secret": op("When the secrets that sign webhooks were made.", json("Object")),
  "POST /v1/account/webhook-secret": op("Make the secret that signs webhooks. It is shown once.", json("Object", 201)),

  "GET /v1/keys": op("The account's keys, without what opens them.", json("Page"), { query: PAGED }),
  "POST /v1/keys": op("Make a key. It is shown once.", json("Key", 201)),
  "PATCH /v1/keys/:id": op("Change what a key may do.", json("Key")),
  "DELETE /v1/keys/:id": op("Revoke a key: within 5 s it opens nothing anywhere.", nothing()),

  "GET /v1/organizations/:org/ledger": op("An organisation's book, newest first.", json("Page"), { query: LEDGER }),
  "GET /v1/organizations/:org/statements/:month": op(
    "What a month came to.",
    [{ ...json("Object"), media: ["text/csv"] }],
    { query: ["by", "format"] },
  ),
  "GET /v1/organizations/:org/keys": op("An organisation's keys.", json("Page"), { query: PAGED }),
  "POST /v1/organizations/:org/keys": op("Make a key of an organisation. It is shown once.", json("Key", 201)),
  "PATCH /v1/organizations/:org/keys/:id": op("Change what a key may do.", json("Key")),
  "DELETE /v1/organizations/:org/keys/:id": op("Revoke a key of an organisation.", nothing()),

  "GET /v1/algorithms": op("The catalogue, or all algorithms of an owner one belongs to.", json("Page"), {
    query: [...PAGED, "q", "tag", "owner", "max_price", "language"],
  }),
  "PUT /v1/algorithms/:owner/:name/versions/:version": op(
    "Publish a module as a version. The same upload again changes nothing.",
    [json("Object"), json("Object", 201)],
    { body: ["multipart/form-data"] },
  ),
  "PATCH /v1/algorithms/:owner/:name/versions/:version": op(
    "Yank or deprecate a version, or take it back.",
    json("Object"),
  ),
  "GET /v1/algorithms/:owner/:name/versions/:version/module": op(
    "The module of a version whose source is open.",
    bytes("application/wasm"),
  ),
  "GET /v1/algorithms/:owner/:name/readme": op("The README, in Markdown.", bytes("text/markdown"), {
    query: OF_VERSION,
  }),
  "GET /v1/algorithms/:owner/:name/openapi.json": op("An algorithm's own OpenAPI document.", json("Object"), {
    query: OF_VERSION,
  }),
  "GET /v1/algorithms/:owner/:name/similar": op("Algorithms like this one.", json("Object")),
  "GET /v1/algorithms/:owner/:name/calls": op(
    "Calls of an algorithm, for its owner: callers by pseudonym.",
    json("Page"),
    {
      query: PAGED,
    },
  ),
  "GET /v1/algorithms/:owner/:name/earnings": op("What an algorithm earned by day and version.", json("Object"), {
    query: ["from", "until"],
  }),
  "GET /v1/algorithms/:owner/:name/profile": op(
    "How an algorithm's builds behave, and what stood out.",
    json("Object"),
  ),

  "POST /v1/quote/:owner/:name": op(
    "What a call would cost, with a ceiling that holds for ten minutes.",
    json("Object"),
    {
      query: [...OF_VERSION, "bytes"],
      body: ["application/json", "text/plain", ANY],
    },
  ),
  "POST /v1/orc": op(
    "Run a program in Orc, and stream what it publishes.",
    bytes("application/x-ndjson", "text/event-stream"),
    {
      query: ["timeout"],
      headers: ["X-Orcade-Max-Cost"],
      body: ["text/plain", "application/json"],
    },
  ),
  "POST /v1/runs": op("Begin a durable run of a program in Orc.", json("Object", 201), {
    query: ["timeout"],
    headers: ["X-Orcade-Max-Cost", "Idempotency-Key"],
    body: ["text/plain", "application/json"],
  }),
  "GET /v1/runs": op("The account's runs, newest first.", json("Page"), { query: [...PAGED, "name", "state"] }),
  "GET /v1/runs/:id": op("How a run stands.", json("Object")),
  "DELETE /v1/runs/:id": op("Cancel a run.", [json("Object"), json("Object", 202)]),
  "GET /v1/runs/:id/events": op(
    "What a run publishes, from any place on.",
    bytes("application/x-ndjson", "text/event-stream"),
    {
      query: ["after", "follow"],
      headers: ["Last-Event-ID"],
    },
  ),
  "GET /v1/runs/:id/tree": op("What a run called, and what that cost.", json("Page"), { query: PAGED }),
  "POST /v1/runs/:id/signals/:name": op("Send a run a signal.", json("Object", 202), {
    headers: ["Idempotency-Key"],
    body: ["application/json"],
  }),
  "POST /v1/jobs": op(
    "Begin a job: an algorithm over the pieces of a source.",
    [json("Object"), json("Object", 201), json("Object", 202)],
    ONCE,
  ),
  "POST /v1/jobs/quote": op(
    "What a job would cost; it waits to be started.",
    [json("Object"), json("Object", 201), json("Object", 202)],
    ONCE,
  ),
  "GET /v1/jobs": op("The account's jobs, newest first.", json("Object"), { query: PAGED }),
  "GET /v1/jobs/:id": op("How a job stands.", json("Object")),
  "DELETE /v1/jobs/:id": op("Cancel a job, or forget one that has ended.", [json("Object"), nothing()]),
  "GET /v1/jobs/:id/events": op("How a job goes, as it goes.", bytes("text/event-stream")),
  "GET /v1/jobs/:id/tasks": op("Tasks of a job, by default those that failed.", json("Object"), {
    query: [...PAGED, "state"],
  }),
  "GET /v1/jobs/:id/tree": op("What a job's parts cost.", json("Object")),
  "GET /v1/jobs/:id/result": op(
    "A job's answer: one that was reduced, or one line for each piece.",
    bytes("application/json", "application/x-ndjson", "text/plain", ANY),
  ),
  "POST /v1/jobs/:id/start": op("Start a job that was quoted.", json("Object", 202)),
  "POST /v1/jobs/:id/retry": op("Try what failed again.", json("Object", 202)),
  "GET /v1/calls": op("The account's calls, newest first.", json("Page"), {
    query: [...PAGED, "account", "algorithm", "version", "key", "day", "state"],
  }),
  "GET /v1/calls/:id/result": op(
    "The result of a call that was not waited for, as the call itself would have answered.",
    [{ ...json("Called"), media: ["text/plain", ANY] }, json("Object", 202)],
    { headers: ["Prefer"] },
  ),
  "DELETE /v1/calls/:id": op("Cancel a call that runs or waits.", json("Object", 202)),
  "GET /v1/calls/:id": op("A call: how it went, and what it cost.", json("Object")),
  "GET /v1/calls/:id/tree": op("All calls that a call made.", json("Object")),
  "GET /v1/calls/:id/receipt": op("A call's signed receipt.", json("Object")),
  "GET /v1/calls/:id/log": op("What the caller's own algorithms logged in a call.", json("Object")),
  "GET /v1/calls/:id/kept": op("What a call was told, if its caller asked to keep it.", json("Object")),

  "POST /v1/uploads": op("Begin a resumable upload.", json("Upload", 201)),
  "GET /v1/uploads/:owner/:collection/:id{[0-9]+}": op("Which parts of an upload came.", json("Upload")),
  "PUT /v1/uploads/:owner/:collection/:id{[0-9]+}/:number{[0-9]{1,3}}": op(
    "Send a part. Parts come in any order, and again.",
    json("Part"),
    { body: [ANY], headers: ["Content-MD5"] },
  ),
  "POST /v1/uploads/:owner/:collection/:id{[0-9]+}/complete": op("Make the parts a file.", json("Object"), {
    headers: ["If-Match", "If-None-Match"],
  }),
  "DELETE /v1/uploads/:owner/:collection/:id{[0-9]+}": op("Give an upload up.", nothing()),

  "GET /v1/admin/accounts": op("Every account there is.", json("Page"), { query: PAGED }),
  "GET /v1/admin/accounts/:account": op("An account as operators see it.", json("Object")),
  "PATCH /v1/admin/accounts/:account": op("Set an account's limits, or make it an operator.", json("Object")),
  "POST /v1/admin/accounts/:account/suspension": op("Suspend an account, or end that.", json("Object")),
  "GET /v1/admin/accounts/:account/jobs": op("Jobs of an account that are open.", json("Object")),
  "POST /v1/admin/jobs/:id/stop": op("Stop a job for good.", json("Object")),
  "POST /v1/admin/accounts/:account/grants": op("Give credits. The same id again gives nothing more.", json("Object")),
  "POST /v1/admin/accounts/:account/refunds": op("Take a call's charge back.", json("Object")),
  "GET /v1/admin/accounts/:account/ledger": op("How a book stands, for `orcade ledger verify`.", json("Object")),
  "GET /v1/admin/accounts/:account/ledger/entries": op("A book's entries.", json("Object"), {
    query: ["after", "limit", "id"],
  }),
  "GET /v1/admin/accounts/:account/ledger/transfers": op("A book's transfers.", json("Object"), {
    query: ["after", "limit"],
  }),
  "POST /v1/admin/algorithms/:owner/:name/versions/:version/suspension": op(
    "Suspend a version, or end that.",
    json("Object"),
  ),
  "POST /v1/admin/import/accounts": op("Import an account or organisation under the name it had.", json("Object")),
  "POST /v1/admin/import/keys": op("Import a key by its hash.", json("Object")),
  "POST /v1/admin/import/algorithms": op("Import an algorithm under the id it had.", json("Object")),
  "GET /v1/admin/flags": op("Builds that stood out.", json("Page"), { query: PAGED }),
  "GET /v1/admin/invites": op("Invites, newest first.", json("Page"), { query: PAGED }),
  "POST /v1/admin/invites": op("Make an invite. Its code is shown once.", json("Object", 201)),
  "DELETE /v1/admin/invites/:id": op("Withdraw an invite.", nothing()),
  "POST /v1/admin/receipt-keys": op("Sign receipts with another key from now on.", json("Object", 201)),
};
