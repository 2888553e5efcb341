// What the runs of this isolate hold together. The engine bounds each (BOUNDS.liveBytes); many large ones at once would be
// more than an isolate has, so that the one which grows last is ended.
import { liveBytes } from "../orc/engine/memory.ts";
import type { Run } from "../orc/engine/index.ts";
import { Overrun } from "../orc/values/bounds.ts";
import { LIMITS } from "../limits.ts";

/** Bytes that a run makes between two counts of what it holds; garbage among them. */
const COUNT_EVERY = 8 * 1024 * 1024;

interface Slot {
  readonly account: string;
  /** Bytes it held when it was counted last, and Run.bytes then. */
  held: number;
  counted: number;
}

const slots = new Map<Run, Slot>();

const sum = (): number => {
  let bytes = 0;
  for (const { held } of slots.values()) bytes += held;
  return bytes;
};

/** @returns false when too many run already, of this account or in all */
export function enter(run: Run, account: string): boolean {
  const own = [...slots.values()].filter((slot) => slot.account === account).length;
  if (slots.size >= LIMITS.orcRuns || own >= LIMITS.orcRunsPerAccount) return false;
  slots.set(run, { account, held: 0, counted: 0 });
  return true;
}

export const leave = (run: Run): boolean => slots.delete(run);

/** Looks at a run after a slice, and ends it when all hold too much together. */
export function watch(run: Run): void {
  const slot = slots.get(run);
  if (slot === undefined || Math.abs(run.bytes - slot.counted) < COUNT_EVERY) return;
  slot.counted = run.bytes;
  slot.held = liveBytes(run);
  if (sum() > LIMITS.orcIsolateBytes)
    run.overrun(new Overrun("too-much-memory", "The runs on this server hold too much together: try again later"));
}
