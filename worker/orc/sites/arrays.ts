// Arrays: `a(i)` is a reference to an element, which is read and written; an index out of range fails when it is (orc.md §8, §9).
import type { Run } from "../engine/run.ts";
import type { HostSite, Outcome } from "../engine/site.ts";
import { BOUNDS, Overrun } from "../values/bounds.ts";
import { argumentType, arityMismatch, Failure, hostError } from "../values/failure.ts";
import { Cons, Double, kindOf, type List, listOf, Nil, SIGNAL, Thing, type Value } from "../values/kinds.ts";
import { method, type Methods, site1, siteN, wholeNumber } from "./define.ts";

export class Arr extends Thing {
  readonly kind = "Array";
  readonly items: Value[];
  constructor(items: Value[]) {
    super();
    this.items = items;
  }
}

/** `a(i)`, whether there is such an element or not. */
export class Element extends Thing {
  readonly kind = "ArrayReference";
  readonly array: Arr;
  readonly index: number;
  constructor(array: Arr, index: number) {
    super();
    this.array = array;
    this.index = index;
  }
}

function at(array: Arr, index: Value | undefined): Outcome {
  const whole = wholeNumber(index as Value, 0);
  return whole instanceof Failure ? whole : new Element(array, whole);
}

const outside = (self: Element): Failure | undefined =>
  self.index >= 0 && self.index < self.array.items.length
    ? undefined
    : hostError(
        "ArrayIndexOutOfBoundsException",
        `Index ${self.index} out of bounds for length ${self.array.items.length}`,
      );

const read = (self: Element): Outcome => outside(self) ?? (self.array.items[self.index] as Value);

function write(self: Element, value: Value): Outcome {
  const failure = outside(self);
  if (failure === undefined) self.array.items[self.index] = value;
  return failure ?? SIGNAL;
}

export const ARRAY: Methods = {
  "()": method(1, (_, self: Arr, [index]) => at(self, index)),
  length: method(0, (_, self: Arr) => self.items.length),
};

export const ELEMENT: Methods = {
  read: method(0, (_, self: Element) => read(self)),
  readD: method(0, (_, self: Element) => read(self)),
  write: method(1, (_, self: Element, [value]) => write(self, value as Value)),
};

/** @returns what an array of a primitive kind is filled with, undefined for an unknown kind */
function filling(kind: Value): Value | undefined {
  switch (kind) {
    case "byte":
    case "short":
    case "int":
    case "long":
      return 0;
    case "float":
    case "double":
      return new Double(0);
    case "boolean":
      return false;
    case "char":
      return "\u0000";
    default:
      return undefined;
  }
}

/** Refuses what is longer than an array may be. */
export function newArray(run: Run, length: number, fill: (index: number) => Value): Arr | Overrun {
  if (length > BOUNDS.arrayLength) return new Overrun("array-too-long", `An array of ${length} elements`);
  run.made(8 * length);
  return new Arr(Array.from({ length }, (_, index) => fill(index)));
}

function makeArray(run: Run, args: readonly Value[]): Outcome {
  if (args.length < 1 || args.length > 2) return arityMismatch(1, args.length);
  const length = wholeNumber(args[0] as Value, 0);
  if (length instanceof Failure) return length;
  if (length < 0) return hostError("NegativeArraySizeException", String(length));
  const fill = args.length === 1 ? null : filling(args[1] as Value);
  if (fill === undefined) return hostError("IllegalArgumentException", "Unrecognized array element type");
  return newArray(run, length, () => fill);
}

function toList(run: Run, array: Value): Outcome {
  if (!(array instanceof Arr)) return argumentType(0, "Array", kindOf(array));
  run.made(32 * array.items.length);
  return listOf(array.items);
}

function fromList(run: Run, list: Value): Outcome {
  if (!(list instanceof Cons || list instanceof Nil)) return argumentType(0, "List", kindOf(list));
  const items: Value[] = [];
  for (let cell: List = list; cell instanceof Cons && items.length <= BOUNDS.arrayLength; cell = cell.tail) {
    items.push(cell.head);
  }
  return newArray(run, items.length, (index) => items[index] as Value);
}

function slice(run: Run, args: readonly Value[]): Outcome {
  const [array, from, until] = args;
  if (args.length !== 3) return arityMismatch(3, args.length);
  if (!(array instanceof Arr)) return argumentType(0, "Array", kindOf(array as Value));
  const start = wholeNumber(from as Value, 1);
  const end = wholeNumber(until as Value, 2);
  if (start instanceof Failure) return start;
  if (end instanceof Failure) return end;
  if (start > end) return hostError("IllegalArgumentException", `${start} > ${end}`);
  if (start < 0 || start > array.items.length)
    return hostError("ArrayIndexOutOfBoundsException", `Array index out of range: ${start}`);
  return newArray(run, end - start, (index) => array.items[start + index] ?? null);
}

export const ARRAYS: readonly HostSite[] = [
  siteN("orc.lib.state.JavaArray", makeArray),
  site1("orc.lib.util.ArrayToList", toList),
  site1("orc.lib.util.ListToArray", fromList),
  siteN("orc.lib.util.SliceArray", slice),
];
