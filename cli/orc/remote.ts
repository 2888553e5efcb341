// A program on the server: sent with the texts it includes, its output written line by line as it arrives. Leaving (Ctrl-C)
// closes the connection, and the server ends the run.
import { request as plain, type IncomingMessage } from "node:http";
import { request as secure } from "node:https";
import { dirname, relative, sep } from "node:path";
import { URL } from "node:url";
import { compile } from "../../worker/orc/index.ts";
import { CliFailure, EXIT, messageOf } from "../failure.ts";
import { failureOf } from "../http.ts";
import type { Io } from "../io.ts";
import { asNumber, asObject, asString } from "../json.ts";
import { requireKey, type Settings } from "../settings.ts";
import type { ProgramFile } from "./files.ts";

export interface RemoteOptions {
  /** JSON text. */
  readonly args: string | undefined;
  /** Microcredits. */
  readonly maxCost: number | undefined;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly json: boolean;
}

/** How a run on the server ended. */
export interface RemoteEnd {
  readonly state: string;
  readonly code: string | undefined;
  readonly text: string | undefined;
  readonly publications: number;
  readonly calls: number;
  readonly fuel: number;
  /** Microcredits. */
  readonly cost: number;
}

/** The texts that a program includes, by their paths from its folder. What is wrong with it the server will say. */
function filesOf({ name, text, resolve }: ProgramFile): Record<string, string> {
  const files: Record<string, string> = {};
  const folder = dirname(name);
  compile(text, {
    name,
    resolve: (file, from) => {
      const found = resolve(file, from);
      if (found !== undefined) files[relative(folder, found.name).split(sep).join("/")] = found.text;
      return found;
    },
  });
  return files;
}

/** The body of a request. @param more further fields, as JSON */
export function bodyOf(program: ProgramFile, args: string | undefined, more: readonly string[] = []): string {
  const files = filesOf(program);
  const parts = [
    ...more,
    `"program":${JSON.stringify(program.text)}`,
    ...(args === undefined ? [] : [`"arguments":${args}`]),
    ...(Object.keys(files).length === 0 ? [] : [`"files":${JSON.stringify(files)}`]),
  ];
  return `{${parts.join(",")}}`;
}

function send(settings: Settings, body: string, { maxCost, timeout }: RemoteOptions): Promise<IncomingMessage> {
  const path = `/v1/orc${timeout === undefined ? "" : `?timeout=${timeout}`}`;
  const headers = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    ...(maxCost === undefined ? {} : { "x-orcade-max-cost": String(maxCost) }),
  };
  return openStream(settings, "POST", path, headers, body);
}

/** Sends a request whose answer is read as it comes. */
export function openStream(
  settings: Settings,
  method: "GET" | "POST",
  path: string,
  more: Readonly<Record<string, string>>,
  body?: string,
): Promise<IncomingMessage> {
  const url = new URL(path, settings.address);
  const headers = { authorization: `Simple ${requireKey(settings)}`, "user-agent": "orcade", ...more };
  const ask = url.protocol === "https:" ? secure : plain;
  return new Promise((resolve, reject) => {
    const request = ask(url, { method, headers, agent: false }, resolve);
    request.on("error", (error) => {
      const hint = "Start it with `npm start`, or name another server with --address or ORCADE_ADDRESS.";
      const message = `Cannot reach ${settings.address}: ${messageOf(error)}.`;
      reject(new CliFailure(EXIT.unreachable, "unreachable", message, hint));
    });
    request.end(body);
  });
}

/** The lines of an answer as they come. */
export async function* linesOf(message: IncomingMessage): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of message) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** What a line of the stream is to a person. */
export function shown(document: Readonly<Record<string, unknown>>): string {
  const text = asString(document["text"]) ?? "";
  switch (document["type"]) {
    case "publication":
      return `${text}\n`;
    case "error":
      return `Error: ${asString(document["class"]) ?? ""}: ${text}\n`;
    default:
      return text;
  }
}

/** The last document. */
export function endOf(document: Readonly<Record<string, unknown>>): RemoteEnd {
  const figure = (name: string): number => asNumber(document[name]) ?? 0;
  return {
    state: asString(document["state"]) ?? "",
    code: asString(document["code"]),
    text: asString(document["text"]),
    publications: figure("publications"),
    calls: figure("calls"),
    fuel: figure("fuel"),
    cost: figure("cost_microcredits"),
  };
}

/** What the server said instead. */
export async function failed(message: IncomingMessage): Promise<never> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  const body = new Uint8Array(Buffer.concat(chunks));
  throw failureOf({ status: message.statusCode ?? 0, headers: message.headers, body });
}

/** Runs a program on the server. @returns its end, which the stream must have */
export async function runThere(
  io: Io,
  settings: Settings,
  program: ProgramFile,
  options: RemoteOptions,
): Promise<RemoteEnd> {
  const message = await send(settings, bodyOf(program, options.args), options);
  if (message.statusCode !== 200) await failed(message);
  for await (const line of linesOf(message)) {
    const document = asObject(JSON.parse(line)) ?? {};
    if (options.json) io.stdout.write(`${line}\n`);
    if (document["type"] === "end") return endOf(document);
    if (!options.json) io.stdout.write(shown(document));
  }
  const hint = "What was published so far is paid; the program may be sent again.";
  throw new CliFailure(EXIT.failed, "cut-short", "The server's answer ended before the program did.", hint);
}
