// The `.orcade` folder: where a checkout keeps its key, its server's storage and which algorithm is the current one.
// Secrets are files of mode 0600 in a folder of mode 0700, written whole or not at all.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join, relative, resolve } from "node:path";
import type { Io } from "./io.ts";

/** The folder a command run here writes to: `ORCADE_HOME`, else `.orcade` in the working directory. */
const localHome = (io: Io): string =>
  io.env["ORCADE_HOME"] ? resolve(io.cwd, io.env["ORCADE_HOME"]) : join(io.cwd, ".orcade");

/** The folder the server of this checkout lives in: the same wherever `orcade start` is typed. */
export const serverHome = (io: Io): string =>
  io.env["ORCADE_HOME"] ? resolve(io.cwd, io.env["ORCADE_HOME"]) : join(io.checkout, ".orcade");

/** Where to look for credentials, best first. */
export const homes = (io: Io): string[] => [...new Set([localHome(io), serverHome(io)])];

/** Creates a folder for secrets. */
export function privateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
}

/** Replaces a file in one step; only the owner may read it, from the first byte on. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes a folder the one that `build`, `publish` and `call` mean when they are told nothing. */
export function setCurrent(io: Io, folder: string): void {
  const home = localHome(io);
  privateFolder(home);
  writePrivate(join(home, "current"), `${relative(home, folder)}\n`);
}

/** @returns the folder of the current algorithm, if one was ever made here */
export function current(io: Io): string | undefined {
  const path = join(localHome(io), "current");
  return existsSync(path) ? resolve(localHome(io), readFileSync(path, "utf8").trim()) : undefined;
}
