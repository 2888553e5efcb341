// Node and workerd as places to run modules in, behind one interface.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { children } from "../kmers/cpu.ts";
import { assemble } from "./compile.ts";
import { busiestThread, type ThreadClock } from "./cpu.ts";
import type { Job, Reply } from "./machine.ts";

export type EngineName = "node" | "workerd";
/** Which compilers of V8 may work: both (code starts in the quick one), the quick one, or the optimising one. */
export type Tier = "both" | "liftoff" | "turbofan";

export const TIERS: readonly Tier[] = ["both", "liftoff", "turbofan"];

const V8_FLAGS: Readonly<Record<Tier, readonly string[]>> = {
  both: [],
  liftoff: ["--liftoff-only"],
  turbofan: ["--no-liftoff"],
};

export interface Engine {
  readonly name: EngineName;
  readonly clock: ThreadClock;
  load(id: string, bytes: Uint8Array): Promise<void>;
  ask(id: string, job: Job): Promise<Reply>;
  forget(id: string): Promise<void>;
  stop(): Promise<void>;
}

type Talk = Omit<Engine, "clock">;

const SPIN = `(module (memory (export "memory") 1) (func (export "setup") (param i32)) (func (export "run") (param i32)
  (result i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)))`;

/** Finds the thread that runs modules, by having it run one. */
async function withClock(talk: Talk, pid: number): Promise<Engine> {
  await talk.load("spin", assemble(SPIN));
  const job: Job = { fresh: true, size: 30_000_000, runs: 2, slice: "0", turn: "timer", detail: false };
  await talk.ask("spin", job);
  return { ...talk, clock: await busiestThread(pid, () => talk.ask("spin", job)) };
}

function fitting(reply: unknown, id: string): Reply {
  if (typeof reply === "object" && reply !== null && !("error" in reply)) return reply as Reply;
  throw new Error(`${id}: ${JSON.stringify(reply)}`);
}

async function startNode(tier: Tier): Promise<Engine> {
  const child = spawn(process.execPath, [...V8_FLAGS[tier], join(import.meta.dirname, "node.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const say = async (id: string, message: object): Promise<Reply> => {
    child.stdin.write(`${JSON.stringify({ id, ...message })}\n`);
    const { value } = await lines.next();
    return fitting(value === undefined ? { error: "the process ended" } : JSON.parse(value), id);
  };
  const talk: Talk = {
    name: "node",
    load: async (id, bytes) => void (await say(id, { bytes: Buffer.from(bytes).toString("base64") })),
    ask: (id, job) => say(id, { job }),
    forget: async (id) => void (await say(id, { bytes: null })),
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.stdin.end();
      }),
  };
  return withClock(talk, child.pid ?? 0);
}

async function bundle(name: string): Promise<string> {
  const entryPoints = [join(import.meta.dirname, name)];
  const bundled = await build({ entryPoints, bundle: true, format: "esm", external: ["*.wasm"], write: false });
  return bundled.outputFiles[0]?.text ?? "";
}

/** Miniflare takes V8's flags from the environment only. */
async function withFlags<T>(tier: Tier, start: () => Promise<T>): Promise<T> {
  const name = "MINIFLARE_WORKERD_V8_FLAGS";
  const before = process.env[name];
  if (V8_FLAGS[tier].length > 0) process.env[name] = V8_FLAGS[tier].join(" ");
  try {
    return await start();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  }
}

async function startWorkerd(tier: Tier): Promise<Engine> {
  const [front, guest] = [await bundle("front.ts"), await bundle("guest.ts")];
  // The bundler leaves a process of its own.
  const before = new Set(children());
  const options = convertV4MiniflareOptions({
    name: "bench",
    modules: [{ type: "ESModule", path: "front.js", contents: front }],
    compatibilityDate: "2026-10-01",
    bindings: { GUEST: guest },
    workerLoaders: { LOADER: {} },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    cf: false,
  });
  const miniflare = await withFlags(tier, async () => {
    const started = new Miniflare(options);
    await started.ready;
    return started;
  });
  const url = await miniflare.unsafeGetDirectURL("bench");
  const send = async (id: string, method: string, body?: Uint8Array<ArrayBuffer> | string): Promise<Reply> => {
    const answer = await fetch(new URL(`/?id=${encodeURIComponent(id)}`, url), {
      method,
      ...(body === undefined ? {} : { body }),
    });
    return fitting(await answer.json(), id);
  };
  const talk: Talk = {
    name: "workerd",
    load: async (id, bytes) => void (await send(id, "PUT", bytes.slice())),
    ask: (id, job) => send(id, "POST", JSON.stringify(job)),
    forget: async (id) => void (await send(id, "DELETE")),
    stop: () => miniflare.dispose(),
  };
  const [pid = 0] = children().filter((each) => !before.has(each));
  return withClock(talk, pid);
}

export const startEngine = (name: EngineName, tier: Tier = "both"): Promise<Engine> =>
  name === "node" ? startNode(tier) : startWorkerd(tier);
