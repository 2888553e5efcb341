// A server to run jobs on: the command line against it, and what a job took by the server's own account.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { BENCH_KEY, type Running } from "../call/systems.ts";

/** A job that is over, as it is shown. */
export interface Ended {
  readonly id: string;
  readonly state: string;
  readonly created: string;
  readonly ended: string;
  readonly chunk: number;
  readonly source: { readonly size: number };
  readonly tasks: { readonly total: number; readonly done: number; readonly failed: number };
  readonly dispatches: number;
  readonly reductions: number;
  readonly fuel: number;
  readonly spent_microcredits: number;
}

const MAIN = join(import.meta.dirname, "../../cli/main.ts");

/** Runs a command of `orcade`. @returns what it printed */
export function orcade({ url }: Running, cwd: string, ...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ORCADE_ADDRESS: url.origin, ORCADE_API_KEY: BENCH_KEY, ORCADE_HOME: cwd };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const printed: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => printed.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(printed).toString("utf8"));
      else reject(new Error(`orcade ${args.join(" ")} ended with ${code}`));
    });
  });
}

/** Runs a job to its end. @param file gets the result, in `cwd` */
export async function runJob(running: Running, cwd: string, file: string, ...args: readonly string[]): Promise<Ended> {
  const job = JSON.parse(await orcade(running, cwd, "jobs", "run", ...args, "-o", file, "--json")) as Ended;
  if (job.state === "done" && job.tasks.failed === 0) return job;
  throw new Error(JSON.stringify(job));
}

/** Milliseconds from when a job was asked for to its end: planning, sample and everything else counted. */
export const tookOf = ({ created, ended }: Ended): number => Date.parse(ended) - Date.parse(created);
