// Reading operands: as they stand (calls of functions are lenient), or as values that are ready (everything else is strict).
import { Exit } from "../values/bounds.ts";
import { Closure, type Value } from "../values/kinds.ts";
import { type Arg, MODE } from "./image.ts";
import { BOUND, type Frame, Future, HALTED, LATER, type Mark, STOPPED, UNBOUND } from "./records.ts";

/** @returns the frame `depth` above */
export function above(frame: Frame, depth: number): Frame {
  let at = frame;
  for (let up = depth; up > 0; up--) at = at[0] as Frame;
  return at;
}

/** @returns the operand as it stands: a value, a future, a closure formed or not */
export function raw(arg: Arg, frame: Frame): Value | Future {
  switch (arg.mode) {
    case MODE.constant:
      return arg.value;
    case MODE.local:
      return frame[arg.slot] as Value | Future;
    case MODE.above:
      return (frame[0] as Frame)[arg.slot] as Value | Future;
    case MODE.far:
      return above(frame, arg.depth)[arg.slot] as Value | Future;
    default:
      return new Closure(arg.definition, above(frame, arg.depth));
  }
}

/** As raw, but a bound future is its value: what is passed on should not keep the future alive. */
export function passed(arg: Arg, frame: Frame): Value | Future {
  const value = raw(arg, frame);
  return value instanceof Future && value.state === BOUND ? value.value : value;
}

/** @returns the value; HALTED if it is stopped; LATER if it is not bound, or a closure not formed */
export function ready(arg: Arg, frame: Frame): Value | Mark {
  let value = raw(arg, frame);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Future) {
    if (value.state !== BOUND) return value.state === UNBOUND ? LATER : HALTED;
    value = value.value;
  }
  return value instanceof Closure && blocker(value) !== null ? LATER : value;
}

/** @returns all values; HALTED if any is stopped, whatever the others are; else LATER if any is not ready */
export function readyAll(args: readonly Arg[], frame: Frame): Value[] | Mark {
  const values: Value[] = [];
  let later = false;
  for (const arg of args) {
    const value = ready(arg, frame);
    if (!(value instanceof Exit)) values.push(value);
    else if (value === HALTED) return HALTED;
    else later = true;
  }
  return later ? LATER : values;
}

/** @returns the unbound futures that the operands wait for, each once */
export function awaited(args: readonly Arg[], frame: Frame): Future[] {
  const futures: Future[] = [];
  for (const arg of args) {
    const value = raw(arg, frame);
    const future = value instanceof Future && value.state === BOUND ? value.value : value;
    const waits = future instanceof Closure ? blocker(future) : future;
    if (waits instanceof Future && waits.state === UNBOUND && !futures.includes(waits)) futures.push(waits);
  }
  return futures;
}

/**
 * Whether a closure is formed: every future captured by it, and by closures captured there, is bound or stopped. The finding is
 * kept in element 0 of the environments.
 * @returns an unbound future that it waits for, null if it is formed
 */
export function blocker(closure: Closure): Future | null {
  const first = closure.environment as Frame | null;
  if (first === null || first[0] === true) return null;
  const seen = new Set<Frame>([first]);
  for (const environment of seen) {
    for (let index = 1; index < environment.length; index++) {
      let item = environment[index];
      if (item instanceof Future) {
        if (item.state === UNBOUND) return item;
        if (item.state === STOPPED) continue;
        item = item.value;
      }
      if (!(item instanceof Closure)) continue;
      const inner = item.environment as Frame | null;
      if (inner !== null && inner[0] !== true) seen.add(inner);
    }
  }
  for (const environment of seen) environment[0] = true;
  return null;
}
