// One request to the server and its answer, whole. Plain node:http: no redirects (a key must not wander), no timeout but
// the one asked for, no connection kept open behind a command that has ended.
import { request as plain, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as secure } from "node:https";
import { URL } from "node:url";
import { CliFailure, EXIT, messageOf, systemCode } from "./failure.ts";
import { asObject, asString } from "./json.ts";
import { printable } from "./print.ts";
import { requireKey, type Settings } from "./settings.ts";

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, beginning with a slash. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Seconds to wait for the whole answer; default 60. */
  readonly seconds?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

async function collect(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

/** On routes of the wire contract, too, errors come as problem documents, with our codes. */
const PROBLEMS_TOO = "application/problem+json, */*";

function exchange(address: string, call: Call): Promise<Reply> {
  const url = new URL(call.path, address);
  const send = url.protocol === "https:" ? secure : plain;
  const headers = {
    "user-agent": "orcade",
    accept: PROBLEMS_TOO,
    ...call.headers,
    "content-length": String(call.body?.length ?? 0),
  };
  const signal = AbortSignal.timeout(Math.ceil((call.seconds ?? 60) * 1000));
  return new Promise((resolve, reject) => {
    const request = send(url, { method: call.method, headers, agent: false, signal }, (message) => {
      const { statusCode = 0, headers } = message;
      collect(message).then((body) => resolve({ status: statusCode, headers, body }), reject);
    });
    request.on("error", reject);
    // Who is interrupted resets the connection, so that the server knows at once that nobody waits any more.
    const interrupted = (): void => {
      request.socket?.resetAndDestroy();
      process.kill(process.pid, "SIGINT");
    };
    process.once("SIGINT", interrupted);
    request.once("close", () => process.off("SIGINT", interrupted));
    request.end(call.body);
  });
}

const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "its name cannot be looked up",
  ECONNRESET: "it closed the connection",
  EHOSTUNREACH: "there is no route to it",
  ETIMEDOUT: "it does not answer",
};

/** A connection that failed on every address arrives as one error around several. */
function unreachable(address: string, thrown: unknown, seconds: number): CliFailure {
  if (systemCode(thrown) === "ABORT_ERR") {
    const message = `${address} did not answer within ${seconds} s.`;
    return new CliFailure(EXIT.unreachable, "timeout", message, "Give it longer with --timeout SECONDS, or try again.");
  }
  const code = systemCode(thrown);
  const reason = (code === undefined ? undefined : SYSTEM[code]) ?? (messageOf(thrown) || code || "unknown reason");
  const hint = "Start it with `npm start`, or name another server with --address or ORCADE_ADDRESS.";
  return new CliFailure(EXIT.unreachable, "unreachable", `Cannot reach ${address}: ${reason}.`, hint);
}

const HINTS: Readonly<Record<string, string>> = {
  "unsupported-content-type": "Text is -d, JSON is -j, bytes are -b.",
  "unknown-algorithm": "Is it published, and may this key see it? Names are written OWNER/NAME.",
  "unknown-version": "`orcade versions OWNER/NAME` lists those there are.",
  "name-taken": "Was it you, a moment ago? Sending the same again, with the same key, is safe.",
  "last-key": "`orcade keys create --manage` makes another.",
  "version-exists": 'A version never changes: raise "version" in algorithm.json and publish again.',
};

function hintFor(status: number, code: string): string | undefined {
  if (status === 401) return "Check the key: `orcade whoami` says where it comes from.";
  if (status === 403) return "This key may not do that; use the key of the owner.";
  return HINTS[code];
}

/** Reads any of the server's error forms: problem+json, `{"error": {"message", "code"}}`, `{"error": "text"}` or plain text. */
export function failureOf(reply: Reply): CliFailure {
  const text = new TextDecoder().decode(reply.body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  const document = asObject(parsed);
  const error = asObject(document?.["error"]);
  const message =
    asString(error?.["message"]) ??
    asString(document?.["error"]) ??
    asString(document?.["detail"]) ??
    asString(document?.["title"]) ??
    (text.slice(0, 300).trim() || `HTTP ${reply.status}`);
  const code = asString(error?.["code"]) ?? asString(document?.["code"]) ?? `http-${reply.status}`;
  const path = asString(error?.["path"]);
  const errors = Array.isArray(document?.["errors"]) ? document["errors"].map(fieldLine) : [];
  const fields = path === undefined || message.includes(path) ? errors : [`at ${path}`];
  const exit = reply.status === 401 || reply.status === 403 ? EXIT.credentials : EXIT.failed;
  return new CliFailure(exit, code, printable([message, ...fields].join("\n  ")), hintFor(reply.status, code));
}

function fieldLine(entry: unknown): string {
  const field = asObject(entry);
  return `${asString(field?.["path"]) ?? "?"}: ${asString(field?.["message"]) ?? "not accepted"}`;
}

/** Sends a request as it is; the only failure is a server that does not answer. */
export async function send(address: string, call: Call): Promise<Reply> {
  try {
    return await exchange(address, call);
  } catch (error) {
    throw unreachable(address, error, call.seconds ?? 60);
  }
}

/** Sends a request with the account's key. Any status is an answer here. */
export const sendSigned = (settings: Settings, call: Call): Promise<Reply> =>
  send(settings.address, { ...call, headers: { authorization: `Simple ${requireKey(settings)}`, ...call.headers } });

/** @returns the JSON of a 2xx answer, {} when its body is empty; anything else is a failure */
export function accepted(reply: Reply): Readonly<Record<string, unknown>> {
  if (reply.status < 200 || reply.status > 299) throw failureOf(reply);
  if (reply.body.length === 0) return {};
  const document = asObject(JSON.parse(new TextDecoder().decode(reply.body)));
  if (document !== undefined) return document;
  throw new CliFailure(EXIT.failed, "bad-answer", "The server's answer is not a JSON object.", "Is the address right?");
}

/** Sends a JSON document with the account's key and gives the JSON answer. */
export async function sendJson(
  settings: Settings,
  method: "POST" | "PUT" | "PATCH",
  path: string,
  document: unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const body = new TextEncoder().encode(JSON.stringify(document));
  return accepted(await sendSigned(settings, { method, path, body, headers: { "content-type": "application/json" } }));
}

export async function remove(settings: Settings, path: string): Promise<void> {
  accepted(await sendSigned(settings, { method: "DELETE", path }));
}

export const getJson = async (settings: Settings, path: string): Promise<Readonly<Record<string, unknown>>> =>
  accepted(await sendSigned(settings, { method: "GET", path }));
