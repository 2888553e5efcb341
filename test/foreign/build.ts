// The foreign modules of the tests, built from their sources. The C command is compiled when clang with a WASI sysroot is
// there (Debian: clang lld wasi-libc libclang-rt-14-dev-wasm32), else the committed module of the same source is used.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const SYSROOTS = ["/usr", "/opt/wasi-sdk/share/wasi-sysroot", "/usr/share/wasi-sysroot"];

export interface Built {
  readonly bytes: Uint8Array;
  /** How it came about, for the test's title. */
  readonly by: string;
}

function compiled(sysroot: string, name: string): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), "orcade-foreign-"));
  const output = join(folder, `${name}.wasm`);
  const options = ["--target=wasm32-wasi", `--sysroot=${sysroot}`, "-Os", "-s", "-o", output];
  try {
    const ran = spawnSync("clang", [...options, join(import.meta.dirname, `${name}.c`)], { stdio: "ignore" });
    return ran.status === 0 ? new Uint8Array(readFileSync(output)) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A C program, `name`.c of this folder. */
function buildC(name: string): Built {
  const sysroot = SYSROOTS.find((path) => existsSync(join(path, "lib/wasm32-wasi")));
  const fresh = sysroot === undefined ? undefined : compiled(sysroot, name);
  if (fresh !== undefined) return { bytes: fresh, by: "clang" };
  return { bytes: new Uint8Array(readFileSync(join(import.meta.dirname, `${name}.wasm`))), by: "the committed module" };
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
