// `npm run build`: the guest bundle, the algorithms and the worker bundle, each only when its inputs have changed
// (`--force` builds all, `--guest` only the guest: wrangler's own builds ask for that). `npm start` calls the functions.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { availableParallelism } from "node:os";
import { styleText } from "node:util";
import { buildFolder, type Built } from "../cli/algorithm.ts";
import { messageOf, readScript, readTool, ROOT } from "./tools.ts";
import { hashInputs, isFresh, writeStamp } from "./stamp.ts";

/** The worker as wrangler bundles it: index.js and the modules it imports. */
export const WORKER_BUNDLE = join(ROOT, "dist");
/** wrangler.toml as Miniflare's worker options, in JSON. */
export const SERVER_OPTIONS = join(ROOT, "build", "server.json");
const GUEST_BUNDLE = join(ROOT, "build", "guest.txt");
const STAMPS = join(ROOT, "build", "stamps");
const ALGORITHMS = join(ROOT, "algorithms");

export interface BuildOptions {
  readonly force?: boolean;
}

/** One step of a build: what it made, whether that was necessary, and how long it took. */
export interface Step {
  readonly name: string;
  readonly rebuilt: boolean;
  readonly seconds: number;
}

/** Gets each step when it is done. */
type Said = (step: Step) => void;
const silent: Said = () => undefined;

async function step(
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  options: BuildOptions,
  make: () => Promise<void>,
): Promise<Step> {
  const began = performance.now();
  const stamp = join(STAMPS, name);
  const hash = hashInputs(ROOT, [...inputs, "package-lock.json", "scripts/build.ts"]);
  const rebuilt = options.force === true || !isFresh(stamp, hash, outputs);
  if (rebuilt) {
    await make();
    writeStamp(stamp, hash);
  }
  return { name, rebuilt, seconds: (performance.now() - began) / 1000 };
}

/** The code that runs inside a sandbox, as one module in a text file: it imports only the runtime and the author's module. */
function buildGuest(options: BuildOptions = {}): Promise<Step> {
  return step("guest", ["worker", "kv-schema"], [GUEST_BUNDLE], options, async () => {
    const { build } = await import("esbuild");
    const result = await build({
      entryPoints: [join(ROOT, "worker", "sandbox", "guest", "index.ts")],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2024",
      platform: "neutral",
      minify: true,
      external: ["cloudflare:*", "node:*", "./module.wasm"],
      logLevel: "silent",
    });
    mkdirSync(dirname(GUEST_BUNDLE), { recursive: true });
    writeFileSync(GUEST_BUNDLE, result.outputFiles[0]?.text ?? "");
  });
}

/** Folders algorithms/OWNER/NAME that are algorithms, as "OWNER/NAME", sorted. */
export function algorithmNames(): string[] {
  const folders = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  return folders(ALGORITHMS)
    .flatMap((owner) => folders(join(ALGORITHMS, owner)).map((name) => `${owner}/${name}`))
    .filter((name) => existsSync(join(ALGORITHMS, name, "algorithm.json")))
    .sort();
}

/** Builds one of ours into build/algorithms/OWNER/NAME. */
export const buildOurs = (name: string, options: BuildOptions = {}): Promise<Built> =>
  buildFolder(join(ALGORITHMS, name), join(ROOT, "build", "algorithms", name), options.force);

/** Builds every algorithm of the repository, as many at once as there are cores: a compiler takes a whole one. */
async function buildAlgorithms(options: BuildOptions, said: Said): Promise<Step[]> {
  const names = algorithmNames();
  const waiting = names.values();
  const steps = new Map<string, Step>();
  const worker = async (): Promise<void> => {
    for (const name of waiting) {
      const began = performance.now();
      const { rebuilt } = await buildOurs(name, options);
      const done = { name, rebuilt, seconds: (performance.now() - began) / 1000 };
      steps.set(name, done);
      said(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(names.length, availableParallelism()) }, worker));
  return names.flatMap((name) => steps.get(name) ?? []);
}

/** Puts a finished folder in the place of an older one: nobody sees half of it. */
function replaceFolder(draft: string, place: string): void {
  const old = `${draft}-old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(draft, place);
  rmSync(old, { recursive: true, force: true });
}

/** The worker as Cloudflare would get it, and wrangler.toml in the form Miniflare takes. Needs the guest bundle. */
function buildWorker(options: BuildOptions = {}): Promise<Step> {
  const inputs = ["worker", "kv-schema", "wrangler.toml", "tsconfig.json", "build/guest.txt"];
  const outputs = [join(WORKER_BUNDLE, "index.js"), SERVER_OPTIONS];
  return step("worker", inputs, outputs, options, async () => {
    const draft = join(ROOT, "build", `worker-${process.pid}`);
    const bundle = readTool("wrangler", ["deploy", "--dry-run", "--outdir", draft]);
    const config = readScript("reading wrangler.toml", [join(ROOT, "scripts", "server-options.ts"), SERVER_OPTIONS]);
    await Promise.all([bundle, config]);
    replaceFolder(draft, WORKER_BUNDLE);
  });
}

/** What the server needs: guest and worker. Fast when nothing is stale. */
export async function buildServer(options: BuildOptions = {}): Promise<Step[]> {
  return [await buildGuest(options), await buildWorker(options)];
}

/** Everything. The worker is bundled in another process while the algorithms are compiled in this one. */
export async function buildAll(options: BuildOptions = {}, said: Said = silent): Promise<Step[]> {
  const guest = await buildGuest(options);
  said(guest);
  const worker = buildWorker(options).then((step) => {
    said(step);
    return step;
  });
  const [algorithms, bundled] = await Promise.all([buildAlgorithms(options, said), worker]);
  return [guest, ...algorithms, bundled];
}

/** One line of what a script did: what, how it went, seconds. */
export const doneLine = (name: string, detail: string, seconds: number): string =>
  `  ${name.padEnd(18)} ${detail.padEnd(50)} ${seconds.toFixed(1).padStart(6)} s`;

/** A step as a line of a build's output. */
export const stepLine = ({ name, rebuilt, seconds }: Step): string =>
  doneLine(name, rebuilt ? "built" : "up to date", seconds);

async function main(args: readonly string[]): Promise<void> {
  const options = { force: args.includes("--force") };
  if (args.includes("--guest")) await buildGuest(options);
  else await buildAll(options, (step) => console.log(stepLine(step)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error(`${styleText("red", "error:")} ${messageOf(error)}`);
    process.exitCode = 1;
  }
}
