// One server per `.orcade`: a file names the process that has it. What a killed server left behind (the file, and a workerd
// that still holds the storage) is found and cleared by the next start.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { CliFailure, EXIT, systemCode } from "../failure.ts";
import { type ProcessNote, isAlive, noteOf } from "./processes.ts";

const note = z.object({ pid: z.int(), started: z.string().nullable() });
const lockFile = z.object({
  server: note,
  workerd: note.optional(),
  annexes: z.array(note).default([]),
  port: z.int(),
});
type LockFile = z.infer<typeof lockFile>;

export interface Lock {
  /**
   * Notes a workerd of this server, so that the next start can end it should we be killed.
   * @param annex its number; 0: the server's own
   */
  readonly setWorkerd: (pid: number, annex: number) => void;
  readonly release: () => void;
}

function read(path: string): LockFile | undefined {
  try {
    return lockFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined; // absent, or torn by a crash while it was written: nobody's
  }
}

function refuse(home: string, { server, port }: LockFile): CliFailure {
  const message = `A server runs on ${home} already: pid ${server.pid}, http://localhost:${port}.`;
  const hint = `Use that one, or end it with \`kill ${server.pid}\`. To run a second one, give it its own ORCADE_HOME and ORCADE_PORT.`;
  return new CliFailure(EXIT.failed, "already-running", message, hint);
}

/** Ends the workerd that a killed server left: two of them on one storage would corrupt it. Its annexes, too. */
async function endOrphans(stale: LockFile | undefined): Promise<void> {
  const { workerd, annexes = [] } = stale ?? {};
  for (const orphan of workerd === undefined ? annexes : [workerd, ...annexes]) await endOrphan(orphan);
}

async function endOrphan(orphan: ProcessNote): Promise<void> {
  for (let tries = 0; isAlive(orphan) && tries < 100; tries++) {
    process.kill(orphan.pid, "SIGKILL");
    await sleep(20);
  }
}

/** Creates the file with its content in one step, or says who was first. */
function create(path: string, content: LockFile): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Clears what a dead process left: of several that try at once only one moves the file away. */
async function clearStale(path: string, stale: LockFile | undefined): Promise<void> {
  await endOrphans(stale);
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  rmSync(aside, { force: true });
}

/** @param home the `.orcade` folder, which exists @param port noted for whoever comes second */
export async function acquireLock(home: string, port: number): Promise<Lock> {
  const path = join(home, "lock");
  const own: LockFile = { server: noteOf(process.pid), annexes: [], port };
  const started: ProcessNote[] = [];
  for (let tries = 0; !create(path, own); tries++) {
    const other = read(path);
    if (other !== undefined && isAlive(other.server)) throw refuse(home, other);
    if (tries > 10) throw new CliFailure(EXIT.failed, "lock", `${path} cannot be taken.`, "Remove it and try again.");
    await clearStale(path, other);
  }
  const mine = (): boolean => read(path)?.server.pid === process.pid;
  return {
    setWorkerd: (pid, annex) => {
      started[annex] = noteOf(pid);
      const [workerd, ...annexes] = started;
      const noted = { ...own, workerd, annexes: annexes.filter((one) => one !== undefined) };
      if (mine()) writeFileSync(path, JSON.stringify(noted), { mode: 0o600 });
    },
    release: () => {
      if (mine()) rmSync(path, { force: true });
    },
  };
}
