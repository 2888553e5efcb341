// `=`: structural, never an error; numbers by value across kinds; what has an identity by identity (orc.md §7).
import { compareNumbers, isNumeric } from "./arith.ts";
import { BOUNDS, Overrun } from "./bounds.ts";
import {
  Closure,
  Cons,
  Ctor,
  Data,
  Field,
  fieldOf,
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

/** Host stack is constant, whatever the depth. @returns an Overrun if shared parts make it too long */
export function equal(a: Value, b: Value): boolean | Overrun {
  if (typeof a === "number" && typeof b === "number") return a === b;
  const pairs: Pairs = [a, b];
  for (let visits = 0; pairs.length > 0; visits++) {
    if (visits > BOUNDS.visits) return new Overrun("value-too-deep", "A comparison of too many parts");
    const right = pairs.pop() as Value;
    const left = pairs.pop() as Value;
    if (left !== right && !shallow(left, right, pairs)) return false;
  }
  return true;
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
  return a.keys.every((key, index) => {
    const other = fieldOf(b, key);
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
