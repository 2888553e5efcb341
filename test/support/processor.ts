// How much processor time a process took: what a wait costs whatever else the machine does meanwhile.
import { readFileSync } from "node:fs";

/** Milliseconds of a tick of /proc: Linux shows a hundred of them a second to everybody. */
const TICK_MS = 10;

/** @returns milliseconds since the process began; null where /proc does not tell, or there is no such process */
export function processorMs(pid: number | undefined): number | null {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the name in parentheses, may hold spaces; user and system time are the fields 14 and 15.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return null;
  }
}
