// `cp`: which files go where. One side is the server, the other this machine.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { CliFailure, EXIT, usage } from "../failure.ts";
import type { Io } from "../io.ts";
import type { Settings } from "../settings.ts";
import { downloadFile } from "./download.ts";
import { listAll, matching } from "./listing.ts";
import { Meter } from "./meter.ts";
import { apiPath, isPattern, isRemote, json, jsonBytes, open, remotePath, shown, type RemotePath } from "./remote.ts";
import { sideBySide, uploadFile } from "./upload.ts";

/** One file to copy. */
interface Move {
  readonly remote: RemotePath;
  readonly local: string;
  readonly bytes: number;
}

export interface Copied {
  readonly files: readonly { readonly from: string; readonly to: string; readonly bytes: number }[];
  readonly summary: string;
}

const FILES_AT_ONCE = 4;
/** Whether file systems take names for one that differ in their case alone. */
const FOLDS_CASE = process.platform !== "linux";

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The files that a local source means: itself, or with `-r` those of a folder (collections have no folders in them). */
function localFiles(cwd: string, source: string, recursive: boolean): readonly string[] {
  const path = resolve(cwd, source);
  if (!existsSync(path)) throw usage(`There is no file ${source}.`);
  if (!isFolder(path)) return [path];
  if (!recursive) throw usage(`${source} is a folder.`, "Give -r to copy its files.");
  const entries = readdirSync(path, { withFileTypes: true });
  const inner = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  if (inner.length > 0)
    throw usage(
      `${source} holds folders (${inner.slice(0, 3).join(", ")}): a collection has no folders in it.`,
      "Copy them one by one, each to a collection of its own.",
    );
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(path, name));
}

function uploads(io: Io, sources: readonly string[], target: RemotePath, recursive: boolean): readonly Move[] {
  if (target.collection === undefined)
    throw usage(`${shown(target)} is no collection.`, "Copy to data://OWNER/COLLECTION.");
  const files = sources.flatMap((source) => localFiles(io.cwd, source, recursive));
  if (files.length > 1 && target.file !== undefined)
    throw usage("Several files cannot become one.", "Copy to data://OWNER/COLLECTION.");
  return files.map((local) => ({
    local,
    remote: { ...target, file: target.file ?? basename(local) },
    bytes: statSync(local).size,
  }));
}

async function remoteFiles(
  settings: Settings,
  source: RemotePath,
  recursive: boolean,
): Promise<readonly { remote: RemotePath; bytes: number }[]> {
  const { file } = source;
  if (source.collection === undefined) throw usage(`${shown(source)} is no collection.`);
  if (file === undefined && !recursive) throw usage(`${shown(source)} is a collection.`, "Give -r to copy its files.");
  if (file === undefined || isPattern(file))
    return (await matching(settings, source)).map(({ name, size }) => ({
      remote: { ...source, file: name },
      bytes: size,
    }));
  const answer = await open(settings, { method: "HEAD", path: apiPath(source) });
  answer.resume();
  if (answer.statusCode === 404)
    throw new CliFailure(
      EXIT.failed,
      "path-not-found",
      `There is no ${shown(source)}.`,
      "`orcade data ls` shows what there is.",
    );
  return [{ remote: source, bytes: Number(answer.headers["content-length"] ?? 0) }];
}

/** A name from the server must stay in the folder it is copied to. */
function safely(folder: string, name: string): string {
  const path = join(folder, name);
  if (basename(name) !== name || name.includes("\\"))
    throw usage(`${JSON.stringify(name)} cannot be a file's name here.`);
  return path;
}

async function downloads(
  io: Io,
  settings: Settings,
  sources: readonly string[],
  destination: string,
  recursive: boolean,
): Promise<readonly Move[]> {
  const found = (
    await Promise.all(sources.map((source) => remoteFiles(settings, remotePath(source), recursive)))
  ).flat();
  const target = resolve(io.cwd, destination);
  const several = found.length > 1 || recursive;
  if (several && !isFolder(target)) mkdirSync(target, { recursive: true });
  const into = isFolder(target);
  return found.map(({ remote, bytes }) => ({
    remote,
    bytes,
    local: into ? safely(target, remote.file ?? "") : target,
  }));
}

/** Makes the collection, if it is not there. */
async function ensure(settings: Settings, { owner, collection = "" }: RemotePath): Promise<void> {
  const found = await open(settings, { method: "HEAD", path: apiPath({ owner, collection, file: undefined }) });
  found.resume();
  if (found.statusCode !== 404) return;
  await json(settings, {
    method: "POST",
    path: apiPath({ owner, collection: undefined, file: undefined }),
    body: jsonBytes({ name: collection }),
  });
}

/** Two files with one name would become one, and nobody would know which. */
function apart(moves: readonly Move[], nameOf: (move: Move) => string): readonly Move[] {
  const seen = new Set<string>();
  for (const move of moves) {
    const name = nameOf(move);
    if (seen.has(name))
      throw usage(`Two of these files would become ${name}.`, "Copy them one by one, under names of their own.");
    seen.add(name);
  }
  return moves;
}

const total = (moves: readonly Move[]): number => moves.reduce((sum, { bytes }) => sum + bytes, 0);

/** @param sources local paths, or remote ones (with patterns) @param destination the other side */
export async function copy(
  io: Io,
  settings: Settings,
  sources: readonly string[],
  destination: string,
  recursive: boolean,
): Promise<Copied> {
  const up = isRemote(destination);
  if (sources.some(isRemote) === up)
    throw usage("One side must be on the server and the other here.", "On the server is what begins with data://.");
  if (up) {
    const target = remotePath(destination);
    const moves = apart(uploads(io, sources, target, recursive), ({ remote }) => shown(remote));
    await ensure(settings, target);
    const meter = new Meter(io, total(moves));
    await sideBySide(moves, FILES_AT_ONCE, ({ local, remote }) => uploadFile(io, settings, local, remote, meter));
    return {
      files: moves.map(({ local, remote, bytes }) => ({ from: local, to: shown(remote), bytes })),
      summary: meter.end(),
    };
  }
  const moves = apart(await downloads(io, settings, sources, destination, recursive), ({ local }) =>
    FOLDS_CASE ? local.toLowerCase() : local,
  );
  const meter = new Meter(io, total(moves));
  await sideBySide(moves, FILES_AT_ONCE, ({ local, remote }) => downloadFile(settings, remote, local, meter));
  return {
    files: moves.map(({ local, remote, bytes }) => ({ from: shown(remote), to: local, bytes })),
    summary: meter.end(),
  };
}

/** What `ls` shows of a path: folders and files; of a pattern, the files that fit. */
export async function look(
  settings: Settings,
  path: RemotePath,
): Promise<{ folders: readonly string[]; files: Awaited<ReturnType<typeof matching>> }> {
  if (path.file === undefined) return listAll(settings, path);
  return { folders: [], files: await matching(settings, path) };
}
