// Whether a loop has one of the shapes whose turns can be counted: no loop or call inside, one way on and one way out.
import type { Plan } from "../blocks.ts";
import type { Marks } from "../body.ts";
import { OP } from "../opcodes.ts";

/** Why a loop is not paid ahead. */
export type Refusal =
  | "calls"
  | "holds another loop"
  | "moves values"
  | "works by length"
  | "may be left in the middle"
  | "has no single way on"
  | "is not tested at its head or foot"
  | "has no counted test"
  | "costs too much a turn"
  | "is too long"
  | "runs once";

export interface Shape {
  /** foot: `loop … br_if 0 … end`. head: `loop test if … br 1 end end`. exit: `loop test br_if n … br 0 end`. */
  readonly form: "foot" | "head" | "exit";
  /** Marks: of the loop and its end, of the branch or `if` that takes the test, and where a turn is paid. */
  readonly start: number;
  readonly end: number;
  readonly test: number;
  readonly paid: number;
}

const VOID = 0x40;

/** What leads on in a loop, and out of it. */
interface Ways {
  readonly on: { readonly mark: number; readonly level: number }[];
  readonly out: { readonly mark: number; readonly level: number }[];
  /** Whether an outermost construct of the loop has an `else`, or a branch to its end. */
  forks: boolean;
}

/** Finds the branches to the loop's head and out of the loop. */
function findWays(marks: Marks, start: number, end: number): Ways | Refusal {
  const ways: Ways = { on: [], out: [], forks: false };
  let level = 0;
  for (let mark = start + 1; mark < end; mark++) {
    const opcode = marks.opcode.at(mark);
    switch (opcode) {
      case OP.loop:
        return "holds another loop";
      case OP.block:
      case OP.if:
        level++;
        break;
      case OP.end:
        level--;
        break;
      case OP.br:
      case OP.br_if: {
        const depth = marks.operand.at(mark);
        if (depth === level) ways.on.push({ mark, level });
        else if (depth > level) ways.out.push({ mark, level });
        else if (depth === level - 1) ways.forks = true;
        break;
      }
      case OP.br_table:
        if (leadsTo(marks, mark, level)) return "may be left in the middle";
        if (marks.hasTarget(mark, level - 1)) ways.forks = true;
        break;
      case OP.return:
        return "may be left in the middle";
      case OP.else:
        if (level === 1) ways.forks = true;
        break;
      case OP.unreachable:
        break;
      default:
        return "works by length";
    }
    if (ways.on.length > 1) return "has no single way on";
    if (ways.out.length > 1) return "may be left in the middle";
  }
  return ways;
}

/** Whether a br_table has the depth, or a larger one, among its targets. */
function leadsTo(marks: Marks, mark: number, depth: number): boolean {
  const first = marks.operand.at(mark);
  for (let at = first + 1; at <= first + marks.targets.at(first); at++) if (marks.targets.at(at) >= depth) return true;
  return false;
}

/** The shape of the loop that a mark opens. */
export function shapeOf(bytes: Uint8Array, marks: Marks, plan: Plan, start: number): Shape | Refusal {
  const end = plan.loopEnd[start] ?? 0;
  if (plan.loopCalls[start] === 1) return "calls";
  if ((plan.loopTurns[start] ?? 0) === 0) return "runs once";
  const ways = findWays(marks, start, end);
  if (typeof ways === "string") return ways;
  if (bytes[marks.at.at(start) + 1] !== VOID) return "moves values";
  const [on] = ways.on;
  if (on === undefined) return "runs once";
  const [out] = ways.out;
  if (out === undefined) return footOrHead(bytes, marks, { start, end }, on, ways.forks);
  const last = marks.next.at(on.mark) === marks.at.at(end);
  const first = out.mark === start + 1 && marks.opcode.at(out.mark) === OP.br_if;
  if (!first || !last || on.level !== 0 || marks.opcode.at(on.mark) !== OP.br) return "may be left in the middle";
  return { form: "exit", start, end, test: out.mark, paid: on.mark };
}

type Bounds = Pick<Shape, "start" | "end">;

function footOrHead(
  bytes: Uint8Array,
  marks: Marks,
  { start, end }: Bounds,
  on: Ways["on"][number],
  forks: boolean,
): Shape | Refusal {
  const conditional = marks.opcode.at(on.mark) === OP.br_if;
  if (conditional && on.level === 0 && on.mark === end - 1)
    return { form: "foot", start, end, test: on.mark, paid: start };
  const test = start + 1;
  const head = marks.opcode.at(test) === OP.if && bytes[marks.at.at(test) + 1] === VOID;
  // `br`, `end` of the if, `end` of the loop, and nothing between.
  const closed =
    on.mark === end - 2 &&
    marks.next.at(on.mark) === marks.at.at(end - 1) &&
    marks.next.at(end - 1) === marks.at.at(end);
  if (conditional || forks || on.level !== 1 || !head || !closed) return "is not tested at its head or foot";
  return { form: "head", start, end, test, paid: on.mark };
}
