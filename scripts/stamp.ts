// Whether something must be built again: a hash over the bytes of its inputs, kept beside its outputs. Times of files do
// not count (a fresh clone and a switched branch would lie).
import { createHash, type Hash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folders that never hold a source. */
const SKIPPED = ["node_modules", ".orcade", ".wrangler", ".git"];

function addFolder(hash: Hash, root: string, path: string, skip: ReadonlySet<string>): void {
  for (const entry of readdirSync(join(root, path)).sort()) {
    if (!skip.has(entry)) add(hash, root, join(path, entry), skip);
  }
}

/** Names and contents are framed by their lengths: no two sets of files give one stream. */
function add(hash: Hash, root: string, path: string, skip: ReadonlySet<string>): void {
  const full = join(root, path);
  if (!existsSync(full)) {
    hash.update(`absent ${path}\n`);
    return;
  }
  if (statSync(full).isDirectory()) return addFolder(hash, root, path, skip);
  const bytes = readFileSync(full);
  hash.update(`file ${path.length} ${path} ${bytes.length}\n`).update(bytes);
}

/**
 * @param root what the paths are relative to
 * @param paths files and folders (with all below them), in any order; one that does not exist counts as absent
 * @param skip further names to leave out, at any depth
 * @returns SHA-256 in hex over names and contents
 */
export function hashInputs(root: string, paths: readonly string[], skip: readonly string[] = []): string {
  const hash = createHash("sha256");
  const skipped = new Set([...SKIPPED, ...skip]);
  for (const path of paths) add(hash, root, path, skipped);
  return hash.digest("hex");
}

/** @returns whether the stamp says `hash` and every output is there */
export const isFresh = (stamp: string, hash: string, outputs: readonly string[]): boolean =>
  existsSync(stamp) && readFileSync(stamp, "utf8").trim() === hash && outputs.every((output) => existsSync(output));

/** Notes what the outputs were built from. Written last: a build that was interrupted is built again. */
export function writeStamp(stamp: string, hash: string): void {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${hash}\n`);
}
