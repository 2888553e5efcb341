// Who may read a collection. Writing is its owner's alone and cannot be given away (contract §4; features §7).
import { type Result, err, ok } from "../market/result.ts";

/**
 * `[]`: its owner (of an organisation: the members). `algo://.my/*`: also the owner's algorithms, whoever calls them; the
 * default. `user://*`: everybody with a key.
 */
export type ReadAcl = readonly [] | readonly ["algo://.my/*"] | readonly ["user://*"];

export const DEFAULT_ACL: ReadAcl = ["algo://.my/*"];
/** Who asks, as the caller of an object knows it. */
export type Reader = "owner" | "algorithm-of-owner" | "stranger";

/** Reads `{"read": [...]}` or the list itself. */
export function readAcl(value: unknown): Result<ReadAcl, string> {
  const list: unknown = Array.isArray(value) ? value : (value as { read?: unknown } | null)?.read;
  if (!Array.isArray(list)) return err('An acl is {"read": [...]}.');
  const entries = new Set(list);
  if (entries.size === 0) return ok([]);
  // What is open to everybody is open to algorithms.
  if (entries.has("user://*") && [...entries].every((entry) => entry === "user://*" || entry === "algo://.my/*"))
    return ok(["user://*"]);
  if (entries.size === 1 && entries.has("algo://.my/*")) return ok(["algo://.my/*"]);
  return err('acl.read is [] (private), ["algo://.my/*"] (my algorithms) or ["user://*"] (everybody).');
}

export const isPublic = (acl: ReadAcl | null): boolean => acl?.[0] === "user://*";

/** @param acl null: a collection without an ACL, which is its owner's alone */
export function mayRead(acl: ReadAcl | null, reader: Reader): boolean {
  if (reader === "owner" || isPublic(acl)) return true;
  return reader === "algorithm-of-owner" && acl?.[0] === "algo://.my/*";
}
