// Reading tokens one after the other, and refusing them with a sentence.
import { Refusal, type DiagnosticCode } from "../source/diagnostics.ts";
import type { Stretch } from "../source/texts.ts";
import { described, KEYWORDS, type Token, type TokenKind, type Tokens } from "../source/tokens.ts";
import type { Declaration, Expression, Name, Occurrence } from "./ast.ts";

/**
 * Brackets and prefix forms that may stand in one another. The parser and what walks its tree use the host's stack: this
 * many levels take less than half of what Node and workerd give.
 */
export const MAXIMUM_NESTING = 200;

/** What parsing one text needs from outside of it; handed in, so that the files of the parser do not import one another in a ring. */
export interface Host {
  /** The next number of an occurrence, see {@link Occurrence}. */
  readonly number: () => number;
  readonly expression: (cursor: Cursor) => Expression;
  /** @throws Refusal when there is no such file, or it includes itself */
  readonly include: (file: string, at: Stretch) => readonly Declaration[];
}

export class Cursor {
  readonly #list: readonly Token[];
  readonly #closing: Int32Array;
  readonly #host: Host;
  #at = 0;
  #depth = 0;

  constructor(tokens: Tokens, host: Host) {
    this.#list = tokens.list;
    this.#closing = tokens.closing;
    this.#host = host;
  }

  /** expr, one level deeper. */
  expression(): Expression {
    return this.nested(() => this.#host.expression(this));
  }

  /** The declarations of an included text. @param at the file's name, where it was written */
  include(file: string, at: Stretch): readonly Declaration[] {
    return this.#host.include(file, at);
  }

  get token(): Token {
    return this.peek(0);
  }

  get kind(): TokenKind {
    return this.token.kind;
  }

  /** The end of what was read last. */
  get behind(): number {
    return this.peek(-1).end;
  }

  get mark(): number {
    return this.#at;
  }

  peek(ahead: number): Token {
    const at = Math.min(Math.max(this.#at + ahead, 0), this.#list.length - 1);
    return this.#list[at] as Token;
  }

  /** The token behind the bracket that closes the opening bracket `ahead`; undefined when nothing closes it. */
  behindBracket(ahead: number): Token | undefined {
    const at = this.#closing[this.#at + ahead] ?? -1;
    return at < 0 ? undefined : this.#list[at + 1];
  }

  next(): Token {
    const token = this.token;
    if (this.#at < this.#list.length - 1) this.#at++;
    return token;
  }

  /** Goes to the bracket that closes the one that stands here; false when nothing closes it. */
  skipToClosing(): boolean {
    const at = this.#closing[this.#at] ?? -1;
    if (at >= 0) this.#at = at;
    return at >= 0;
  }

  /** Reads a token if it is of this kind. */
  take(kind: TokenKind): Token | undefined {
    return this.kind === kind ? this.next() : undefined;
  }

  /** @param what how the sentence names what had to come here */
  expect(kind: TokenKind, what = `\`${kind}\``): Token {
    return this.take(kind) ?? this.refuse(`Expected ${what}, but found ${described(this.token)}.`);
  }

  /** A closing bracket; the sentence says which one it would close. */
  close(kind: TokenKind, open: Token): Token {
    if (this.kind === kind) return this.next();
    const found = described(this.token);
    const message = `Expected \`,\` or \`${kind}\`, but found ${found}.`;
    if (this.kind !== "<end>") return this.refuse(message, this.hint());
    const at = { start: open.start, end: open.end };
    return this.refuse(`This \`${open.kind}\` is never closed.`, `Add the missing \`${kind}\`.`, at);
  }

  name(what: string): Name {
    const token = this.token;
    if (token.kind !== "<name>") {
      const found = described(token);
      const fix =
        KEYWORDS.has(token.kind) && token.kind !== "_" ? `${found} is a keyword; choose another name.` : undefined;
      return this.refuse(`Expected ${what}, but found ${found}.`, token.kind === "_" ? UNDERSCORE : fix);
    }
    this.next();
    return { name: token.text, start: token.start, end: token.end };
  }

  occurrence(token: Token, name: string): Occurrence {
    return { name, number: this.#host.number(), start: token.start, end: token.end };
  }

  /** `item , item , …` up to `close`, which is read. */
  list<T>(open: Token, close: TokenKind, item: () => T): T[] {
    const items: T[] = [];
    if (this.take(close) !== undefined) return items;
    do items.push(item());
    while (this.take(",") !== undefined);
    this.close(close, open);
    return items;
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= MAXIMUM_NESTING) {
      const message = `Brackets and prefix forms are nested more than ${MAXIMUM_NESTING} deep here.`;
      this.fail("nesting", message, "Give the inner part a name with `val` or `def`.");
    }
    this.#depth++;
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  /** Reads ahead and goes back. */
  ahead<T>(look: () => T): T {
    const at = this.#at;
    const seen = look();
    this.#at = at;
    return seen;
  }

  /** Tries `parse`; what it refuses is put back and undefined is answered. */
  attempt<T>(parse: () => T): T | undefined {
    const at = this.#at;
    const depth = this.#depth;
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof Refusal) || error.finding.code !== "syntax") throw error;
      this.#at = at;
      this.#depth = depth;
      return undefined;
    }
  }

  /** What is probably meant, from the token that stands here. */
  hint(): string | undefined {
    return CONFUSIONS.get(this.kind);
  }

  refuse(message: string, fix: string | undefined = this.hint(), at: Stretch = this.token): never {
    return this.fail("syntax", message, fix, at);
  }

  fail(code: DiagnosticCode, message: string, fix?: string, at: Stretch = this.token): never {
    throw new Refusal({ code, message, fix, at: { start: at.start, end: at.end } });
  }
}

export const UNDERSCORE = "`_` stands for a value nobody needs; a name cannot start with it.";

const CONFUSIONS: ReadonlyMap<string, string> = new Map([
  ["=", "Equality is one `=`; a declaration begins with `val` or `def`."],
  ["else", "An `else` belongs to an `if … then …`."],
  ["::", "A type stands behind a whole expression, once; parentheses make an expression of its own."],
  ["then", "A `then` belongs to an `if`."],
]);
