// When there is something to sweep in a collection: bytes that nobody can reach any more, or that never became a file.
import type { collectionStatements } from "../../../kv-schema/tables/collection.ts";
import { LIMITS } from "../../limits.ts";

/** Milliseconds after which a stream that brings nothing counts as lost; a later chunk of it is refused. */
export const LOST_MS = 3_600_000;
/** Milliseconds between two tries to sweep what somebody is still reading. */
const BUSY_MS = 30_000;

/** When there will be something to sweep; null: not for anything that is stored now. @param busy whether it is being read */
export function nextSweep(sql: ReturnType<typeof collectionStatements>, now: number, busy: boolean): number | null {
  if (sql.has("dead")) return busy ? now + BUSY_MS : now + 1;
  const waits: number[] = [];
  if (sql.has("stream") || sql.has("held")) waits.push(LOST_MS);
  if (sql.has("parts")) waits.push(LIMITS.uploadMs);
  const self = sql.self();
  if (self?.kind === "temp" && self.files > 0) waits.push(LOST_MS);
  return waits.length === 0 ? null : now + Math.min(...waits) + 1_000;
}
