// The CPU time of a child process in milliseconds, where the system tells it (Linux); else the wall's. On a machine with
// other work the one says what was spent, the other mostly how busy the machine is.
import { readdirSync, readFileSync } from "node:fs";

/** Ids of this process's children. */
export function children(): number[] {
  try {
    const tasks = readdirSync(`/proc/${process.pid}/task`);
    const lists = tasks.map((task) => readFileSync(`/proc/${process.pid}/task/${task}/children`, "utf8"));
    return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

export type Clock = () => number;

/** The clock of these processes: the time all their threads had on a CPU. */
export function cpuClock(pids: readonly number[]): { readonly clock: Clock; readonly name: string } {
  const clock = () => pids.reduce((sum, pid) => sum + threadsOf(pid), 0);
  try {
    if (pids.length > 0 && clock() > 0) return { clock, name: "CPU time of workerd" };
  } catch {
    // No such files: not Linux.
  }
  return { clock: () => performance.now(), name: "wall time" };
}

function threadsOf(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  }
  return nanoseconds / 1e6;
}
