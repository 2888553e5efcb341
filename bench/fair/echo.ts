// Asks an echo route at a steady rate, whatever the answers take, and says how long they took.
import { Agent, request } from "node:http";

export interface Echoes {
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly answers: number;
}

function ask(url: URL, agent: Agent, text: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const asked = request(new URL("/echo", url).href, { method: "POST", agent }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        const took = performance.now() - began;
        if (Buffer.concat(chunks).toString() === text) resolve(took);
        else reject(new Error("the echo is not what was said"));
      });
    });
    asked.on("error", reject);
    asked.end(text);
  });
}

/** @param perSecond how often @param ms how long */
export async function echo(url: URL, perSecond: number, ms: number): Promise<Echoes> {
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const asked: Promise<number>[] = [];
  for (let i = 0; (i * 1000) / perSecond < ms; i++) {
    const wait = began + (i * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    asked.push(ask(url, agent, `echo ${i}`));
  }
  const times = (await Promise.all(asked)).sort((a, b) => a - b);
  agent.destroy();
  const at = (q: number): number => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), longest: at(1), answers: times.length };
}
