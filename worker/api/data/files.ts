// Files over HTTP: GET, HEAD, PUT, DELETE (algorithmia-api §4), with ranges and conditions (RFC 9110).
import type { Place } from "../../data/path.ts";
import { dataUri } from "../../data/path.ts";
import { LIMITS } from "../../limits.ts";
import { type Failure, failure } from "../../market/failure.ts";
import type { FileFacts, Read, WriteError } from "../../objects/collection/protocol.ts";
import type { Grant } from "../../objects/account/object.ts";
import type { AppContext } from "../context.ts";
import { keepFor } from "../../objects/collection/keep.ts";
import { refuse } from "../errors.ts";
import { uploadBody } from "./body.ts";
import { collectionAt, pathNotFound, readerOf, spelled } from "./target.ts";

/** What a file is served as, if exactly that is asked for: nothing a browser would run. */
const MIRRORED = new Set(["text/plain", "application/json", "application/octet-stream"]);
const CONDITIONS = ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"];

export const conditionsOf = (headers: Headers): (readonly [string, string])[] =>
  CONDITIONS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });

function typeOf(accept: string | undefined): string {
  const wanted = accept?.trim().toLowerCase() ?? "";
  if (!MIRRORED.has(wanted)) return "application/octet-stream";
  return wanted === "text/plain" ? "text/plain; charset=utf-8" : wanted;
}

/** Uploads are hostile: never sniffed, never run, and kept from whoever did not ask. */
function headersOf(c: AppContext, file: FileFacts): Record<string, string> {
  return {
    "Content-Type": typeOf(c.req.header("Accept")),
    "X-Data-Type": "file",
    ETag: `"${file.md5}"`,
    "Last-Modified": new Date(file.modified).toUTCString(),
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-cache",
    Vary: "Accept, Authorization",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
  };
}

function sized(body: Uint8Array | ReadableStream<Uint8Array> | null, length: number): BodyInit | null {
  if (!(body instanceof ReadableStream)) return body as Uint8Array<ArrayBuffer> | null;
  const { readable, writable } = new FixedLengthStream(length);
  // A reader that goes away ends the pipe; what cannot be sent is not sent again.
  void body.pipeTo(writable).catch(() => undefined);
  return readable;
}

function answer(c: AppContext, read: Read, head: boolean): Response {
  const headers = headersOf(c, read.file);
  switch (read.kind) {
    case "not-modified":
      return new Response(null, { status: 304, headers });
    case "precondition-failed":
      return refuse(
        c,
        failure("precondition-failed", "The file is not as If-Match or If-Unmodified-Since expects it."),
      );
    case "unsatisfiable":
      c.header("Content-Range", `bytes */${read.file.size}`);
      return refuse(c, failure("range-not-satisfiable", `The file has ${read.file.size} bytes.`));
    case "bytes": {
      const { span } = read;
      const length = span === null ? read.file.size : span.below - span.from;
      const range = span === null ? {} : { "Content-Range": `bytes ${span.from}-${span.below - 1}/${read.file.size}` };
      const body = head ? null : sized(read.body, length);
      const status = span === null ? 200 : 206;
      return new Response(body, { status, headers: { ...headers, ...range, "Content-Length": String(length) } });
    }
  }
}

/** @param head only the facts */
export async function readFile(
  c: AppContext,
  caller: Grant,
  place: Place,
  file: string,
  head: boolean,
): Promise<Response> {
  const reader = readerOf(caller, place.owner);
  const collection = collectionAt(c.env, place);
  const read = await collection.read(reader, file, conditionsOf(c.req.raw.headers), head);
  return read.ok ? answer(c, read.value, head) : refuse(c, pathNotFound());
}

/** How a write that did not happen is told. */
export function writeFailure(error: WriteError): Failure {
  if (typeof error === "object") {
    return failure("quota-exceeded", `The data quota leaves ${error.quota} bytes: delete files, or ask your operator.`);
  }
  switch (error) {
    case "absent":
      return pathNotFound();
    case "forbidden":
      return failure("forbidden", "Only its owner may write to this collection.");
    case "precondition-failed":
      return failure(
        "precondition-failed",
        "The file is not as the request's conditions expect it: nothing was written.",
      );
    case "checksum":
      return failure("checksum-mismatch", "The bytes do not have the MD5 that was announced: nothing was written.");
    case "length":
      return failure(
        "checksum-mismatch",
        "The bytes are not as many as announced, or the upload broke off: nothing was written.",
      );
    case "too-large":
      return failure("body-too-large", `A file has at most ${LIMITS.fileBytes} bytes, a part ${LIMITS.partBytes}.`);
    case "too-many-files":
      return failure("too-many-files", `A collection has at most ${LIMITS.files} files.`);
  }
}

export async function putFile(c: AppContext, caller: Grant, place: Place, file: string): Promise<Response> {
  const reader = readerOf(caller, place.owner);
  const collection = collectionAt(c.env, place);
  const upload = await uploadBody(c.req.raw, LIMITS.fileBytes);
  if (!upload.ok) return refuse(c, upload.error);
  // What an algorithm keeps for an account needs no making.
  if (place.kind !== "hosted" && !(await keepFor(c.env, place)))
    return refuse(c, failure("too-many-collections", `An owner has at most ${LIMITS.collections} collections.`));
  const { body, length, md5 } = upload.value;
  const put = { reader, file, length, md5, headers: conditionsOf(c.req.raw.headers) };
  const written = await collection.put(put, body);
  if (!written.ok) return refuse(c, writeFailure(written.error));
  c.header("ETag", `"${written.value.md5}"`);
  return c.json({ result: dataUri({ ...place, owner: spelled(caller, place.owner) }, file) });
}

export async function deleteFile(c: AppContext, caller: Grant, place: Place, file: string): Promise<Response> {
  const removed = await collectionAt(c.env, place).removeFile(readerOf(caller, place.owner), file);
  if (removed.ok) return c.body('{"result":{"deleted":1}}', 200, { "Content-Type": "application/json; charset=utf-8" });
  return refuse(c, writeFailure(removed.error));
}
