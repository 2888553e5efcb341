// Starts the system in this process's care: Miniflare with workerd's direct socket, on the storage of one folder. Used by
// `orcade start`, by tests that kill it and by benches; it prints nothing and handles no signal.
import { mkdirSync, readFileSync } from "node:fs";
import { getCACertificates, rootCertificates } from "node:tls";
import { convertV4MiniflareOptions, type Miniflare } from "miniflare";
import { buildServer, SERVER_OPTIONS, WORKER_BUNDLE } from "../../scripts/build.ts";
import { CliFailure, EXIT, messageOf } from "../failure.ts";
import { type Annexes, heardBy, startAnnexes } from "./annexes.ts";
import { freePort, HOST, portTaken } from "./port.ts";
import { bundleModules, quietly, startWorkerd } from "./workerd.ts";

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
  /** Called when workerd was started again after it died; `times` counts from 1, `annex` is 0 for the server's own. */
  readonly onRestart?: (times: number, annex: number) => void;
  /** Called with the process id of each workerd. */
  readonly onWorkerd?: (pid: number, annex: number) => void;
  /** Source of another main module, for tests: it finds the worker as `./index.js` and exports its classes again. */
  readonly main?: string;
  /** Processes beside the server's own that run batches of jobs (worker/sandbox/annex.ts). Default: none. */
  readonly annexes?: number;
  /** False takes dist/ as it is. Default: build what is stale (a hundredth of a second when nothing is). */
  readonly build?: boolean;
}

export interface Server {
  /** "http://127.0.0.1:PORT", without a trailing slash */
  readonly url: string;
  readonly port: number;
  /** The process id of workerd; another one after a restart. */
  readonly workerdPid: () => number | undefined;
  readonly annexes: Annexes["running"];
  /** Ends workerd as `kill -9` would, without a restart; start again on the same folder to see what is left. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Whom Node would trust (NODE_EXTRA_CA_CERTS); Windows has its list elsewhere than workerd looks. */
const TLS = {
  trustBrowserCas: true,
  trustedCertificates: [...getCACertificates("extra"), ...(process.platform === "win32" ? rootCertificates : [])],
};

/** A network of workerd's: every connection is judged by the address that is connected to. */
const network = (allow: "public" | "local") => ({ network: { allow: [allow], tlsOptions: TLS } });

/** The ways out: to public addresses; to this machine where webhooks may go there; by the worker's own `fetch` none. */
const waysOut = (vars: ServerOptions["vars"], annexes: Annexes["bindings"]) => ({
  serviceBindings: {
    ...annexes,
    EGRESS: network("public"),
    ...(vars?.["ORCADE_WEBHOOK_LOOPBACK"] === "on" ? { LOOPBACK: network("local") } : {}),
  },
  outboundService: () => new Response("No request leaves but by EGRESS (worker/egress).", { status: 403 }),
});

function miniflareOptions(
  options: ServerOptions,
  port: number,
  annexes: Annexes["bindings"],
): ConstructorParameters<typeof Miniflare>[0] {
  const worker = JSON.parse(readFileSync(SERVER_OPTIONS, "utf8")) as { readonly bindings?: object };
  const hosts = `localhost:${port},${HOST}:${port}`;
  const converted = convertV4MiniflareOptions({
    ...worker,
    ...waysOut(options.vars, annexes),
    modulesRoot: WORKER_BUNDLE,
    modules: bundleModules(options.main),
    bindings: { ...worker.bindings, ORCADE_HOSTS: hosts, ORCADE_TAIL: "", ...options.vars },
    unsafeDirectSockets: [{ host: HOST, port }],
    host: HOST,
    cf: false,
    ...quietly(options.log),
  });
  return { ...converted, resourcePersistencePath: options.stateDirectory };
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
  const annexes = await startAnnexes(options).catch((error: unknown) => {
    throw startFailure(error, port);
  });
  try {
    const configured = miniflareOptions(options, port, annexes.bindings);
    const workerd = await startWorkerd(configured, heardBy(options, 0));
    const both = async (end: "stop" | "kill"): Promise<void> => {
      await Promise.all([workerd[end](), annexes[end]()]);
    };
    return {
      url: `http://${HOST}:${port}`,
      port,
      workerdPid: workerd.pid,
      annexes: annexes.running,
      kill: () => both("kill"),
      stop: () => both("stop"),
    };
  } catch (error) {
    await annexes.stop();
    throw startFailure(error, port);
  }
}
