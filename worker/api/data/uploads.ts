// Resumable uploads (native): for files that one request should not carry. Begin, send parts in any order and side by side,
// ask which came, complete. Cloudflare refuses bodies over 100 MB on most plans.
import type { Hono } from "hono";
import { z } from "zod";
import { type DataPath, dataUri, readPath } from "../../data/path.ts";
import { LIMITS } from "../../limits.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Grant } from "../../objects/account/object.ts";
import { type Collection, collectionOf } from "../../objects/collection/object.ts";
import type { UploadFacts } from "../../objects/collection/protocol.ts";
import { jsonBody } from "../json.ts";
import { actorOf } from "../acting.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { uploadBody } from "./body.ts";
import { conditionsOf, writeFailure } from "./files.ts";
import { pathFailure, pathNotFound, readerOf, spelled } from "./target.ts";
import { bodyOf } from "../openapi/bodies.ts";

/** Parts the client is asked to cut a file into: small enough to send again, large enough to be few. */
const ADVISED_BYTES = 32 * 1024 * 1024;

const md5 = z.string().regex(/^[0-9a-f]{32}$/);
const beginBody = bodyOf(
  "POST /v1/uploads",
  z.strictObject({ path: z.string().max(2_000), size: z.int().min(0).max(LIMITS.fileBytes) }),
);
const completeBody = bodyOf(
  "POST /v1/uploads/:owner/:collection/:id{[0-9]+}/complete",
  z.strictObject({ md5: md5.optional(), size: z.int().min(0).optional() }),
);

type FilePath = Extract<DataPath, { kind: "file" }>;

function fileOf(text: string, caller: Grant): Result<FilePath, Failure> {
  if (!text.isWellFormed()) return err(failure("invalid-path", "path must be Unicode text."));
  const path = readPath(encodeURIComponent(text), caller.account);
  if (!path.ok) return err(pathFailure(path.error));
  const { value } = path;
  if (value.kind !== "file" || value.place.kind !== "hosted")
    return err(failure("invalid-path", "path must be data://owner/collection/file."));
  return readerOf(caller, value.place.owner) === "owner" ? ok(value) : err(pathNotFound());
}

function shown(caller: Grant, owner: string, collection: string, facts: UploadFacts): object {
  const name = spelled(caller, owner);
  return {
    upload: `/v1/uploads/${name}/${collection}/${facts.id}`,
    path: dataUri({ owner: name, collection, kind: "hosted" }, facts.file),
    part_bytes: ADVISED_BYTES,
    part_bytes_max: LIMITS.partBytes,
    parts: facts.parts,
    expires: new Date(facts.until).toISOString(),
  };
}

async function begin(c: AppContext): Promise<Response> {
  const caller = await actorOf(c);
  if (!caller.ok) return refuse(c, caller.error);
  const body = await jsonBody(c.req.raw, beginBody);
  if (!body.ok) return refuse(c, body.error);
  const path = fileOf(body.value.path, caller.value);
  if (!path.ok) return refuse(c, path.error);
  const { place, file } = path.value;
  const begun = await collectionOf(c.env, place.owner, place.collection).begin(file, body.value.size);
  if (!begun.ok) return refuse(c, writeFailure(begun.error));
  return c.json(shown(caller.value, place.owner, place.collection, begun.value), 201);
}

interface Upload {
  readonly caller: Grant;
  readonly owner: string;
  readonly name: string;
  readonly collection: DurableObjectStub<Collection>;
  readonly facts: UploadFacts;
}

/** The upload a request names, if it is under way and the caller's. */
async function uploadOf(c: AppContext): Promise<Result<Upload, Failure>> {
  const caller = await actorOf(c);
  if (!caller.ok) return caller;
  const { owner = "", collection: name = "", id = "" } = c.req.param() as Record<string, string>;
  const number = /^\d{1,15}$/.test(id) ? Number(id) : Number.NaN;
  if (readerOf(caller.value, owner) !== "owner" || Number.isNaN(number)) return err(pathNotFound());
  const collection = collectionOf(c.env, owner, name);
  const facts = (await collection.upload(number)) as UploadFacts | null;
  if (facts === null) return err(pathNotFound());
  return ok({ caller: caller.value, owner, name, collection, facts });
}

async function status(c: AppContext): Promise<Response> {
  const upload = await uploadOf(c);
  if (!upload.ok) return refuse(c, upload.error);
  const { caller, owner, name, facts } = upload.value;
  return c.json(shown(caller, owner, name, facts));
}

const asStream = (body: Uint8Array | ReadableStream<Uint8Array>): ReadableStream<Uint8Array> =>
  body instanceof Uint8Array ? (new Blob([body]).stream() as ReadableStream<Uint8Array>) : body;

async function putPart(c: AppContext): Promise<Response> {
  const upload = await uploadOf(c);
  if (!upload.ok) return refuse(c, upload.error);
  const number = Number(c.req.param("number"));
  const body = await uploadBody(c.req.raw, LIMITS.partBytes);
  if (!body.ok) return refuse(c, body.error);
  const { collection, facts } = upload.value;
  const put = await collection.putPart(facts.id, number, asStream(body.value.body), body.value.md5);
  if (!put.ok) return refuse(c, writeFailure(put.error));
  const { bytes, md5: sum } = put.value;
  return c.json({ number, bytes, md5: sum });
}

async function complete(c: AppContext): Promise<Response> {
  const upload = await uploadOf(c);
  if (!upload.ok) return refuse(c, upload.error);
  const body = await jsonBody(c.req.raw, completeBody);
  if (!body.ok) return refuse(c, body.error);
  const { caller, owner, name, collection, facts } = upload.value;
  const put = {
    reader: "owner" as const,
    file: facts.file,
    length: body.value.size ?? null,
    md5: body.value.md5 ?? null,
    headers: conditionsOf(c.req.raw.headers),
  };
  const done = await collection.complete(facts.id, put);
  if (!done.ok) return refuse(c, writeFailure(done.error));
  const path = dataUri({ owner: spelled(caller, owner), collection: name, kind: "hosted" }, facts.file);
  return c.json({ result: path, size: done.value.size, md5: done.value.md5 });
}

async function abort(c: AppContext): Promise<Response> {
  const upload = await uploadOf(c);
  if (!upload.ok) return refuse(c, upload.error);
  await upload.value.collection.abort(upload.value.facts.id);
  return c.body(null, 204);
}

export function uploadRoutes(app: Hono<AppEnv>): void {
  const one = "/v1/uploads/:owner/:collection/:id{[0-9]+}";
  app.post("/v1/uploads", begin);
  app.get(one, status);
  app.put(`${one}/:number{[0-9]{1,3}}`, putPart);
  app.post(`${one}/complete`, complete);
  app.delete(one, abort);
}
