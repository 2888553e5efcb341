// The loops of a function that are paid ahead.
import type { Plan } from "../blocks.ts";
import { type Marks, STEP_MARKS } from "../body.ts";
import { OP } from "../opcodes.ts";
import { type CountedLoop, countedLoop } from "./counted.ts";

/** Finds the counted loops of a body, by the mark that opens them. Takes time in proportion to the body; yields. */
export function* countedLoops(
  bytes: Uint8Array,
  marks: Marks,
  plan: Plan,
): Generator<undefined, Map<number, CountedLoop>> {
  const found = new Map<number, CountedLoop>();
  for (let mark = 0; mark < marks.count; mark++) {
    if (mark % STEP_MARKS === STEP_MARKS - 1) yield;
    if (marks.opcode.at(mark) !== OP.loop) continue;
    const loop = countedLoop(bytes, marks, plan, mark);
    if (typeof loop !== "string") found.set(mark, loop);
  }
  return found;
}
