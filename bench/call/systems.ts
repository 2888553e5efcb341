// The two servers that `bench -- call` compares: the empty Hono route and Orcade, each behind workerd's direct socket.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import wabt from "wabt";
import { type BuildResult, buildAlgorithm } from "../../algorithms/sdk/build/index.ts";
import { type ServerOptions, startServer } from "../../cli/server/start.ts";
import { type Target, httpRequest } from "../client.ts";

export interface Running {
  readonly url: URL;
  readonly stop: () => Promise<void>;
}

/** A worker of a bench, with all that it imports, as one module. */
export async function bundleWorker(entry: string): Promise<string> {
  const bundle = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    write: false,
    conditions: ["workerd"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".txt": "text" },
  });
  return bundle.outputFiles[0]?.text ?? "";
}

/** Starts the empty route, with storage for its yardsticks below a folder. */
export async function startEmpty(below: string): Promise<Running> {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "empty.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    external: ["cloudflare:*"],
  });
  const script = bundle.outputFiles[0]?.text ?? "";
  const options = convertV4MiniflareOptions({
    name: "empty",
    modules: [{ type: "ESModule", path: "index.js", contents: script }],
    compatibilityDate: "2026-10-01",
    compatibilityFlags: ["nodejs_compat"],
    workerLoaders: { LOADER: {} },
    durableObjects: { ROWS: { className: "Rows", useSQLite: true } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    cf: false,
  });
  const state = mkdtempSync(join(below, "orcade-empty-"));
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: state });
  await miniflare.ready;
  const stop = async (): Promise<void> => {
    await miniflare.dispose();
    rmSync(state, { recursive: true, force: true });
  };
  return { url: await miniflare.unsafeGetDirectURL("empty"), stop };
}

export const BENCH_KEY = `sim${"b".repeat(25)}`;
const TOKEN = "a token of the bench";
/** What modules kept as text may use. */
const FEATURES = { simd: true, bulk_memory: true, tail_call: true, reference_types: true };
/** A build holds this thread for seconds: a connection kept meanwhile would be found closed by the server only when used. */
const CLOSE = { Connection: "close" };

/** Starts Orcade with its storage below a folder, and an account. @param more as for startServer */
export async function startOrcade(below: string, more: Pick<ServerOptions, "main" | "annexes"> = {}): Promise<Running> {
  const stateDirectory = mkdtempSync(join(below, "orcade-bench-"));
  const vars = { ORCADE_BOOTSTRAP: TOKEN };
  const server = await startServer({ stateDirectory, vars, ...more });
  const url = new URL(server.url);
  const body = JSON.stringify({ account: "bench", key_sha256: createHash("sha256").update(BENCH_KEY).digest("hex") });
  const answer = await fetch(new URL("/v1/admin/bootstrap", url), {
    method: "POST",
    headers: { ...CLOSE, Authorization: `Bearer ${TOKEN}` },
    body,
  });
  if (!answer.ok) throw new Error(await answer.text());
  await grant(url);
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  return { url, stop };
}

/** Money enough for any bench: calls are paid for. */
async function grant(url: URL): Promise<void> {
  const answer = await fetch(new URL("/v1/admin/accounts/bench/grants", url), {
    method: "POST",
    headers: { ...CLOSE, Authorization: `Simple ${BENCH_KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify({ id: "bench", amount: 1_000_000_000_000_000 }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

const built = (result: BuildResult): Extract<BuildResult, { ok: true }>["value"] => {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

/** Builds and publishes the algorithm of a folder. @returns bytes of its module */
export async function publish({ url }: Running, directory: string, name: string, royalty = 0): Promise<number> {
  const text = name === "hello" ? await helloFiles(directory) : undefined;
  const { manifest, module } = built(
    await buildAlgorithm({ directory, write: false, ...(text === undefined ? {} : { files: text }) }),
  );
  // Building blocks this thread for seconds: connections that the server closed meanwhile must be noticed before the next use.
  await sleep(50);
  await upload(url, name, manifest.version, { ...manifest, royalty }, module);
  return module.length;
}

async function upload(url: URL, name: string, version: string, manifest: object, module: Uint8Array): Promise<void> {
  const form = new FormData();
  form.set("manifest", JSON.stringify(manifest));
  form.set("module", new Blob([Uint8Array.from(module)]), "module.wasm");
  const path = `/v1/algorithms/bench/${name}/versions/${version}`;
  const answer = await fetch(new URL(path, url), {
    method: "PUT",
    headers: { ...CLOSE, Authorization: BENCH_KEY },
    body: form,
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Publishes a module of bytes to bytes that is kept as text. @param file path of the .wat */
export async function publishText(
  { url }: Running,
  name: string,
  file: string,
  permissions: readonly string[],
): Promise<void> {
  const parsed = (await wabt()).parseWat(file, await readFile(file, "utf8"), FEATURES);
  const sides = { abi: "orcade", input: { kind: "bytes" }, output: { kind: "bytes" } };
  const manifest = { name, version: "1.0.0", summary: "A module of the bench.", permissions, memory: 16, ...sides };
  await upload(url, name, manifest.version, manifest, parsed.toBinary({}).buffer);
}

async function helloFiles(directory: string): Promise<Map<string, string>> {
  const manifest = await readFile(join(directory, "algorithm.json"), "utf8");
  return new Map([["algorithm.json", manifest.replaceAll("__NAME__", "hello")]]);
}

/** A POST to a path, with every answer checked. */
export function post({ url }: Running, path: string, body: string, expected: RegExp): Target {
  const headers = { Authorization: `Simple ${BENCH_KEY}`, "Content-Type": "application/json" };
  return {
    host: url.hostname,
    port: Number(url.port),
    request: httpRequest(new URL(path, url), "POST", headers, body),
    check: (head, answer) => {
      if (!head.startsWith("HTTP/1.1 200") || !expected.test(answer.toString("utf8")))
        throw new Error(`${head}\n\n${answer.toString("utf8", 0, 500)}`);
    },
  };
}
