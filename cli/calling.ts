// One call over HTTP: the input as it is, the ceiling in a header, the answer read into one shape.
import type { IncomingHttpHeaders } from "node:http";
import { CliFailure, EXIT } from "./failure.ts";
import { accepted, failureOf, sendSigned, type Reply } from "./http.ts";
import { CONTENT_TYPE, type Input } from "./input.ts";
import { asNumber, asObject, asString, parseExact } from "./json.ts";
import type { Settings } from "./settings.ts";
import type { Target } from "./target.ts";

export interface CallOptions {
  /** Only the result, byte for byte. */
  readonly raw?: boolean;
  /** Microcredits this call may cost at most. */
  readonly maxCost?: number | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  /** Id of a quote whose ceiling is to hold. */
  readonly quote?: string | undefined;
  /** Keeps input and host answers for a replay. */
  readonly keep?: boolean;
  /** The same key and input are the same call, however often it is sent. */
  readonly idempotencyKey?: string | undefined;
}

export interface Outcome {
  /** Its id. */
  readonly call: string | undefined;
  readonly result: unknown;
  readonly contentType: string | undefined;
  /** The bytes of the result, when only they were asked for. */
  readonly raw: Uint8Array | undefined;
  /** Set when the algorithm itself failed. */
  readonly error:
    | { readonly type: string; readonly message: string; readonly stacktrace: string | undefined }
    | undefined;
  readonly fuel: number | undefined;
  /** Microcredits. */
  readonly cost: number | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly version: string | undefined;
  readonly build: string | undefined;
  /** All of it, as --json prints it. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** Seconds beyond the call's own limit that its answer may take to travel. */
const GRACE_SECONDS = 30;
/** The server's own default for a call that does not say. */
const DEFAULT_SECONDS = 300;

function pathOf({ owner, name, version }: Target, { raw, timeout }: CallOptions): string {
  const query = new URLSearchParams();
  if (raw) query.set("output", "raw");
  if (timeout !== undefined) query.set("timeout", String(timeout));
  const path = ["/v1/algo", owner, name, ...(version === undefined ? [] : [version])].join("/");
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

const header = (headers: IncomingHttpHeaders, name: string): string | undefined => asString(headers[name]);

function figure(headers: IncomingHttpHeaders, name: string): number | undefined {
  const text = header(headers, name);
  return text === undefined || !/^\d+(\.\d+)?$/.test(text) ? undefined : Number(text);
}

/** The figures every answer of a call carries in its headers. */
const figures = (headers: IncomingHttpHeaders) => ({
  call: header(headers, "x-orcade-call"),
  version: header(headers, "x-orcade-version"),
  build: header(headers, "x-orcade-build"),
  fuel: figure(headers, "x-orcade-fuel"),
  cpu_ms: figure(headers, "x-orcade-cpu-ms"),
  cost: figure(headers, "x-orcade-cost"),
});

/** A failure of the algorithm in raw mode is a 400 of plain text that carries a call's figures. */
function rawOutcome(reply: Reply): Outcome {
  const known = figures(reply.headers);
  const none = { result: undefined, contentType: undefined, duration: undefined };
  if (reply.status === 200) return { ...none, ...known, raw: reply.body, error: undefined, document: known };
  if (known.fuel === undefined) throw failureOf(reply);
  const error = { type: "AlgorithmError", message: new TextDecoder().decode(reply.body), stacktrace: undefined };
  return { ...none, ...known, raw: undefined, error, document: { error, ...known } };
}

function parsed(reply: Reply): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = parseExact(new TextDecoder().decode(reply.body));
  } catch {
    document = undefined;
  }
  const object = asObject(document);
  if (object !== undefined && ("result" in object || "error" in object)) return object;
  throw new CliFailure(
    EXIT.failed,
    "bad-answer",
    "The server's answer is not that of a call.",
    "Is the address right?",
  );
}

/** A number that kept its digits is a raw JSON value; as a figure of ours it may be a double. */
const seconds = (value: unknown): number | undefined => asNumber(JSON.parse(JSON.stringify(value ?? null)));

function outcomeOf(reply: Reply): Outcome {
  if (reply.status !== 200) throw failureOf(reply);
  const answer = parsed(reply);
  const metadata = asObject(answer["metadata"]);
  const known = { ...figures(reply.headers), duration: seconds(metadata?.["duration"]) };
  const failed = asObject(answer["error"]);
  if (failed !== undefined) {
    const type = asString(failed["error_type"]) ?? "Error";
    const error = { type, message: asString(failed["message"]) ?? "", stacktrace: asString(failed["stacktrace"]) };
    return {
      result: undefined,
      contentType: undefined,
      raw: undefined,
      error,
      ...known,
      document: { error: failed, ...known },
    };
  }
  const contentType = asString(metadata?.["content_type"]);
  const result = answer["result"];
  return {
    result,
    contentType,
    raw: undefined,
    error: undefined,
    ...known,
    document: { result, content_type: contentType, ...known },
  };
}

function headersOf(input: Input, options: CallOptions): Record<string, string> {
  const headers: Record<string, string> = { "content-type": CONTENT_TYPE[input.kind] };
  if (options.maxCost !== undefined) headers["x-orcade-max-cost"] = String(options.maxCost);
  if (options.quote !== undefined) headers["x-orcade-quote"] = options.quote;
  if (options.keep === true) headers["x-orcade-keep"] = "input";
  if (options.idempotencyKey !== undefined) headers["idempotency-key"] = options.idempotencyKey;
  return headers;
}

/** Begins a call whose answer is not waited for. @param webhook where its end is told @returns the server's document: `id`, `state` */
export async function beginCall(
  settings: Settings,
  target: Target,
  input: Input,
  options: CallOptions,
  webhook: string | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const headers = { ...headersOf(input, options), prefer: "respond-async" };
  const path = pathOf(target, options);
  const more = webhook === undefined ? {} : { "x-orcade-webhook": webhook };
  const reply = await sendSigned(settings, {
    method: "POST",
    path,
    headers: { ...headers, ...more },
    body: input.bytes,
  });
  if (reply.status !== 202) throw failureOf(reply);
  return accepted(reply);
}

/** Milliseconds between two questions whether a call has ended; the server holds each open for some seconds. */
const AGAIN_MS = 500;
const WAIT_SECONDS = 20;
/** The same while somebody watches how far the call is. */
const WATCHED_SECONDS = 1;

/**
 * What an asynchronous call came to.
 * @param wait whether to wait for it
 * @param watch hears how far it is, as the server's document says
 * @returns null while it has not ended
 */
export async function resultOf(
  settings: Settings,
  id: string,
  raw: boolean,
  wait: boolean,
  watch: ((progress: unknown) => void) | null = null,
): Promise<Outcome | null> {
  const path = `/v1/calls/${encodeURIComponent(id)}/result${raw ? "?output=raw" : ""}`;
  const seconds = watch === null ? WAIT_SECONDS : WATCHED_SECONDS;
  const headers: Record<string, string> = wait ? { prefer: `wait=${seconds}` } : {};
  for (;;) {
    const reply = await sendSigned(settings, { method: "GET", path, headers });
    if (reply.status !== 202) return raw ? rawOutcome(reply) : outcomeOf(reply);
    if (!wait) return null;
    watch?.(accepted(reply)["progress"]);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Calls an algorithm once. The algorithm's own failure is an outcome; everything else that goes wrong is thrown. */
export async function callAlgorithm(
  settings: Settings,
  target: Target,
  input: Input,
  options: CallOptions,
): Promise<Outcome> {
  const headers = headersOf(input, options);
  const limit = (options.timeout ?? DEFAULT_SECONDS) + GRACE_SECONDS;
  const reply = await sendSigned(settings, {
    method: "POST",
    path: pathOf(target, options),
    headers,
    body: input.bytes,
    seconds: limit,
  });
  return options.raw ? rawOutcome(reply) : outcomeOf(reply);
}
