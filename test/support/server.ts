// The whole system as a process, for tests that kill it, hang it or come over HTTP.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { type Server, type ServerOptions, startServer } from "../../cli/server/start.ts";
import { type Client, type Fetch, TOKEN, bootstrap } from "./client.ts";

export { randomFrom } from "./random.ts";
export { TORTURE } from "./torture.ts";

export interface System {
  readonly server: Server;
  readonly stateDirectory: string;
  readonly fetch: Fetch;
  /** The first operator, "ada". */
  readonly ada: Client;
  /** Stops it and removes its storage. */
  readonly end: () => Promise<void>;
}

/**
 * Requests to a system. Each lets Node look at its sockets first: while it compiled something, the server may have closed
 * an idle one, and what is written to that is lost.
 */
export const fetchFrom =
  (url: string): Fetch =>
  async (path, init) => {
    await setImmediate();
    return fetch(`${url}${path}`, init);
  };

/** Starts on storage of its own. */
export async function startSystem(options: Partial<ServerOptions> = {}): Promise<System> {
  const stateDirectory = options.stateDirectory ?? mkdtempSync(join(tmpdir(), "orcade-test-"));
  const vars = { ORCADE_BOOTSTRAP: TOKEN, ...options.vars };
  const server = await startServer({ ...options, stateDirectory, vars });
  const fetchIt = fetchFrom(server.url);
  const end = async (): Promise<void> => {
    await server.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  return { server, stateDirectory, fetch: fetchIt, ada: await bootstrap(fetchIt, "ada"), end };
}

/** Waits until the system answers again. */
export async function untilHealthy(fetchIt: Fetch, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; ;) {
    const answer = await fetchIt("/v1/health").catch(() => undefined);
    if (answer?.status === 200) return;
    if (Date.now() > end) throw new Error(`the server did not answer within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The seed of this run's random choices: printed, and settable to repeat a run. */
export function seedOf(title: string): number {
  const seed = Number(process.env["ORCADE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${title}: ORCADE_SEED=${seed}`);
  return seed;
}
