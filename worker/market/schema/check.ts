// Checks a value against a compiled schema while it is read, from bytes or from memory: it is a JsonVisitor.
//
// Cost: a constant for every value and key read; a string is decoded only for an enum that could hold it. A missing property
// is looked for only in an object that misses one, and such an object adds at least one of the 10 errors, so `required`
// costs at most 10 times its length in all, however many objects there are. `steps` counts it; the tests hold it to that.
import type { JsonVisitor } from "../json/scan.ts";
import type { CompiledSchema } from "./compile.ts";
import { ANY, type Node, type Range, type Scalar, TYPE_BITS, type TypeName } from "./node.ts";
import { cut, pathStep } from "./path.ts";

/** Offending fields that one answer names. */
export const FIELD_ERRORS = 10;
/** Allowed values and known names that one message names. */
const NAMED = 8;
const NUMERIC = TYPE_BITS.number | TYPE_BITS.integer;

/** One offending field: where it is, and a clause that begins with what it must be. */
export interface Misfit {
  readonly path: string;
  readonly message: string;
}

/** An array or object that is open. */
interface Frame {
  node: Node;
  isArray: boolean;
  /** Items or members begun. */
  count: number;
  /** The newest key and the node for its value. */
  key: string;
  next: Node;
  /** Tells this object from the others of its node, and how many required properties it has. */
  serial: number;
  required: number;
}

export class Checker implements JsonVisitor {
  readonly errors: Misfit[] = [];
  /** Values, keys and required names looked at. */
  steps = 0;
  readonly #root: Node;
  readonly #frames: Frame[] = [];
  #depth = 0;
  /** Arrays and objects open inside a value that is not looked at; infinite once enough errors are known. */
  #skipped = 0;
  /** For each required property, the serial of the object it was last seen in. No node is open twice at a time. */
  readonly #seen: Int32Array;
  #serial = 0;

  constructor(schema: CompiledSchema) {
    this.#root = schema.root;
    this.#seen = new Int32Array(schema.slots);
  }

  literal(value: boolean | null): void {
    if (this.#skipped > 0) return;
    const node = this.#enter();
    if (this.#isType(node, value === null ? "null" : "boolean")) this.#isListed(node, value);
  }

  number(value: number): void {
    if (this.#skipped > 0) return;
    const node = this.#enter();
    if (node.any) return;
    if ((node.types & NUMERIC) === TYPE_BITS.integer && !Number.isInteger(value)) {
      this.#report(`must be ${typeNames(node.types)}, and is ${value}`);
      return;
    }
    if ((node.types & NUMERIC) === 0) this.#isType(node, "number");
    else if (this.#isListed(node, value)) this.#isWithin(node, value);
  }

  string(length: number, text: () => string): void {
    if (this.#skipped > 0) return;
    const node = this.#enter();
    if (!this.#isType(node, "string")) return;
    if (node.values !== undefined && !this.#isListed(node, length <= node.longest ? text() : undefined)) return;
    this.#counts(node.length, length, "character");
  }

  openArray(): void {
    this.#open("array");
  }

  openObject(): void {
    this.#open("object");
  }

  key(text: () => string): void {
    if (this.#skipped > 0) return;
    this.steps++;
    const frame = this.#frames[this.#depth - 1];
    if (frame === undefined) return;
    frame.count++;
    frame.key = text();
    const property = frame.node.properties.get(frame.key);
    frame.next = property?.node ?? frame.node.additional ?? ANY;
    if (property?.required === true) {
      this.#seen[property.slot] = frame.serial;
      frame.required++;
    }
    if (property === undefined && frame.node.additional === undefined) this.#report(unknownName(frame.node));
  }

  close(): void {
    if (this.#skipped > 0) {
      this.#skipped--;
      return;
    }
    const frame = this.#frames[--this.#depth];
    if (frame === undefined) return;
    if (frame.isArray) {
      this.#counts(frame.node.items, frame.count, "item");
      return;
    }
    if (frame.required < frame.node.required.length) this.#missing(frame);
    this.#counts(frame.node.members, frame.count, "property");
  }

  /** @returns the node for the value that begins */
  #enter(): Node {
    this.steps++;
    const frame = this.#frames[this.#depth - 1];
    if (frame === undefined) return this.#root;
    if (!frame.isArray) return frame.next;
    frame.count++;
    return frame.node.item;
  }

  #open(type: "array" | "object"): void {
    if (this.#skipped > 0) {
      this.#skipped++;
      return;
    }
    const node = this.#enter();
    const looked = !node.any && this.#isType(node, type) && this.#isListed(node, undefined);
    if (looked && this.#skipped === 0) this.#push(node, type === "array");
    else this.#skipped++;
  }

  #push(node: Node, isArray: boolean): void {
    const frame = (this.#frames[this.#depth++] ??= {
      node,
      isArray,
      count: 0,
      key: "",
      next: ANY,
      serial: 0,
      required: 0,
    });
    frame.node = node;
    frame.isArray = isArray;
    frame.count = 0;
    frame.required = 0;
    frame.serial = ++this.#serial;
  }

  #isType(node: Node, type: TypeName): boolean {
    if ((node.types & TYPE_BITS[type]) !== 0) return true;
    return this.#report(`must be ${typeNames(node.types)}, and is ${named(type)}`);
  }

  /** @param value what was read, or undefined for what no enum can hold */
  #isListed(node: Node, value: Scalar | undefined): boolean {
    if (node.values === undefined || (value !== undefined && node.values.has(value))) return true;
    const shown = Array.from(node.values).slice(0, NAMED);
    const list = shown.map((each) => cut(JSON.stringify(each))).join(", ");
    return this.#report(
      `must be ${node.values.size === 1 ? "" : "one of "}${list}${node.values.size > NAMED ? ", ..." : ""}`,
    );
  }

  #isWithin(node: Node, value: number): void {
    const { number, above, below } = node;
    if (value < number.min) this.#report(`must be at least ${number.min}, and is ${value}`);
    else if (value > number.max) this.#report(`must be at most ${number.max}, and is ${value}`);
    else if (value <= above) this.#report(`must be above ${above}, and is ${value}`);
    else if (value >= below) this.#report(`must be below ${below}, and is ${value}`);
  }

  #counts(range: Range, count: number, what: "character" | "item" | "property"): void {
    if (count < range.min) this.#report(`must have at least ${plural(range.min, what)}, and has ${count}`);
    else if (count > range.max) this.#report(`must have at most ${plural(range.max, what)}, and has ${count}`);
  }

  #missing(frame: Frame): void {
    for (const name of frame.node.required) {
      this.steps++;
      const slot = frame.node.properties.get(name)?.slot ?? -1;
      if (this.#seen[slot] !== frame.serial) this.#report("is required, and is missing", pathStep(name));
      if (this.errors.length === FIELD_ERRORS) return;
    }
  }

  /** @param step leads from the value at hand to the field meant */
  #report(message: string, step = ""): false {
    if (this.errors.length < FIELD_ERRORS) this.errors.push({ path: this.#path() + step, message });
    if (this.errors.length === FIELD_ERRORS) this.#skipped = Infinity;
    return false;
  }

  #path(): string {
    let path = "$";
    for (const frame of this.#frames.slice(0, this.#depth))
      path += pathStep(frame.isArray ? frame.count - 1 : frame.key);
    return path;
  }
}

function unknownName(node: Node): string {
  const known = Array.from(node.properties.keys()).slice(0, NAMED);
  if (known.length === 0) return "is not expected; no properties are";
  return `is not expected; known are ${known.map(cut).join(", ")}${node.properties.size > NAMED ? ", ..." : ""}`;
}

function typeNames(bits: number): string {
  const names = (Object.keys(TYPE_BITS) as TypeName[]).filter((name) => (bits & TYPE_BITS[name]) !== 0);
  return names.map(named).join(" or ");
}

function named(type: TypeName): string {
  if (type === "null") return "null";
  return /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function plural(count: number, what: "character" | "item" | "property"): string {
  if (count === 1) return `1 ${what}`;
  return `${count} ${what === "property" ? "properties" : `${what}s`}`;
}
