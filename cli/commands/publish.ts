// `orcade publish`: builds what is stale and uploads it as a version.
import type { Command, Invocation, Report } from "../command.ts";
import { buildFolder } from "../algorithm.ts";
import { EXIT } from "../failure.ts";
import { algorithmFolder, readAuthored } from "../folder.ts";
import { byteCount, count, printable, shorten, table } from "../print.ts";
import { publishBuilt, type Published } from "../publish.ts";
import { requireKey } from "../settings.ts";
import { accountOf } from "../target.ts";
import { textOption } from "../command.ts";

function describe(published: Published): string {
  const { algorithm, version, sample } = published;
  const rows = [
    ["build", published.build],
    ["size", `${byteCount(published.moduleBytes)}, ${byteCount(published.meteredBytes)} metered`],
  ];
  if (sample !== undefined) {
    const result = shorten(JSON.stringify(sample.result) ?? "nothing", 200);
    rows.push(["sample", `${result} for ${count(sample.fuel ?? 0)} fuel`]);
  }
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
  return { exit: EXIT.ok, json: { ...published.document, created: published.created }, text: describe(published) };
}

export const publish: Command = {
  name: "publish",
  operands: "[folder]",
  summary: "publish an algorithm as a version",
  description:
    "Builds the algorithm of a folder (else of this one, else the current one) if it must be, and uploads it as the\nversion in its algorithm.json. A version never changes: the same again does nothing, anything else is refused.",
  options: [{ flags: "--notes <text>", description: "release notes of this version" }],
  examples: ["orcade publish", 'orcade publish hello --notes "First version."'],
  run,
};
