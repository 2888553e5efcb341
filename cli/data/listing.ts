// What lies where: pages of folders and files, and the files that a pattern means.
import { CliFailure, EXIT } from "../failure.ts";
import { asNumber, asObject, asString } from "../json.ts";
import type { Settings } from "../settings.ts";
import { apiPath, isPattern, json, matcher, shown, type RemotePath } from "./remote.ts";

export interface RemoteFile {
  readonly name: string;
  readonly size: number;
  readonly modified: string;
}

export interface Listing {
  readonly folders: readonly string[];
  readonly files: readonly RemoteFile[];
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function fileOf(entry: unknown): RemoteFile {
  const file = asObject(entry);
  return {
    name: asString(file?.["filename"]) ?? "",
    size: asNumber(file?.["size"]) ?? 0,
    modified: asString(file?.["last_modified"]) ?? "",
  };
}

/** All pages of a listing. */
export async function listAll(settings: Settings, path: RemotePath): Promise<Listing> {
  const folders: string[] = [];
  const files: RemoteFile[] = [];
  let marker: string | undefined;
  do {
    const query = marker === undefined ? "" : `?marker=${encodeURIComponent(marker)}`;
    const page = await json(settings, { method: "GET", path: `${apiPath(path)}${query}` });
    folders.push(...list(page["folders"]).map((entry) => asString(asObject(entry)?.["name"]) ?? ""));
    files.push(...list(page["files"]).map(fileOf));
    marker = asString(page["marker"]);
  } while (marker !== undefined);
  return { folders, files };
}

/** The files of a collection whose names fit; without a pattern all of them. */
export async function matching(settings: Settings, path: RemotePath): Promise<readonly RemoteFile[]> {
  const { files } = await listAll(settings, { ...path, file: undefined });
  const { file } = path;
  const found = file === undefined ? files : files.filter(({ name }) => matcher(file)(name));
  if (found.length === 0 && file !== undefined && isPattern(file))
    throw new CliFailure(
      EXIT.failed,
      "no-match",
      `Nothing fits ${shown(path)}.`,
      "Quote a pattern, so that the shell leaves it alone.",
    );
  return found;
}
