// Says how a module was metered, for authors who want to know what their loops cost beside their fuel.
import type { Body, Effort } from "./rewrite.ts";
import { TURNS } from "./blocks.ts";
import { countedLoop } from "./loops/counted.ts";
import type { Refusal } from "./loops/shape.ts";
import { OP } from "./opcodes.ts";

/** How the turns of a loop are counted: not at all for there is one; paid before the loop; in each turn. */
export type LoopForm = "once" | "ahead" | "counted";

export interface LoopReport {
  /** Offset of the loop in the module as given, in bytes. */
  readonly offset: number;
  /** How many loops of the function it is in. */
  readonly depth: number;
  readonly form: LoopForm;
  /** Why it is not paid ahead; null when it is, or turns once. */
  readonly why: Refusal | "the function would grow too large for its callers" | null;
}

export interface FunctionReport {
  /** Index in the module as given, imported functions first. */
  readonly index: number;
  /** Name of its first export, if it has one. */
  readonly name: string | null;
  /** Bytes of its body, as given and metered. */
  readonly size: number;
  readonly meteredSize: number;
  /** Whether the counter is handed to it and back; else it goes through a global at each call. */
  readonly carries: boolean;
  readonly loops: readonly LoopReport[];
}

/** What a whole module came to. */
export interface MeterReport {
  readonly size: number;
  readonly meteredSize: number;
  /** Whether no function reference can leave or enter, so that calls through tables carry the counter too. */
  readonly closed: boolean;
  readonly functions: readonly FunctionReport[];
}

/** The loops of a body as they were written. */
export function reportLoops(bytes: Uint8Array, { marks, plan, counted }: Body, effort: Effort): LoopReport[] {
  const loops: LoopReport[] = [];
  const open: number[] = [];
  for (let mark = 0; mark < marks.count; mark++) {
    if (marks.opcode.at(mark) !== OP.loop) continue;
    while (open.length > 0 && (open.at(-1) ?? 0) < mark) open.pop();
    const offset = marks.at.at(mark);
    const depth = open.length;
    open.push(plan.loopEnd[mark] ?? 0);
    const turns = (plan.loopTurns[mark] ?? TURNS.one) !== TURNS.one;
    if (!turns) loops.push({ offset, depth, form: "once", why: null });
    else if (effort.ahead && counted.has(mark)) loops.push({ offset, depth, form: "ahead", why: null });
    else {
      const found = countedLoop(bytes, marks, plan, mark);
      const why = typeof found === "string" ? found : "the function would grow too large for its callers";
      loops.push({ offset, depth, form: "counted", why });
    }
  }
  return loops;
}
