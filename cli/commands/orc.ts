// `orcade orc check` and `orcade orc run`: programs in Orc, on this machine without a server, or on the server.
import { type Command, type Invocation, type Report, textOption } from "../command.ts";
import { EXIT, usage } from "../failure.ts";
import { type ProgramFile, programFile } from "../orc/files.ts";
import { type RemoteEnd, runThere } from "../orc/remote.ts";
import { RunWriter } from "../orc/writer.ts";
import { cost, count } from "../print.ts";
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

export function programOf({ io, operands: [file] }: Invocation): Promise<ProgramFile> {
  if (file === undefined) throw usage("Which program?", "Name its file, or `-` for standard input.");
  return programFile(io, file);
}

async function compiled(invocation: Invocation): Promise<Compiled> {
  const { name, text, resolve } = await programOf(invocation);
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

/** A whole number above 0 from an option that only a run on the server takes. */
export function whole(invocation: Invocation, name: string, flag: string): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw usage(`${flag} ${text}: a whole number above 0 is wanted.`);
  return Number(text);
}

export function argumentsOf(invocation: Invocation): string | undefined {
  const text = textOption(invocation, "arguments");
  if (text === undefined) return undefined;
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw usage("--arguments takes JSON.", `For example --arguments '{"city": "Austin"}'.`);
  }
}

export function remoteNotes({ state, code, text, publications, calls, fuel, cost: price }: RemoteEnd): string[] {
  const figures = `${count(publications)} publications, ${count(calls)} calls, ${count(fuel)} fuel, ${cost(price)}`;
  if (state === "timeout")
    return ["The program was stopped (timeout): give it longer with --timeout SECONDS.", figures];
  if (state === "overrun") return [`The program was stopped (${code ?? ""}): ${text ?? ""}`, figures];
  if (state === "blocked") return [...ending({ state }), figures];
  if (state === "cancelled") return ["The run was cancelled.", figures];
  if (state === "failed") return [`The run could not go on (${code ?? ""}): ${text ?? ""}`, figures];
  return [figures];
}

async function runRemote(invocation: Invocation): Promise<Report> {
  const { io, options, settings } = invocation;
  if (options["simulatedClock"] === true)
    throw usage("--simulated-clock is for this machine; the server has real time.");
  const end = await runThere(io, settings(), await programOf(invocation), {
    args: argumentsOf(invocation),
    maxCost: whole(invocation, "maxCost", "--max-cost"),
    timeout: whole(invocation, "timeout", "--timeout"),
    json: options["json"] === true,
  });
  const good = end.state === "halted" || end.state === "blocked";
  return { exit: good ? EXIT.ok : EXIT.failed, json: undefined, text: "", notes: remoteNotes(end) };
}

const ONLY_REMOTE = ["arguments", "maxCost", "timeout"];

async function run(invocation: Invocation): Promise<Report> {
  const { io, options } = invocation;
  if (options["remote"] === true) return runRemote(invocation);
  const alone = ONLY_REMOTE.find((name) => options[name] !== undefined);
  if (alone !== undefined) throw usage("--arguments, --max-cost and --timeout are for a run with --remote.");
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
  summary: "run a program in Orc, here or on the server",
  description:
    "Runs a program in Orc and prints, as it happens, what it publishes (one value a line), what it prints and which calls " +
    "fail (`Error: …`). With --remote it runs on the server, and each call of an algorithm is paid by itself. With --json, one document a line. A program that does not compile prints nothing to standard output.",
  options: [
    { flags: "--simulated-clock", description: "let time pass at once whenever the program only waits for it" },
    { flags: "--remote", description: 'on the server, where `algo("owner/name")` is a site' },
    { flags: "--arguments <json>", description: "with --remote: what `arguments()` publishes" },
    { flags: "--max-cost <microcredits>", description: "with --remote: what the run and its calls may cost at most" },
    { flags: "--timeout <seconds>", description: "with --remote: how long it may run (default 300)" },
  ],
  examples: [
    "orcade orc run story.orc",
    "orcade orc run story.orc --simulated-clock --json",
    "orcade orc run books.orc --remote",
  ],
  run,
};
