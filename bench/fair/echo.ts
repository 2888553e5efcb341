// Asks a route at a steady rate, whatever the answers take, and says how long they took.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus } from "node:os";

export interface Echoes {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly answers: number;
  /** The machine's processors that another machine on the same host had meanwhile, as a share of all their time. */
  readonly taken: number;
}

/** Milliseconds of all processors that the host gave to others ("steal", proc(5)), in steps of 10; 0 where that is not told. */
function takenMs(): number {
  try {
    return Number(readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.split(/\s+/)[8] ?? 0) * 10;
  } catch {
    return 0;
  }
}

/** What is asked, again and again. */
export interface Asked {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The n-th body. */
  readonly body: (n: number) => string;
  /** Whether an answer is the one to that body. */
  readonly fits: (answer: string, body: string) => boolean;
}

/** The route that answers what was said. */
export const echoOf = (url: URL): Asked => ({
  url: new URL("/echo", url),
  headers: {},
  body: (n) => `echo ${n}`,
  fits: (answer, body) => answer === body,
});

function ask({ url, headers, fits }: Asked, agent: Agent, body: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(url.href, { method: "POST", agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const took = performance.now() - began;
        const text = Buffer.concat(chunks).toString();
        if (fits(text, body)) resolve(took);
        else reject(new Error(`the answer is not what was asked for: ${text.slice(0, 500)}`));
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** @param perSecond how often @param ms how long */
export async function echo(asked: Asked, perSecond: number, ms: number): Promise<Echoes> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const taken = takenMs();
  const answers: Promise<number>[] = [];
  for (let i = 0; (i * 1000) / perSecond < ms; i++) {
    const wait = began + (i * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    answers.push(ask(asked, agent, asked.body(i)));
  }
  const times = (await Promise.all(answers)).sort((a, b) => a - b);
  agent.destroy();
  const at = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? Number.NaN;
  const share = (takenMs() - taken) / ((performance.now() - began) * cpus().length);
  return { p50: at(0.5), p99: at(0.99), longest: at(1), answers: times.length, taken: share };
}

const figure = (ms: number): string => ms.toFixed(1).padStart(9);

/** A line of what was found. */
export const echoesLine = (name: string, { p50, p99, longest, answers, taken }: Echoes): string =>
  `${name.padEnd(24)}${figure(p50)}${figure(p99)}${figure(longest)}${String(answers).padStart(9)}` +
  `${(taken * 100).toFixed(1).padStart(8)} %`;

/** Milliseconds: the 99th percentile, and the longest pause above that of the same run without loops. */
export interface Targets {
  readonly p99: number;
  readonly pauseAbove: number;
}

/** What was found beside loops, held against what shall be. */
export function verdict(alone: Echoes, { p99, longest }: Echoes, targets: Targets): string {
  const pause = longest - alone.longest;
  return (
    `${p99 <= targets.p99 && pause <= targets.pauseAbove ? "reached" : "MISSED"}: p99 ${p99.toFixed(1)} of ${targets.p99} ms, ` +
    `longest pause ${pause.toFixed(1)} of ${targets.pauseAbove} ms above the run alone`
  );
}
