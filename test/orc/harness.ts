// Runs cases written as text: `=== title`, the program, `==>`, what it says. Titles end in remarks: (any order), (blocked),
// (overrun CODE). Time is simulated.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  compile,
  format,
  type Program,
  run,
  type RunOptions,
  type RunOutput,
  SimulatedClock,
} from "../../worker/orc/index.ts";

import type { Value } from "../../worker/orc/values/kinds.ts";

export interface Case {
  readonly title: string;
  readonly program: string;
  readonly expected: readonly string[];
  readonly anyOrder: boolean;
  /** "halted", "blocked", or the code of an overrun. */
  readonly end: string;
}

/** @returns the cases of a file's text */
export function parseCases(text: string): Case[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const line = part.indexOf("\n");
      const [program = "", expected = ""] = part.slice(line + 1).split(/^==>$/m);
      return { ...heading(part.slice(0, line)), program, expected: linesOf(expected) };
    });
}

function heading(line: string): Pick<Case, "title" | "anyOrder" | "end"> {
  const end = /\((blocked|overrun ([a-z-]+))\)/.exec(line);
  return { title: line.trim(), anyOrder: line.includes("(any order)"), end: end?.[2] ?? end?.[1] ?? "halted" };
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

/** @returns every case file's name and cases */
export function caseFiles(folder: string): { readonly name: string; readonly cases: readonly Case[] }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => ({ name, cases: parseCases(readFileSync(join(folder, name), "utf8")) }));
}

/** @param sites names of sites outside that the program may import */
export function compiled(source: string, sites: readonly string[] = []): Program {
  const result = compile(source, sites.length === 0 ? {} : { sites: new Set(sites) });
  if (!result.ok) throw new Error(`${source}\n${result.diagnostics.map((each) => each.message).join("\n")}`);
  return result.program;
}

export interface Said {
  /** Publications, printed lines and error reports, in order. */
  readonly lines: readonly string[];
  /** "halted", "blocked", "cancelled", or the code of an overrun. */
  readonly end: string;
}

/** Runs the program to its end, in simulated time unless told. */
export const say = (source: string, options: RunOptions = {}): Promise<Said> =>
  sayProgram(compiled(source, Object.keys(options.sites ?? {})), options);

export async function sayProgram(program: Program, options: RunOptions = {}): Promise<Said> {
  let text = "";
  let end = "";
  for await (const output of run(program, { clock: new SimulatedClock(), fuel: 1_000_000_000, ...options })) {
    if (output.type === "end") end = output.end.state === "overrun" ? output.end.code : output.end.state;
    else text += textOf(output);
  }
  return { lines: linesOf(text), end };
}

/** As the reference's test runner writes it. */
function textOf(output: Exclude<RunOutput, { type: "end" }>): string {
  switch (output.type) {
    case "publication":
      return `${format(output.value)}\n`;
    case "text":
      return output.text;
    case "error":
      return `Error: ${output.kind}: ${output.text}\n`;
  }
}

/** What the programs say, run by a process of their own (see speaker.ts). */
export function sayAll(programs: readonly string[]): Said[] {
  const speaker = join(import.meta.dirname, "speaker.ts");
  const child = spawnSync(process.execPath, [speaker], { input: JSON.stringify(programs), maxBuffer: 2 ** 28 });
  if (child.status !== 0) throw new Error(child.stderr.toString());
  return JSON.parse(child.stdout.toString()) as Said[];
}

/** The text of a value as it stands in another string. */
export const plain = (value: Value | undefined): string =>
  typeof value === "string" ? value : value === undefined ? "" : format(value);
