// `=`: structural, never an error; numbers by value across kinds; what has an identity by identity (orc.md §7).
import { compareNumbers, isNumeric, wordsOf } from "./arith.ts";
import { BOUNDS, Overrun } from "./bounds.ts";
import {
  Closure,
  Cons,
  Ctor,
  Data,
  Field,
  Method,
  Nil,
  Port,
  Rec,
  Signal,
  Site,
  Tuple,
  type Value,
  Wrapped,
} from "./kinds.ts";

/** Pairs that still have to be equal, left and right in turn. */
type Pairs = Value[];

/** Who pays for the work: a run. */
interface Payer {
  charge(steps: number): void;
}

/** Host stack is constant, whatever the depth. @returns an Overrun if shared parts make it too long */
export function equal(a: Value, b: Value, payer: Payer): boolean | Overrun {
  if (typeof a === "number" && typeof b === "number") return a === b;
  const pairs: Pairs = [a, b];
  let visits = 0;
  let same = true;
  while (same && pairs.length > 0 && visits <= BOUNDS.visits) {
    const right = pairs.pop() as Value;
    const left = pairs.pop() as Value;
    visits += 1 + costOf(left) + costOf(right);
    same = left === right || shallow(left, right, pairs);
  }
  payer.charge(visits >> 2);
  return visits > BOUNDS.visits ? new Overrun("value-too-deep", "A comparison of too many parts") : same;
}

/** What comparing the value itself takes, apart from its parts. */
function costOf(value: Value): number {
  if (typeof value === "string") return value.length >> 6;
  return value instanceof Rec ? value.keys.length : wordsOf(value);
}

/** @returns whether the two may be equal; what their parts have to satisfy is added to `pairs` */
function shallow(a: Value, b: Value, pairs: Pairs): boolean {
  if (a instanceof Cons) return b instanceof Cons && pairs.push(a.tail, b.tail, a.head, b.head) > 0;
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (a instanceof Tuple) return b instanceof Tuple && eachPart(a.items, b.items, pairs);
  if (a instanceof Data) return b instanceof Data && a.ctor.id === b.ctor.id && eachPart(a.parts, b.parts, pairs);
  if (a instanceof Rec) return b instanceof Rec && eachField(a, b, pairs);
  return sameReference(a, b);
}

function eachPart(a: readonly Value[], b: readonly Value[], pairs: Pairs): boolean {
  if (a.length !== b.length) return false;
  for (let index = a.length - 1; index >= 0; index--) pairs.push(a[index] as Value, b[index] as Value);
  return true;
}

function eachField(a: Rec, b: Rec, pairs: Pairs): boolean {
  if (a.keys.length !== b.keys.length) return false;
  const others = new Map(b.keys.map((key, index) => [key, b.values[index] as Value]));
  return a.keys.every((key, index) => {
    const other = others.get(key);
    return other !== undefined && pairs.push(a.values[index] as Value, other) > 0;
  });
}

/** For what is written down as a record but is one thing wherever it stands. */
function sameReference(a: Value, b: Value): boolean {
  if (a instanceof Signal) return b instanceof Signal;
  if (a instanceof Nil) return b instanceof Nil;
  if (a instanceof Field) return b instanceof Field && a.name === b.name;
  if (a instanceof Site) return b instanceof Site && a.name === b.name;
  if (a instanceof Port) return b instanceof Port && a.name === b.name;
  if (a instanceof Ctor) return b instanceof Ctor && a.id === b.id;
  if (a instanceof Closure) return b instanceof Closure && a.code === b.code && a.environment === b.environment;
  if (a instanceof Wrapped) return b instanceof Wrapped && a === b;
  if (a instanceof Method) return b instanceof Method && a.name === b.name && sameTarget(a.target, b.target);
  return false;
}

const sameTarget = (a: Value, b: Value): boolean =>
  a === b || (a instanceof Port && b instanceof Port && a.name === b.name);
