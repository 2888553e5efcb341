// What can be computed at once is, without a task or a scope of its own: calls of sites on arguments that are bound, and
// expressions made of such. LATER means: run the node as usual; what was computed meanwhile stands in its slots and is not
// computed again.
import { Exit } from "../values/bounds.ts";
import { Failure } from "../values/failure.ts";
import { Closure, listOf, recordOf, Tuple, type Value } from "../values/kinds.ts";
import { CODE, type Op } from "./image.ts";
import { bindSlots } from "./scopes.ts";
import { type Frame, HALTED, LATER, type Mark, NOTHING } from "./records.ts";
import { ready, readyAll } from "./operands.ts";
import type { Run } from "./run.ts";
import { FAST, type Outcome } from "./site.ts";

/** @returns a value, HALTED (failures are reported here), LATER, or an Overrun */
export function attempt(run: Run, op: Op, frame: Frame): Outcome {
  const out = evaluate(run, op, frame);
  if (!(out instanceof Failure)) return out;
  run.report(out, op.id);
  return HALTED;
}

function evaluate(run: Run, op: Op, frame: Frame): Outcome {
  run.steps++;
  switch (op.code) {
    case CODE.stop:
      return HALTED;
    case CODE.atom:
      return ready(op.target, frame);
    case CODE.site:
      return callSite(run, op, frame);
    case CODE.field:
      return getField(run, op, frame);
    case CODE.method:
      return callMethod(run, op, frame);
    case CODE.tuple:
    case CODE.list:
    case CODE.record:
      return construct(run, op, frame);
    case CODE.prune:
      return prune(run, op, frame);
    case CODE.branch:
      return branch(run, op, frame);
    default:
      return LATER;
  }
}

function prune(run: Run, op: Op, frame: Frame): Outcome {
  for (const binding of op.bindings) {
    if (frame[binding.slots[0] as number] !== undefined) continue;
    const out = attempt(run, run.ops[binding.node] as Op, frame);
    if (out === LATER) return LATER;
    if (!bindOutcome(run, frame, binding.slots, out)) return out;
  }
  return attempt(run, run.ops[op.next] as Op, frame);
}

/** Gives the slots of a binding what it came to. @returns false for an Overrun */
export function bindOutcome(run: Run, frame: Frame, slots: readonly number[], out: Outcome): boolean {
  if (!(out instanceof Exit)) bindSlots(run, frame, slots, out);
  else if (out === HALTED) for (const slot of slots) frame[slot] = NOTHING;
  else return false;
  return true;
}

function branch(run: Run, op: Op, frame: Frame): Outcome {
  const condition = ready(op.target, frame);
  if (condition === true) return attempt(run, run.ops[op.next] as Op, frame);
  if (condition === false) return attempt(run, run.ops[op.other] as Op, frame);
  return condition === HALTED ? HALTED : LATER;
}

/** A call of a host site. LATER also if the site has to wait. */
export function callSite(run: Run, op: Op, frame: Frame): Outcome {
  const site = op.site;
  if (site === null) return LATER;
  if (op.args.length !== 2) {
    const args = readyAll(op.args, frame);
    return args instanceof Exit ? args : site.call(run, args, null);
  }
  const a = ready(op.first, frame);
  const b = ready(op.second, frame);
  if (op.fast !== FAST.none && typeof a === "number" && typeof b === "number") {
    const out = fast(op.fast, a, b);
    if (out !== undefined) return out;
  }
  if (a instanceof Exit || b instanceof Exit) return a === HALTED || b === HALTED ? HALTED : LATER;
  return site.two === undefined ? site.call(run, [a, b], null) : site.two(run, a, b);
}

/** @returns undefined if the result is no safe integer */
function fast(operator: number, a: number, b: number): number | boolean | undefined {
  let result: number;
  switch (operator) {
    case FAST.add:
      result = a + b;
      break;
    case FAST.subtract:
      result = a - b;
      break;
    case FAST.less:
      return a < b;
    case FAST.atMost:
      return a <= b;
    case FAST.greater:
      return a > b;
    case FAST.atLeast:
      return a >= b;
    case FAST.equal:
      return a === b;
    default:
      return a !== b;
  }
  return result <= Number.MAX_SAFE_INTEGER && result >= Number.MIN_SAFE_INTEGER ? result : undefined;
}

/** Member access. A closure is called with the field: later. */
export function getField(run: Run, op: Op, frame: Frame): Outcome {
  const target = ready(op.target, frame);
  if (target instanceof Exit) return target;
  return target instanceof Closure ? LATER : run.image.library.member(run, target, op.name);
}

/** `target.name(args)` where the target has such a method of the host; anything else: later. */
export function callMethod(run: Run, op: Op, frame: Frame): Outcome {
  const target = ready(op.target, frame);
  if (target instanceof Exit) return LATER;
  const method = run.image.library.method(target, op.name);
  if (method === undefined) return LATER;
  const args = readyAll(op.args, frame);
  return args instanceof Exit ? args : method(run, target, args, null);
}

/** Tuples, lists and records: strict, never fail. */
export function construct(run: Run, op: Op, frame: Frame): Value | Mark {
  const parts = readyAll(op.args, frame);
  if (parts instanceof Exit) return parts;
  run.charge(parts.length >> 3);
  if (op.code === CODE.tuple) return new Tuple(parts);
  if (op.code === CODE.list) return listOf(parts);
  return recordOf(op.keys.map((key, index) => [key, parts[index] as Value]));
}
