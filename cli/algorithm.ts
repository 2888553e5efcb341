// From a folder with index.ts and algorithm.json to a module and a manifest on disk, built again only when something that
// goes into them has changed.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import {
  type AuthoredManifest,
  authoredManifest,
  manifest as manifestShape,
  type Manifest,
} from "../worker/market/manifest.ts";
import { hashInputs, isFresh, writeStamp } from "../scripts/stamp.ts";
import { compileInThread } from "./compiler.ts";
import { CliFailure, EXIT, usage } from "./failure.ts";
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
const BESIDE = ["build", "cases", "files", "sample", "README.md"];

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

/** A module that other tools built: it is taken as it is, and algorithm.json says what the build would have found out. */
function bring(
  folder: string,
  output: string,
  { $schema: _schema, owner: _owner, module = "", ...rest }: AuthoredManifest,
): void {
  const path = join(folder, module);
  if (!existsSync(path)) throw usage(`${module}, the module of algorithm.json, is not there.`, "Build it first.");
  const parsed = manifestShape.safeParse(rest);
  if (!parsed.success) {
    const hint = 'A brought module needs "input" and "output", each {"kind": "text" | "json" | "bytes"}.';
    throw usage(`algorithm.json does not say enough: ${z.prettifyError(parsed.error)}`, hint);
  }
  mkdirSync(output, { recursive: true });
  copyFileSync(path, join(output, "module.wasm"));
  writeFileSync(join(output, "manifest.json"), `${JSON.stringify(parsed.data, null, 2)}\n`);
}

/** The module that algorithm.json brings, if it brings one. */
function brought(folder: string): AuthoredManifest | undefined {
  const path = join(folder, "algorithm.json");
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // The build says what is wrong with it.
    return undefined;
  }
  const parsed = authoredManifest.safeParse(value);
  return parsed.success && parsed.data.module !== undefined ? parsed.data : undefined;
}

async function compile(folder: string, output: string): Promise<readonly string[]> {
  const other = brought(folder);
  if (other !== undefined) {
    bring(folder, output, other);
    return [];
  }
  const { ok, diagnostics } = await compileInThread({ directory: folder, outDirectory: output });
  if (ok) return diagnostics.map((warning) => diagnosticLines(folder, [warning]));
  const said = diagnosticLines(folder, diagnostics);
  throw new CliFailure(EXIT.failed, "build-failed", said, "Mend it and build again.");
}
