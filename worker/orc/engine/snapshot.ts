// A run as JSON data and back: every record by number, so that shared records stay shared and cycles are no trouble. The program
// is not part of it: a snapshot is restored with the program it was made of (the same text, compiled by the same front).
import type { Program } from "../core/program.ts";
import {
  Cons,
  Closure,
  Ctor,
  Data,
  Decimal,
  Double,
  Field,
  Method,
  Port,
  Rec,
  Site,
  Tuple,
  Wrapped,
} from "../values/kinds.ts";
import { Deque } from "./deque.ts";
import type { Image } from "./image.ts";
import { SINGLETONS } from "./leaves.ts";
import { Call, Future, Join, Kont, Scope, Task, Waiting, Zone } from "./records.ts";
import { Run } from "./run.ts";
import { TaskQueue } from "./tasks.ts";

/** A field: a plain value, or `[kind, what]`: see {@link Writer.part}. */
type Part = number | string | boolean | null | readonly [string, number | string] | readonly [string];

/** `format` rises when the meaning of the records changes. */
export interface Snapshot {
  readonly format: 1;
  /** The fields of the run itself. */
  readonly run: Readonly<Record<string, Part>>;
  /** Fields of each kind of record, by the kind's name. */
  readonly kinds: Readonly<Record<string, readonly string[]>>;
  /** `[kind, fields…]`; of "array", "set" and "map" the elements. */
  readonly records: readonly (readonly [string, ...Part[]])[];
  /** Strings too long to be written where they stand. */
  readonly strings: readonly string[];
}

type Class = abstract new (...args: never[]) => object;

const CLASSES: readonly Class[] = [
  Task,
  Kont,
  Future,
  Join,
  Scope,
  Zone,
  Waiting,
  Call,
  TaskQueue,
  Tuple,
  Cons,
  Rec,
  Data,
  Decimal,
  Double,
  Field,
  Site,
  Port,
  Method,
  Closure,
  Wrapped,
];

/** Fields of a run that are derived from its program. */
const DERIVED: ReadonlySet<string> = new Set(["image", "ops"]);
const LONG = 64;

class Writer {
  readonly records: [string, ...Part[]][] = [];
  readonly kinds: Record<string, readonly string[]> = {};
  readonly strings: string[] = [];
  private readonly numbers = new Map<object, number>();
  private readonly interned = new Map<string, number>();
  private readonly names: ReadonlyMap<unknown, string>;
  /** Records in order of their numbers: those that are met while they are written are added behind. */
  private readonly pending: object[] = [];

  constructor(classes: readonly Class[]) {
    this.names = new Map(classes.map((each) => [each.prototype, each.name]));
  }

  /** Writes what was met but not written yet, until nothing is left. */
  finish(): void {
    for (const item of this.pending) this.records.push(this.record(item));
  }

  part(value: unknown): Part {
    switch (typeof value) {
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0) ? value : ["number", String(value)];
      case "string":
        return value.length > LONG ? ["string", this.string(value)] : value;
      case "bigint":
        return ["integer", value.toString()];
      case "object":
        return value === null ? null : this.reference(value);
      case "boolean":
        return value;
      default:
        return ["unset"];
    }
  }

  private string(text: string): number {
    const known = this.interned.get(text);
    if (known !== undefined) return known;
    this.interned.set(text, this.strings.length);
    return this.strings.push(text) - 1;
  }

  private reference(item: object): Part {
    const singleton = SINGLETONS.get(item);
    if (singleton !== undefined) return ["the", singleton];
    if (item instanceof Ctor) return ["constructor", item.id];
    const known = this.numbers.get(item);
    if (known !== undefined) return ["record", known];
    const number = this.numbers.size;
    this.numbers.set(item, number);
    this.pending.push(item);
    return ["record", number];
  }

  private record(item: object): [string, ...Part[]] {
    if (Array.isArray(item)) return ["array", ...item.map((part) => this.part(part))];
    if (item instanceof Map) return ["map", ...[...item].flat().map((part) => this.part(part))];
    if (item instanceof Set) return ["set", ...[...item].map((part) => this.part(part))];
    const name = this.names.get(Object.getPrototypeOf(item)) ?? "object";
    if (name === "object")
      return [
        "object",
        ...Object.entries(item)
          .flat()
          .map((part) => this.part(part)),
      ];
    this.kinds[name] ??= Object.keys(item);
    return [name, ...Object.values(item).map((part) => this.part(part))];
  }
}

/** @param things the classes of the library's mutable values */
export function writeSnapshot(run: Run, things: readonly Class[]): Snapshot {
  const writer = new Writer([...CLASSES, ...things]);
  const fields: Record<string, Part> = {};
  for (const [key, value] of Object.entries(run)) {
    if (!DERIVED.has(key)) fields[key] = writer.part(value instanceof Deque ? value.toArray() : value);
  }
  writer.finish();
  return { format: 1, run: fields, kinds: writer.kinds, records: writer.records, strings: writer.strings };
}

class Reader {
  private readonly made: object[] = [];
  private readonly snapshot: Snapshot;
  private readonly image: Image;
  private readonly singletons = new Map([...SINGLETONS].map(([item, name]) => [name, item]));

  constructor(snapshot: Snapshot, image: Image, classes: readonly Class[]) {
    this.snapshot = snapshot;
    this.image = image;
    const prototypes = new Map(classes.map((each) => [each.name, each.prototype as object]));
    for (const [kind] of snapshot.records) this.made.push(blank(kind, prototypes));
    snapshot.records.forEach((record, number) => this.fill(this.made[number] as object, record));
  }

  part(part: Part): unknown {
    if (!Array.isArray(part)) return part;
    const [kind, what] = part as [string, number | string];
    switch (kind) {
      case "record":
        return this.made[Number(what)];
      case "the":
        return this.singletons.get(String(what));
      case "constructor":
        return this.image.ctors[Number(what)];
      case "string":
        return this.snapshot.strings[Number(what)];
      case "integer":
        return BigInt(what);
      case "number":
        return Number(what);
      default:
        return undefined;
    }
  }

  private fill(item: object, [kind, ...parts]: Snapshot["records"][number]): void {
    const values = parts.map((part) => this.part(part));
    if (Array.isArray(item)) for (const value of values) item.push(value);
    else if (item instanceof Set) for (const value of values) item.add(value);
    else if (item instanceof Map) for (let at = 0; at < values.length; at += 2) item.set(values[at], values[at + 1]);
    else if (kind === "object")
      for (let at = 0; at < values.length; at += 2) Object.assign(item, { [String(values[at])]: values[at + 1] });
    else this.assign(item as Record<string, unknown>, this.snapshot.kinds[kind] ?? [], values);
  }

  private assign(item: Record<string, unknown>, keys: readonly string[], values: readonly unknown[]): void {
    keys.forEach((key, at) => (item[key] = values[at]));
  }
}

function blank(kind: string, prototypes: ReadonlyMap<string, object>): object {
  if (kind === "array") return [];
  if (kind === "map") return new Map();
  if (kind === "set") return new Set();
  return kind === "object" ? {} : (Object.create(prototypes.get(kind) ?? null) as object);
}

/** @returns a run that goes on where the one that was written down stood */
export function readSnapshot(image: Image, program: Program, snapshot: Snapshot, things: readonly Class[]): Run {
  const reader = new Reader(snapshot, image, [...CLASSES, ...things]);
  const run = new Run(image, program, { seed: 0, maxSteps: 0 });
  for (const [key, part] of Object.entries(snapshot.run)) {
    const value = reader.part(part);
    if (key === "queue") {
      run.queue = new Deque();
      for (const task of value as Task[]) run.queue.push(task);
    } else Object.assign(run, { [key]: value });
  }
  return run;
}
