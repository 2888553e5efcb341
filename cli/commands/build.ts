// `orcade build`: compiles an algorithm and derives its schemas.
import { relative } from "node:path";
import type { Command, Invocation, Report } from "../command.ts";
import { buildFolder } from "../algorithm.ts";
import { EXIT } from "../failure.ts";
import { algorithmFolder, readAuthored } from "../folder.ts";
import { byteCount } from "../print.ts";

async function run({ io, operands, options, progress }: Invocation): Promise<Report> {
  const folder = algorithmFolder(io, operands[0]);
  const { name, version } = readAuthored(folder);
  const built = await progress(`building ${name}`, () => buildFolder(folder, undefined, options["force"] === true));
  const { input, output } = built.manifest;
  const where = relative(io.cwd, built.modulePath);
  const said = built.rebuilt ? `${byteCount(built.moduleBytes)} in ${where}` : `up to date in ${where}`;
  return {
    exit: EXIT.ok,
    json: {
      name,
      version,
      rebuilt: built.rebuilt,
      module: built.modulePath,
      manifest: built.manifestPath,
      module_bytes: built.moduleBytes,
      input: input.kind,
      output: output.kind,
      warnings: built.warnings,
    },
    text: `${name} ${version}: ${said} (${input.kind} to ${output.kind})`,
    notes: built.warnings,
  };
}

export const build: Command = {
  name: "build",
  operands: "[folder]",
  summary: "compile an algorithm",
  description:
    "Compiles the algorithm of a folder (else of this one, else the current one) to build/module.wasm and build/manifest.json, with the schemas of its input and output.",
  options: [{ flags: "--force", description: "build even when nothing has changed" }],
  examples: ["orcade build", "orcade build hello"],
  run,
};
