// Builds algorithms from text and calls them, for the tests of the SDK. Nothing is written to disk.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildAlgorithm,
  runLocal,
  type Build,
  type BuildResult,
  type LocalInput,
} from "../../algorithms/sdk/build/index.ts";
import { moduleOf } from "../../algorithms/sdk/build/wasm.ts";

const MANIFEST = { name: "tested", version: "1.0.0", summary: "Tested." };

export type Files = Readonly<Record<string, string>>;

/** Builds an algorithm whose files are these; the others of a folder do not exist. */
export function buildFiles(files: Files, manifest: object = {}, optimize = false): Promise<BuildResult> {
  const all = new Map(Object.entries({ "algorithm.json": JSON.stringify({ ...MANIFEST, ...manifest }), ...files }));
  return buildAlgorithm({ directory: join(import.meta.dirname, "nothing-here"), files: all, write: false, optimize });
}

/** As `buildFiles`, of what must build. */
export async function built(files: Files | string, manifest: object = {}, optimize = false): Promise<Build> {
  const result = await buildFiles(typeof files === "string" ? { "index.ts": files } : files, manifest, optimize);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A function that calls a built module: JSON text or its bytes in, JSON text out, or `Type: message`. */
export function jsonCaller({ module }: Build): (input: string | Uint8Array) => string {
  const compiled = moduleOf(module);
  return (input) => {
    const bytes = typeof input === "string" ? encoder.encode(input) : input;
    return answer(runLocal(compiled, { kind: "json", bytes }));
  };
}

/** Calls with whatever kind of input. */
export const call = (build: Build, input: LocalInput): string => answer(runLocal(build.module, input));

export const text = (value: string): LocalInput => ({ kind: "text", bytes: encoder.encode(value) });

function answer(result: ReturnType<typeof runLocal>): string {
  return "error" in result ? `${result.error.type}: ${result.error.message}` : decoder.decode(result.bytes);
}

export interface TextCase {
  readonly title: string;
  readonly files: Files;
  readonly expected: string;
}

/**
 * Reads cases from the text files of a folder beside this one. A case is `# title`, then files, each after a line
 * `--- name` (`index.ts` when there is none), then `==>` and what is expected.
 */
export function readTextCases(folder: string): readonly TextCase[] {
  const path = join(import.meta.dirname, folder);
  const names = readdirSync(path)
    .filter((name) => name.endsWith(".txt"))
    .sort();
  return names.flatMap((name) => readFileSync(join(path, name), "utf8").split(/^# /m).slice(1).map(parseCase));
}

function parseCase(source: string): TextCase {
  const [head = "", expected = ""] = source.split(/^==>\n?/m);
  const [title = "", ...lines] = head.split("\n");
  const parts = `--- index.ts\n${lines.join("\n")}`.split(/^--- /m).slice(1);
  const files = parts.map((part): [string, string] => {
    const end = part.indexOf("\n");
    return [part.slice(0, end).trim(), part.slice(end + 1)];
  });
  const used = files.filter(([, body]) => body.trim() !== "");
  return { title, files: Object.fromEntries(used), expected: expected.trim() };
}
