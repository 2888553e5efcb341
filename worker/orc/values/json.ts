// JSON and values: objects ↔ records (the last of keys given twice counts), arrays ↔ lists, null ↔ null, numbers exact.
import { BOUNDS, Overrun } from "./bounds.ts";
import { decimalText, parseDecimal } from "./decimal.ts";
import {
  Cons,
  Decimal,
  Double,
  integer,
  isInteger,
  type List,
  listOf,
  Nil,
  Rec,
  recordOf,
  Signal,
  Tuple,
  type Value,
} from "./kinds.ts";

/** Nesting that a text may have: reading and writing recurse so deep. */
const DEPTH = 500;

/** @returns the value, undefined if the text is not JSON or a number in it is out of bounds */
export function readJson(text: string): Value | undefined {
  return new Reader(text).whole();
}

class Reader {
  private readonly text: string;
  private at = 0;
  constructor(text: string) {
    this.text = text;
  }

  whole(): Value | undefined {
    const value = this.value(0);
    this.blanks();
    return this.at === this.text.length ? value : undefined;
  }

  private value(depth: number): Value | undefined {
    this.blanks();
    const unit = this.text[this.at];
    if (depth > DEPTH) return undefined;
    if (unit === "{") return this.object(depth + 1);
    if (unit === "[") return this.array(depth + 1);
    if (unit === '"') return this.string();
    return this.word("true", true) ?? this.word("false", false) ?? this.nullOrNumber();
  }

  private nullOrNumber(): Value | undefined {
    if (this.text.startsWith("null", this.at)) {
      this.at += 4;
      return null;
    }
    const found = this.match(/-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y);
    if (found === undefined) return undefined;
    return numberOf(found);
  }

  private word(word: string, value: boolean): boolean | undefined {
    if (!this.text.startsWith(word, this.at)) return undefined;
    this.at += word.length;
    return value;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private blanks(): void {
    this.match(/[ \t\n\r]*/y);
  }

  /** The next unit, after blanks, if it is `unit`. */
  private takes(unit: string): boolean {
    this.blanks();
    if (this.text[this.at] !== unit) return false;
    this.at++;
    return true;
  }

  private string(): string | undefined {
    const start = this.at++;
    for (; this.at < this.text.length && this.text[this.at] !== '"'; this.at++) {
      if (this.text[this.at] === "\\") this.at++;
    }
    return parseString(this.text.slice(start, ++this.at));
  }

  private array(depth: number): Value | undefined {
    this.at++;
    const items: Value[] = [];
    if (this.takes("]")) return listOf(items);
    do {
      const item = this.value(depth);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.takes(","));
    return this.takes("]") ? listOf(items) : undefined;
  }

  private object(depth: number): Value | undefined {
    this.at++;
    const fields: [string, Value][] = [];
    if (this.takes("}")) return recordOf(fields);
    do {
      this.blanks();
      const key = this.text[this.at] === '"' ? this.string() : undefined;
      const value = key !== undefined && this.takes(":") ? this.value(depth) : undefined;
      if (key === undefined || value === undefined) return undefined;
      fields.push([key, value]);
    } while (this.takes(","));
    return this.takes("}") ? recordOf(fields) : undefined;
  }
}

function parseString(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}

function numberOf(text: string): Value | undefined {
  if (text.length > BOUNDS.integerBits / 4) return undefined;
  if (!/[.eE]/.test(text)) return integer(BigInt(text));
  const value = parseDecimal(text);
  return value instanceof Overrun ? undefined : value;
}

/** @returns the text; undefined if the value, or a part of it, has no JSON form; an Overrun if it is too long */
export function writeJson(value: Value): string | undefined | Overrun {
  const pieces: string[] = [];
  let length = 0;
  const push = (text: string): boolean => {
    length += text.length;
    pieces.push(text);
    return length <= BOUNDS.stringUnits;
  };
  const written = write(value, push, 0);
  if (length > BOUNDS.stringUnits) return new Overrun("string-too-long", "A JSON text is too long");
  return written ? pieces.join("") : undefined;
}

type Push = (text: string) => boolean;

function write(value: Value, push: Push, depth: number): boolean {
  if (depth > DEPTH) return false;
  if (value === null || typeof value === "boolean") return push(String(value));
  if (typeof value === "string") return push(JSON.stringify(value));
  if (isInteger(value)) return push(value.toString());
  if (value instanceof Decimal) return push(decimalText(value));
  if (value instanceof Double) return Number.isFinite(value.number) && push(JSON.stringify(value.number));
  if (value instanceof Cons || value instanceof Nil) return writeList(value, push, depth);
  if (value instanceof Tuple) return writeList(listOf(value.items), push, depth);
  if (value instanceof Rec) return writeRecord(value, push, depth);
  return value instanceof Signal && push("null");
}

function writeList(list: List, push: Push, depth: number): boolean {
  let open = "[";
  for (let cell = list; cell instanceof Cons; cell = cell.tail) {
    if (!push(open) || !write(cell.head, push, depth + 1)) return false;
    open = ",";
  }
  return push(list instanceof Nil ? "[]" : "]");
}

function writeRecord(record: Rec, push: Push, depth: number): boolean {
  let open = "{";
  for (const [index, key] of record.keys.entries()) {
    if (!push(`${open}${JSON.stringify(key)}:`) || !write(record.values[index] as Value, push, depth + 1)) return false;
    open = ",";
  }
  return push(record.keys.length === 0 ? "{}" : "}");
}
