// An algorithm's folder: which one is meant, and what its algorithm.json says.
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { readAuthored as parseAuthored } from "../algorithms/sdk/build/authored.ts";
import { formatDiagnostic, type Diagnostic } from "../algorithms/sdk/build/diagnostic.ts";
import type { AuthoredManifest } from "../worker/market/manifest.ts";
import { usage } from "./failure.ts";
import { current } from "./home.ts";
import type { Io } from "./io.ts";

const MANIFEST_FILE = "algorithm.json";

/** The folder meant: the one named, else this one, else the current one; it has an algorithm.json. */
export function algorithmFolder(io: Io, named: string | undefined): string {
  const folder = named === undefined ? implied(io) : resolve(io.cwd, named);
  if (existsSync(join(folder, MANIFEST_FILE))) return folder;
  const hint = "Make a new algorithm with `orcade init NAME`.";
  throw usage(`${relative(io.cwd, folder) || "."} is not an algorithm: it holds no ${MANIFEST_FILE}.`, hint);
}

function implied(io: Io): string {
  if (existsSync(join(io.cwd, MANIFEST_FILE))) return io.cwd;
  const folder = current(io);
  if (folder !== undefined) return folder;
  throw usage(
    `No algorithm here: this folder holds no ${MANIFEST_FILE}, and none was made with \`orcade init\`.`,
    "Name its folder, or make a new one with `orcade init NAME`.",
  );
}

/** Reads and checks what the author says of the algorithm. */
export function readAuthored(folder: string): AuthoredManifest {
  const path = join(folder, MANIFEST_FILE);
  const read = parseAuthored(existsSync(path) ? readFileSync(path, "utf8") : undefined);
  if (read.ok) return read.value;
  throw usage(diagnosticLines(folder, read.error), "Mend it and try again.");
}

/** Diagnostics one a line, with paths as seen from the working directory. */
export const diagnosticLines = (folder: string, diagnostics: readonly Diagnostic[]): string =>
  diagnostics
    .map((diagnostic) =>
      formatDiagnostic({ ...diagnostic, file: relative(process.cwd(), join(folder, diagnostic.file)) }),
    )
    .join("\n");
