// Where a piece of data lies: `data://owner/collection/file`, and the forms clients write it in (algorithmia-api §4).
import { type Result, err, ok } from "../market/result.ts";

/** What keeps an algorithm's data of one account (contract: `.algo/OWNER/NAME/temp|perm`). */
export type AlgorithmShelf = "temp" | "perm";

export type DataPath =
  | { readonly kind: "root" }
  | { readonly kind: "owner"; readonly owner: string }
  | { readonly kind: "collection"; readonly place: Place }
  | { readonly kind: "file"; readonly place: Place; readonly file: string };

/** A collection. */
export interface Place {
  /** The account or organisation it belongs to, as it was written. */
  readonly owner: string;
  /** `genomes`, or `.algo/OWNER/NAME/temp`. */
  readonly collection: string;
  readonly kind: "hosted" | AlgorithmShelf;
}

export type PathError =
  | { readonly reason: "not-found" }
  | { readonly reason: "invalid"; readonly message: string }
  | { readonly reason: "connector"; readonly connector: string };

/** The rule of the wire contract, widened by `-`; case is kept and told apart. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,29}$/;
/** Bytes of a file's name in UTF-8. */
export const FILE_NAME_BYTES = 255;

const invalid = (message: string): Result<never, PathError> => err({ reason: "invalid", message });
const notFound: Result<never, PathError> = err({ reason: "not-found" });

/** A file's name: at least one character, no slash, no control character, not `.` or `..`. */
export function isFileName(name: string): boolean {
  if (name === "" || name === "." || name === ".." || name.includes("/")) return false;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return !/[\u0000-\u001f\u007f]/.test(name) && new TextEncoder().encode(name).length <= FILE_NAME_BYTES;
}

export const isCollectionName = (name: string): boolean => NAME.test(name);

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** `data://x`, `s3+label://x`, `x` → scheme and the rest. */
function scheme(path: string): { readonly connector: string; readonly rest: string } {
  const match = /^\/*([a-z0-9]+(?:\+[^:/]*)?):\/{0,2}(.*)$/i.exec(path);
  return match === null
    ? { connector: "data", rest: path }
    : { connector: (match[1] ?? "").toLowerCase(), rest: match[2] ?? "" };
}

/** `.algo/OWNER/NAME/temp|perm[/file]`: the caller's data that algorithm keeps. */
function algorithmPath(segments: readonly string[], caller: string): Result<DataPath, PathError> {
  const [, owner = "", name = "", shelf = "", file, ...rest] = segments;
  if (!NAME.test(owner) || !NAME.test(name) || rest.length > 0) return notFound;
  if (shelf !== "temp" && shelf !== "perm") return notFound;
  const collection = `.algo/${owner.toLowerCase()}/${name.toLowerCase()}/${shelf}`;
  const place: Place = { owner: caller, collection, kind: shelf };
  if (file === undefined) return ok({ kind: "collection", place });
  return isFileName(file) ? ok({ kind: "file", place, file }) : invalid(FILE_RULE);
}

const FILE_RULE = `A file's name has 1 to ${FILE_NAME_BYTES} bytes of UTF-8 without slashes and control characters, and is not . or ..`;
const COLLECTION_RULE =
  "A collection's name begins with a letter and has at most 30 letters, digits, - and _. There are no folders in it.";

function hostedPath(segments: readonly string[], caller: string): Result<DataPath, PathError> {
  const [first = "", collection, file, ...rest] = segments;
  const owner = first === ".my" ? caller : first;
  if (!NAME.test(owner) || rest.length > 0) return notFound;
  if (collection === undefined) return ok({ kind: "owner", owner });
  if (!NAME.test(collection)) return collection.startsWith(".") ? notFound : invalid(COLLECTION_RULE);
  const place: Place = { owner, collection, kind: "hosted" };
  if (file === undefined) return ok({ kind: "collection", place });
  return isFileName(file) ? ok({ kind: "file", place, file }) : invalid(FILE_RULE);
}

/** The collection in which a tree of calls holds what its session has: nothing of it is ever a file that somebody finds. */
export const sessionOf = (account: string): Place => ({ owner: account, collection: ".session", kind: "temp" });

/** `data://.session[/file]`, inside a tree of calls; null: another path. */
export function sessionPath(raw: string): { readonly file: string | null } | null {
  const { connector, rest } = scheme(decoded(raw) ?? "");
  const [first, file = null, ...more] = rest.split("/").filter((segment) => segment !== "");
  const names = first === ".session" && more.length === 0 && (file === null || isFileName(file));
  return connector === "data" && names ? { file } : null;
}

/**
 * Reads a path as clients send it: percent-encoded in part or in whole, with or without `data://`, with empty segments.
 * @param raw what follows `/v1/data/` or `/v1/connector/data/` in the URL, or a `data://` URI
 * @param caller the account `.my` stands for
 */
export function readPath(raw: string, caller: string): Result<DataPath, PathError> {
  const text = decoded(raw);
  if (text === undefined) return invalid("The path is not valid percent-encoded UTF-8.");
  const { connector, rest } = scheme(text);
  if (connector !== "data") return err({ reason: "connector", connector });
  const segments = rest.split("/").filter((segment) => segment !== "");
  if (segments.length === 0) return ok({ kind: "root" });
  if (segments[0] === ".algo") return algorithmPath(segments, caller);
  // A session lives as long as the tree of calls that made it: from outside there is none.
  if (segments[0] === ".session") return notFound;
  return hostedPath(segments, caller);
}

/** `data://owner/collection[/file]` */
export const dataUri = ({ owner, collection, kind }: Place, file?: string): string => {
  const base = kind === "hosted" ? `data://${owner}/${collection}` : `data://${collection}`;
  return file === undefined ? base : `${base}/${file}`;
};

const OWN = /^(?:data:\/\/)?\/*\.algo\/+(temp|perm|default)(?=\/|$)/;

/**
 * A path as a module writes it: inside an algorithm `.algo/temp` and `.algo/perm` are its own.
 * @param algorithm `owner/name`
 * @returns null for `.algo/default`: which collection that is was assigned by its owner
 */
export function ownShelf(path: string, algorithm: string): string | null {
  const [matched = "", shelf] = OWN.exec(path) ?? [];
  if (shelf === undefined) return path;
  return shelf === "default" ? null : `.algo/${algorithm}/${shelf}${path.slice(matched.length)}`;
}

/** What follows `.algo/default`. */
export const belowDefault = (path: string): string => path.slice(OWN.exec(path)?.[0].length ?? 0);
