// Programs in files: the text of one, and the texts it includes, which stand in its folder or below.
import { readFileSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Resolve } from "../../worker/orc/index.ts";
import { messageOf, systemCode, usage } from "../failure.ts";
import type { Io } from "../io.ts";

export interface ProgramFile {
  /** As written on the command line; "standard input" for "-". */
  readonly name: string;
  readonly text: string;
  readonly resolve: Resolve;
}

/** Without a byte order mark, which would shift the first line's columns. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw usage(`${name} is not UTF-8.`, "Save it as UTF-8.");
  }
}

function read(path: string, name: string): string {
  try {
    return decode(readFileSync(path), name);
  } catch (error) {
    if (systemCode(error) === "ENOENT") throw usage(`There is no file ${name}.`);
    if (systemCode(error) === undefined) throw error;
    throw usage(`${name} cannot be read: ${messageOf(error)}`);
  }
}

const isBelow = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/** Looks relative to the including file; what lies outside of the program's folder, also behind a link, is not there. */
function including(folder: string, cwd: string): Resolve {
  return (file, from) => {
    if (isAbsolute(file) || /^[a-z][a-z0-9+.-]*:/i.test(file)) return undefined;
    const name = join(dirname(from), file);
    try {
      const path = realpathSync(resolve(cwd, name));
      return isBelow(folder, path) ? { name, text: decode(readFileSync(path), name) } : undefined;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      return undefined;
    }
  };
}

/** @param operand a path, or "-" for standard input */
export async function programFile(io: Io, operand: string): Promise<ProgramFile> {
  if (operand === "-") {
    const name = "standard input";
    return { name, text: decode(await io.stdin(), name), resolve: () => undefined };
  }
  const path = resolve(io.cwd, operand);
  const text = read(path, operand);
  const folder = dirname(realpathSync(path));
  return { name: join(dirname(operand), basename(operand)), text, resolve: including(folder, io.cwd) };
}
