// One pass over the bytes of a JSON text (RFC 8259): its grammar, its UTF-8, its depth and its keys, without building it.
// No value of an author's is ever built by the host just to find out that it is JSON: 10 MiB of `{},{},{}...` would be
// 200 MB of objects. Time is linear and memory is bounded by OPEN_KEYS, whatever the bytes are.
import { err, ok, type Result } from "../result.ts";
import type { JsonError } from "./fault.ts";
import { OPEN_KEYS, OpenKeys } from "./keys.ts";
import { Lexer } from "./lexer.ts";

export interface JsonLimits {
  /** Arrays and objects that may be open at once; a scalar is 0 deep. */
  readonly depth: number;
}

/**
 * Is told what the scanner reads, in order. A `text` function is to be called before the method returns, or never.
 * What was told before a fault was found stands for nothing.
 */
export interface JsonVisitor {
  literal(value: boolean | null): void;
  number(value: number): void;
  /** @param length the string's length in code points; a lone surrogate is one */
  string(length: number, text: () => string): void;
  openArray(): void;
  openObject(): void;
  key(text: () => string): void;
  close(): void;
}

const ARRAY = 1;
const OBJECT = 2;

/** What the scanner reads next. */
type Next = "value" | "key" | "separator" | "end" | "fault";

/**
 * Scans one JSON text. White space around it is allowed; an empty body, a byte order mark, bytes after the value and doubled
 * keys are not (RFC 8259 §4 leaves the meaning of the last open, so two readers could see two values).
 *
 * @param visitor is told what is read; without it the scan is faster
 */
export function scan(bytes: Uint8Array, limits: JsonLimits, visitor?: JsonVisitor): Result<void, JsonError> {
  const scanner = new Scanner(bytes, limits, visitor);
  const error = scanner.run();
  return error === undefined ? ok(undefined) : err(error);
}

class Scanner {
  readonly #lexer: Lexer;
  readonly #visitor: JsonVisitor | undefined;
  readonly #limit: number;
  /** ARRAY or OBJECT for each that is open. */
  readonly #stack: number[] = [];
  #depth = 0;
  readonly #keys: OpenKeys;

  constructor(bytes: Uint8Array, limits: JsonLimits, visitor: JsonVisitor | undefined) {
    this.#lexer = new Lexer(bytes);
    this.#visitor = visitor;
    this.#limit = limits.depth;
    this.#keys = new OpenKeys(bytes);
  }

  run(): JsonError | undefined {
    let next = this.#begin();
    while (next !== "end" && next !== "fault") {
      if (next === "value") next = this.#value();
      else if (next === "key") next = this.#key();
      else next = this.#depth === 0 ? this.#end() : this.#separator();
    }
    return this.#lexer.fault;
  }

  #fault(_: false): "fault" {
    return "fault";
  }

  #begin(): Next {
    const lexer = this.#lexer;
    const [first, second, third] = lexer.bytes;
    if (first === 0xef && second === 0xbb && third === 0xbf) {
      const what = "The JSON begins with a byte order mark: save it as UTF-8 without one";
      return this.#fault(lexer.fail("byte-order-mark", what));
    }
    if (lexer.space() < 0)
      return this.#fault(lexer.fail("empty", "The body is empty where one JSON value is expected"));
    return "value";
  }

  #end(): Next {
    if (this.#lexer.space() < 0) return "end";
    return this.#fault(this.#lexer.unexpected("the end of the body"));
  }

  #value(): Next {
    const lexer = this.#lexer;
    const byte = lexer.space();
    if (byte === 0x22) {
      if (!lexer.string()) return "fault";
      this.#visitor?.string(lexer.length, lexer.text);
      return "separator";
    }
    if (byte === 0x7b) return this.#openObject();
    if (byte === 0x5b) return this.#openArray();
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      if (!lexer.number()) return "fault";
      this.#visitor?.number(lexer.value());
      return "separator";
    }
    const literal = lexer.literal();
    if (literal === undefined) return this.#fault(lexer.unexpected("a value"));
    this.#visitor?.literal(literal);
    return "separator";
  }

  #push(kind: number): boolean {
    const lexer = this.#lexer;
    if (this.#depth === this.#limit) return lexer.fail("too-deep", `The JSON nests deeper than ${this.#limit} levels`);
    this.#stack[this.#depth++] = kind;
    lexer.at++;
    return true;
  }

  #openArray(): Next {
    if (!this.#push(ARRAY)) return "fault";
    this.#visitor?.openArray();
    return this.#lexer.space() === 0x5d ? this.#close() : "value";
  }

  #openObject(): Next {
    if (!this.#push(OBJECT)) return "fault";
    this.#keys.openObject();
    this.#visitor?.openObject();
    return this.#lexer.space() === 0x7d ? this.#close() : "key";
  }

  #close(): Next {
    if (this.#stack[--this.#depth] === OBJECT) this.#keys.closeObject();
    this.#lexer.at++;
    this.#visitor?.close();
    return "separator";
  }

  #separator(): Next {
    const lexer = this.#lexer;
    const byte = lexer.space();
    const inObject = this.#stack[this.#depth - 1] === OBJECT;
    if (byte === (inObject ? 0x7d : 0x5d)) return this.#close();
    if (byte !== 0x2c) return this.#fault(lexer.unexpected(inObject ? "`,` or `}`" : "`,` or `]`"));
    lexer.at++;
    return inObject ? "key" : "value";
  }

  #key(): Next {
    const lexer = this.#lexer;
    if (lexer.space() !== 0x22) return this.#fault(lexer.unexpected("a key in quotes"));
    if (!lexer.string()) return "fault";
    const verdict = this.#keys.add(lexer.start, lexer.end, lexer.plain);
    if (verdict !== "new") return this.#badKey(verdict);
    this.#visitor?.key(lexer.text);
    if (lexer.space() !== 0x3a) return this.#fault(lexer.unexpected("`:`"));
    lexer.at++;
    return "value";
  }

  #badKey(verdict: "duplicate" | "too-many"): "fault" {
    const lexer = this.#lexer;
    const offset = lexer.start - 1;
    if (verdict === "too-many") {
      const what = `The JSON has more than ${OPEN_KEYS} keys in open objects, or keys made to collide`;
      return this.#fault(lexer.fail("too-many-keys", what, offset));
    }
    const key = JSON.stringify(lexer.text().slice(0, 80));
    return this.#fault(lexer.fail("duplicate-key", `The JSON has the key ${key} twice in one object`, offset));
  }
}
