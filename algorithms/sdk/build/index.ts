// Builds an algorithm: algorithm.json and index.ts in, module.wasm and manifest.json out. Two passes of the compiler: the
// first stops once types are known and tells the signature; the second compiles the sources with the glue for it.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { manifest as manifestShape, type AuthoredManifest, type Manifest } from "../../../worker/market/manifest.ts";
import { analyse, type Analysis } from "./analyse.ts";
import { readAuthored } from "./authored.ts";
import { compile, ENTRY, type Compiled, type Sources } from "./compiler.ts";
import { formatDiagnostic, type Diagnostic } from "./diagnostic.ts";
import { addGlue } from "./glue.ts";
import { checkImports } from "./imports.ts";
import { compilerOptions, readPragma } from "./options.ts";
import { schemaOf, type Schema } from "./schema.ts";
import type { Side, Signature } from "./shapes.ts";
import { endAtFail } from "./terminate.ts";
import { verify } from "./verify.ts";

export { formatDiagnostic, type Diagnostic } from "./diagnostic.ts";
export { runLocal, type LocalResult, type LocalInput, type LocalOptions } from "./local.ts";
export { loadCases, type Case } from "./cases.ts";

export interface BuildOptions {
  /** The algorithm's folder: algorithm.json, index.ts, README.md. */
  readonly directory: string;
  /** Where module.wasm, manifest.json and README.md are written; default `<directory>/build`. */
  readonly outDirectory?: string;
  /** Files to use instead of those in the folder, by their path in it. */
  readonly files?: ReadonlyMap<string, string>;
  /** False: nothing is written. */
  readonly write?: boolean;
  /** False: compiled in a third of the time, to be tried and not to be published. */
  readonly optimize?: boolean;
}

export interface Build {
  readonly module: Uint8Array;
  readonly manifest: Manifest;
  /** `owner` of algorithm.json, which the manifest does not carry. */
  readonly owner: string | undefined;
  readonly readme: string | undefined;
  readonly warnings: readonly Diagnostic[];
  readonly outDirectory: string;
}

export interface BuildError {
  readonly reason: "refused";
  readonly diagnostics: readonly Diagnostic[];
  /** The diagnostics, one a line, as `file:line:column: sentence`. */
  readonly message: string;
}

export type BuildResult =
  | { readonly ok: true; readonly value: Build }
  | { readonly ok: false; readonly error: BuildError };

/** Builds the algorithm of a folder. */
export async function buildAlgorithm(options: BuildOptions): Promise<BuildResult> {
  const directory = resolve(options.directory);
  const read = (name: string) => options.files?.get(name) ?? readText(join(directory, name));
  const authored = readAuthored(read("algorithm.json"));
  const source = read("index.ts");
  if (!authored.ok) return refused(authored.error);
  if (source === undefined) return refused([missing("There is no index.ts here: it holds `export function apply`.")]);
  const analysis = await findSignature(directory, options.files ?? new Map());
  if (!analysis.ok) return refused(analysis.error);
  const signature = analysis.value;
  const { files, optimize = true } = options;
  const built = await compileWith(signature, { directory, source, read, authored: authored.value, files, optimize });
  if (!built.ok) return refused(built.error);
  const { owner, $schema: _, ...rest } = authored.value;
  const manifest = manifestShape.parse({ ...rest, abi: "orcade", ...sidesOf(signature) });
  const unfit = verify(manifest, signature.file);
  if (unfit.length > 0) return refused(unfit);
  const outDirectory = resolve(options.outDirectory ?? join(directory, "build"));
  const value = { ...built.value, manifest, owner, readme: read("README.md"), outDirectory };
  if (options.write !== false) writeBuild(value);
  return { ok: true, value };
}

const readText = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

const missing = (message: string): Diagnostic => ({ file: "index.ts", line: 0, column: 0, message });

function refused(diagnostics: readonly Diagnostic[]): BuildResult {
  const message = diagnostics.map(formatDiagnostic).join("\n");
  return { ok: false, error: { reason: "refused", diagnostics, message } };
}

/** Ends the first pass. */
class Analysed extends Error {
  readonly analysis: Analysis;
  constructor(analysis: Analysis) {
    super("analysed");
    this.analysis = analysis;
  }
}

async function findSignature(directory: string, files: Sources): Promise<Analysis> {
  const sources = new Map(files).set(`${ENTRY}.ts`, 'import "orcade/failure";\nimport "./index";\n');
  const options = compilerOptions({ runtime: "incremental", checked: true }, 1);
  const hooks = {
    afterInitialize: (program: Parameters<typeof analyse>[0]) => {
      throw new Analysed(analyse(program));
    },
  };
  const compiled = await compile({ directory, sources, options, hooks });
  return compiled.failure instanceof Analysed ? compiled.failure.analysis : { ok: false, error: errorsOf(compiled) };
}

function errorsOf({ errors, failure }: Compiled): readonly Diagnostic[] {
  if (errors.length > 0) return errors;
  return [missing(`The compiler failed: ${failure?.message ?? "it gave no module"}`)];
}

interface Inputs {
  readonly directory: string;
  readonly source: string;
  readonly read: (name: string) => string | undefined;
  readonly authored: AuthoredManifest;
  readonly files: Sources | undefined;
  readonly optimize: boolean;
}

type Module =
  | { readonly ok: true; readonly value: { readonly module: Uint8Array; readonly warnings: readonly Diagnostic[] } }
  | { readonly ok: false; readonly error: readonly Diagnostic[] };

async function compileWith(signature: Signature, inputs: Inputs): Promise<Module> {
  const pragma = readPragma(inputs.source);
  if (!pragma.ok) return { ok: false, error: [pragma.error] };
  const read = (file: string) => inputs.read(file) ?? "";
  const woven = addGlue(signature, read);
  const sources = new Map([...(inputs.files ?? []), ...woven.sources]);
  const original = (file: string) => {
    const trace = woven.traces.get(file);
    return trace === undefined ? undefined : { text: read(file), trace };
  };
  const options = compilerOptions(pragma.value, inputs.authored.memory, inputs.optimize);
  const seen = new Map<string, string>();
  const hooks = {
    afterParse: (parser: Parameters<typeof endAtFail>[0]) => {
      for (const { normalizedPath } of parser.sources) {
        const text = inputs.read(normalizedPath);
        if (text !== undefined) seen.set(normalizedPath, text);
      }
      endAtFail(parser);
    },
  };
  const compiled = await compile({ directory: inputs.directory, sources, original, options, hooks });
  if (compiled.wasm === undefined) return { ok: false, error: errorsOf(compiled) };
  const error = checkImports(compiled.wasm, seen, inputs.authored.permissions);
  if (error.length > 0) return { ok: false, error };
  return { ok: true, value: { module: compiled.wasm, warnings: compiled.warnings } };
}

function sidesOf({ input, output }: Signature): Pick<Manifest, "input" | "output"> {
  return {
    input: { ...sideOf(input, "input"), kind: input.kind === "void" ? "json" : input.kind },
    output: { ...sideOf(output, "output"), kind: output.kind },
  };
}

function sideOf({ kind, shape }: Side, role: "input" | "output"): { schema?: Schema } {
  return kind === "json" && shape !== undefined ? { schema: schemaOf(shape, role) } : {};
}

function writeBuild({ outDirectory, module, manifest, readme }: Build): void {
  mkdirSync(outDirectory, { recursive: true });
  writeWhole(join(outDirectory, "module.wasm"), module);
  writeWhole(join(outDirectory, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  if (readme !== undefined) writeWhole(join(outDirectory, "README.md"), readme);
}

/** Who reads while this writes, or while somebody else builds the same, sees one build's bytes or the other's. */
function writeWhole(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(draft, content);
  renameSync(draft, path);
}
