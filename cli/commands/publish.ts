// `orcade publish`: builds what is stale and uploads it as a version.
import { buildFolder, type Built } from "../algorithm.ts";
import { callAlgorithm } from "../calling.ts";
import { textOption, type Command, type Invocation, type Report } from "../command.ts";
import { EXIT } from "../failure.ts";
import { algorithmFolder, readAuthored } from "../folder.ts";
import { sampleInput } from "../input.ts";
import { byteCount, count, printable, shorten, table } from "../print.ts";
import { publishBuilt, type Published } from "../publish.ts";
import { requireKey, type Settings } from "../settings.ts";
import { accountOf, parseTarget } from "../target.ts";

/** What the new version makes of its own sample. One that keeps state is not called: that would change the state. */
async function trySample(
  settings: Settings,
  { manifest }: Built,
  { algorithm, version }: Published,
): Promise<string | undefined> {
  if (manifest.sample === undefined || manifest.permissions.includes("state")) return undefined;
  const input = sampleInput(manifest.sample, manifest.input.kind);
  const { error, result, fuel } = await callAlgorithm(settings, parseTarget(`${algorithm}/${version}`), input, {});
  if (error !== undefined) return `failed: ${error.type}: ${error.message}`;
  return `${shorten(JSON.stringify(result), 200)} for ${count(fuel ?? 0)} fuel`;
}

function describe(published: Published, sample: string | undefined): string {
  const { algorithm, version } = published;
  const rows = [
    ["build", published.build],
    ["size", `${byteCount(published.moduleBytes)}, ${byteCount(published.meteredBytes)} metered`],
    ...(sample === undefined ? [] : [["sample", sample]]),
  ];
  const head = published.created ? "Published" : "Already published, unchanged:";
  return printable(`${head} ${algorithm} ${version}\n${table(rows)}`);
}

async function run(invocation: Invocation): Promise<Report> {
  const { io, operands, progress } = invocation;
  const settings = invocation.settings();
  requireKey(settings);
  const folder = algorithmFolder(io, operands[0]);
  const { name, owner } = readAuthored(folder);
  const built = await progress(`building ${name}`, () => buildFolder(folder));
  const published = await progress(`publishing ${name}`, async () =>
    publishBuilt(settings, owner ?? (await accountOf(settings)), built, textOption(invocation, "notes")),
  );
  const sample = published.created
    ? await progress("calling its sample", () => trySample(settings, built, published))
    : undefined;
  const json = { ...published.document, created: published.created, ...(sample === undefined ? {} : { sample }) };
  return { exit: EXIT.ok, json, text: describe(published, sample), notes: built.warnings };
}

export const publish: Command = {
  name: "publish",
  operands: "[folder]",
  summary: "publish an algorithm as a version",
  description:
    "Builds the algorithm of a folder (else of this one, else the current one) if it must be, and uploads it as the version in its algorithm.json. A version never changes: the same again does nothing, anything else is refused.",
  options: [{ flags: "--notes <text>", description: "release notes of this version" }],
  examples: ["orcade publish", 'orcade publish hello --notes "First version."'],
  run,
};
