// A program in Orc as a request brings it: as text/plain, or as JSON with its arguments, the texts it includes and the hosts it
// may ask; compiled, or refused with every place that is wrong.
import { LIMITS } from "../limits.ts";
import { type Failure, failure } from "../market/failure.ts";
import { decodeText } from "../market/json.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Diagnostic, Program } from "../orc/index.ts";
import { Cons, fieldOf, Nil, Rec, recordOf, type Value } from "../orc/values/kinds.ts";
import { readJson } from "../orc/values/json.ts";
import { compileProgram, PROGRAM_NAME } from "../runs/compile.ts";
import { readBody } from "./body.ts";
import type { AppContext } from "./context.ts";

export interface Sent {
  readonly source: string;
  /** What it may include, by paths from its folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly args: Value;
  /** Hosts it may ask over HTTP. */
  readonly hosts: readonly string[];
  /** What a durable run is called. */
  readonly name: string;
}

const FIELDS = ["program", "arguments", "files", "hosts"];
const SHAPE =
  'Send the program as text/plain, or {"program": "...", "arguments": {...}, "files": {"name.inc": "..."}, "hosts": ["api.example.com"]} as JSON.';
/** A host's name, or all below one. */
const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
const HOSTS = `"hosts" are at most ${LIMITS.runHosts} names as "api.example.com" or "*.example.com".`;
const NAMES = `A run's name has at most ${LIMITS.runNameCharacters} characters.`;

const EMPTY: ReadonlyMap<string, string> = new Map();

/** @returns undefined when it is no record of texts */
function filesOf(value: Value | undefined): ReadonlyMap<string, string> | undefined {
  if (value === undefined) return EMPTY;
  if (!(value instanceof Rec)) return undefined;
  const files = new Map<string, string>();
  for (const name of value.keys) {
    const text = fieldOf(value, name);
    if (typeof text !== "string") return undefined;
    files.set(name, text);
  }
  return files;
}

/** @returns undefined when they are no names of hosts */
function hostsOf(value: Value | undefined): readonly string[] | undefined {
  const hosts: string[] = [];
  let cell = value;
  for (; cell instanceof Cons; cell = cell.tail) {
    if (typeof cell.head !== "string" || !HOST.test(cell.head) || hosts.length === LIMITS.runHosts) return undefined;
    hosts.push(cell.head.toLowerCase());
  }
  return value === undefined || cell instanceof Nil ? hosts : undefined;
}

/** Arguments keep their numbers exact: they are read by the language's own reader. */
function documentOf(text: string, named: boolean): Result<Sent, Failure> {
  const value = readJson(text);
  if (value === undefined) return err(failure("not-json", `The body is not JSON that a program can hold. ${SHAPE}`));
  const source = value instanceof Rec ? fieldOf(value, "program") : undefined;
  const files = value instanceof Rec ? filesOf(fieldOf(value, "files")) : undefined;
  const known = value instanceof Rec && value.keys.every((key) => FIELDS.includes(key) || (named && key === "name"));
  if (!known || typeof source !== "string" || files === undefined) return err(failure("invalid-body", SHAPE));
  const hosts = hostsOf(fieldOf(value, "hosts"));
  if (hosts === undefined) return err(failure("invalid-body", HOSTS));
  const name = fieldOf(value, "name") ?? "";
  if (typeof name !== "string" || name.length > LIMITS.runNameCharacters || !name.isWellFormed())
    return err(failure("invalid-body", NAMES));
  return ok({ source, files, args: fieldOf(value, "arguments") ?? recordOf([]), hosts, name });
}

/** @param named whether it may have a name */
export async function sentIn(c: AppContext, named: boolean): Promise<Result<Sent, Failure>> {
  const body = await readBody(c.req.raw, LIMITS.orcBodyBytes);
  if (!body.ok) return body;
  const text = decodeText(body.value);
  if (!text.ok) return err(failure("not-utf8", text.error.message));
  const type = (c.req.header("Content-Type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "text/plain" && type !== "application/json") return err(failure("unsupported-content-type", SHAPE));
  const sent: Result<Sent, Failure> =
    type === "application/json"
      ? documentOf(text.value, named)
      : ok({ source: text.value, files: EMPTY, args: recordOf([]), hosts: [], name: "" });
  if (!sent.ok) return sent;
  const { source, files } = sent.value;
  const { length } = new TextEncoder().encode([source, ...files.values()].join(""));
  return length <= LIMITS.orcProgramBytes
    ? sent
    : err(
        failure(
          "body-too-large",
          `A program and its files have at most ${LIMITS.orcProgramBytes} bytes; these ${length}.`,
        ),
      );
}

/** Diagnostics that one answer shows. */
const SHOWN = 50;

const sentence = ({ message, fix }: Diagnostic): string => (fix === undefined ? message : `${message} ${fix}`);

const placeOf = ({ place: { source, line, column } }: Diagnostic): string =>
  source === PROGRAM_NAME ? `${line}:${column}` : `${source}:${line}:${column}`;

export function compiled({ source, files }: Sent): Result<Program, Failure> {
  const result = compileProgram(source, files);
  if (result.ok) return ok(result.program);
  const errors = result.diagnostics
    .filter(({ severity }) => severity === "error")
    .slice(0, SHOWN)
    .map((each) => ({ path: placeOf(each), message: sentence(each) }));
  const [first] = errors;
  return err(failure("invalid-program", `${first?.path ?? ""}: ${first?.message ?? ""}`, { errors }));
}
