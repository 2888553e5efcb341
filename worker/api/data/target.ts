// Which data a request means, and what its caller is to it.
import type { Env } from "../../env.ts";
import type { Reader } from "../../data/acl.ts";
import { type DataPath, type Place, readPath } from "../../data/path.ts";
import { type Failure, failure } from "../../market/failure.ts";
import { type Result, err, ok } from "../../market/result.ts";
import type { Grant } from "../../objects/account/object.ts";
import { type Collection, collectionOf } from "../../objects/collection/object.ts";
import { actorOf } from "../acting.ts";
import { isMember } from "../caller.ts";
import type { AppContext } from "../context.ts";

export interface DataTarget {
  readonly caller: Grant;
  readonly path: DataPath;
}

export const PREFIX = /^\/+v1\/+(?:data|connector\/+(?<connector>[^/]*))(?:\/|$)/;

/** The caller and the path of a request; the key's data scope is looked at first. */
export async function targetOf(c: AppContext): Promise<Result<DataTarget, Failure>> {
  const caller = await actorOf(c);
  if (!caller.ok) return caller;
  const { pathname } = new URL(c.req.url);
  const prefix = PREFIX.exec(pathname);
  const connector = prefix?.groups?.["connector"] ?? "data";
  if (connector.toLowerCase() !== "data") return err(unavailable(connector));
  const path = readPath(pathname.slice(prefix?.[0].length ?? 0), caller.value.account);
  return path.ok ? ok({ caller: caller.value, path: path.value }) : err(pathFailure(path.error));
}

export const pathNotFound = (): Failure => failure("path-not-found", "path not found");

const unavailable = (connector: string): Failure =>
  failure("connector-unavailable", `The connector ${connector.slice(0, 40)} is not available here: use data://.`);

export function pathFailure(error: Extract<ReturnType<typeof readPath>, { ok: false }>["error"]): Failure {
  if (error.reason === "not-found") return pathNotFound();
  return error.reason === "connector" ? unavailable(error.connector) : failure("invalid-path", error.message);
}

/** What the caller is to an owner. */
export const readerOf = (caller: Grant, owner: string): Reader => (isMember(caller, owner) ? "owner" : "stranger");

/** The owner's canonical spelling, where the caller belongs to it; else as it was written. */
export function spelled(caller: Grant, owner: string): string {
  const known = [caller.account, ...caller.organisations].find((name) => name.toLowerCase() === owner.toLowerCase());
  return known ?? owner;
}

export const collectionAt = (env: Env, { owner, collection }: Place): DurableObjectStub<Collection> =>
  collectionOf(env, owner, collection);
