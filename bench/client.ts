// A minimal HTTP/1.1 load client: one keep-alive socket per connection, one request in flight on each, latencies by the
// monotonic clock. It costs little, so that what is measured is the server.
import { connect, type Socket } from "node:net";

export interface Target {
  readonly host: string;
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: Buffer;
  /** Throws when an answer is not what it should be; called on every answer. */
  readonly check: (head: string, body: Buffer) => void;
}

export interface Sample {
  /** Requests answered in a second. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
}

/** Composes a request. */
export function httpRequest(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: string | Uint8Array = "",
): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({ Host: url.host, ...headers, "Content-Length": String(bytes.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${head}\r\n`), bytes]);
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** One complete answer at the front of the buffer, if it is whole. Answers must carry a Content-Length or be chunked. */
function parseAnswer(buffer: Buffer): { head: string; body: Buffer; length: number } | null {
  const end = buffer.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = buffer.toString("latin1", 0, end);
  const start = end + HEAD_END.length;
  const declared = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (declared !== undefined) {
    const length = start + Number(declared);
    return buffer.length < length ? null : { head, body: buffer.subarray(start, length), length };
  }
  const last = buffer.indexOf("0\r\n\r\n", start);
  return last < 0 ? null : { head, body: buffer.subarray(start, last), length: last + 5 };
}

function open(target: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(target.port, target.host, () => resolve(socket));
    socket.setNoDelay(true);
    socket.once("error", reject);
  });
}

/** Sends one request after another on a socket until the time is over. @returns latencies in ms */
function pump(socket: Socket, target: Target, until: number): Promise<number[]> {
  const latencies: number[] = [];
  return new Promise((resolve, reject) => {
    let pending = Buffer.alloc(0);
    let sent = performance.now();
    const send = (): void => {
      sent = performance.now();
      socket.write(target.request);
    };
    socket.on("data", (data: Buffer) => {
      pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
      const answer = parseAnswer(pending);
      if (answer === null) return;
      const now = performance.now();
      latencies.push(now - sent);
      try {
        target.check(answer.head, answer.body);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      pending = pending.subarray(answer.length);
      if (now < until) send();
      else {
        socket.end();
        resolve(latencies);
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed the connection")));
    send();
  });
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;

/** @param clients connections at once @param ms how long */
export async function load(target: Target, clients: number, ms: number): Promise<Sample> {
  const sockets = await Promise.all(Array.from({ length: clients }, () => open(target)));
  const began = performance.now();
  const all = (await Promise.all(sockets.map((socket) => pump(socket, target, began + ms))))
    .flat()
    .sort((a, b) => a - b);
  const seconds = (performance.now() - began) / 1_000;
  return { perSecond: all.length / seconds, p50: quantile(all, 0.5), p99: quantile(all, 0.99), answers: all.length };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
