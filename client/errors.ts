// How requests fail: refused by the server (OrcadeError), or made and failed by the algorithm itself (AlgorithmError).

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** What the server said of a request that it refused. */
export class OrcadeError extends Error {
  override readonly name = "OrcadeError";
  /** HTTP status; 0: there was no answer. */
  readonly status: number;
  /** A stable word, such as `unknown-algorithm`. */
  readonly code: string;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** Seconds the server asks to wait before that. */
  readonly retryAfter: number | null;
  /** To be given to an operator. */
  readonly requestId: string | null;
  /** The offending fields. */
  readonly fields: readonly { readonly path: string; readonly message: string }[];

  constructor(
    message: string,
    facts: Pick<OrcadeError, "status" | "code" | "retry" | "retryAfter" | "requestId" | "fields">,
  ) {
    super(message);
    this.status = facts.status;
    this.code = facts.code;
    this.retry = facts.retry;
    this.retryAfter = facts.retryAfter;
    this.requestId = facts.requestId;
    this.fields = facts.fields;
  }
}

/** An algorithm's own failure: the call was made, and is charged as its page says. */
export class AlgorithmError extends Error {
  override readonly name = "AlgorithmError";
  /** `AlgorithmError`, a type of the author's, or one of the platform's such as `TimeoutError`. */
  readonly type: string;
  /** The call's id. */
  readonly call: string;

  constructor(type: string, message: string, call: string) {
    super(message);
    this.type = type;
    this.call = call;
  }
}

/** Statuses after which the same request may succeed later, where the server does not say. */
const LATER = new Set([408, 429, 502, 503, 504]);

const fieldsOf = (value: unknown): OrcadeError["fields"] =>
  (Array.isArray(value) ? value : []).map((each) => ({
    path: text(record(each)["path"]) ?? "",
    message: text(record(each)["message"]) ?? "",
  }));

/** Reads any of the server's error forms. @param body its text */
export function errorOf(answer: Response, body: string): OrcadeError {
  let document: Json = {};
  try {
    document = record(JSON.parse(body));
  } catch {
    // Plain text, or nothing: a proxy's, or the error of a raw call.
  }
  const error = record(document["error"]);
  const message =
    text(document["detail"]) ??
    text(error["message"]) ??
    text(document["error"]) ??
    (body.slice(0, 300) || answer.statusText);
  const after = answer.headers.get("Retry-After");
  return new OrcadeError(message, {
    status: answer.status,
    code: text(document["code"]) ?? text(error["code"]) ?? `http-${answer.status}`,
    retry: typeof document["retry"] === "boolean" ? document["retry"] : LATER.has(answer.status),
    retryAfter: after !== null && /^\d{1,6}$/.test(after) ? Number(after) : null,
    requestId: text(document["request_id"]) ?? answer.headers.get("X-Orcade-Request"),
    fields: fieldsOf(document["errors"]),
  });
}

/** There was no answer. */
export const unreachable = (cause: unknown): OrcadeError =>
  Object.assign(
    new OrcadeError(`The server did not answer: ${cause instanceof Error ? cause.message : String(cause)}`, {
      status: 0,
      code: "unreachable",
      retry: true,
      retryAfter: null,
      requestId: null,
      fields: [],
    }),
    { cause },
  );
