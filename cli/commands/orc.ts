// `orcade orc check` and `orcade orc run`: programs in Orc on this machine, without a server.
import type { Command, Invocation, Report } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { programFile } from "../orc/files.ts";
import { RunWriter } from "../orc/writer.ts";
import { compile, formatDiagnostic, run as runProgram, SimulatedClock } from "../../worker/orc/index.ts";
import type { Compiled, Diagnostic, Program, RunOutput } from "../../worker/orc/index.ts";

const documentOf = ({ severity, code, message, fix, place }: Diagnostic): unknown => ({
  severity,
  code,
  message,
  ...(fix === undefined ? {} : { fix }),
  source: place.source,
  line: place.line,
  column: place.column,
});

async function compiled({ io, operands: [file] }: Invocation): Promise<Compiled> {
  if (file === undefined) throw usage("Which program?", "Name its file, or `-` for standard input.");
  const { name, text, resolve } = await programFile(io, file);
  return compile(text, { name, resolve });
}

async function check(invocation: Invocation): Promise<Report> {
  const result = await compiled(invocation);
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  const json = { ok: result.ok, diagnostics: diagnostics.map(documentOf) };
  const notes = diagnostics.map(formatDiagnostic);
  return { exit: result.ok ? EXIT.ok : EXIT.failed, json, text: "", notes };
}

export const orcCheck: Command = {
  name: "orc check",
  operands: "<file>",
  summary: "say what is wrong with a program in Orc",
  description:
    "Compiles a program in Orc without running it. What is wrong or looks wrong is printed to standard error, with its " +
    "line and column; the exit code is 1 if it does not compile.",
  examples: ["orcade orc check story.orc"],
  run: check,
};

type Ended = Extract<RunOutput, { readonly type: "end" }>["end"];

/** Why a run stopped, unless it came to its end. */
function ending(end: Ended | undefined): string[] {
  if (end?.state === "blocked") return ["The program waits for something that can no longer happen."];
  return end?.state === "overrun" ? [`The program was stopped (${end.code}): ${end.text}`] : [];
}

async function written(program: Program, simulated: boolean, writer: RunWriter): Promise<Ended | undefined> {
  for await (const output of runProgram(program, simulated ? { clock: new SimulatedClock() } : {})) {
    writer.write(output);
    if (output.type === "end") return output.end;
  }
  return undefined;
}

async function run(invocation: Invocation): Promise<Report> {
  const { io, options } = invocation;
  const json = options["json"] === true;
  const result = await compiled(invocation);
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  for (const one of diagnostics) io.stderr.write(`${json ? JSON.stringify(documentOf(one)) : formatDiagnostic(one)}\n`);
  if (!result.ok) return { exit: EXIT.failed, json: undefined, text: "" };
  const writer = new RunWriter(io.stdout, result.program, json);
  const end = await written(result.program, options["simulatedClock"] === true, writer);
  writer.flush();
  const stopped = end?.state === "overrun";
  return { exit: stopped ? EXIT.failed : EXIT.ok, json: undefined, text: "", notes: ending(end) };
}

export const orcRun: Command = {
  name: "orc run",
  operands: "<file>",
  summary: "run a program in Orc on this machine",
  description:
    "Runs a program in Orc and prints, as it happens, what it publishes (one value a line), what it prints and which calls " +
    "fail (`Error: …`). With --json, one document a line. A program that does not compile prints nothing to standard output.",
  options: [
    { flags: "--simulated-clock", description: "let time pass at once whenever the program only waits for it" },
  ],
  examples: ["orcade orc run story.orc", "orcade orc run story.orc --simulated-clock --json"],
  run,
};
