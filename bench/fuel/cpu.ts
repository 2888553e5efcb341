// The CPU time of one thread of another process: what was spent, whatever else the machine does meanwhile.
import { readFileSync, readdirSync } from "node:fs";

export interface ThreadClock {
  /** @returns milliseconds of CPU time, once the thread waits */
  read(): number;
  readonly name: string;
}

const schedstat = (pid: number, thread: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6;

/** Whether it waits: while it runs, its counter lags behind by up to a tick of the scheduler. */
function waits(pid: number, thread: number): boolean {
  const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) === "S";
}

function settled(pid: number, thread: number): number {
  for (let tries = 0; tries < 20_000; tries++) if (waits(pid, thread)) return schedstat(pid, thread);
  return schedstat(pid, thread);
}

/** The thread of the process that is the busiest while `work` is done. Falls back to the wall clock where /proc is not. */
export async function busiestThread(pid: number, work: () => Promise<unknown>): Promise<ThreadClock> {
  try {
    const threads = readdirSync(`/proc/${pid}/task`).map(Number);
    const before = threads.map((thread) => schedstat(pid, thread));
    await work();
    const spent = threads.map((thread, i) => schedstat(pid, thread) - (before[i] ?? 0));
    const thread = threads[spent.indexOf(Math.max(...spent))] ?? pid;
    return { read: () => settled(pid, thread), name: "CPU time of the thread" };
  } catch {
    return { read: () => performance.now(), name: "wall time: this system does not tell threads' CPU time" };
  }
}
