// `orcade data ls|mkdir|cp|cat|rm`: files on the server.
import type { Command, Invocation, Report } from "../command.ts";
import { textOption } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { count, printable, table } from "../print.ts";
import { copy, look } from "../data/copy.ts";
import { matching } from "../data/listing.ts";
import {
  accepted,
  apiPath,
  bodyOf,
  isPattern,
  json,
  jsonBytes,
  open,
  remotePath,
  shown,
  type RemotePath,
} from "../data/remote.ts";
import { sideBySide } from "../data/upload.ts";

const DELETED_AT_ONCE = 8;
const operandsOf = ({ operands }: Invocation): readonly string[] =>
  operands.flat().filter((operand): operand is string => operand !== undefined);

async function runLs(invocation: Invocation): Promise<Report> {
  const path = remotePath(operandsOf(invocation)[0] ?? "data://.my");
  const settings = invocation.settings();
  const { folders, files } = await invocation.progress("listing", () => look(settings, path));
  const rows = files.map(({ name, size, modified }) => [count(size), modified.slice(0, 16).replace("T", " "), name]);
  const text = [...folders.map((name) => `${name}/`), ...(rows.length === 0 ? [] : [table(rows)])].join("\n");
  return {
    exit: EXIT.ok,
    json: { path: shown(path), folders, files },
    text: printable(text === "" ? "Nothing is there." : text),
  };
}

const ACLS: Readonly<Record<string, readonly string[]>> = {
  private: [],
  algorithms: ["algo://.my/*"],
  public: ["user://*"],
};

async function runMkdir(invocation: Invocation): Promise<Report> {
  const path = remotePath(operandsOf(invocation)[0] ?? "");
  if (path.collection === undefined || path.file !== undefined)
    throw usage("Name a collection.", "orcade data mkdir data://.my/genomes");
  const read = ACLS[textOption(invocation, "acl") ?? "algorithms"];
  if (read === undefined) throw usage("--acl is private, algorithms or public.");
  const settings = invocation.settings();
  const body = jsonBytes({ name: path.collection, acl: { read } });
  const made = await json(settings, { method: "POST", path: apiPath({ ...path, collection: undefined }), body });
  return {
    exit: EXIT.ok,
    json: { collection: made["result"], acl: { read } },
    text: `${String(made["result"])} is there.`,
  };
}

async function runCat(invocation: Invocation): Promise<Report> {
  const path = remotePath(operandsOf(invocation)[0] ?? "");
  if (path.file === undefined) throw usage(`${shown(path)} is no file.`);
  const settings = invocation.settings();
  const message = await accepted(await open(settings, { method: "GET", path: apiPath(path) }));
  if (invocation.options["json"] === true) {
    const bytes = await bodyOf(message);
    return {
      exit: EXIT.ok,
      json: { path: shown(path), size: bytes.length, base64: Buffer.from(bytes).toString("base64") },
      text: "",
    };
  }
  for await (const chunk of message) invocation.io.stdout.write(chunk as Uint8Array);
  return { exit: EXIT.ok, json: {}, text: "" };
}

async function runCp(invocation: Invocation): Promise<Report> {
  const paths = operandsOf(invocation);
  const destination = paths.at(-1);
  if (destination === undefined || paths.length < 2)
    throw usage("From where to where?", "orcade data cp genome.fa data://.my/genomes");
  const recursive = invocation.options["recursive"] === true;
  const copied = await copy(invocation.io, invocation.settings(), paths.slice(0, -1), destination, recursive);
  const lines = copied.files.map(({ from, to }) => `${from} -> ${to}`);
  return { exit: EXIT.ok, json: copied, text: printable(lines.join("\n")), notes: [copied.summary] };
}

async function removeFiles(invocation: Invocation, path: RemotePath): Promise<readonly string[]> {
  const settings = invocation.settings();
  const { file = "" } = path;
  const names = isPattern(file) ? (await matching(settings, path)).map(({ name }) => name) : [file];
  await sideBySide(names, DELETED_AT_ONCE, async (name) => {
    await json(settings, { method: "DELETE", path: apiPath({ ...path, file: name }) });
  });
  return names.map((name) => shown({ ...path, file: name }));
}

async function removeOne(invocation: Invocation, path: RemotePath): Promise<readonly string[]> {
  if (path.collection === undefined) throw usage(`${shown(path)} cannot be deleted.`, "Name a collection or a file.");
  if (path.file !== undefined) return removeFiles(invocation, path);
  const force = invocation.options["recursive"] === true ? "?force=true" : "";
  await json(invocation.settings(), { method: "DELETE", path: `${apiPath(path)}${force}` });
  return [shown(path)];
}

async function runRm(invocation: Invocation): Promise<Report> {
  const paths = operandsOf(invocation).map(remotePath);
  const deleted = await invocation.progress("deleting", async () => {
    const found: string[] = [];
    for (const path of paths) found.push(...(await removeOne(invocation, path)));
    return found;
  });
  return { exit: EXIT.ok, json: { deleted }, text: printable(deleted.map((path) => `deleted ${path}`).join("\n")) };
}

const RECURSIVE = { flags: "-r, --recursive", description: "the files of a folder or collection" };

export const dataCommands: readonly Command[] = [
  {
    name: "data ls",
    operands: "[path]",
    summary: "list collections and files",
    description:
      "Lists your collections, the files of one, or those that fit a pattern (quoted, so that the shell leaves it alone).",
    examples: ["orcade data ls", "orcade data ls data://.my/genomes", "orcade data ls 'data://.my/genomes/*.fa'"],
    run: runLs,
  },
  {
    name: "data mkdir",
    operands: "<path>",
    summary: "make a collection",
    options: [
      {
        flags: "--acl <who>",
        description: "who may read it: private, algorithms (yours, whoever calls them; default) or public",
      },
    ],
    examples: ["orcade data mkdir data://.my/genomes --acl public"],
    run: runMkdir,
  },
  {
    name: "data cp",
    operands: "<paths...>",
    summary: "copy files to the server or from it",
    description:
      "Copies files to a collection (made when it is not there) or from one. Long files go in parts, side by side; run the same " +
      "command again after an interruption, and it goes on where it was. Every copy is checked by its MD5.",
    options: [RECURSIVE],
    examples: [
      "orcade data cp phix.fa data://.my/genomes",
      "orcade data cp -r genomes data://.my/genomes",
      "orcade data cp 'data://.my/genomes/*.fa' .",
    ],
    run: runCp,
  },
  {
    name: "data cat",
    operands: "<file>",
    summary: "write a file to standard output",
    examples: ["orcade data cat data://.my/genomes/phix.fa | head"],
    run: runCat,
  },
  {
    name: "data rm",
    operands: "<paths...>",
    summary: "delete files or collections",
    options: [RECURSIVE],
    examples: ["orcade data rm 'data://.my/genomes/*.tmp'", "orcade data rm -r data://.my/genomes"],
    run: runRm,
  },
];
