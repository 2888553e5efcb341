// The values of Orc (orc.md §7). Integers are numbers while they are safe integers and bigints beyond, so that each integer has
// one form; strings, booleans and null are JavaScript's; everything else is a record of one of these classes: plain fields only,
// so that a run can be written down (engine/snapshot.ts).

export type Integer = number | bigint;

export class Signal {
  readonly kind = "signal";
}

/** unscaled × 10^-scale */
export class Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }
}

/** An IEEE double: what square roots and quotients without end give. */
export class Double {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

/** Two items or more. */
export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

export class Nil {
  readonly kind = "nil";
}

export class Cons {
  readonly head: Value;
  readonly tail: List;
  constructor(head: Value, tail: List) {
    this.head = head;
    this.tail = tail;
  }
}

export type List = Cons | Nil;

/** Keys in order of insertion, each once. */
export class Rec {
  readonly keys: readonly string[];
  readonly values: readonly Value[];
  constructor(keys: readonly string[], values: readonly Value[]) {
    this.keys = keys;
    this.values = values;
  }
}

/** A constructor of a datatype, by its number in the program. Answers `apply` and `unapply`. */
export class Ctor {
  readonly id: number;
  readonly name: string;
  readonly arity: number;
  constructor(id: number, name: string, arity: number) {
    this.id = id;
    this.name = name;
    this.arity = arity;
  }
}

export class Data {
  readonly ctor: Ctor;
  readonly parts: readonly Value[];
  constructor(ctor: Ctor, parts: readonly Value[]) {
    this.ctor = ctor;
    this.parts = parts;
  }
}

/** The field value `.name`: what `e.name` calls e with. */
export class Field {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A site of the host, by name: what it does stands in a table outside the run. */
export class Site {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A site outside the run, which the caller handed in by this name. */
export class Port {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** `target.name` before it is called. */
export class Method {
  readonly target: Value;
  readonly name: string;
  constructor(target: Value, name: string) {
    this.target = target;
    this.name = name;
  }
}

/** A definition with the environment of its component; two are identical when both are. */
export class Closure {
  /** Number of the program's definition. */
  readonly code: number;
  /** The environment's frame (engine/records.ts); null if the definition captures nothing. */
  readonly environment: readonly unknown[] | null;
  constructor(code: number, environment: readonly unknown[] | null) {
    this.code = code;
    this.environment = environment;
  }
}

/** What MakeSite makes of a closure (orc.md §10). */
export class Wrapped {
  readonly closure: Closure;
  constructor(closure: Closure) {
    this.closure = closure;
  }
}

/** Base of what has an identity and changes: channels, references… (worker/orc/sites). */
export abstract class Thing {
  /** The name it prints as. */
  abstract readonly kind: string;
}

export type Value =
  | Integer
  | string
  | boolean
  | null
  | Signal
  | Decimal
  | Double
  | Tuple
  | List
  | Rec
  | Ctor
  | Data
  | Field
  | Site
  | Port
  | Method
  | Closure
  | Wrapped
  | Thing;

export const SIGNAL = new Signal();
export const NIL = new Nil();

/** @returns the integer in its one form: a number if it is safe */
export function integer(big: bigint): Integer {
  return big >= -9007199254740991n && big <= 9007199254740991n ? Number(big) : big;
}

export const isInteger = (value: unknown): value is Integer => typeof value === "number" || typeof value === "bigint";

export function listOf(values: readonly Value[], tail: List = NIL): List {
  let list = tail;
  for (let index = values.length - 1; index >= 0; index--) list = new Cons(values[index] as Value, list);
  return list;
}

/** @returns the value of `key`, undefined if the record has none */
export function fieldOf(record: Rec, key: string): Value | undefined {
  const index = record.keys.indexOf(key);
  return index < 0 ? undefined : record.values[index];
}

/** @returns a record of the given fields; of a key that comes twice the last value counts */
export function recordOf(fields: Iterable<readonly [string, Value]>): Rec {
  const map = new Map<string, Value>(fields);
  return new Rec([...map.keys()], [...map.values()]);
}

/** @returns the name of the value's kind, as error reports give it */
export function kindOf(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "number" || typeof value === "bigint") return "Integer";
  if (typeof value === "string") return "String";
  if (typeof value === "boolean") return "Boolean";
  if (value instanceof Thing) return value.kind;
  return NAMES.find(([kind]) => value instanceof kind)?.[1] ?? "Site";
}

const NAMES: readonly (readonly [new (...parts: never[]) => unknown, string])[] = [
  [Signal, "Signal"],
  [Decimal, "Number"],
  [Double, "Number"],
  [Tuple, "Tuple"],
  [Cons, "List"],
  [Nil, "List"],
  [Rec, "Record"],
  [Data, "Datatype"],
  [Field, "Field"],
  [Closure, "Function"],
];
