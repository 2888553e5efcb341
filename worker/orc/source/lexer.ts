// Text to tokens (orc.md §1), in one pass and linear time. The first thing that is no token ends it with a Refusal.
import { continuesAsciiName, continuesName, isBlank, isDigit, isLineEnd, shown, startsName } from "./characters.ts";
import { Refusal } from "./diagnostics.ts";
import { readString } from "./strings.ts";
import { KEYWORDS, OPERATOR_NAME, PUNCTUATION, type Token, type Tokens } from "./tokens.ts";

const NUMBER = /[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

/** By first character, longest first. */
const BY_FIRST: ReadonlyMap<string, readonly string[]> = Map.groupBy(PUNCTUATION, (text) => text[0] ?? "");

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{.": ".}" };

/** What people write who know another language. */
const HINTS: Readonly<Record<string, string>> = {
  "!": "Not is `~`, unequal is `/=`.",
  "&": "And is `&&`.",
  "{": "Records are written `{. key = value .}`; expressions are grouped with `(` and `)`.",
  "}": "Records are written `{. key = value .}`; expressions are grouped with `(` and `)`.",
  "'": 'Strings are written between `"`.',
  "`": 'Strings are written between `"`.',
  "@": "Operators are ordinary names between their arguments; there is no `@`.",
};

class Lexer {
  readonly #text: string;
  readonly #base: number;
  readonly #tokens: Token[] = [];
  #at = 0;

  constructor(text: string, base: number) {
    this.#text = text;
    this.#base = base;
  }

  run(): Tokens {
    for (;;) {
      this.#skip();
      if (this.#at >= this.#text.length) break;
      this.#token();
    }
    const end = this.#tokens.at(-1)?.end ?? this.#base;
    this.#tokens.push({ kind: "<end>", text: "", start: end, end });
    return { list: this.#tokens, closing: pairs(this.#tokens) };
  }

  #push(kind: string, text: string, end: number): void {
    const start = this.#base + this.#at;
    this.#tokens.push({ kind, text, start, end: this.#base + end });
    this.#at = end;
  }

  /** White space and comments. */
  #skip(): void {
    for (; this.#at < this.#text.length;) {
      const code = this.#text.charCodeAt(this.#at);
      if (isBlank(code)) this.#at++;
      else if (code === 0x2d && this.#text.charCodeAt(this.#at + 1) === 0x2d) this.#skipLine();
      else if (code === 0x7b && this.#text.charCodeAt(this.#at + 1) === 0x2d) this.#skipComment();
      else return;
    }
  }

  #skipLine(): void {
    while (this.#at < this.#text.length && !isLineEnd(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  /** `{-` to its `-}`; they nest. */
  #skipComment(): void {
    const open = this.#at;
    const mark = /\{-|-\}/g;
    mark.lastIndex = open;
    let depth = 0;
    do {
      const found = mark.exec(this.#text);
      if (found === null) {
        const at = { start: this.#base + open, end: this.#base + open + 2 };
        const message = "This comment is not closed.";
        throw new Refusal({ code: "unclosed-comment", message, fix: "Every `{-` needs a `-}`; they nest.", at });
      }
      depth += found[0] === "{-" ? 1 : -1;
    } while (depth > 0);
    this.#at = mark.lastIndex;
  }

  #token(): void {
    const code = this.#text.codePointAt(this.#at) ?? 0;
    if (startsName(code)) this.#name();
    else if (isDigit(code)) this.#number();
    else if (code === 0x22) {
      const { text, end } = readString(this.#text, this.#at, this.#base);
      this.#push("<string>", text, end);
    } else if (code === 0x5f) this.#push("_", "_", this.#at + 1);
    else this.#punctuation(code);
  }

  #name(): void {
    const text = this.#text;
    let end = this.#at;
    while (continuesAsciiName(text.charCodeAt(end))) end++;
    const plain = end >= text.length || text.charCodeAt(end) < 0x80;
    if (!plain) end = this.#endOfName(end);
    const name = plain ? text.slice(this.#at, end) : text.slice(this.#at, end).normalize("NFC");
    this.#push(KEYWORDS.has(name) ? name : "<name>", name, end);
  }

  /** The same for names in any script. @param from where the ASCII part ends */
  #endOfName(from: number): number {
    let end = from;
    while (end < this.#text.length) {
      const code = this.#text.codePointAt(end) ?? 0;
      if (end > this.#at ? !continuesName(code) : !startsName(code)) break;
      end += code > 0xffff ? 2 : 1;
    }
    return end;
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    const [text = "", fraction, exponent] = NUMBER.exec(this.#text) ?? [];
    const end = this.#at + text.length;
    this.#push(fraction === undefined && exponent === undefined ? "<integer>" : "<number>", text, end);
  }

  #punctuation(code: number): void {
    const first = String.fromCodePoint(code);
    if (first === "(") {
      OPERATOR_NAME.lastIndex = this.#at;
      const operator = OPERATOR_NAME.exec(this.#text)?.[1];
      if (operator !== undefined) return this.#push("<name>", operator, this.#at + operator.length + 2);
    }
    const found = BY_FIRST.get(first)?.find((text) => this.#text.startsWith(text, this.#at));
    if (found !== undefined) return this.#push(found, found, this.#at + found.length);
    const at = { start: this.#base + this.#at, end: this.#base + this.#at + first.length };
    throw new Refusal({ code: "bad-character", message: `${shown(code)} means nothing here.`, fix: HINTS[first], at });
  }
}

/** For each opening bracket the token that closes it, see {@link Tokens}. */
function pairs(tokens: readonly Token[]): Int32Array {
  const closing = new Int32Array(tokens.length).fill(-1);
  const open: number[] = [];
  for (let at = 0; at < tokens.length; at++) {
    switch (tokens[at]?.kind) {
      case "(":
      case "[":
      case "{.":
        open.push(at);
        break;
      case ")":
      case "]":
      case ".}": {
        const opener = open.pop();
        if (opener !== undefined && closes(tokens[opener], tokens[at])) closing[opener] = at;
        break;
      }
      default:
    }
  }
  return closing;
}

const closes = (open: Token | undefined, close: Token | undefined): boolean =>
  open !== undefined && close !== undefined && CLOSING[open.kind] === close.kind;

/** @param base the position of the text's first character @throws Refusal */
export const tokenize = (text: string, base: number): Tokens => new Lexer(text, base).run();
