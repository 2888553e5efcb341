// What the runs of this isolate hold together. The engine bounds each (BOUNDS.liveBytes); many large ones at once would be
// more than an isolate has, so that the one which grows last is ended.
import { liveBytes } from "../orc/engine/memory.ts";
import type { Run } from "../orc/engine/index.ts";
import { Overrun } from "../orc/values/bounds.ts";
import { LIMITS } from "../limits.ts";

/** Bytes that a run makes, garbage among them, and steps that it takes (it pays one for 256 long bytes) between two counts. */
const BYTES = 8 * 1024 * 1024;
const STEPS = 100_000;

interface Slot {
  readonly account: string;
  /** Bytes it held when it was counted last; Run.bytes and Run.steps then. */
  held: number;
  bytes: number;
  steps: number;
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
  slots.set(run, { account, held: 0, bytes: 0, steps: 0 });
  return true;
}

export const leave = (run: Run): boolean => slots.delete(run);

/** Looks at a run after a slice, and ends it when all hold too much together. */
export function watch(run: Run): void {
  const slot = slots.get(run);
  // Counting goes through all that a run holds: one that holds more is counted more seldom.
  if (slot === undefined) return;
  if (run.bytes - slot.bytes < BYTES && run.steps - slot.steps < STEPS + slot.held / 4) return;
  slot.bytes = run.bytes;
  slot.steps = run.steps;
  slot.held = liveBytes(run);
  if (sum() > LIMITS.orcIsolateBytes)
    run.overrun(new Overrun("too-much-memory", "The runs on this server hold too much together: try again later"));
}
