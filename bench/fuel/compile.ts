// From a kernel's source to its bytes, with memory that may grow or that is fixed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as asc from "assemblyscript/asc";
import { assemble as assembled, disassemble } from "../../test/fuel/wat.ts";
import type { Kernel } from "./kernels.ts";

const FOLDER = join(import.meta.dirname, "kernels");

/** WebAssembly's text as bytes. */
export const assemble = (text: string, name = "text.wat"): Uint8Array<ArrayBuffer> => assembled(text, undefined, name);

/** The options that algorithms are built with, and the runtime that the kernel's class needs. */
async function compileScript(kernel: Kernel): Promise<Uint8Array> {
  const source = `${kernel.name}.ts`;
  const text = readFileSync(join(FOLDER, `${kernel.name}.as`), "utf8");
  const runtime = kernel.class === "gc" ? "incremental" : "stub";
  const options = ["-O3", "--converge", "--noAssert", "--runtime", runtime, "--use", "abort=", "--enable", "simd"];
  let wasm: Uint8Array | undefined;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main([source, "-o", "out.wasm", ...options, "--initialMemory", String(kernel.pages)], {
    stderr,
    readFile: (name) => (name === source ? text : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (wasm === undefined) throw new Error(`${kernel.name}: ${stderr.toString()}`, { cause: error });
  return wasm;
}

/** A kernel's text with memory as compiled (it may grow), one instruction a line. */
export async function compile(kernel: Kernel): Promise<string> {
  if (kernel.language === "as") return disassemble(await compileScript(kernel));
  return disassemble(assemble(readFileSync(join(FOLDER, `${kernel.name}.wat`), "utf8"), kernel.name));
}

/** The text with its memory's initial size as its maximum. */
export const fixMemory = (text: string): string => text.replace(/^( {2}\(memory \(;0;\) )(\d+)(.*)$/m, "$1$2 $2)");
