// Runs one command: reads the command line, prints what came of it, answers with an exit code. The only file that prints
// failures; a stack trace is shown only when ORCADE_DEBUG is set.
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { CliFailure, EXIT, messageOf } from "./failure.ts";
import { processIo, type Io } from "./io.ts";
import { paint } from "./print.ts";
import { parse, type Parsed } from "./program.ts";
import { withProgress } from "./progress.ts";
import { resolveSettings } from "./settings.ts";

function version(io: Io): string {
  const text = readFileSync(join(io.checkout, "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

const line = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function print(io: Io, report: Report, json: boolean): void {
  if (json) return report.json === undefined ? undefined : io.stdout.write(line(report.json));
  const { text } = report;
  if (typeof text !== "string") io.stdout.write(text);
  else if (text !== "") io.stdout.write(`${text}\n`);
  for (const note of report.notes ?? []) io.stderr.write(`${paint(io.stderr, io.env, "dim", note)}\n`);
}

/** Failures that are not ours to explain: a bug, or a system error on a file. */
function asFailure(thrown: unknown): CliFailure {
  if (thrown instanceof CliFailure) return thrown;
  const hint = "Run it again with ORCADE_DEBUG=1 to see where it happened.";
  return new CliFailure(EXIT.failed, "unexpected", messageOf(thrown), hint);
}

function printFailure(io: Io, thrown: unknown, json: boolean): number {
  const failure = asFailure(thrown);
  const { code, message, hint, exit } = failure;
  if (json) io.stdout.write(line({ error: { code, message, ...(hint === undefined ? {} : { hint }), exit } }));
  else
    io.stderr.write(
      `${paint(io.stderr, io.env, "red", "error:")} ${message}\n${hint === undefined ? "" : `${hint}\n`}`,
    );
  if (io.env["ORCADE_DEBUG"] && thrown instanceof Error) io.stderr.write(`${thrown.stack}\n`);
  return exit;
}

type Runnable = Extract<Parsed, { readonly kind: "run" }>;

async function runCommand(io: Io, { command, operands, options }: Runnable): Promise<Report> {
  const text = (name: string): string | undefined => (typeof options[name] === "string" ? options[name] : undefined);
  return command.run({
    io,
    operands,
    options,
    settings: () => resolveSettings(io, { address: text("address"), key: text("key") }),
    progress: (label, work) => withProgress(io, label, work),
  });
}

/** @param argv the words after `orcade` @returns the exit code */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const json = argv.includes("--json");
  const parsed = parse(COMMANDS, argv.length === 0 ? ["--help"] : argv, version(io));
  if (parsed.kind === "shown") {
    io.stdout.write(parsed.text);
    return EXIT.ok;
  }
  if (parsed.kind === "wrong") {
    const message = parsed.message.replace(/^error: /, "").trim();
    return printFailure(io, new CliFailure(EXIT.usage, "usage", message, "`orcade --help` shows every command."), json);
  }
  try {
    const report = await runCommand(io, parsed);
    print(io, report, json);
    return report.exit;
  } catch (error) {
    return printFailure(io, error, json);
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2), processIo());
}
