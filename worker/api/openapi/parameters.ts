// Parameters of the reference, by name: what an address, a query or a header may say. The bounds are those that handlers check.
import { LIMITS } from "../../limits.ts";
import { MOST_ON_A_PAGE } from "../page.ts";

type Json = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly description: string;
  readonly schema: Json;
}

const text = (description: string, more: Json = {}): Parameter => ({
  description,
  schema: { type: "string", ...more },
});
const choice = (description: string, ...words: readonly string[]): Parameter => text(description, { enum: words });
const flag = (description: string): Parameter => choice(description, "true", "false");
const whole = (description: string, minimum: number, maximum: number): Parameter => ({
  description,
  schema: { type: "integer", minimum, maximum },
});

const NAME = { pattern: "^[A-Za-z][A-Za-z0-9_]{0,29}$" };
const ALGORITHM = { pattern: "^[A-Za-z][A-Za-z0-9_-]{0,29}$" };
const UUID = { format: "uuid" };
const DAY = { pattern: "^\\d{4}-\\d{2}-\\d{2}$" };

export const PATH_PARAMETERS: Readonly<Record<string, Parameter>> = {
  owner: text("An account or organisation, in any case of letters; `.my` in a path of data is the caller.", NAME),
  account: text("An account, in any case of letters.", NAME),
  org: text("An organisation, in any case of letters.", NAME),
  name: text("An algorithm, in any case of letters.", ALGORITHM),
  version: text("`1.2.3`, `1.2`, `1.*`, `latest`, `latestPrivate`, or the digits of a build."),
  collection: text("A collection of data; its id where an algorithm's default is set.", ALGORITHM),
  file: text("A file's name: no slashes, at most 255 bytes of UTF-8."),
  path: text("A path of data."),
  connector: text("`data`."),
  id: text("An id that a list or an earlier answer gave."),
  number: whole("A part's number, from 0.", 0, 511),
  month: text("A month in UTC.", { pattern: "^\\d{4}-\\d{2}$" }),
  build: text("A build's id or the digits of its hash."),
  secret: text("A secret's id.", UUID),
  scm: text("`internal`."),
  language: text("`assemblyscript`."),
  specification: text("The id of an environment's specification.", UUID),
  external: text("An external id."),
  listener: text("An id."),
  feature: text("A name."),
};

export const QUERY_PARAMETERS: Readonly<Record<string, Parameter>> = {
  limit: whole("Results on a page; 50 when not said.", 1, MOST_ON_A_PAGE),
  marker: text("Where the page begins: the `marker` of the one before."),
  version: text("A selector as in addresses; the newest when not said."),
  account: text("The caller's account, or an organisation it owns."),
  algorithm: text("`owner/name`."),
  key: text("A key's label."),
  day: text("A day in UTC.", DAY),
  kind: choice("Kind of entry.", "call", "refund", "transfer", "grant"),
  by: choice("Whether lines are of months or days.", "month", "day"),
  format: choice("CSV instead of JSON.", "csv"),
  from: text("The first day, in UTC.", DAY),
  until: text("The last day, in UTC.", DAY),
  q: text("Words to search for."),
  tag: text("A tag."),
  owner: text("Whose algorithms.", NAME),
  max_price: whole("Microcredits a call may cost beside its fuel.", 0, 9_999_999_999_999),
  language: text("A language."),
  bytes: whole("Bytes of the input.", 0, LIMITS.inputBytes),
  after: whole("Place in the book after which the answer begins.", 0, Number.MAX_SAFE_INTEGER),
  id: text("One entry's id."),
  timeout: {
    description: `Seconds the call may last; ${LIMITS.timeoutSeconds} when not said.`,
    schema: { type: "number", exclusiveMinimum: 0, maximum: LIMITS.timeoutSecondsMax },
  },
  output: choice("`raw`: the bare result. `void`: answered at once, the result is nobody's.", "default", "raw", "void"),
  stdout: flag(
    "Whether `metadata.stdout` is wanted; only its owner's members get it. It is kept, with callees', for `GET /v1/calls/{id}/log`.",
  ),
  timing: text("`1`: `metadata.timing` is wanted."),
  sudo: flag("Operators only: call as a member of the algorithm's owner."),
  acl: flag("Whether the answer has the collection's ACL."),
  force: flag("Whether a collection with files is deleted, too."),
  published: flag("Whether only published versions, or only builds, are listed."),
  callable: flag("Whether only public, or only private, versions are listed."),
  since: text("A build after which the log begins."),
  state: text(
    "Of calls `running`: those that run now, instead of those that have ended. Of runs: one of their states.",
  ),
  name: text("A run's name."),
  follow: flag("Whether the answer goes on until the run has ended; it does when not said."),
};

export const HEADER_PARAMETERS: Readonly<Record<string, Parameter>> = {
  "X-Orcade-Max-Cost": whole("Microcredits that the call, with all it calls, may cost.", 0, Number.MAX_SAFE_INTEGER),
  "X-Orcade-Quote": text("The id of a quote, whose ceiling then holds."),
  "X-Orcade-Keep": choice("Keep input and host answers for a replay.", "input"),
  "Idempotency-Key": text("The same key again, with the same request, answers as before and does nothing twice."),
  Prefer: text("`respond-async`: answered at once; `wait=N`: after N seconds at most."),
  "X-Orcade-Webhook": text("Where the end of a call that is not waited for is told: an https address."),
  "Last-Event-ID": text("The number of the last event that was read.", { pattern: "^\\d{1,15}$" }),
  Range: text("One range of bytes (RFC 9110 §14).", { pattern: "^bytes=\\d*-\\d*$" }),
  "If-Range": text("An ETag: the range is wanted only of that content."),
  "If-Match": text("ETags, one of which the file must have."),
  "If-None-Match": text("ETags, none of which the file may have; `*`: there may be no file."),
  "If-Modified-Since": text("A date of HTTP."),
  "If-Unmodified-Since": text("A date of HTTP."),
  "Content-MD5": text("The body's MD5 in base64: other bytes are not kept."),
};
