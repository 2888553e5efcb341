// One workerd in this process's care: its modules, its process id, and no say in how this process ends.
import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { readdirSync } from "node:fs";
import { extname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { WORKER_BUNDLE } from "../../scripts/build.ts";

/** The processes of one workerd, one after the other: Miniflare does not tell of them, Node's own channel for new processes does. */
interface Spawned {
  current: ChildProcess | undefined;
  readonly started: (pid: number) => void;
  readonly died: () => void;
}
const spawning = new AsyncLocalStorage<Spawned>();
subscribe("child_process", (message) => {
  const slot = spawning.getStore();
  const child = (message as { readonly process: ChildProcess }).process;
  if (slot === undefined) return;
  child.once("spawn", () => {
    if (!child.spawnargs.includes("serve") || child.pid === undefined) return;
    failUnread(child);
    slot.current = child;
    child.once("exit", slot.died);
    slot.started(child.pid);
  });
});

/** Miniflare would wait for ever until one that died before it read its configuration has read it: then that fails. */
function failUnread({ stdin }: ChildProcess): void {
  stdin?.once("close", () => {
    if (stdin.writableFinished || stdin.listenerCount("error") === 0) return;
    stdin.emit("error", new Error("workerd ended before it read its configuration"));
  });
}

export type Listener = ((level: string, message: string) => void) | undefined;

/** Miniflare's own remarks go where the worker's lines go. */
class QuietLog extends Log {
  readonly #log: Listener;

  constructor(log: Listener) {
    super(LogLevel.WARN);
    this.#log = log;
  }

  override log(message: string): void {
    this.#log?.("warn", message);
  }
}

/** Options of Miniflare by which every line that a worker logs, and Miniflare's own remarks, go to one listener. */
export const quietly = (log: Listener) => ({
  log: new QuietLog(log),
  handleStructuredLogs: ({ level, message }: { readonly level: string; readonly message: string }) =>
    log?.(level, message),
});

type Modules = Extract<V4MiniflareOptions, { modules: unknown }>["modules"];
const MODULE_TYPE: Readonly<Record<string, "Text" | "Data" | "CompiledWasm">> = {
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
  ".bin": "Data",
  ".wasm": "CompiledWasm",
};

/** The files of the bundle that are modules: the main one, which must come first, and what it imports. */
export function bundleModules(main: string | undefined): Modules {
  const others = readdirSync(WORKER_BUNDLE)
    .sort()
    .flatMap((file) => {
      const type = MODULE_TYPE[extname(file)];
      return type === undefined ? [] : [{ type, path: join(WORKER_BUNDLE, file) }];
    });
  const index = { type: "ESModule" as const, path: join(WORKER_BUNDLE, "index.js") };
  if (main === undefined) return [index, ...others];
  return [{ type: "ESModule", path: join(WORKER_BUNDLE, "main.js"), contents: main }, index, ...others];
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Miniflare ends the process on signals with an exit code of its own; that is for our caller to decide. */
function withoutSignalHandlers<T>(make: () => T): T {
  const before = new Map(SIGNALS.map((signal) => [signal, new Set(process.listeners(signal))]));
  const made = make();
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) {
      if (before.get(signal)?.has(listener) === false) process.off(signal, listener);
    }
  }
  return made;
}

export interface Workerd {
  /** Another one after a restart. */
  readonly pid: () => number | undefined;
  /** Ends it as `kill -9` would, without a restart. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

type Options = ConstructorParameters<typeof Miniflare>[0];

export interface Heard {
  readonly onWorkerd: (pid: number) => void;
  /** It died, and was started again. */
  readonly onRestart: () => void;
}

/** Milliseconds before one that died while it started is started for a third time; twice as long each time, at most so long. */
const PAUSE_MS = { least: 100, most: 5_000 };

class Process implements Workerd {
  readonly #options: Options;
  readonly #heard: Heard;
  readonly #slot: Spawned;
  readonly #miniflare: Miniflare;
  /** It answered; it is being stopped. */
  #runs = false;
  #over = false;
  #reviving = false;

  constructor(options: Options, heard: Heard) {
    this.#options = { ...options, unsafeHandleRuntimeRestart: heard.onRestart };
    this.#heard = heard;
    this.#slot = { current: undefined, started: heard.onWorkerd, died: () => void this.#revive() };
    this.#miniflare = spawning.run(this.#slot, () => withoutSignalHandlers(() => new Miniflare(this.#options)));
  }

  readonly pid = (): number | undefined => this.#slot.current?.pid;

  readonly kill = (): Promise<void> => {
    this.#over = true;
    this.#slot.current?.kill("SIGKILL");
    return this.#miniflare.dispose();
  };

  readonly stop = (): Promise<void> => {
    this.#over = true;
    return this.#miniflare.dispose();
  };

  /** Resolves when it answers. */
  async ready(): Promise<void> {
    await this.#miniflare.ready;
    this.#runs = true;
  }

  /** Miniflare starts again what died, but not what dies while it is starting. */
  async #revive(): Promise<void> {
    if (!this.#runs || this.#reviving) return;
    this.#reviving = true;
    for (let pause = 0; await this.#failed(); pause = Math.min(PAUSE_MS.most, Math.max(PAUSE_MS.least, 2 * pause))) {
      await sleep(pause, undefined, { ref: false });
      // It may have been stopped meanwhile: then nothing may be asked of Miniflare any more.
      if (this.#over) break;
      const again = spawning.run(this.#slot, () => this.#miniflare.setOptions(this.#options));
      await again.then(this.#heard.onRestart, () => undefined);
    }
    this.#reviving = false;
  }

  /** Waits for what Miniflare does. @returns whether it has given up */
  #failed(): Promise<boolean> {
    return this.#miniflare.ready.then(
      () => false,
      () => true,
    );
  }
}

/** @returns when it answers */
export async function startWorkerd(options: Options, heard: Heard): Promise<Workerd> {
  const made = new Process(options, heard);
  try {
    await made.ready();
  } catch (error) {
    await made.stop().catch(() => undefined);
    throw error;
  }
  return made;
}
