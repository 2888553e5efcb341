// Other processes on this machine: is one alive, and is it still the one we noted? A process id is reused after a reboot
// or a long time, so where the system tells (Linux), the time it was started at counts too.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { systemCode } from "../failure.ts";

export interface ProcessNote {
  readonly pid: number;
  /** Clock ticks from boot to its start, with the boot's id; null where the system does not tell. */
  readonly started: string | null;
}

function startedAt(pid: number): string | null {
  try {
    // The second field is the program's name in brackets, which may hold spaces; the start time is the 22nd field.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return fields[19] === undefined ? null : `${boot}/${fields[19]}`;
  } catch {
    return null;
  }
}

/** What to remember of a running process. */
export const noteOf = (pid: number): ProcessNote => ({ pid, started: startedAt(pid) });

/** @returns whether the process that was noted still runs */
export function isAlive({ pid, started }: ProcessNote): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
  return started === null || startedAt(pid) === started;
}

/** Inodes of the sockets that listen on a TCP port, from Linux's own table. */
function listeningInodes(port: number): ReadonlySet<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, "utf8").split("\n")) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === "0A" && local.endsWith(`:${hex}`) && inode !== undefined) inodes.add(`socket:[${inode}]`);
    }
  }
  return inodes;
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((file) => inodes.has(readlinkSync(join(folder, file))));
  } catch {
    return false; // gone meanwhile, or somebody else's
  }
}

/** The process that listens on a port as "name (pid 123)", if this system lets us see it. */
export function listenerOn(port: number): string | undefined {
  const inodes = listeningInodes(port);
  if (inodes.size > 0) {
    const pid = readdirSync("/proc").find((entry) => /^\d+$/.test(entry) && holds(entry, inodes));
    return pid === undefined ? undefined : `${readFileSync(`/proc/${pid}/comm`, "utf8").trim()} (pid ${pid})`;
  }
  const { stdout } = spawnSync("lsof", ["-nP", "-F", "pc", `-iTCP:${port}`, "-sTCP:LISTEN"], { encoding: "utf8" });
  const [, pid, name] = /^p(\d+)\nc(.+)$/m.exec(stdout ?? "") ?? [];
  return pid === undefined ? undefined : `${name} (pid ${pid})`;
}
