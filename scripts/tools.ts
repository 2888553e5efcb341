// Running the programs of node_modules, for the scripts beside this file.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A program of node_modules, by the file that starts it: no shell and no PATH between us and it. */
const TOOL = {
  wrangler: ["wrangler", "bin", "wrangler.js"],
  vitest: ["vitest", "vitest.mjs"],
  tsc: ["typescript", "bin", "tsc"],
  oxlint: ["oxlint", "bin", "oxlint"],
  oxfmt: ["oxfmt", "bin", "oxfmt"],
  knip: ["knip", "bin", "knip.js"],
} as const;
export type Tool = keyof typeof TOOL;

export class ToolError extends Error {
  override readonly name = "ToolError";
}

const pathOf = (tool: Tool): string => join(ROOT, "node_modules", ...TOOL[tool]);

/** Runs a program with our terminal. @returns its exit code */
export function runTool(
  tool: Tool,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(process.execPath, [pathOf(tool), ...args], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  // The terminal sends Ctrl-C to both; the child ends in its own way and we end with it.
  const wait = (): void => undefined;
  process.on("SIGINT", wait);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      process.off("SIGINT", wait);
      resolve(code ?? 1);
    });
  });
}

/** Runs a file with this Node to its end. @returns all it wrote; throws that text when it fails */
export function readScript(name: string, args: readonly string[], input = ""): Promise<string> {
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(process.execPath, [...args], { cwd: ROOT, stdio: ["pipe", "pipe", "pipe"], env });
  const pieces: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => pieces.push(text));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const text = stripVTControlCharacters(pieces.join(""));
      if (code === 0) resolve(text);
      else reject(new ToolError(`${name} failed:\n${text.trim()}`));
    });
  });
}

/** Runs a program of node_modules to its end. @returns all it wrote; throws that text when it fails */
export const readTool = (tool: Tool, args: readonly string[], input = ""): Promise<string> =>
  readScript(`${tool} ${args.join(" ")}`, [pathOf(tool), ...args], input);

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
