// The input of a call, from the command line's flags: which bytes, and of which kind.
import { readFileSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Kind } from "../worker/market/manifest.ts";
import { messageOf, systemCode, usage } from "./failure.ts";
import type { Io } from "./io.ts";
import { asObject } from "./json.ts";

export interface Input {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

export interface InputFlags {
  /** -d: text, "-" is standard input */
  readonly data?: string | undefined;
  /** -j: JSON, "-" is standard input, "@FILE" a file */
  readonly jsonData?: string | undefined;
  /** -b: "@FILE" or "-" */
  readonly bytes?: string | undefined;
  /** -f: "FILE", "@FILE", "-", or "FIELD=@FILE", which may be repeated and joins -j */
  readonly file?: readonly string[] | undefined;
}

/** What the content type of each kind is on the wire. */
export const CONTENT_TYPE: Readonly<Record<Kind, string>> = {
  text: "text/plain; charset=utf-8",
  json: "application/json",
  bytes: "application/octet-stream",
};

const FIELD = /^([A-Za-z_][A-Za-z0-9_]*)=@(.+)$/s;
/** Throws on what is not UTF-8; a byte order mark is kept. */
const decodeStrictly = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function readFile(io: Io, path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(resolve(io.cwd, path)));
  } catch (error) {
    const reason = systemCode(error) === "ENOENT" ? "there is no such file" : messageOf(error);
    throw usage(`Cannot read ${path}: ${reason}.`);
  }
}

/** "-" is standard input, "@FILE" and "FILE" a file. */
const readNamed = (io: Io, named: string): Promise<Uint8Array> | Uint8Array =>
  named === "-" || named === "@-" ? io.stdin() : readFile(io, named.replace(/^@/, ""));

/** The bytes as text if they are UTF-8 without NUL, else undefined. */
function asText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return decodeStrictly(bytes);
  } catch {
    return undefined;
  }
}

/** Only checks: what is sent are the digits as they were written. */
function checkedJson(bytes: Uint8Array, from: string): Uint8Array {
  try {
    JSON.parse(decodeStrictly(bytes));
    return bytes;
  } catch (error) {
    throw usage(
      `${from} is not JSON: ${messageOf(error)}.`,
      `In a shell, JSON goes in single quotes: -j '{"name": "value"}'. Plain text is -d.`,
    );
  }
}

/** Asks for the kind of an algorithm's input only when the file alone does not tell. */
async function kindOf(path: string, bytes: Uint8Array, declared: () => Promise<Kind | undefined>): Promise<Kind> {
  if (/^\.json$/i.test(extname(path))) return "json";
  const kind = await declared();
  if (kind !== undefined) return kind;
  return asText(bytes) === undefined ? "bytes" : "text";
}

async function wholeFile(io: Io, named: string, declared: () => Promise<Kind | undefined>): Promise<Input> {
  const bytes = await readNamed(io, named);
  const kind = await kindOf(named, bytes, declared);
  return { kind, bytes: kind === "json" ? checkedJson(bytes, named) : bytes };
}

/** `"name": "text of the file"` */
async function member(io: Io, field: string): Promise<string> {
  const [, name = "", path = ""] = FIELD.exec(field) ?? [];
  const text = asText(await readNamed(io, path));
  if (text === undefined) throw usage(`${path} is not UTF-8 text; a field of JSON cannot hold it.`);
  return `${JSON.stringify(name)}: ${JSON.stringify(text)}`;
}

/** Adds the text of files as fields to a JSON object, which is otherwise left as it was written. */
async function withFields(io: Io, object: string, fields: readonly string[]): Promise<Input> {
  const before = asObject(JSON.parse(object));
  if (before === undefined) throw usage("-f FIELD=@FILE adds a field to a JSON object, and -j is not an object.");
  const twice = fields
    .map((field) => FIELD.exec(field)?.[1] ?? "")
    .find((name, at, all) => Object.hasOwn(before, name) || all.indexOf(name) !== at);
  if (twice !== undefined) throw usage(`The field ${twice} is given twice.`);
  const members: string[] = [];
  for (const field of fields) members.push(await member(io, field));
  const inner = object.trim().slice(1, -1).trim();
  return { kind: "json", bytes: utf8(`{${[inner, ...members].filter((part) => part !== "").join(", ")}}`) };
}

async function jsonInput(io: Io, text: string, fields: readonly string[]): Promise<Input> {
  const named = text === "-" || text.startsWith("@");
  const bytes = checkedJson(named ? await readNamed(io, text) : utf8(text), named ? text : "The text of -j");
  if (fields.length === 0) return { kind: "json", bytes };
  return withFields(io, new TextDecoder().decode(bytes), fields);
}

/**
 * @param declared gives the kind of input the algorithm takes, if that can be found out
 * @returns undefined when no flag gives an input
 */
export async function inputOf(
  io: Io,
  flags: InputFlags,
  declared: () => Promise<Kind | undefined>,
): Promise<Input | undefined> {
  const files = flags.file ?? [];
  const fields = files.filter((file) => FIELD.test(file));
  const whole = files.filter((file) => !FIELD.test(file));
  const given = [flags.data, flags.jsonData ?? fields[0], flags.bytes, ...whole].filter((flag) => flag !== undefined);
  if (given.length > 1)
    throw usage("More than one input.", "Give one of -d, -j, -b and -f. Only -f FIELD=@FILE goes together with -j.");
  const { data, bytes } = flags;
  if (data !== undefined) return { kind: "text", bytes: data === "-" ? await io.stdin() : utf8(data) };
  if (flags.jsonData !== undefined || fields.length > 0) return jsonInput(io, flags.jsonData ?? "{}", fields);
  if (bytes !== undefined) return { kind: "bytes", bytes: await readNamed(io, bytesName(bytes)) };
  return whole[0] === undefined ? undefined : wholeFile(io, whole[0], declared);
}

function bytesName(text: string): string {
  if (text === "-" || text.startsWith("@")) return text;
  throw usage(`-b takes a file: -b @${text}`, "Text is -d, JSON is -j.");
}

/** The sample of a manifest as an input: bytes are written there as {"base64": "..."}. */
export function sampleInput(sample: unknown, kind: Kind): Input {
  if (kind === "json") return { kind, bytes: utf8(JSON.stringify(sample)) };
  if (typeof sample === "string") return { kind, bytes: utf8(sample) };
  const base64 = asObject(sample)?.["base64"];
  if (kind === "bytes" && typeof base64 === "string")
    return { kind, bytes: new Uint8Array(Buffer.from(base64, "base64")) };
  return { kind: "json", bytes: utf8(JSON.stringify(sample)) };
}
