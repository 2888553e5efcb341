// Starts workerd with the worker of this bench, the kernel and the whole algorithm, each metered and not.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as asc from "assemblyscript/asc";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { buildAlgorithm } from "../../algorithms/sdk/build/index.ts";
import { COMPATIBILITY_DATE } from "../../worker/sandbox/compatibility.ts";
import { meter } from "../../worker/fuel/index.ts";
import { children, cpuClock, type Clock } from "./cpu.ts";

const FOLDER = join(import.meta.dirname, "../../algorithms/genome/kmers");
const BASES = join(import.meta.dirname, "../../algorithms/sdk/assembly/bases");
/** Pages of the kernel's memory: 32 MiB, which do not grow. */
const PAGES = "512";

export interface Workerd {
  /** @returns the body of the answer */
  ask(path: string, body?: Uint8Array): Promise<Uint8Array>;
  readonly clock: Clock;
  readonly clockName: string;
  stop(): Promise<void>;
}

/** The counting kernel as a module of its own, with the options that algorithms are built with. */
async function compileKernel(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd"];
  const memory = ["--initialMemory", PAGES, "--maximumMemory", PAGES];
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(["kernel.ts", "--outFile", "kernel.wasm", ...options, ...memory], {
    stderr,
    readFile: (name) => (existsSync(join(BASES, name)) ? readFileSync(join(BASES, name), "utf8") : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  if (wasm === undefined) throw new Error(stderr.toString(), { cause: error });
  return wasm;
}

const metered = (module: Uint8Array): Uint8Array => meter(module, { fixedMemory: true }).module;

export async function startWorkerd(): Promise<Workerd> {
  const kernel = await compileKernel();
  const whole = await buildAlgorithm({ directory: FOLDER, write: false });
  if (!whole.ok) throw new Error(whole.error.message);
  const { module } = whole.value;
  const before = new Set(children());
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "bench",
      modules: [
        { type: "ESModule", path: "worker.js", contents: await bundle() },
        { type: "CompiledWasm", path: "kernel.wasm", contents: kernel },
        { type: "CompiledWasm", path: "kernel-metered.wasm", contents: metered(kernel) },
        { type: "CompiledWasm", path: "whole.wasm", contents: module },
        { type: "CompiledWasm", path: "whole-metered.wasm", contents: metered(module) },
      ],
      compatibilityDate: COMPATIBILITY_DATE,
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      cf: false,
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("bench");
  const { clock, name } = cpuClock(children().filter((pid) => !before.has(pid)));
  const ask = async (path: string, body?: Uint8Array): Promise<Uint8Array> => {
    const answer = await fetch(new URL(path, url), body === undefined ? {} : { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
    return new Uint8Array(await answer.arrayBuffer());
  };
  return { ask, clock, clockName: name, stop: () => miniflare.dispose() };
}

async function bundle(): Promise<string> {
  const entryPoints = [join(import.meta.dirname, "worker.ts")];
  const bundled = await build({ entryPoints, bundle: true, format: "esm", external: ["*.wasm"], write: false });
  return bundled.outputFiles[0]?.text ?? "";
}
