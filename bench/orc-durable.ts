// How many journalled calls of a site does a durable run make in a second, beside the steps of a Cloudflare Workflow? The same
// program, a loop that calls a site which answers at once and remembers every answer, in the same Miniflare, interleaved: one
// call after the other, and sixteen side by side; with the storage on tmpfs and on disk. Target: five times as many.
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { buildServer, SERVER_OPTIONS, WORKER_BUNDLE } from "../scripts/build.ts";
import { BENCH_KEY } from "./call/systems.ts";
import { median } from "./client.ts";

/** Calls that run side by side where they do. */
const WIDTH = 16;
const TOKEN = "a token of the bench";

const MAIN = `
  import app from "./index.js";
  import { WorkflowEntrypoint } from "cloudflare:workers";
  export * from "./index.js";
  export class Steps extends WorkflowEntrypoint {
    async run({ payload: { count, width } }, step) {
      let done = 0;
      const lane = async (from) => {
        for (let n = from; n < count; n += width) {
          await step.do("step " + n, async () => ({ n }));
          done++;
        }
      };
      await Promise.all(Array.from({ length: width }, (_, from) => lane(from)));
      return done;
    }
  }
  export default {
    async fetch(request, env, ctx) {
      const url = new URL(request.url);
      if (url.pathname !== "/bench/steps") return app.fetch(request, env, ctx);
      const id = url.searchParams.get("id");
      if (request.method === "POST") await env.STEPS.create({ id, params: await request.json() });
      const instance = await env.STEPS.get(id);
      return Response.json(await instance.status());
    },
  };`;

/** The loop as a program: \`arguments()\` is a site like any other, whose answer is journalled. */
const programOf = (count: number, width: number): string => `
def lane(n) = if n >= ${count} then stop else arguments() >> lane(n + ${width}) #
(upto(${width}) >from> lane(from)) ; "done"`;

interface Bench {
  readonly url: URL;
  readonly stop: () => Promise<void>;
}

function modules(): { type: "ESModule" | "Text"; path: string; contents?: string }[] {
  const texts = readdirSync(WORKER_BUNDLE).filter((file) => [".txt", ".html", ".sql"].includes(extname(file)));
  return [
    { type: "ESModule", path: join(WORKER_BUNDLE, "main.js"), contents: MAIN },
    { type: "ESModule", path: join(WORKER_BUNDLE, "index.js") },
    ...texts.map((file) => ({ type: "Text" as const, path: join(WORKER_BUNDLE, file) })),
  ];
}

async function started(below: string): Promise<Bench> {
  await buildServer();
  const folder = mkdtempSync(join(below, "orcade-bench-"));
  const worker = JSON.parse(readFileSync(SERVER_OPTIONS, "utf8")) as { readonly bindings?: object };
  const options = convertV4MiniflareOptions({
    ...worker,
    name: "orcade",
    modulesRoot: WORKER_BUNDLE,
    modules: modules(),
    bindings: { ...worker.bindings, ORCADE_HOSTS: "", ORCADE_TAIL: "", ORCADE_BOOTSTRAP: TOKEN },
    workflows: { STEPS: { name: "steps", className: "Steps" } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    cf: false,
  });
  const miniflare = new Miniflare({ ...options, resourcePersistencePath: folder });
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("orcade");
  const stop = async (): Promise<void> => {
    await miniflare.dispose();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url, stop };
}

const json = { "Content-Type": "application/json" };

async function sent(
  at: URL,
  path: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(new URL(path, at), {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** Makes the account that pays for the runs. */
async function account({ url }: Bench): Promise<void> {
  const hash = createHash("sha256").update(BENCH_KEY).digest("hex");
  await sent(
    url,
    "/v1/admin/bootstrap",
    "POST",
    { Authorization: `Bearer ${TOKEN}` },
    { account: "bench", key_sha256: hash },
  );
  const grant = { id: "bench", amount: 1_000_000_000_000_000 };
  await sent(url, "/v1/admin/accounts/bench/grants", "POST", { Authorization: `Simple ${BENCH_KEY}` }, grant);
}

let instances = 0;

/** @returns steps in a second */
async function workflow({ url }: Bench, count: number, width: number): Promise<number> {
  const path = `/bench/steps?id=bench-${instances++}`;
  const began = performance.now();
  await sent(url, path, "POST", {}, { count, width });
  for (;;) {
    const { status, output } = (await sent(url, path, "GET", {})) as {
      readonly status: string;
      readonly output: unknown;
    };
    if (status === "complete" && output === count) return (count * 1_000) / (performance.now() - began);
    if (status === "errored" || status === "complete")
      throw new Error(`the workflow ended as ${status}, ${String(output)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @returns calls in a second */
async function run({ url }: Bench, count: number, width: number): Promise<number> {
  const headers = { Authorization: `Simple ${BENCH_KEY}` };
  const began = performance.now();
  const body = { program: programOf(count, width), arguments: { n: 1 } };
  const { id } = (await sent(url, "/v1/runs", "POST", headers, body)) as { readonly id: string };
  for (;;) {
    const view = (await sent(url, `/v1/runs/${id}`, "GET", headers)) as {
      readonly state: string;
      readonly calls: number;
    };
    if (view.state === "halted" && view.calls === count) return (count * 1_000) / (performance.now() - began);
    if (view.state !== "running" && view.state !== "waiting")
      throw new Error(`the run ended as ${JSON.stringify(view)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function measure(place: string, folder: string, count: number, rounds: number): Promise<void> {
  const bench = await started(folder);
  try {
    await account(bench);
    for (const width of [1, WIDTH]) {
      const [steps, calls]: [number[], number[]] = [[], []];
      await run(bench, 50, width);
      await workflow(bench, 50, width);
      for (let round = 0; round < rounds; round++) {
        steps.push(await workflow(bench, count, width));
        calls.push(await run(bench, count, width));
      }
      const ratio = median(calls.map((each, at) => each / (steps[at] ?? Number.NaN)));
      const [ours, theirs] = [median(calls), median(steps)].map((each) => each.toFixed(0).padStart(8));
      console.log(
        `${place.padEnd(6)} ${String(width).padStart(3)} at once: ${ours} calls/s, Workflows ${theirs} steps/s: ${ratio.toFixed(1)} times`,
      );
    }
  } finally {
    await bench.stop();
  }
}

/** @param args calls a round (default 400) and rounds (default 5) */
async function main(args: readonly string[]): Promise<void> {
  const [count, rounds] = [Number(args[0] ?? 400), Number(args[1] ?? 5)];
  console.log(
    `journalled calls of a durable run beside step.do: ${rounds} rounds of ${count} each, interleaved, medians`,
  );
  if (existsSync("/dev/shm")) await measure("tmpfs", "/dev/shm", count, rounds);
  await measure("disk", tmpdir(), count, rounds);
}

export { main as run };
