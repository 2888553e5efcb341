// How fast do files come and go, beside a Hono handler in Node that streams to a file? The same bytes, one after the other,
// interleaved, medians of the ratios. Ours goes through the worker and a Durable Object's SQLite, which is durable when it
// answers; the handler flushes its file to the disk before it answers.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BENCH_KEY, startOrcade } from "./call/systems.ts";
import { median } from "./client.ts";

const MiB = 1024 * 1024;
const block = randomBytes(MiB);

interface Place {
  readonly url: string;
  readonly headers: Record<string, string>;
}

/** Sends or fetches so many bytes. @returns MiB a second */
function transfer({ url, headers }: Place, method: "PUT" | "GET", mebibytes: number): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const declared = method === "PUT" ? { "Content-Length": String(mebibytes * MiB) } : {};
    const sent = request(url, { method, headers: { ...headers, ...declared } }, (answer) => {
      let received = 0;
      answer.on("data", (chunk: Buffer) => (received += chunk.length));
      answer.on("end", () => {
        const whole = answer.statusCode === 200 && (method === "PUT" || received === mebibytes * MiB);
        if (whole) resolve((mebibytes * 1_000) / (performance.now() - began));
        else reject(new Error(`${method} ${url}: ${answer.statusCode}, ${received} bytes`));
      });
    });
    sent.on("error", reject);
    let left = method === "PUT" ? mebibytes : 0;
    const push = (): void => {
      while (left-- > 0) if (!sent.write(block)) return void sent.once("drain", push);
      sent.end();
    };
    push();
  });
}

async function startPlain(folder: string): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "data/plain.ts"), folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) =>
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim())),
  );
  return { url, child };
}

async function compare(
  ours: Place,
  plain: Place,
  method: "PUT" | "GET",
  mebibytes: number,
  rounds: number,
): Promise<void> {
  const figures: { ours: number; plain: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0 ? ours : plain;
    const a = await transfer(first, method, mebibytes);
    const b = await transfer(first === ours ? plain : ours, method, mebibytes);
    figures.push(first === ours ? { ours: a, plain: b } : { ours: b, plain: a });
  }
  const middle = (of: (figure: { ours: number; plain: number }) => number): number => median(figures.map(of));
  const ratio = middle(({ ours: mine, plain: theirs }) => mine / theirs);
  console.log(
    `${method} ${String(mebibytes).padStart(4)} MiB  ${middle((f) => f.ours)
      .toFixed(0)
      .padStart(5)} MiB/s  ` +
      `plain ${middle((f) => f.plain)
        .toFixed(0)
        .padStart(5)} MiB/s  ratio ${ratio.toFixed(2)}`,
  );
}

/** @param args MiB a file (default 64), rounds (default 7) */
export async function run(args: string[]): Promise<void> {
  const mebibytes = Number(args[0] ?? 64);
  const rounds = Number(args[1] ?? 7);
  const folder = mkdtempSync(join(tmpdir(), "orcade-bench-data-"));
  const orcade = await startOrcade(folder);
  const plain = await startPlain(folder);
  const headers = { Authorization: BENCH_KEY, "Content-Type": "application/json" };
  try {
    await fetch(new URL("/v1/data/.my", orcade.url), {
      method: "POST",
      headers,
      body: JSON.stringify({ name: "bench" }),
    });
    const ours = { url: new URL("/v1/data/.my/bench/f", orcade.url).href, headers };
    const theirs = { url: `${plain.url}/f`, headers: {} };
    for (const method of ["PUT", "GET"] as const) await compare(ours, theirs, method, mebibytes, rounds);
  } finally {
    plain.child.kill();
    await orcade.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
