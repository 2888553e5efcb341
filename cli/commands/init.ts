// `orcade init NAME`: a new algorithm from the template, whole or not at all.
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { ALGORITHM_NAME } from "../../worker/market/manifest.ts";
import type { Command, Invocation, Report } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { setCurrent } from "../home.ts";
import type { Io } from "../io.ts";

const PLACEHOLDER = "__NAME__";

/** Puts the name in place of the placeholder in every file's text and name. */
function fillIn(folder: string, name: string): void {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) fillIn(path, name);
    else writeFileSync(path, readFileSync(path, "utf8").replaceAll(PLACEHOLDER, name));
    if (entry.includes(PLACEHOLDER)) renameSync(path, join(folder, entry.replaceAll(PLACEHOLDER, name)));
  }
}

/** Copies the template beside its place and moves it there when it is complete. */
function copyTemplate(template: string, folder: string, name: string): void {
  const draft = join(dirname(folder), `.${name}.${process.pid}.draft`);
  try {
    cpSync(template, draft, { recursive: true });
    fillIn(draft, name);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function checkedFolder(io: Io, named: string): { readonly folder: string; readonly name: string } {
  const folder = resolve(io.cwd, named);
  const name = basename(folder);
  if (!ALGORITHM_NAME.test(name)) {
    throw usage(
      `${JSON.stringify(name)} cannot be the name of an algorithm.`,
      "A letter, then letters, digits, _ or -, at most 30.",
    );
  }
  if (existsSync(folder))
    throw usage(`${named} exists already; nothing was changed.`, "Choose another name, or remove it first.");
  if (!existsSync(dirname(folder))) throw usage(`${dirname(folder)} does not exist.`, "Create it first.");
  return { folder, name };
}

async function run({ io, operands }: Invocation): Promise<Report> {
  const { folder, name } = checkedFolder(io, operands[0] ?? "");
  copyTemplate(join(io.checkout, "cli", "template"), folder, name);
  setCurrent(io, folder);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const place = relative(io.cwd, folder);
  return {
    exit: EXIT.ok,
    json: { name, folder, files },
    text: `Created ${place} with ${files.join(", ")}.\nWrite apply() in ${join(place, "index.ts")}, then: orcade build && orcade publish && orcade call`,
  };
}

export const init: Command = {
  name: "init",
  operands: "<name>",
  summary: "make a new algorithm from the template",
  description:
    "Makes a folder of that name with an algorithm to start from, and makes it the current one: build, publish and call mean it when they are told nothing else.",
  examples: ["orcade init hello"],
  run,
};
