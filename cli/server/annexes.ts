// Annexes of the server: further workerd processes that run the batches of jobs, for machines with several
// processors (worker/sandbox/annex.ts). Each is the same bundle with another entry, no storage and no way out.
import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions } from "miniflare";
import { SERVER_OPTIONS, WORKER_BUNDLE } from "../../scripts/build.ts";
import { freePort, HOST } from "./port.ts";
import { type Heard, type Workerd, bundleModules, quietly, startWorkerd } from "./workerd.ts";

type External = { readonly external: { readonly address: string; readonly http: object } };

/** Where an annex listens, and its process id: another one after a restart. */
export interface Running {
  readonly address: string;
  readonly pid: number | undefined;
}

export interface Annexes {
  /** Of the server's worker. */
  readonly bindings: Readonly<Record<`ANNEX_${number}`, External>>;
  readonly running: () => readonly Running[];
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const MAIN = 'export { Annex as default } from "./index.js";\n';

interface Annex {
  readonly workerd: Workerd;
  readonly address: string;
}

/** What a server says of its processes. */
export interface Watched {
  readonly annexes?: number;
  readonly log?: (level: string, message: string) => void;
  readonly onWorkerd?: (pid: number, annex: number) => void;
  readonly onRestart?: (times: number, annex: number) => void;
}

/** What one of the processes says, with its number. @param annex 0: the server's own */
export function heardBy({ onWorkerd, onRestart }: Watched, annex: number): Heard {
  let restarts = 0;
  return { onWorkerd: (pid) => onWorkerd?.(pid, annex), onRestart: () => onRestart?.(++restarts, annex) };
}

async function startAnnex(number: number, watched: Watched): Promise<Annex> {
  const { compatibilityDate, compatibilityFlags } = JSON.parse(readFileSync(SERVER_OPTIONS, "utf8")) as {
    readonly compatibilityDate: string;
    readonly compatibilityFlags: string[];
  };
  // Started again after a crash it must be found where it was.
  const port = await freePort(0);
  const options = convertV4MiniflareOptions({
    name: `annex-${number}`,
    compatibilityDate,
    compatibilityFlags,
    modulesRoot: WORKER_BUNDLE,
    modules: bundleModules(MAIN),
    workerLoaders: { LOADER: {} },
    outboundService: () => new Response("No request leaves an annex.", { status: 403 }),
    unsafeDirectSockets: [{ host: HOST, port }],
    host: HOST,
    cf: false,
    ...quietly(watched.log),
  });
  return { workerd: await startWorkerd(options, heardBy(watched, number)), address: `${HOST}:${port}` };
}

/** Starts as many as are asked for. */
export async function startAnnexes(watched: Watched): Promise<Annexes> {
  const numbers = Array.from({ length: watched.annexes ?? 0 }, (_, index) => index + 1);
  const started = await Promise.allSettled(numbers.map((number) => startAnnex(number, watched)));
  const annexes = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const all = async (end: "stop" | "kill"): Promise<void> => {
    await Promise.all(annexes.map(({ workerd }) => workerd[end]()));
  };
  const failed = started.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") {
    await all("stop");
    throw failed.reason;
  }
  const bindings = annexes.map(({ address }, index) => [`ANNEX_${index + 1}`, { external: { address, http: {} } }]);
  return {
    bindings: Object.fromEntries(bindings) as Annexes["bindings"],
    running: () => annexes.map(({ address, workerd }) => ({ address, pid: workerd.pid() })),
    kill: () => all("kill"),
    stop: () => all("stop"),
  };
}
