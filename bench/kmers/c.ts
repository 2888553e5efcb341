// The peer in C, where there is gcc: compiled with -O3, kept running, asked over its standard input.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Program {
  /** @returns milliseconds of CPU time */
  time(k: number, rounds: number): Promise<number>;
  /** The table of 4^k counts, as bytes. */
  table(k: number): Promise<Uint8Array>;
  stop(): void;
}

/** @returns undefined when there is no gcc, or it does not compile this */
export function startProgram(genomes: Uint8Array): Program | undefined {
  const folder = mkdtempSync(join(tmpdir(), "orcade-kmers-"));
  const program = join(folder, "peer");
  const source = join(import.meta.dirname, "peer.c");
  if (spawnSync("gcc", ["-O3", "-o", program, source], { stdio: "ignore" }).status !== 0) return undefined;
  writeFileSync(join(folder, "genomes"), genomes);
  const child = spawn(program, [join(folder, "genomes")], { stdio: ["pipe", "pipe", "inherit"] });
  let received = Buffer.alloc(0);
  let wake = (): void => undefined;
  child.stdout.on("data", (part: Buffer) => {
    received = Buffer.concat([received, part]);
    wake();
  });
  /** Waits until `length` says how much of what was received is the answer. */
  const ask = async (line: string, length: (bytes: Buffer) => number): Promise<Buffer> => {
    child.stdin.write(line);
    while (length(received) <= 0 || received.length < length(received))
      await new Promise<void>((done) => (wake = done));
    const size = length(received);
    const answer = received.subarray(0, size);
    received = received.subarray(size);
    return answer;
  };
  return {
    time: async (k, rounds) => Number(await ask(`${k} ${rounds}\n`, (bytes) => bytes.indexOf("\n") + 1)) / 1e6,
    table: (k) => ask(`${k} 0\n`, () => 4 ** k * 4),
    stop: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
