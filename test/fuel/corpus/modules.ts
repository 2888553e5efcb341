// Real modules: whatever WebAssembly the installed packages carry, as files or as base64 in their scripts. Which there are
// depends on the packages' versions, so nothing here expects a certain one, only that there are many.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const PACKAGES = join(import.meta.dirname, "../../../node_modules");
/** Packages that carry modules: compilers of several languages made them, from 1 KiB to more than 1 MiB. */
const SEARCHED = [
  "assemblyscript/dist",
  "blake3-wasm/dist",
  "cjs-module-lexer/dist",
  "es-module-lexer/dist",
  "miniflare/dist",
  "oxc-parser",
  "oxfmt/dist",
  "undici/lib/llhttp",
  "vite/dist/node/chunks",
];
/** The first bytes of a module in base64. */
const ENCODED = /AGFzbQ[A-Za-z0-9+/]{50,}={0,2}/g;
/** A smaller script has no room for one. */
const SCRIPT_BYTES = 1_000;

export interface CorpusModule {
  /** Where it was found, and its size. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(wasm|[mc]?js)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => statSync(file).size > SCRIPT_BYTES);
  } catch {
    // The package is not installed.
    return [];
  }
}

function modulesIn(file: string): Uint8Array<ArrayBuffer>[] {
  if (file.endsWith(".wasm")) return [new Uint8Array(readFileSync(file))];
  const found = readFileSync(file, "latin1").match(ENCODED) ?? [];
  return found
    .map((text) => new Uint8Array(Buffer.from(text, "base64")))
    .filter((bytes) => WebAssembly.validate(bytes));
}

/** Each once, smallest first. */
export function corpus(): CorpusModule[] {
  const seen = new Map<string, CorpusModule>();
  for (const file of SEARCHED.flatMap((each) => filesBelow(join(PACKAGES, each)))) {
    for (const bytes of modulesIn(file)) {
      const hash = createHash("sha256").update(bytes).digest("hex");
      const name = `${file.slice(PACKAGES.length + 1)}, ${bytes.length} bytes`;
      if (!seen.has(hash)) seen.set(hash, { name, bytes });
    }
  }
  return [...seen.values()].sort((a, b) => a.bytes.length - b.bytes.length);
}
