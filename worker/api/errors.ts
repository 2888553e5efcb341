// The one place where a failure becomes a response: which status, which code, how much a stranger learns. Routes of the
// wire contract answer in its shape (algorithmia-api §2), native routes with problem documents (RFC 9457).
import type { ZodError } from "zod";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { FAILURES, type Failure, failure } from "../market/failure.ts";
import type { AppContext } from "./context.ts";
import { rateHeaders } from "./rate.ts";
import { NO_SUCH_ALGORITHM, errorObject, isManagement, wantsProblem } from "./wire/answer.ts";

/** Clients of old take a type without its charset for ISO-8859-1, or for none. */
export const JSON_TYPE = "application/json; charset=utf-8";
const PROBLEMS = "https://orcade.dev/problems/";

/** Whether a path speaks the wire contract's error shape. */
const isWire = (path: string): boolean => /^\/v1\/(?:web\/)?(?:algo|data|connector)(?:\/|$)/.test(path);

/** `error` values are scalars: C# clients map them string to string. */
function wireBody(found: Failure): object {
  const [first] = found.errors ?? [];
  const path = first === undefined ? {} : { path: first.path };
  return { error: { message: found.message, code: found.code, ...path } };
}

function problemBody(found: Failure, requestId: string): object {
  const { status, title, retry } = FAILURES[found.code];
  const { code, message, reason, errors } = found;
  return {
    type: `${PROBLEMS}${reason ?? code}`,
    title,
    status,
    detail: message,
    code: reason ?? code,
    request_id: requestId,
    retry,
    ...(errors === undefined ? {} : { errors }),
  };
}

/** The offending fields of what did not fit a shape, by their paths. */
export const fieldErrors = (error: ZodError): { readonly path: string; readonly message: string }[] =>
  error.issues.map((issue) => ({ path: ["$", ...issue.path].join("."), message: issue.message }));

/** A message as a header may carry it: visible ASCII. Clients read it where an answer has no body (HEAD). */
const headerText = (message: string): string => message.replace(/[^\x20-\x7e]+/g, "?");

/** Answers a failure. */
export function refuse(c: AppContext, found: Failure): Response {
  const status = FAILURES[found.code].status as ContentfulStatusCode;
  const requestId = c.get("requestId");
  c.header("X-Orcade-Request", requestId);
  if (found.rate !== undefined)
    for (const [name, value] of Object.entries(rateHeaders(found.rate))) c.header(name, value);
  if (FAILURES[found.code].retry) c.header("Retry-After", String(found.retryAfter ?? 1));
  if (status === 401) c.header("WWW-Authenticate", 'Simple realm="orcade"');
  if (isWire(c.req.path)) c.header("X-Error-Message", headerText(found.message));
  if (isWire(c.req.path)) return c.json(wireBody(found), status, { "Content-Type": JSON_TYPE });
  const managing = isManagement(c.req.path);
  if (managing && found.code === "unknown-algorithm" && !wantsProblem(c.req.header("Accept")))
    return c.body(NO_SUCH_ALGORITHM, status, { "Content-Type": JSON_TYPE });
  const body = { ...problemBody(found, requestId), ...(managing ? { error: errorObject(found, requestId) } : {}) };
  return c.body(JSON.stringify(body), status, {
    "Content-Type": "application/problem+json; charset=utf-8",
  });
}

/** What nobody foresaw: the details go to the log, the stranger gets the request's id. */
export function refuseUnforeseen(error: unknown, c: AppContext): Response {
  const requestId = c.get("requestId");
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error(JSON.stringify({ event: "unforeseen", request: requestId, path: c.req.path, error: detail }));
  return refuse(c, failure("internal", `Something went wrong on our side; give us the request id ${requestId}.`));
}
