// How many processes run batches of jobs beside the server's own, which uses one processor.
import { availableParallelism } from "node:os";
import { usage } from "../failure.ts";

/** Unless more are asked for: each takes some 100 MB. */
const BY_ITSELF = 3;
export const MOST_ANNEXES = 15;

/** Reads ORCADE_ANNEXES. @param processors of this machine @returns one for each processor to spare unless it says how many */
export function annexesFrom(text: string | undefined, processors = availableParallelism()): number {
  if (text === undefined || text === "") return Math.min(BY_ITSELF, processors - 1);
  const count = Number(text);
  if (/^\d{1,2}$/.test(text) && count <= MOST_ANNEXES) return count;
  throw usage(`ORCADE_ANNEXES=${text} is no number of processes.`, `Set it to 0 to ${MOST_ANNEXES}, or leave it out.`);
}
