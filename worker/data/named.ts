// Which collection the input of a call names. Pure.
import { LIMITS } from "../limits.ts";
import { type Place, readPath } from "./path.ts";

/** `data://` and the names of a collection, as they are written in text and in JSON. */
const NAMED =
  /(?<![a-z0-9+.-])data:\/\/(?:\.algo\/[a-z][\w-]{0,29}\/[a-z][\w-]{0,29}\/(?:temp|perm)|(?:\.my|[a-z]\w{0,29})\/[a-z][\w-]{0,29})(?![\w-])/gi;

const same = (a: Place, b: Place): boolean =>
  a.collection === b.collection && a.owner.toLowerCase() === b.owner.toLowerCase();

/**
 * The one collection that an input names, however often; null: none, several, or the input is longer than one is looked for in.
 * @param account the one `.my` stands for
 */
export function namedCollection(input: Uint8Array, account: string): Place | null {
  if (input.length > LIMITS.nearInputBytes) return null;
  let found: Place | null = null;
  // What is looked for is ASCII: bytes as characters, whatever the rest is.
  for (const [uri] of new TextDecoder("latin1").decode(input).matchAll(NAMED)) {
    const read = readPath(uri, account);
    if (!read.ok || read.value.kind !== "collection") continue;
    if (found !== null && !same(found, read.value.place)) return null;
    found = read.value.place;
  }
  return found;
}
