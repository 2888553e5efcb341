// The foreign modules of the tests, built from their sources. The C command is compiled when clang with a WASI sysroot is
// there (Debian: clang lld wasi-libc libclang-rt-14-dev-wasm32), else the committed module of the same source is used:
// `compiled.json` says by hashes which source it is of (record.ts), and a test holds all three together.
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import asc from "assemblyscript/asc";

const SYSROOTS = ["/usr", "/opt/wasi-sdk/share/wasi-sysroot", "/usr/share/wasi-sysroot"];

export interface Built {
  readonly bytes: Uint8Array;
  /** How it came about, for the test's title. */
  readonly by: string;
}

/** The C programs of this folder. */
export const C_PROGRAMS = ["words", "relay"] as const;
export const RECORD = join(import.meta.dirname, "compiled.json");
export const sourceOf = (name: string): string => join(import.meta.dirname, `${name}.c`);
export const moduleOf = (name: string): string => join(import.meta.dirname, `${name}.wasm`);

/** SHA-256 of a file; of text, whatever line ends it was checked out with. */
export function hashOf(path: string): string {
  const bytes = readFileSync(path);
  const text = path.endsWith(".c") ? bytes.toString("utf8").replaceAll("\r\n", "\n") : bytes;
  return createHash("sha256").update(text).digest("hex");
}

function compiled(sysroot: string, name: string): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), "orcade-foreign-"));
  const output = join(folder, `${name}.wasm`);
  const options = ["--target=wasm32-wasi", `--sysroot=${sysroot}`, "-Os", "-s", "-o", output];
  try {
    // clang asks a wasm-opt that it finds to help, and npm puts one on the path: the module would depend on who builds it.
    const path = (process.env["PATH"] ?? "").split(delimiter).filter((each) => !each.includes("node_modules"));
    const env = { ...process.env, PATH: path.join(delimiter) };
    const ran = spawnSync("clang", [...options, sourceOf(name)], { stdio: "ignore", env });
    return ran.status === 0 ? new Uint8Array(readFileSync(output)) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A C program, `name`.c of this folder. */
function buildC(name: string): Built {
  const fresh = compiledC(name);
  if (fresh !== undefined) return { bytes: fresh, by: "clang" };
  const fault = staleness(name);
  if (fault !== null) throw new Error(fault);
  return { bytes: new Uint8Array(readFileSync(moduleOf(name))), by: "the committed module" };
}

/** @returns undefined where there is no compiler for it */
export function compiledC(name: string): Uint8Array | undefined {
  const sysroot = SYSROOTS.find((path) => existsSync(join(path, "lib/wasm32-wasi")));
  return sysroot === undefined ? undefined : compiled(sysroot, name);
}

/** Why a committed module is not that of its source; null: it is. */
export function staleness(name: string, source = sourceOf(name), module = moduleOf(name)): string | null {
  const record = JSON.parse(readFileSync(RECORD, "utf8")) as Readonly<
    Record<string, { readonly source: string; readonly module: string }>
  >;
  const same = record[name]?.source === hashOf(source) && record[name].module === hashOf(module);
  return same ? null : `${name}.wasm is not compiled from ${name}.c as it stands: run node test/foreign/record.ts`;
}

export const buildWords = (): Built => buildC("words");
export const buildRelayC = (): Built => buildC("relay");

/** A plug-in, plugin/`name`.ts. */
async function buildPlugin(name: string): Promise<Built> {
  const folder = join(import.meta.dirname, "plugin");
  const options = ["-O3", "--runtime", "stub", "--outFile", `${name}.wasm`, "--use", `abort=${name}/myAbort`];
  let bytes: Uint8Array | undefined;
  const { error } = await asc.main([`${name}.ts`, ...options, "--baseDir", folder], {
    readFile: (name, base) => {
      const path = join(base, name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
    writeFile: (_name, contents) => void (bytes = typeof contents === "string" ? Buffer.from(contents) : contents),
    listFiles: () => null,
  });
  if (error !== null || bytes === undefined) throw new Error(`${name}.ts: ${error?.message}`);
  return { bytes, by: "asc" };
}

export const buildShout = (): Promise<Built> => buildPlugin("shout");
export const buildRelayPlugin = (): Promise<Built> => buildPlugin("relay");
