// Data for a module: what one invocation may read of the collections. For the caller's own data that is what the caller's key
// may read, if every algorithm down to this one asks for it in its manifest; for the author's own, what its ACL opens to the
// author's algorithms, whoever calls them. What may not be read is not there.
import type { Reader } from "../data/acl.ts";
import { type Place, readPath } from "../data/path.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import { type Collection, collectionOf } from "../objects/collection/object.ts";
import type { Read } from "../objects/collection/protocol.ts";
import { workshopOf } from "../objects/workshop/store.ts";
import type { Invocation } from "./invocation.ts";
import { isMember } from "./member.ts";

/** Whether an invocation and all above it ask for data. */
function allAsk(invocation: Invocation): boolean {
  for (let each: Invocation | null = invocation; each !== null; each = each.parent) {
    if (!each.release.manifest.permissions.includes("data")) return false;
  }
  return true;
}

/** As whom an invocation reads a place; null: not at all. */
export function readerFor(invocation: Invocation, { owner, collection, kind }: Place): Reader | null {
  const { tree, release } = invocation;
  const { grant } = tree.facts;
  const [author = ""] = release.algorithm.split("/");
  const callers = grant.key.scopes.data !== "none" && allAsk(invocation);
  if (kind !== "hosted") {
    // What an algorithm keeps for an account is that algorithm's alone.
    const own = `.algo/${release.algorithm.toLowerCase()}/`;
    return callers && collection.startsWith(own) ? "owner" : null;
  }
  if (callers && isMember(grant, owner)) return "owner";
  if (owner.toLowerCase() === author.toLowerCase()) return "algorithm-of-owner";
  return callers ? "stranger" : null;
}

type Known = { readonly at: DurableObjectStub<Collection>; readonly reader: Reader };

function known(env: Env, invocation: Invocation, place: Place): Known | null {
  const reader = readerFor(invocation, place);
  return reader === null ? null : { at: collectionOf(env, place.owner, place.collection), reader };
}

const OWN = /^(?:data:\/\/)?\/*\.algo\/+(temp|perm|default)(?=\/|$)/;

/**
 * A path as it means the same everywhere: inside an algorithm `.algo/temp` and `.algo/perm` are its own, `.algo/default` the
 * collection that its owner assigned (contract §4). Null: none was.
 */
async function spelledOut({ release, tree }: Invocation, path: string): Promise<string | null> {
  const [matched = "", shelf] = OWN.exec(path) ?? [];
  if (shelf === undefined) return path;
  const rest = path.slice(matched.length);
  if (shelf !== "default") return `.algo/${release.algorithm}/${shelf}${rest}`;
  const assigned = await workshopOf(tree.facts.env, release.algorithm.toLowerCase()).assigned();
  return assigned === null ? null : `${assigned.owner}/${assigned.name}${rest}`;
}

/** The collection, and perhaps the file, that a module's path names. */
async function placeOf(
  invocation: Invocation,
  path: string,
): Promise<{ readonly place: Place; readonly file: string | null } | null> {
  const spelled = await spelledOut(invocation, path);
  if (spelled === null) return null;
  const read = readPath(spelled, invocation.tree.facts.grant.account);
  if (!read.ok) return null;
  if (read.value.kind === "collection") return { place: read.value.place, file: null };
  return read.value.kind === "file" ? { place: read.value.place, file: read.value.file } : null;
}

/** @returns null when there is no such file, or not for this invocation */
async function read(invocation: Invocation, path: string, range: string | null): Promise<Read | null> {
  const named = await placeOf(invocation, path);
  if (named === null || named.file === null) return null;
  const found = known(invocation.tree.facts.env, invocation, named.place);
  if (found === null) return null;
  const headers = range === null ? [] : [["Range", range] as const];
  const answer = await found.at.read(found.reader, named.file, headers, range === null);
  return answer.ok ? answer.value : null;
}

const NOTHING = new Uint8Array(0);

async function bytesOf(body: Extract<Read, { kind: "bytes" }>["body"]): Promise<Uint8Array> {
  if (body === null) return NOTHING;
  return body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer());
}

/** Bytes of a file; null: there is none. */
export async function sizeOf(invocation: Invocation, path: string): Promise<number | null> {
  return (await read(invocation, path, null))?.file.size ?? null;
}

/** @param from, count bytes; count at most LIMITS.dataReadBytes + 1 @returns fewer where the file ends */
export async function readBytes(
  invocation: Invocation,
  path: string,
  from: number,
  count: number,
): Promise<Uint8Array | null> {
  const wanted = Math.min(count, LIMITS.dataReadBytes + 1);
  if (wanted === 0) return (await sizeOf(invocation, path)) === null ? null : NOTHING;
  const found = await read(invocation, path, `bytes=${from}-${from + wanted - 1}`);
  if (found === null) return null;
  // Beyond the end there is nothing, which is no error.
  return found.kind === "bytes" && found.span !== null ? bytesOf(found.body) : NOTHING;
}

/** Names of files in byte order; null: there is no such collection. */
export async function listFiles(
  invocation: Invocation,
  path: string,
  after: string,
  limit: number,
): Promise<readonly string[] | null> {
  const named = await placeOf(invocation, path);
  if (named === null || named.file !== null) return null;
  const found = known(invocation.tree.facts.env, invocation, named.place);
  if (found === null) return null;
  const files = await found.at.list(found.reader, after, limit);
  return files.ok ? files.value.map(({ name }) => name) : null;
}
