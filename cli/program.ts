// The commands as commander sees them: options, help texts, what is a wrong command line. Running one is main.ts's business.
import { Command as Program, CommanderError } from "commander";
import type { Command } from "./command.ts";
import { EXIT_MEANING } from "./failure.ts";

/** What a command line comes to: a command with its words, or text to print (help, the version). */
export type Parsed =
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly operands: (string | undefined)[];
      readonly options: Options;
    }
  | { readonly kind: "shown"; readonly text: string }
  | { readonly kind: "wrong"; readonly message: string };
type Options = Readonly<Record<string, string | true | readonly string[] | undefined>>;

const EXIT_CODES = `Exit codes:\n${Object.entries(EXIT_MEANING)
  .map(([code, meaning]) => `  ${code}  ${meaning}`)
  .join("\n")}`;

const examples = (lines: readonly string[]): string =>
  `\nExample${lines.length === 1 ? "" : "s"}:\n  ${lines.join("\n  ")}`;

const HELP_WIDTH = 100;

const repeat = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

function describe(program: Program, command: Command, run: (operands: unknown[], options: Options) => void): void {
  const words = command.name.split(" ");
  const name = words.pop() ?? command.name;
  const group = words.length === 0 ? program : groupOf(program, words.join(" "));
  const made = group
    .command([name, command.operands].filter(Boolean).join(" "))
    .summary(command.summary)
    .description(command.description ?? command.summary)
    .addHelpText("after", examples(command.examples));
  // Options of a command that has commands below it are its own, not theirs.
  made.configureHelp({
    helpWidth: HELP_WIDTH,
    showGlobalOptions: true,
    visibleGlobalOptions: () => [...program.options],
  });
  for (const { flags, description } of command.options ?? []) {
    if (flags.endsWith("...")) made.option(flags.slice(0, -3), description, repeat);
    else made.option(flags, description);
  }
  made.action((...given: unknown[]) => run(given.slice(0, -2), made.optsWithGlobals()));
}

/** What the commands of a group are for. */
const GROUPS: Readonly<Record<string, string>> = {
  admin: "for whoever runs a server",
  data: "files on the server",
  jobs: "one question over a lot of data: map and reduce, on the server",
  keys: "API keys of the account, or of an organisation it owns",
  ledger: "what the account paid and earned",
  org: "organisations: accounts that belong to their members",
  genomes: "genomes to try jobs on",
  orc: "programs in Orc, the orchestration language",
  runs: "programs in Orc that go on by themselves, on the server",
};

function groupOf(program: Program, name: string): Program {
  const found = program.commands.find((command) => command.name() === name);
  return found ?? program.command(name).description(GROUPS[name] ?? "");
}

function skeleton(version: string, write: (text: string) => void): Program {
  const program = new Program("orcade");
  program
    .description("Publish an algorithm, call it from anywhere: the command line of Orcade.")
    .version(version)
    .option("--address <url>", "the server (else ORCADE_ADDRESS, else the config file)")
    .option("--key <key>", "the API key (else ORCADE_API_KEY, else the config file)")
    .option("--json", "print one JSON document, for scripts")
    .helpCommand("help [command]", "show the help of a command, or of exit-codes")
    .addHelpText(
      "after",
      `\n${EXIT_CODES}\n${examples(["orcade init hello && orcade build && orcade publish && orcade call"])}`,
    )
    .showSuggestionAfterError()
    .configureHelp({ helpWidth: HELP_WIDTH, showGlobalOptions: true })
    .configureOutput({ writeOut: write, writeErr: write, getOutHasColors: () => false, getErrHasColors: () => false })
    .exitOverride();
  program.command("exit-codes", { hidden: true }).action(() => write(`${EXIT_CODES}\n`));
  return program;
}

/** Reads a command line. Nothing is run and nothing is written. */
export function parse(commands: readonly Command[], argv: readonly string[], version: string): Parsed {
  let shown = "";
  let parsed: Parsed | undefined;
  const program = skeleton(version, (text) => (shown += text));
  for (const command of commands) {
    describe(program, command, (operands, options) => {
      parsed = { kind: "run", command, operands: operands as (string | undefined)[], options };
    });
  }
  const words = argv[0] === "help" && argv[1] === "exit-codes" ? ["exit-codes"] : argv;
  try {
    program.parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0 && error.code !== "commander.help") return { kind: "wrong", message: shown };
  }
  return parsed ?? { kind: "shown", text: shown };
}
