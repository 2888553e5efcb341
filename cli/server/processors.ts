// How many processes run batches of jobs. The server's own then brings them what they work on, and serves everybody else.
import { availableParallelism } from "node:os";
import { usage } from "../failure.ts";

/** Unless more are asked for: each takes some 100 MB. */
const BY_ITSELF = 4;
export const MOST_ANNEXES = 15;

/** Reads ORCADE_ANNEXES. @param processors of this machine @returns one for each, unless there is only one, or it says how many */
export function annexesFrom(text: string | undefined, processors = availableParallelism()): number {
  if (text === undefined || text === "") return processors < 2 ? 0 : Math.min(BY_ITSELF, processors);
  const count = Number(text);
  if (/^\d{1,2}$/.test(text) && count <= MOST_ANNEXES) return count;
  throw usage(`ORCADE_ANNEXES=${text} is no number of processes.`, `Set it to 0 to ${MOST_ANNEXES}, or leave it out.`);
}
