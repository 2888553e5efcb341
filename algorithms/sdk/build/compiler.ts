// Runs asc, the AssemblyScript compiler, in this process: files come from the algorithm's folder, "orcade" from
// ../assembly whatever the current directory is, and what asc says becomes diagnostics with the author's file and line.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Parser, Program } from "assemblyscript";
import * as asc from "assemblyscript/asc";
import { type Diagnostic, placeOf } from "./diagnostic.ts";

const LIBRARY = join(dirname(dirname(fileURLToPath(import.meta.url))), "assembly");
/** The module that asc is given; it re-exports the glue's function as `apply`. */
export const ENTRY = "orcade-entry";

/** Sources by path relative to the algorithm's folder; what is not there is read from the folder. */
export type Sources = ReadonlyMap<string, string>;
/** The hooks of an asc transform that are used here. */
export interface Hooks {
  afterParse?(parser: Parser): void;
  afterInitialize?(program: Program): void;
}

export interface Compilation {
  readonly directory: string;
  readonly sources: Sources;
  /** For sources that are not as the author wrote them: the author's text, and the way back to it. */
  readonly original?: (
    file: string,
  ) => { readonly text: string; readonly trace: (offset: number) => number } | undefined;
  /** Options of asc's command line. */
  readonly options: readonly string[];
  readonly hooks: Hooks;
}

export interface Compiled {
  /** Absent when there are errors. */
  readonly wasm: Uint8Array | undefined;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
  /** What asc or a hook threw, when there are no errors. */
  readonly failure: Error | undefined;
}

const WARNING = 2;
const ERROR = 3;

const EXHAUSTED = 'throw new Error("the memory is used up: raise \\"memory\\" in algorithm.json, or keep less")';

/** asc's memory managers trap without a word when memory cannot grow: they are given one. */
for (const name of ["rt/stub", "rt/tlsf"]) {
  const text = asc.libraryFiles[name];
  if (text !== undefined)
    asc.libraryFiles[name] = text.replaceAll(/(?<=memory\.grow\(\w+[^)]*\) < 0\) )unreachable\(\)/g, EXHAUSTED);
}

/** asc keeps settings of its code generator in globals: one compilation at a time. */
let turn: Promise<unknown> = Promise.resolve();

/** Compiles the entry module of `sources`. */
export function compile(job: Compilation): Promise<Compiled> {
  const run = turn.then(() => compileNow(job));
  turn = run.catch(() => undefined);
  return run;
}

async function compileNow(job: Compilation): Promise<Compiled> {
  const reported: asc.DiagnosticMessage[] = [];
  let wasm: Uint8Array | undefined;
  const silent = asc.createMemoryStream();
  const { error } = await asc.main([`${ENTRY}.ts`, "--outFile", "module.wasm", "--lib", LIBRARY, ...job.options], {
    stdout: silent,
    stderr: silent,
    readFile: (name, base) => readSource(job, name, base),
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm") && typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
    reportDiagnostic: (message) => reported.push(message),
    // asc also takes an object with the hooks, whatever its types say.
    transforms: [job.hooks as unknown as asc.Transform],
  });
  const errors = reported.filter(({ category }) => category === ERROR).map((message) => located(job, message));
  const warnings = reported.filter(({ category }) => category === WARNING).map((message) => located(job, message));
  const good = error === null && errors.length === 0;
  return { wasm: good ? wasm : undefined, errors, warnings, failure: error ?? undefined };
}

/** @returns the text of a file, null when there is none */
function readSource(job: Compilation, name: string, base: string): string | null {
  if (resolve(base) === LIBRARY) return name.startsWith("orcade/") ? readText(join(LIBRARY, name.slice(7))) : null;
  if (name === "asconfig.json") return null;
  return job.sources.get(name.replaceAll("\\", "/")) ?? readText(resolve(job.directory, name));
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

function located(job: Compilation, { message, range }: asc.DiagnosticMessage): Diagnostic {
  const file = range?.source?.normalizedPath ?? "index.ts";
  if (range === null || file.startsWith("~")) return { file, line: 0, column: 0, message };
  const original = job.original?.(file);
  if (original !== undefined) return { file, ...placeOf(original.text, original.trace(range.start)), message };
  const text = readSource(job, file, job.directory);
  return { file, ...(text === null ? { line: 0, column: 0 } : placeOf(text, range.start)), message };
}
