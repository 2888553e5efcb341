// How asc is called, and the one line by which an author may change it: `// orcade: runtime=stub` in index.ts.
import type { Diagnostic } from "./diagnostic.ts";

export interface Settings {
  /** Who frees memory: "incremental" collects garbage; "stub" never frees, which is smaller and faster. */
  readonly runtime: "incremental" | "stub";
  /** Whether arrays check their bounds even where `unchecked` is not written. */
  readonly checked: boolean;
}

const DEFAULTS: Settings = { runtime: "incremental", checked: true };
const PAGES_PER_MEBIBYTE = 16;

export type Pragma =
  | { readonly ok: true; readonly value: Settings }
  | { readonly ok: false; readonly error: Diagnostic };

/** Reads the pragma of index.ts: words separated by commas or spaces. */
export function readPragma(source: string): Pragma {
  const lines = source.split("\n");
  const index = lines.findIndex((line) => /^\s*\/\/\s*orcade:/.test(line));
  let settings = DEFAULTS;
  const words = (lines[index] ?? "").replace(/^.*?orcade:/, "").split(/[\s,]+/);
  for (const word of words.filter((each) => each !== "")) {
    if (word === "runtime=stub" || word === "runtime=incremental") {
      settings = { ...settings, runtime: word === "runtime=stub" ? "stub" : "incremental" };
    } else if (word === "unchecked") settings = { ...settings, checked: false };
    else {
      const message = `"${word}" is not known: write runtime=stub, runtime=incremental or unchecked.`;
      return { ok: false, error: { file: "index.ts", line: index + 1, column: 1, message } };
    }
  }
  return { ok: true, value: settings };
}

/** @param memory MiB of the module's memory, which neither grows nor shrinks */
export function compilerOptions({ runtime, checked }: Settings, memory: number, optimize = true): readonly string[] {
  const pages = memory * PAGES_PER_MEBIBYTE;
  const always =
    `${optimize ? "-O3 --converge" : "-O0"} --enable simd --use abort=~lib/orcade/failure/stopped ` +
    `--runtime ${runtime} --initialMemory ${pages} --maximumMemory ${pages}`;
  return `${always}${checked ? "" : " --uncheckedBehavior always --noAssert"}`.split(" ");
}
