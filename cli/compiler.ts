// The compiler in a thread of its own: it computes for seconds without a pause, and meanwhile the terminal must show that
// something goes on, Ctrl-C must work and another algorithm may be compiled on another core.
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import type { Diagnostic } from "../algorithms/sdk/build/diagnostic.ts";

export interface CompileJob {
  /** The algorithm's folder. */
  readonly directory: string;
  /** Where module.wasm and manifest.json are written. */
  readonly outDirectory: string;
}

/** Remarks of a compiler that succeeded, or why it did not. */
export interface Compiled {
  readonly ok: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles in a new thread. Rejects only when the compiler itself breaks. */
export function compileInThread(job: CompileJob): Promise<Compiled> {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: job });
  return new Promise((resolve, reject) => {
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the compiler's thread ended with ${code}`)));
  });
}

async function work(job: CompileJob): Promise<Compiled> {
  const { buildAlgorithm } = await import("../algorithms/sdk/build/index.ts");
  const built = await buildAlgorithm(job);
  return built.ok
    ? { ok: true, diagnostics: built.value.warnings }
    : { ok: false, diagnostics: built.error.diagnostics };
}

function isJob(data: unknown): data is CompileJob {
  return typeof data === "object" && data !== null && "outDirectory" in data && "directory" in data;
}

// A test runner's own threads import this file too; only the thread made above has a job.
if (!isMainThread && isJob(workerData)) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
  parentPort?.postMessage(await work(workerData));
}
