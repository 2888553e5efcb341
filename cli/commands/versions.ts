// `orcade versions`: what is published of an algorithm, newest first.
import type { Command, Invocation, Report } from "../command.ts";
import { EXIT } from "../failure.ts";
import { getJson } from "../http.ts";
import { asObject, asString } from "../json.ts";
import { printable, table } from "../print.ts";
import type { Settings } from "../settings.ts";
import { targetOf, type Target } from "../target.ts";

interface Version {
  readonly version: string;
  readonly build: string;
  readonly notes: string;
}

function versionOf(entry: unknown): Version {
  const info = asObject(asObject(entry)?.["version_info"]);
  const text = (name: string): string => asString(info?.[name]) ?? "";
  return { version: text("semantic_version"), build: text("git_hash"), notes: text("release_notes") };
}

/** All pages; the server's marker says where the next one begins. */
async function allVersions(settings: Settings, { owner, name }: Target): Promise<Version[]> {
  const found: Version[] = [];
  let marker: string | undefined;
  do {
    const query = marker === undefined ? "?published=true" : `?published=true&marker=${encodeURIComponent(marker)}`;
    const page = await getJson(settings, `/v1/algorithms/${owner}/${name}/versions${query}`);
    found.push(...(Array.isArray(page["results"]) ? page["results"] : []).map(versionOf));
    marker = asString(page["marker"]);
  } while (marker !== undefined);
  return found;
}

async function run(invocation: Invocation): Promise<Report> {
  const settings = invocation.settings();
  const target = await targetOf(invocation.io, settings, invocation.operands[0]);
  const versions = await invocation.progress("listing versions", () => allVersions(settings, target));
  const rows = versions.map(({ version, build, notes }) => [version, build.slice(0, 12), notes.split("\n")[0] ?? ""]);
  const text = rows.length === 0 ? "No version is published." : table([["VERSION", "BUILD", "NOTES"], ...rows]);
  return { exit: EXIT.ok, json: { algorithm: `${target.owner}/${target.name}`, versions }, text: printable(text) };
}

export const versions: Command = {
  name: "versions",
  operands: "[algorithm]",
  summary: "list the published versions of an algorithm",
  description:
    "Lists the published versions of OWNER/NAME, of the NAME of one of your own, or of the current algorithm, newest first.",
  examples: ["orcade versions genome/kmers", "orcade versions hello"],
  run,
};
