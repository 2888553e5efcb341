// The data API of the wire contract (§4): one path model under two prefixes.
import type { Hono } from "hono";
import type { DataPath } from "../../data/path.ts";
import { failure } from "../../market/failure.ts";
import type { Grant } from "../../objects/account/object.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { refuse } from "../errors.ts";
import { deleteCollection, listCollection, listOwner, listRoot, makeCollection, setAcl } from "./collections.ts";
import { deleteFile, putFile, readFile } from "./files.ts";
import { targetOf } from "./target.ts";
import { uploadRoutes } from "./uploads.ts";

const METHODS: Record<DataPath["kind"], readonly string[]> = {
  root: ["GET", "HEAD"],
  owner: ["GET", "HEAD", "POST"],
  collection: ["GET", "HEAD", "PATCH", "DELETE"],
  file: ["GET", "HEAD", "PUT", "DELETE"],
};

/** What a request does; undefined: nothing, this kind of path does not take the method. */
function act(c: AppContext, caller: Grant, path: DataPath): Promise<Response> | Response | undefined {
  const { method } = c.req;
  const reads = method === "GET" || method === "HEAD";
  switch (path.kind) {
    case "root":
      return reads ? listRoot(c, caller) : undefined;
    case "owner":
      if (reads) return listOwner(c, caller, path.owner);
      return method === "POST" ? makeCollection(c, caller, path.owner) : undefined;
    case "collection":
      if (reads) return listCollection(c, caller, path.place);
      if (method === "PATCH") return setAcl(c, caller, path.place);
      return method === "DELETE" ? deleteCollection(c, caller, path.place) : undefined;
    case "file":
      if (reads) return readFile(c, caller, path.place, path.file, method === "HEAD");
      if (method === "PUT") return putFile(c, caller, path.place, path.file);
      return method === "DELETE" ? deleteFile(c, caller, path.place, path.file) : undefined;
  }
}

async function serve(c: AppContext): Promise<Response> {
  const target = await targetOf(c);
  if (!target.ok) return refuse(c, target.error);
  const { caller, path } = target.value;
  const answer = act(c, caller, path);
  if (answer !== undefined) return answer;
  const allowed = METHODS[path.kind];
  c.header("Allow", allowed.join(", "));
  return refuse(c, failure("unknown-method", `This path takes ${allowed.join(", ")}, not ${c.req.method}.`));
}

export function dataRoutes(app: Hono<AppEnv>): void {
  for (const path of ["/v1/data", "/v1/data/*", "/v1/connector/*"]) app.all(path, serve);
  uploadRoutes(app);
}
