// Data on the server: how paths are written on the command line, and requests whose bodies are streams.
import { request as plain, type IncomingMessage } from "node:http";
import { request as secure } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { URL } from "node:url";
import { CliFailure, EXIT, messageOf, usage } from "../failure.ts";
import { failureOf } from "../http.ts";
import { asObject } from "../json.ts";
import { requireKey, type Settings } from "../settings.ts";

/** `data://owner/collection/file`, cut at its slashes; a file may be a pattern. */
export interface RemotePath {
  readonly owner: string;
  readonly collection: string | undefined;
  readonly file: string | undefined;
}

export const isRemote = (path: string): boolean => path.startsWith("data://");

/** @param path `data://owner[/collection[/file]]`, or without `data://` where only such a path makes sense */
export function remotePath(path: string): RemotePath {
  const [owner = "", collection, file, ...rest] = path
    .replace(/^data:\/\//, "")
    .split("/")
    .filter((part) => part !== "");
  if (rest.length > 0 || owner === ".algo" || owner === ".session")
    throw usage(`${path} is not a path of data.`, "Write data://OWNER/COLLECTION/FILE; .my is your own account.");
  return { owner: owner === "" ? ".my" : owner, collection, file };
}

const part = (text: string | undefined): string => (text === undefined ? "" : `/${encodeURIComponent(text)}`);

/** The path as the API takes it. */
export const apiPath = ({ owner, collection, file }: RemotePath): string =>
  `/v1/data/${encodeURIComponent(owner)}${part(collection)}${part(file)}`;

export const shown = ({ owner, collection, file }: RemotePath): string =>
  ["data:/", owner, collection, file].filter((segment) => segment !== undefined).join("/");

/** Whether a name holds `*` or `?`. */
export const isPattern = (name: string): boolean => /[*?]/.test(name);

/**
 * `*`: any characters; `?`: any one. Only the last star that was passed takes more when something does not fit, so that the
 * work is at most the pattern's length times the name's, whatever the pattern.
 */
export function matcher(pattern: string): (name: string) => boolean {
  const wanted = Array.from(pattern);
  return (name) => fits(wanted, Array.from(name));
}

function fits(pattern: readonly string[], name: readonly string[]): boolean {
  let at = 0;
  /** The last star, and where in the name what follows it was tried. */
  let star = -1;
  let tried = 0;
  for (let from = 0; from < name.length;) {
    if (pattern[at] === "*") {
      star = at++;
      tried = from;
    } else if (pattern[at] === "?" || pattern[at] === name[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++tried;
    } else return false;
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

export interface Sent {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly stream: Readable; readonly length: number } | Uint8Array;
}

/** Milliseconds without a byte in either direction after which a connection counts as lost. */
const SILENCE_MS = 120_000;

/** Sends a request; the answer's body is still to be read. @throws CliFailure when the server cannot be reached */
export async function open(settings: Settings, { method, path, headers = {}, body }: Sent): Promise<IncomingMessage> {
  const url = new URL(path, settings.address);
  const length = body === undefined ? 0 : body.length;
  const send = url.protocol === "https:" ? secure : plain;
  const authorization = `Simple ${requireKey(settings)}`;
  const declared = method === "GET" || method === "HEAD" ? {} : { "content-length": String(length) };
  const request = send(url, {
    method,
    headers: { "user-agent": "orcade", authorization, ...declared, ...headers },
    agent: false,
  });
  request.setTimeout(SILENCE_MS, () => request.destroy(new Error("the connection fell silent")));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", reject);
  });
  try {
    if (body === undefined || body instanceof Uint8Array) request.end(body);
    // An answer may come before the last byte was sent: then it says why.
    else void pipeline(body.stream, request).catch(() => undefined);
    return await answered;
  } catch (error) {
    throw new CliFailure(EXIT.unreachable, "unreachable", `Lost ${settings.address}: ${messageOf(error)}.`, RESUME);
  }
}

const RESUME = "Run the same command again: what was sent or received whole is not sent again.";

/** Everything an answer says. */
export async function bodyOf(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Uint8Array);
  } catch (error) {
    throw new CliFailure(EXIT.unreachable, "unreachable", `The answer broke off: ${messageOf(error)}.`, RESUME);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** @returns the answer, if its status says that it worked @throws CliFailure with what the server says */
export async function accepted(message: IncomingMessage): Promise<IncomingMessage> {
  const { statusCode: status = 0, headers } = message;
  if (status >= 200 && status < 300) return message;
  throw failureOf({ status, headers, body: await bodyOf(message) });
}

/** Sends a request and reads the JSON of its answer; {} when it is empty. */
export async function json(settings: Settings, sent: Sent): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await bodyOf(await accepted(await open(settings, sent)));
  return bytes.length === 0 ? {} : (asObject(JSON.parse(new TextDecoder().decode(bytes))) ?? {});
}

/** A JSON body. */
export const jsonBytes = (document: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(document));
