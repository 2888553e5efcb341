// Data for a module: what one invocation may read of the collections, and write. For the caller's own data that is what the
// caller's key may, if every algorithm down to this one asks for it in its manifest; for the author's own, what its ACL opens to
// the author's algorithms, whoever calls them, and no writing. What may not be read is not there. An invocation sees what it
// wrote; its tree does when it has completed; everybody else when the tree has settled.
import type { Reader } from "../data/acl.ts";
import { type Place, belowDefault, ownShelf, readPath, sessionOf, sessionPath } from "../data/path.ts";
import { LIMITS } from "../limits.ts";
import { keepFor } from "../objects/collection/keep.ts";
import type { Read } from "../objects/collection/protocol.ts";
import { workshopOf } from "../objects/workshop/store.ts";
import { listOver } from "../sandbox/overlay.ts";
import type { DataWritten } from "../sandbox/protocol.ts";
import type { FilesView } from "./files.ts";
import type { Invocation } from "./invocation.ts";
import { isMember } from "./member.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Whether an invocation, or one above it, reaches the Internet. */
function reaches({ release, parent }: Invocation): boolean {
  return release.manifest.permissions.includes("internet") || (parent !== null && reaches(parent));
}

const NAME_GOES_ON = /^[A-Za-z0-9_-]/;

/** Whether the tree's input names a collection. */
function isNamed({ tree }: Invocation, { owner, collection }: Place): boolean {
  const { account } = tree.facts.grant;
  const text = new TextDecoder("latin1").decode(tree.invocations[0]?.input).toLowerCase();
  const mine = owner.toLowerCase() === account.toLowerCase();
  const spellings = [`data://${owner}/${collection}`, ...(mine ? [`data://.my/${collection}`] : [])];
  return spellings.some((each) =>
    text.split(each.toLowerCase()).some((rest, index) => index > 0 && !NAME_GOES_ON.test(rest)),
  );
}

/** Whether an invocation may see what is the caller's own: one that reaches the Internet only what the input names. */
function seesOwn(invocation: Invocation, place: Place): boolean {
  const { internet } = invocation.tree.facts.grant.key.scopes;
  return internet !== undefined || !reaches(invocation) || isNamed(invocation, place);
}

/** As whom an invocation reads a place; null: not at all. */
export function readerFor(invocation: Invocation, place: Place): Reader | null {
  const { owner, collection, kind } = place;
  const { tree, release } = invocation;
  const { grant } = tree.facts;
  const [author = ""] = release.algorithm.split("/");
  const callers = grant.key.scopes.data !== "none" && invocation.allAsk("data");
  if (kind !== "hosted") return callers && isOwnShelf(invocation, collection) ? "owner" : null;
  if (callers && isMember(grant, owner) && seesOwn(invocation, place)) return "owner";
  if (owner.toLowerCase() === author.toLowerCase()) return "algorithm-of-owner";
  return callers ? "stranger" : null;
}

/** What an algorithm keeps for an account is that algorithm's alone. */
const isOwnShelf = ({ release }: Invocation, collection: string): boolean =>
  collection.startsWith(`.algo/${release.algorithm.toLowerCase()}/`);

/** Whether an invocation may write to a place: the caller's own data, and what this algorithm keeps for the caller. */
function mayWrite(invocation: Invocation, { owner, collection, kind }: Place): boolean {
  const { grant } = invocation.tree.facts;
  if (grant.key.scopes.data !== "write" || !invocation.allAsk("data-write")) return false;
  return kind === "hosted" ? isMember(grant, owner) : isOwnShelf(invocation, collection);
}

/** Whether a place is the tree's session: no path of a client's leads there. */
const isSession = ({ collection }: Place): boolean => collection === ".session";

const viewOf = ({ tree }: Invocation, place: Place): FilesView =>
  isSession(place) ? tree.session : tree.files(place.owner, place.collection);

type Known = { readonly view: FilesView; readonly reader: Reader };

function known(invocation: Invocation, place: Place): Known | null {
  // A session is its tree's, whatever the caller's key opens.
  const reader = isSession(place) ? "owner" : readerFor(invocation, place);
  return reader === null ? null : { view: viewOf(invocation, place), reader };
}

/**
 * A path as it means the same everywhere: inside an algorithm `.algo/temp` and `.algo/perm` are its own, `.algo/default` the
 * collection that its owner assigned (contract §4). Null: none was.
 */
async function spelledOut({ release, tree }: Invocation, path: string): Promise<string | null> {
  const spelled = ownShelf(path, release.algorithm);
  if (spelled !== null) return spelled;
  const assigned = await workshopOf(tree.facts.env, release.algorithm.toLowerCase()).assigned();
  return assigned === null ? null : `${assigned.owner}/${assigned.name}${belowDefault(path)}`;
}

/** The collection, and perhaps the file, that a module's path names. */
async function placeOf(
  invocation: Invocation,
  path: string,
): Promise<{ readonly place: Place; readonly file: string | null } | null> {
  const session = sessionPath(path);
  if (session !== null) return { place: sessionOf(invocation.tree.facts.grant.account), file: session.file };
  const spelled = await spelledOut(invocation, path);
  if (spelled === null) return null;
  const read = readPath(spelled, invocation.tree.facts.grant.account);
  if (!read.ok) return null;
  if (read.value.kind === "collection") return { place: read.value.place, file: null };
  return read.value.kind === "file" ? { place: read.value.place, file: read.value.file } : null;
}

/** Where the bytes of a file are: with the collection, for all who may read it; or held there for this tree. */
type Source =
  | { readonly kind: "stored"; readonly view: FilesView; readonly reader: Reader; readonly file: string }
  | { readonly kind: "held"; readonly view: FilesView; readonly upload: number; readonly size: number };

/** @returns null when there is no such file, or not for this invocation */
async function sourceOf(invocation: Invocation, path: string): Promise<Source | null> {
  const named = await placeOf(invocation, path);
  if (named === null || named.file === null) return null;
  const { file } = named;
  const found = known(invocation, named.place);
  if (found === null) return null;
  const written = invocation.draft.written(found.view, file);
  if (written === undefined) return { kind: "stored", ...found, file };
  return written === null ? null : { kind: "held", view: found.view, ...written };
}

async function readStored(
  { draft }: Invocation,
  { view, reader, file }: Extract<Source, { kind: "stored" }>,
  range: string | null,
): Promise<Read | null> {
  const headers = range === null ? [] : [["Range", range] as const];
  const answer = await view.at.read(reader, file, headers, range === null);
  draft.saw(view, file, answer.ok ? answer.value.file : null);
  return answer.ok ? answer.value : null;
}

const NOTHING = new Uint8Array(0);

async function bytesOf(body: Extract<Read, { kind: "bytes" }>["body"]): Promise<Uint8Array> {
  if (body === null) return NOTHING;
  return body instanceof Uint8Array ? body : new Uint8Array(await new Response(body).arrayBuffer());
}

/** Bytes of a file; null: there is none. */
export async function sizeOf(invocation: Invocation, path: string): Promise<number | null> {
  const source = await sourceOf(invocation, path);
  if (source === null) return null;
  return source.kind === "held" ? source.size : ((await readStored(invocation, source, null))?.file.size ?? null);
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
  const source = await sourceOf(invocation, path);
  if (source === null) return null;
  if (source.kind === "held") {
    return source.view.at.readHeld(invocation.tree.facts.id, source.upload, from, wanted);
  }
  const found = await readStored(invocation, source, `bytes=${from}-${from + wanted - 1}`);
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
  const found = known(invocation, named.place);
  if (found === null) return null;
  const { view, reader } = found;
  const session = isSession(named.place);
  const writes = [...invocation.draft.over(view)].map(
    ([file, write]) => [encoder.encode(file), write === null ? null : NOTHING] as const,
  );
  let absent = false;
  const range = { prefix: NOTHING, after: encoder.encode(after), limit };
  const names = await listOver(writes, range, async (asked) => {
    if (session) return [];
    const files = await view.at.list(reader, after, asked);
    absent = !files.ok;
    return files.ok ? files.value.map(({ name }) => encoder.encode(name)) : [];
  });
  return absent ? null : names.map((name) => decoder.decode(name));
}

/** The file that an invocation may write under a path. */
async function writable(
  invocation: Invocation,
  path: string,
): Promise<{ readonly place: Place; readonly view: FilesView; readonly file: string } | null> {
  const named = await placeOf(invocation, path);
  if (named === null || named.file === null) return null;
  if (!isSession(named.place) && !mayWrite(invocation, named.place)) return null;
  return { place: named.place, view: viewOf(invocation, named.place), file: named.file };
}

/** Writes a file: the collection keeps the bytes, and nobody else sees them before the tree has settled. */
export async function writeFile(invocation: Invocation, path: string, bytes: Uint8Array): Promise<DataWritten> {
  const to = await writable(invocation, path);
  if (to === null) return "absent";
  const { place, view, file } = to;
  const { env, id } = invocation.tree.facts;
  if (place.kind !== "hosted" && !(await keepFor(env, place))) return "full";
  const held = await view.at.hold(id, "owner", file, bytes);
  if (!held.ok) return held.error === "absent" || held.error === "forbidden" ? "absent" : "full";
  view.holding();
  invocation.draft.write(view, file, held.value);
  return "written";
}

/** Deletes a file, in the same way. */
export async function deleteFile(invocation: Invocation, path: string): Promise<DataWritten> {
  const to = await writable(invocation, path);
  if (to === null) return "absent";
  const { view, file } = to;
  const written = invocation.draft.written(view, file);
  const there =
    written === undefined
      ? (await readStored(invocation, { kind: "stored", view, reader: "owner", file }, null)) !== null
      : written !== null;
  if (!there) return "absent";
  invocation.draft.write(view, file, null);
  return "written";
}
