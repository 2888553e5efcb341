// From a folder with index.ts and algorithm.json to a module and a manifest on disk, built again only when something that
// goes into them has changed.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { manifest as manifestShape, type Manifest } from "../worker/market/manifest.ts";
import { hashInputs, isFresh, writeStamp } from "../scripts/stamp.ts";
import { compileInThread } from "./compiler.ts";
import { CliFailure, EXIT } from "./failure.ts";
import { diagnosticLines } from "./folder.ts";
import { CHECKOUT } from "./io.ts";

export interface Built {
  readonly folder: string;
  readonly modulePath: string;
  readonly manifestPath: string;
  readonly moduleBytes: number;
  readonly manifest: Manifest;
  /** False when what was there could be used. */
  readonly rebuilt: boolean;
  /** Remarks of the compiler, empty when it had none. */
  readonly warnings: readonly string[];
}

/** What the library and the compiler contribute to a module. */
const TOOLS = [
  "algorithms/sdk/assembly",
  "algorithms/sdk/build",
  "worker/market/manifest.ts",
  "worker/limits.ts",
  "package-lock.json",
];
/** What lies in the folder and does not. */
const BESIDE = ["build", "cases", "sample", "README.md"];

const stampOf = (folder: string): string => {
  const own = hashInputs(folder, ["."], BESIDE);
  return `${own}-${hashInputs(CHECKOUT, TOOLS)}`;
};

/** @param output default: `build` in the folder itself */
export async function buildFolder(folder: string, output = join(folder, "build"), force = false): Promise<Built> {
  const modulePath = join(output, "module.wasm");
  const manifestPath = join(output, "manifest.json");
  const stamp = join(output, ".stamp");
  const hash = stampOf(folder);
  const fresh = !force && isFresh(stamp, hash, [modulePath, manifestPath]);
  const warnings = fresh ? [] : await compile(folder, output);
  if (!fresh) writeStamp(stamp, hash);
  const manifest = manifestShape.parse(JSON.parse(readFileSync(manifestPath, "utf8")));
  const moduleBytes = statSync(modulePath).size;
  return { folder, modulePath, manifestPath, moduleBytes, manifest, rebuilt: !fresh, warnings };
}

/** The text of the folder's README, if it has one. */
export function readmeOf(folder: string): string | undefined {
  const path = join(resolve(folder), "README.md");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

async function compile(folder: string, output: string): Promise<readonly string[]> {
  const { ok, diagnostics } = await compileInThread({ directory: folder, outDirectory: output });
  if (ok) return diagnostics.map((warning) => diagnosticLines(folder, [warning]));
  const said = diagnosticLines(folder, diagnostics);
  throw new CliFailure(EXIT.failed, "build-failed", said, "Mend it and build again.");
}
