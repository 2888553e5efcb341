// Starts the system in this process's care: Miniflare with workerd's direct socket, on the storage of one folder. Used by
// `orcade start`, by tests that kill it and by benches; it prints nothing and handles no signal.
import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { getCACertificates, rootCertificates } from "node:tls";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { buildServer, SERVER_OPTIONS, WORKER_BUNDLE } from "../../scripts/build.ts";
import { CliFailure, EXIT, messageOf } from "../failure.ts";
import { freePort, HOST, portTaken } from "./port.ts";

export interface ServerOptions {
  /** Folder of the storage; made if it is not there. Two servers must never share one. */
  readonly stateDirectory: string;
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /**
   * Bindings beside those of wrangler.toml. Unless given, ORCADE_HOSTS is this address and
   * ORCADE_TAIL is off: a local tail sees a cpuTime of 0.
   */
  readonly vars?: Readonly<Record<string, string>>;
  /** Gets every line the worker logs; without it they are dropped. */
  readonly log?: (level: string, message: string) => void;
  /** Called when workerd was started again after it died; `times` counts from 1. */
  readonly onRestart?: (times: number) => void;
  /** Called with the process id of each workerd. */
  readonly onWorkerd?: (pid: number) => void;
  /** Source of another main module, for tests: it finds the worker as `./index.js` and exports its classes again. */
  readonly main?: string;
  /** False takes dist/ as it is. Default: build what is stale (a hundredth of a second when nothing is). */
  readonly build?: boolean;
}

export interface Server {
  /** "http://127.0.0.1:PORT", without a trailing slash */
  readonly url: string;
  readonly port: number;
  /** The process id of workerd; another one after a restart. */
  readonly workerdPid: () => number | undefined;
  /** Ends workerd as `kill -9` would, without a restart; start again on the same folder to see what is left. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The workerd of each server in this process: Miniflare does not tell, Node's own channel for new processes does. */
interface Spawned {
  workerd: ChildProcess | undefined;
  readonly onWorkerd: ((pid: number) => void) | undefined;
}
const spawning = new AsyncLocalStorage<Spawned>();
subscribe("child_process", (message) => {
  const slot = spawning.getStore();
  const child = (message as { readonly process: ChildProcess }).process;
  if (slot === undefined) return;
  child.once("spawn", () => {
    if (!child.spawnargs.includes("serve") || child.pid === undefined) return;
    slot.workerd = child;
    slot.onWorkerd?.(child.pid);
  });
});

/** Miniflare's own remarks go where the worker's lines go. */
class QuietLog extends Log {
  readonly #log: ServerOptions["log"];

  constructor(log: ServerOptions["log"]) {
    super(LogLevel.WARN);
    this.#log = log;
  }

  override log(message: string): void {
    this.#log?.("warn", message);
  }
}

type Modules = Extract<V4MiniflareOptions, { modules: unknown }>["modules"];
const MODULE_TYPE: Readonly<Record<string, "Text" | "Data" | "CompiledWasm">> = {
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
  ".bin": "Data",
  ".wasm": "CompiledWasm",
};

/** The files of the bundle that are modules: the main one, which must come first, and what it imports. */
function bundleModules(main: string | undefined): Modules {
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

/** Whom Node would trust (NODE_EXTRA_CA_CERTS); Windows has its list elsewhere than workerd looks. */
const TLS = {
  trustBrowserCas: true,
  trustedCertificates: [...getCACertificates("extra"), ...(process.platform === "win32" ? rootCertificates : [])],
};

/** A network of workerd's: every connection is judged by the address that is connected to. */
const network = (allow: "public" | "local") => ({ network: { allow: [allow], tlsOptions: TLS } });

/** The ways out: to public addresses; to this machine where webhooks may go there; by the worker's own `fetch` none. */
const waysOut = (vars: ServerOptions["vars"]) => ({
  serviceBindings: {
    EGRESS: network("public"),
    ...(vars?.["ORCADE_WEBHOOK_LOOPBACK"] === "on" ? { LOOPBACK: network("local") } : {}),
  },
  outboundService: () => new Response("No request leaves but by EGRESS (worker/egress).", { status: 403 }),
});

function miniflareOptions(
  options: ServerOptions,
  port: number,
  onRestart: () => void,
): ConstructorParameters<typeof Miniflare>[0] {
  const worker = JSON.parse(readFileSync(SERVER_OPTIONS, "utf8")) as { readonly bindings?: object };
  const hosts = `localhost:${port},${HOST}:${port}`;
  const converted = convertV4MiniflareOptions({
    ...worker,
    ...waysOut(options.vars),
    modulesRoot: WORKER_BUNDLE,
    modules: bundleModules(options.main),
    bindings: { ...worker.bindings, ORCADE_HOSTS: hosts, ORCADE_TAIL: "", ...options.vars },
    unsafeDirectSockets: [{ host: HOST, port }],
    host: HOST,
    cf: false,
    log: new QuietLog(options.log),
    handleStructuredLogs: ({ level, message }: { readonly level: string; readonly message: string }) =>
      options.log?.(level, message),
    unsafeHandleRuntimeRestart: onRestart,
  });
  return { ...converted, resourcePersistencePath: options.stateDirectory };
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

function startFailure(error: unknown, port: number): CliFailure {
  const message = messageOf(error);
  if (/address already in use/i.test(message)) return portTaken(port);
  return new CliFailure(
    EXIT.failed,
    "start-failed",
    `The server did not start: ${message}`,
    "`npm run build -- --force` builds everything anew.",
  );
}

/** @returns when the server answers */
export async function startServer(options: ServerOptions): Promise<Server> {
  const port = await freePort(options.port ?? 0);
  if (options.build !== false) await buildServer();
  mkdirSync(options.stateDirectory, { recursive: true });
  const slot: Spawned = { workerd: undefined, onWorkerd: options.onWorkerd };
  let restarts = 0;
  const configured = miniflareOptions(options, port, () => options.onRestart?.(++restarts));
  const miniflare = spawning.run(slot, () => withoutSignalHandlers(() => new Miniflare(configured)));
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw startFailure(error, port);
  }
  const stop = (): Promise<void> => miniflare.dispose();
  return {
    url: `http://${HOST}:${port}`,
    port,
    workerdPid: () => slot.workerd?.pid,
    kill: () => {
      slot.workerd?.kill("SIGKILL");
      return stop();
    },
    stop,
  };
}
