// `orcade admin import`: accounts, keys, data and algorithms of another marketplace, from one archive.
import { resolve } from "node:path";
import { type Command, type Invocation, type Report } from "../command.ts";
import { CliFailure, EXIT, usage } from "../failure.ts";
import { applyArchive } from "../import/apply.ts";
import { type Checked, type Counts, checkArchive } from "../import/check.ts";
import { byteCount, count, printable, table } from "../print.ts";

const KINDS: readonly (readonly [keyof Counts, string])[] = [
  ["user", "users"],
  ["organization", "organizations"],
  ["key", "keys"],
  ["collection", "collections"],
  ["algorithm", "algorithms"],
  ["version", "versions"],
  ["file", "files"],
];

function refuse(file: string, { faults }: Checked): never {
  const lines = faults.map(({ line, message }) => `line ${line}: ${message}`);
  const hint = "Nothing was sent. docs/import.md says how an archive is written.";
  const message = `${file} is not an archive that can be imported:\n  ${lines.join("\n  ")}`;
  throw new CliFailure(EXIT.failed, "bad-archive", printable(message), hint);
}

const said = (counts: Counts, made: Counts, dry: boolean): string =>
  table([
    ["", "IN THE ARCHIVE", dry ? "WOULD BE MADE" : "MADE", "THERE ALREADY"],
    ...KINDS.map(([kind, name]) => [name, count(counts[kind]), count(made[kind]), count(counts[kind] - made[kind])]),
  ]);

async function run(invocation: Invocation): Promise<Report> {
  const [file] = invocation.operands;
  if (file === undefined) throw usage("Which archive?", "orcade admin import archive.ndjson.gz");
  const dry = invocation.options["dryRun"] === true;
  const path = resolve(invocation.io.cwd, file);
  const checked = await invocation.progress(`reading ${file}`, () => checkArchive(path));
  if (checked.faults.length > 0) refuse(file, checked);
  const settings = invocation.settings();
  const total = KINDS.reduce((sum, [kind]) => sum + checked.counts[kind], 0);
  const label = dry ? `asking ${settings.address} about` : `bringing to ${settings.address}`;
  const { made } = await invocation.progress(`${label} ${count(total)} records`, () =>
    applyArchive(settings, path, checked, dry),
  );
  const notes = [
    dry
      ? "Nothing was changed. Run it without --dry-run to import."
      : `${byteCount(checked.bytes)} of files. Run it again whenever you like: it comes to the same.`,
  ];
  return {
    exit: EXIT.ok,
    json: { archive: path, dry_run: dry, counts: checked.counts, made, bytes: checked.bytes },
    text: said(checked.counts, made, dry),
    notes,
  };
}

export const adminImport: Command = {
  name: "admin import",
  operands: "<archive>",
  summary: "bring accounts, keys, data and algorithms of another marketplace",
  description:
    "Reads an archive (docs/import.md) to its end, and says what is wrong with it, line by line; then brings it to the server. " +
    "Names, ids and keys stay as they were. Cut off at any moment, it is run again to the same end.",
  options: [
    { flags: "--dry-run", description: "check the archive and ask the server what would be made, but make nothing" },
  ],
  examples: ["orcade admin import archive.ndjson.gz --dry-run", "orcade admin import archive.ndjson.gz"],
  run,
};
