// Reads case files of the front: `=== title`, the program, `==>`, what is expected. The first word of a file's name says what is
// looked at: `grouping`: how it is read, printed with all parentheses; `core`: its core; `diagnostics`: what it is told.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../../../worker/orc/compile.ts";
import { formatDiagnostic } from "../../../worker/orc/source/diagnostics.ts";
import { Texts } from "../../../worker/orc/source/texts.ts";
import { parseProgram } from "../../../worker/orc/syntax/parse.ts";
import { coreText } from "./core-text.ts";
import { SMALL_PRELUDE } from "./prelude.ts";
import { Printer } from "./print.ts";

interface Case {
  readonly title: string;
  readonly program: string;
  readonly expected: string;
}

/** Texts that cases may include. */
const FILES: ReadonlyMap<string, string> = new Map([
  ["lib.inc", "def double(x) = x * 2\nval seven = 7\n"],
  ["nested.inc", 'include "lib.inc"\ndef four(x) = double(double(x))\n'],
  ["itself.inc", 'include "itself.inc"\n'],
  ["broken.inc", "def f(x) =\n\ndef g(x) = \n"],
  ["program.inc", "1 | 2\n"],
]);

const resolve = (name: string): { readonly name: string; readonly text: string } | undefined => {
  const text = FILES.get(name);
  return text === undefined ? undefined : { name, text };
};

function grouped(program: string): string {
  const parsed = parseProgram({ name: "program.orc", text: program, prelude: false }, new Texts(), resolve);
  return parsed.ok ? new Printer(true).print(parsed.value.expression) : `refused: ${parsed.finding.message}`;
}

const SITES: ReadonlySet<string> = new Set(["known"]);
const preludeOnly = compile("stop", { prelude: SMALL_PRELUDE });
const PRELUDE_DEFINITIONS = preludeOnly.ok ? preludeOnly.program.definitions.length : 0;

function core(program: string): string {
  const compiled = compile(program, { prelude: SMALL_PRELUDE, resolve, sites: SITES });
  if (compiled.ok) return coreText(compiled.program, PRELUDE_DEFINITIONS);
  return compiled.diagnostics.map(formatDiagnostic).join("\n");
}

function diagnostics(program: string): string {
  const compiled = compile(program, { prelude: SMALL_PRELUDE, resolve, sites: SITES });
  const all = compiled.ok ? compiled.warnings : compiled.diagnostics;
  return all.length === 0 ? "none" : all.map(formatDiagnostic).join("\n");
}

const LOOKS: Readonly<Record<string, (program: string) => string>> = { grouping: grouped, core, diagnostics };

/** What a case of this file says; without white space at line ends. */
export function actual(file: string, program: string): string {
  const look = LOOKS[file.split("-")[0] ?? ""];
  const text = look === undefined ? "no such kind of case" : look(program);
  return text.replace(/[ \t]+$/gm, "").trim();
}

export function parseCases(text: string): Case[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const line = part.indexOf("\n");
      const [program = "", expected = ""] = part.slice(line + 1).split(/^==>\n/m);
      return { title: part.slice(0, line).trim(), program: program.replace(/\n$/, ""), expected: expected.trim() };
    });
}

export function caseFiles(folder: string): { readonly name: string; readonly cases: readonly Case[] }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .map((name) => ({ name, cases: parseCases(readFileSync(join(folder, name), "utf8")) }));
}
