// Read: a string that holds a literal value (orc.md §9): numbers with a sign, strings, lists, tuples, records, words.
import { BOUNDS, Overrun } from "./bounds.ts";
import { parseDecimal } from "./decimal.ts";
import { integer, listOf, recordOf, SIGNAL, Tuple, type Value } from "./kinds.ts";

/** Nesting that a text may have: reading recurses so deep. */
const DEPTH = 500;

/** @returns the value, undefined if the text is no literal */
export function readLiteral(text: string): Value | undefined {
  return new Reader(text).whole();
}

const WORDS: Readonly<Record<string, Value>> = { true: true, false: false, null: null, signal: SIGNAL };
const ESCAPED: Readonly<Record<string, string>> = { f: "\f", n: "\n", r: "\r", t: "\t" };

class Reader {
  private readonly text: string;
  private at = 0;
  constructor(text: string) {
    this.text = text;
  }

  whole(): Value | undefined {
    const value = this.value(0);
    this.match(/\s*/y);
    return this.at === this.text.length ? value : undefined;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private takes(token: string): boolean {
    this.match(/\s*/y);
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private value(depth: number): Value | undefined {
    if (depth > DEPTH) return undefined;
    if (this.takes("{.")) return this.record(depth + 1);
    if (this.takes("[")) {
      const items = this.items("]", depth + 1);
      return items === undefined ? undefined : listOf(items);
    }
    if (this.takes("(")) return this.tuple(depth + 1);
    if (this.takes('"')) return this.string();
    return this.number() ?? this.word();
  }

  private word(): Value | undefined {
    const word = this.match(/[a-z]+/y) ?? "";
    return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  }

  private number(): Value | undefined {
    const text = this.match(/-?\s*\d+(\.\d+)?([eE][+-]?\d+)?/y)?.replace(/\s/g, "");
    if (text === undefined || text.length > BOUNDS.integerBits / 4) return undefined;
    if (!/[.eE]/.test(text)) return integer(BigInt(text));
    const value = parseDecimal(text);
    return value instanceof Overrun ? undefined : value;
  }

  private string(): string | undefined {
    let out = "";
    for (;;) {
      out += this.match(/[^"\\\n\r]+/y) ?? "";
      if (this.text[this.at] === '"') {
        this.at++;
        return out;
      }
      if (this.text[this.at] !== "\\") return undefined;
      out += this.escape();
    }
  }

  private escape(): string {
    const hex = this.match(/\\u[0-9a-fA-F]{4}/y);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex.slice(2), 16));
    const unit = this.text[this.at + 1] ?? "";
    this.at += 2;
    return ESCAPED[unit] ?? unit;
  }

  /** Values up to `close`, which is taken. */
  private items(close: string, depth: number): Value[] | undefined {
    const items: Value[] = [];
    if (this.takes(close)) return items;
    do {
      const item = this.value(depth);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.takes(","));
    return this.takes(close) ? items : undefined;
  }

  private tuple(depth: number): Value | undefined {
    const items = this.items(")", depth);
    if (items === undefined || items.length === 0) return undefined;
    return items.length === 1 ? items[0] : new Tuple(items);
  }

  private record(depth: number): Value | undefined {
    const fields: [string, Value][] = [];
    if (this.takes(".}")) return recordOf(fields);
    do {
      this.match(/\s*/y);
      const key = this.match(/\p{ID_Start}[\p{ID_Continue}']*/uy);
      const value = key !== undefined && this.takes("=") ? this.value(depth) : undefined;
      if (key === undefined || value === undefined) return undefined;
      fields.push([key, value]);
    } while (this.takes(","));
    return this.takes(".}") ? recordOf(fields) : undefined;
  }
}
