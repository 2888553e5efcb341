// `data.get(path)`, `data.bytes(path)`, `data.put(path, text)`, `data.list(path)` of a program: the data of whoever runs it, as far
// as the key's scope goes, and what others have opened to everybody. What may not be read is not there.
import { isMember } from "../calls/member.ts";
import type { Opened } from "../calls/purses.ts";
import type { Reader } from "../data/acl.ts";
import { dataUri, type DataPath, type Place, readPath } from "../data/path.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import type { Failure } from "../market/failure.ts";
import { type Result, err, ok } from "../market/result.ts";
import { collectionOf } from "../objects/collection/object.ts";
import { WHOLE_BYTES } from "../objects/collection/protocol.ts";
import type { Answer } from "../orc/engine/index.ts";
import { listOf, type Value } from "../orc/values/kinds.ts";
import { writeJson } from "../orc/values/json.ts";
import { DATA_SITE } from "./compile.ts";
import { type Port, refused } from "./drive.ts";

export interface Shelf {
  readonly env: Env;
  readonly open: () => Promise<Result<Opened, Failure>>;
}

/** What of the key's rights an operation needs. */
type Need = "read" | "write";

interface Found {
  readonly grant: Grant;
  readonly path: DataPath;
}

const NOT_FOUND = refused("path-not-found", "There is no such data, or not for this key");

async function found(shelf: Shelf, path: Value | undefined, need: Need): Promise<Result<Found, Answer>> {
  if (typeof path !== "string")
    return err(refused("InvalidInput", 'Name data by a string: "data://.my/collection/file"'));
  const opened = await shelf.open();
  if (!opened.ok) return err(refused(opened.error.code, opened.error.message));
  const { grant } = opened.value;
  const { data } = grant.key.scopes;
  if (data === "none" || (need === "write" && data !== "write"))
    return err(refused("forbidden", `This key may not ${need} data`));
  const read = readPath(path, grant.account);
  if (read.ok) return ok({ grant, path: read.value });
  return err(read.error.reason === "invalid" ? refused("invalid-path", read.error.message) : NOT_FOUND);
}

const readerOf = (grant: Grant, { owner }: Place): Reader => (isMember(grant, owner) ? "owner" : "stranger");

async function bytesOf(shelf: Shelf, path: Value | undefined): Promise<Result<Uint8Array, Answer>> {
  const at = await found(shelf, path, "read");
  if (!at.ok) return at;
  const { grant, path: named } = at.value;
  if (named.kind !== "file") return err(NOT_FOUND);
  const { place, file } = named;
  const read = await collectionOf(shelf.env, place.owner, place.collection).read(
    readerOf(grant, place),
    file,
    [],
    false,
  );
  if (!read.ok || read.value.kind !== "bytes") return err(NOT_FOUND);
  const { body, file: facts } = read.value;
  if (facts.size > LIMITS.orcAnswerBytes) {
    if (body instanceof ReadableStream) await body.cancel();
    const text = `The file has ${facts.size} bytes; a program takes ${LIMITS.orcAnswerBytes}: let an algorithm read it`;
    return err(refused("AnswerTooLarge", text));
  }
  if (body === null) return ok(new Uint8Array(0));
  return ok(body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer()));
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

async function get(shelf: Shelf, path: Value | undefined): Promise<Answer> {
  const bytes = await bytesOf(shelf, path);
  if (!bytes.ok) return bytes.error;
  try {
    return { type: "value", value: strict.decode(bytes.value) };
  } catch {
    return refused("NotText", "The file is no UTF-8 text: data.bytes gives it in base64");
  }
}

async function base64(shelf: Shelf, path: Value | undefined): Promise<Answer> {
  const bytes = await bytesOf(shelf, path);
  return bytes.ok ? { type: "value", value: Buffer.from(bytes.value).toString("base64") } : bytes.error;
}

async function put(shelf: Shelf, path: Value | undefined, value: Value | undefined): Promise<Answer> {
  const at = await found(shelf, path, "write");
  if (!at.ok) return at.error;
  const { grant, path: named } = at.value;
  const text = typeof value === "string" ? value : value === undefined ? undefined : writeJson(value);
  if (typeof text !== "string") return refused("InvalidInput", "What is put is a string, or has a JSON form");
  if (named.kind !== "file") return NOT_FOUND;
  const { place, file } = named;
  const bytes = new TextEncoder().encode(text);
  const stub = collectionOf(shelf.env, place.owner, place.collection);
  const whole = { reader: readerOf(grant, place), file, length: bytes.length, md5: null, headers: [] };
  const body = bytes.length > WHOLE_BYTES ? streamOf(bytes) : bytes;
  const done = await stub.put(whole, body);
  if (done.ok) return { type: "value", value: dataUri(place, file) };
  if (done.error === "absent") return NOT_FOUND;
  return typeof done.error === "string"
    ? refused(done.error, "The file could not be written")
    : refused("quota-exceeded", `The data quota leaves ${done.error.quota} bytes`);
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  const writer = writable.getWriter();
  void writer.write(bytes).then(
    () => writer.close(),
    () => undefined,
  );
  return readable;
}

/** Names of files in order, LIMITS.dataListFiles at most from `after` on. */
async function list(shelf: Shelf, path: Value | undefined, after: Value | undefined): Promise<Answer> {
  const at = await found(shelf, path, "read");
  if (!at.ok) return at.error;
  const { grant, path: named } = at.value;
  if (named.kind !== "collection" || (after !== undefined && typeof after !== "string")) return NOT_FOUND;
  const { place } = named;
  const stub = collectionOf(shelf.env, place.owner, place.collection);
  const files = await stub.list(readerOf(grant, place), after ?? "", LIMITS.dataListFiles);
  return files.ok ? { type: "value", value: listOf(files.value.map(({ name }) => name)) } : NOT_FOUND;
}

/** The sites of DATA_SITE. */
export const dataPorts = (shelf: Shelf): ReadonlyMap<string, Port> =>
  new Map<string, Port>([
    [`${DATA_SITE}.get`, ([path]) => get(shelf, path)],
    [`${DATA_SITE}.bytes`, ([path]) => base64(shelf, path)],
    [`${DATA_SITE}.put`, ([path, value]) => put(shelf, path, value)],
    [`${DATA_SITE}.list`, ([path, after]) => list(shelf, path, after)],
  ]);
