// Tokens. The kind of an operator, delimiter or keyword is its text; the others have a name in angle brackets.

export const KEYWORDS: ReadonlySet<string> = new Set(
  "as def else if import include lambda signal stop then type val true false null _".split(" "),
);

/** Longest first, so that the first that fits is the longest. */
export const PUNCTUATION: readonly string[] = [
  ":!:",
  ..."** && || <: :> <= >= /= := :: {. .}".split(" "),
  ..."+ - * / % ~ = : . ? ( ) [ ] , # < > | ;".split(" "),
];

/** Operators that are names when written in parentheses without blanks: `(+)`; `(0-)` is the unary minus. */
export const OPERATOR_NAME = /\((0-|\*\*|&&|\|\||<:|:>|<=|>=|\/=|:=|[-+*/%~=:.?])\)/y;

export type TokenKind = "<name>" | "<integer>" | "<number>" | "<string>" | "<end>" | (string & {});

export interface Token {
  readonly kind: TokenKind;
  /** Of a name: normalised (NFC). Of a string: its value. Of numbers: as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Tokens {
  /** The last one is "<end>", right behind the one before it. */
  readonly list: readonly Token[];
  /** For each opening bracket the index of the token that closes it; for every other token, or when there is none, -1. */
  readonly closing: Int32Array;
}

/** How a sentence names a token. */
export function described(token: Token): string {
  switch (token.kind) {
    case "<end>":
      return "the end of the program";
    case "<string>":
      return "a string";
    case "<name>":
    case "<integer>":
    case "<number>":
      return `\`${token.text.length > 40 ? `${token.text.slice(0, 40)}…` : token.text}\``;
    default:
      return `\`${token.kind}\``;
  }
}
