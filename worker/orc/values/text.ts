// The text of a value as a publication shows it (orc.md §7). The host stack is constant, whatever the depth.
import { BOUNDS, Overrun } from "./bounds.ts";
import { decimalText } from "./decimal.ts";
import { doubleText } from "./double.ts";
import {
  Closure,
  Cons,
  Ctor,
  Data,
  Decimal,
  Double,
  Field,
  kindOf,
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

/** Text to write as it is. */
class Piece {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The rest of a list, after its opening bracket. */
class Rest {
  readonly list: Cons | Nil;
  constructor(list: Cons | Nil) {
    this.list = list;
  }
}

type Work = Value | Piece | Rest;

const COMMA = new Piece(", ");
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** @returns the string between quotes, escaped */
export const quoted = (text: string): string => `"${text.replace(/[\\"\f\n\r\t]/g, (unit) => ESCAPES[unit] ?? unit)}"`;

/** @returns the text, or an Overrun if it is longer than a string may be */
export function format(value: Value): string | Overrun {
  if (typeof value === "number") return String(value);
  const work: Work[] = [value];
  const pieces: string[] = [];
  let length = 0;
  for (let visits = 0; work.length > 0; visits++) {
    const text = write(work.pop() as Work, work);
    length += text.length;
    pieces.push(text);
    if (length > BOUNDS.stringUnits || visits > BOUNDS.visits)
      return new Overrun("string-too-long", "The text of a value is too long");
  }
  return pieces.join("");
}

/** The text of a value that stands in another string: a string itself is raw. */
export const plainText = (value: Value): string | Overrun => (typeof value === "string" ? value : format(value));

/** Answers the text that comes first, and puts what comes after it on the stack. */
function write(item: Work, work: Work[]): string {
  if (item === null) return "null";
  if (typeof item === "string") return quoted(item);
  if (typeof item !== "object") return String(item);
  if (item instanceof Piece) return item.text;
  if (item instanceof Rest) return writeRest(item.list, work);
  if (item instanceof Cons) {
    work.push(new Rest(item.tail), item.head);
    return "[";
  }
  if (item instanceof Tuple) return writeParts("(", item.items, ")", work);
  if (item instanceof Data) return writeParts(`${item.ctor.name}(`, item.parts, ")", work);
  if (item instanceof Rec) return writeRecord(item, work);
  return atomText(item);
}

function writeRest(list: Cons | Nil, work: Work[]): string {
  if (list instanceof Nil) return "]";
  work.push(new Rest(list.tail), list.head);
  return ", ";
}

function writeParts(open: string, parts: readonly Value[], close: string, work: Work[]): string {
  work.push(new Piece(close));
  for (let index = parts.length - 1; index >= 0; index--) {
    work.push(parts[index] as Value);
    if (index > 0) work.push(COMMA);
  }
  return open;
}

function writeRecord(record: Rec, work: Work[]): string {
  work.push(new Piece(" .}"));
  for (let index = record.keys.length - 1; index >= 0; index--) {
    work.push(record.values[index] as Value, new Piece(`${index > 0 ? ", " : ""}${record.keys[index]} = `));
  }
  return "{. ";
}

function atomText(value: Exclude<Value, null | string | number | bigint | boolean>): string {
  if (value instanceof Signal) return "signal";
  if (value instanceof Nil) return "[]";
  if (value instanceof Decimal) return decimalText(value);
  if (value instanceof Double) return doubleText(value.number);
  if (value instanceof Field) return `.${value.name}`;
  if (value instanceof Site || value instanceof Port) return value.name;
  if (value instanceof Ctor) return value.name;
  if (value instanceof Method) return `${kindOf(value.target)}.${value.name}`;
  if (value instanceof Closure || value instanceof Wrapped) return "<function>";
  return kindOf(value);
}
