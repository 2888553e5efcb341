// Runs a command in this process with a terminal, files and a server of the test's own.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { CHECKOUT, type Io } from "../../cli/io.ts";
import { main } from "../../cli/main.ts";

export const KEY = "simABCDEFGHIJKLMNOPQRSTUVWXY";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "orcade-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout byte for byte */
  readonly bytes: Uint8Array;
}

export interface World {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly checkout?: string;
  readonly stdin?: string | Uint8Array;
}

/** The real commands; nothing of this machine's own settings is seen. */
export async function orcade(argv: readonly string[], world: World = {}): Promise<Ran> {
  const out: Uint8Array[] = [];
  const err: Uint8Array[] = [];
  const bytesOf = (chunk: string | Uint8Array): Uint8Array => (typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  const cwd = world.cwd ?? temporaryFolder();
  const io: Io = {
    cwd,
    env: world.env ?? {},
    home: world.home ?? cwd,
    checkout: world.checkout ?? CHECKOUT,
    stdout: { isTTY: false, write: (chunk) => void out.push(bytesOf(chunk)) },
    stderr: { isTTY: false, write: (chunk) => void err.push(bytesOf(chunk)) },
    stdin: () => Promise.resolve(bytesOf(world.stdin ?? "")),
  };
  // Without this the checkout's own .orcade/credentials would be found.
  const env = io.env["ORCADE_HOME"] === undefined ? { ...io.env, ORCADE_HOME: join(cwd, ".orcade") } : io.env;
  const code = await main(argv, { ...io, env });
  const bytes = Buffer.concat(out);
  return { code, stdout: bytes.toString("utf8"), stderr: Buffer.concat(err).toString("utf8"), bytes };
}

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body: unknown;
}

/** A server that answers by "METHOD /path" (without the query) and keeps what it was sent. */
export async function scriptedServer(
  script: Readonly<Record<string, Scripted | ((received: Received) => Scripted)>>,
): Promise<{ readonly address: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const { method = "", url = "", headers } = request;
    const got = { method, url, headers, body: Buffer.concat(chunks) };
    received.push(got);
    const entry = script[`${method} ${url.split("?")[0]}`];
    const answer = typeof entry === "function" ? entry(got) : (entry ?? { status: 404, body: { error: "unscripted" } });
    const { body } = answer;
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
