// The bare loop, started and fed: the same metered module on the same chunks of a file, in one Dynamic Worker, without a
// scheduler. Bytes are brought into it before the clock runs; or before it into the worker beside it, which hands them over.
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { buildAlgorithm } from "../../algorithms/sdk/build/index.ts";
import type { MeteredModule } from "../../worker/fuel/index.ts";
import { LIMITS } from "../../worker/limits.ts";
import { meterModule } from "../../worker/sandbox/build.ts";
import { children, cpuClock } from "../kmers/cpu.ts";
import type { LoopTerms } from "./guest.ts";

/** What a run took. Milliseconds. */
export interface Spent {
  readonly wall: number;
  /** Of workerd. */
  readonly cpu: number;
}

export interface Looped extends Spent {
  readonly tasks: number;
  readonly result: Buffer;
}

export interface Loop {
  /**
   * Maps a file cut into chunks, and reduces.
   * @param args JSON @param handed whether each chunk is handed to the sandbox by a call of its own; else they are there before
   */
  run(file: string, size: number, chunk: number, args: string, handed: boolean): Promise<Looped>;
  /** Runs a task in a fresh instance, so many times. */
  repeat(input: string, times: number): Promise<Spent>;
  stop(): Promise<void>;
}

/** Bytes brought over at once: less than what passes as one message. */
const WINDOW = 16 * 1024 * 1024;
const RECORD = 0x3e;
const NEWLINE = 10;

async function bundle(name: string): Promise<string> {
  const entryPoints = [join(import.meta.dirname, name)];
  const external = ["*.wasm", "cloudflare:workers"];
  const bundled = await build({ entryPoints, bundle: true, format: "esm", external, write: false });
  return bundled.outputFiles[0]?.text ?? "";
}

/** A module as Orcade runs it. @param memory MiB */
export function meteredOf(module: Uint8Array, memory: number): MeteredModule {
  const metered = meterModule(module, memory);
  if (!metered.ok) throw new Error(JSON.stringify(metered.error));
  return metered.value;
}

/** The same of an algorithm's folder. */
export async function meteredFolder(directory: string): Promise<MeteredModule> {
  const built = await buildAlgorithm({ directory, write: false });
  if (!built.ok) throw new Error(built.error.message);
  return meteredOf(built.value.module, built.value.manifest.memory);
}

/** The first record that begins at a place or after it; the end when none does. */
function recordFrom(bytes: Uint8Array, place: number): number {
  for (let at = place; at < bytes.length; at++) {
    at = bytes.indexOf(RECORD, at);
    if (at < 0) break;
    if (at === 0 || bytes[at - 1] === NEWLINE) return at;
  }
  return bytes.length;
}

/** Where chunks end in bytes that begin with a record at `from` of their file: each begins with the first record of its span. */
function endsOf(bytes: Uint8Array, from: number, chunk: number, whole: boolean): number[] {
  const ends: number[] = [];
  for (let next = (Math.floor(from / chunk) + 1) * chunk - from; next < bytes.length; next += chunk) {
    const end = recordFrom(bytes, next);
    // The record that begins next may lie beyond what is here.
    if (end === bytes.length) break;
    if (end > (ends.at(-1) ?? 0)) ends.push(end);
  }
  if (whole && (ends.at(-1) ?? 0) < bytes.length) ends.push(bytes.length);
  return ends;
}

/** The chunks of a file, as many at a time as a window holds. */
function* windows(
  file: string,
  size: number,
  chunk: number,
): Generator<{ from: number; bytes: Buffer; ends: number[] }> {
  const descriptor = openSync(file, "r");
  try {
    for (let from = 0; from < size;) {
      const bytes = Buffer.alloc(Math.min(size - from, Math.max(WINDOW, 4 * chunk)));
      readSync(descriptor, bytes, 0, bytes.length, from);
      const ends = endsOf(bytes, from, chunk, from + bytes.length === size);
      const end = ends.at(-1);
      if (end === undefined) throw new Error(`no chunk of ${chunk} bytes ends within ${bytes.length}`);
      yield { from, bytes: bytes.subarray(0, end), ends };
      from += end;
    }
  } finally {
    closeSync(descriptor);
  }
}

export async function startLoop({ module, fuelExport, startExport }: MeteredModule): Promise<Loop> {
  const before = new Set(children());
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "loop",
      modules: [{ type: "ESModule", path: "front.js", contents: await bundle("front.ts") }],
      compatibilityDate: "2026-10-01",
      compatibilityFlags: ["nodejs_compat"],
      bindings: { GUEST: await bundle("guest.ts"), MODULE: Buffer.from(module).toString("base64") },
      workerLoaders: { LOADER: {} },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      cf: false,
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("loop");
  const { clock } = cpuClock(children().filter((pid) => !before.has(pid)));
  const send = async (path: string, body: Uint8Array<ArrayBuffer> | string): Promise<Response> => {
    const answer = await fetch(new URL(path, url), { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };
  /** Milliseconds of a request whose answer is wanted whole. */
  const timed = async (path: string, terms: LoopTerms): Promise<Spent & { body: Buffer }> => {
    const [wall, cpu] = [performance.now(), clock()];
    const body = Buffer.from(await (await send(path, JSON.stringify(terms))).arrayBuffer());
    return { wall: performance.now() - wall, cpu: clock() - cpu, body };
  };
  const run: Loop["run"] = async (file, size, chunk, args, handed) => {
    const terms: LoopTerms = { fuelExport, startExport, arguments: args, arity: LIMITS.jobArity };
    let [wall, cpu, tasks] = [0, 0, 0];
    for (const { from, bytes, ends } of windows(file, size, chunk)) {
      await send(`/load?keep=${handed}&ends=${JSON.stringify(ends)}`, new Uint8Array(bytes));
      const mapped = await timed(
        `/${handed ? "hand" : "map"}?from=${from}&last=${from + bytes.length === size}`,
        terms,
      );
      [wall, cpu, tasks] = [wall + mapped.wall, cpu + mapped.cpu, Number(mapped.body)];
    }
    const reduced = await timed("/reduce", terms);
    return { wall: wall + reduced.wall, cpu: cpu + reduced.cpu, tasks, result: reduced.body };
  };
  const repeat: Loop["repeat"] = (input, times) => {
    const query = new URLSearchParams({ input, times: String(times) });
    return timed(`/repeat?${query.toString()}`, { fuelExport, startExport, arguments: "null", arity: LIMITS.jobArity });
  };
  return { run, repeat, stop: () => miniflare.dispose() };
}
