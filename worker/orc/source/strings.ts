// String literals: `"` to `"` on one line, with escapes (orc.md §1).
import { Refusal } from "./diagnostics.ts";
import { isLineEnd } from "./characters.ts";

const SIMPLE: Readonly<Record<string, string>> = { f: "\f", n: "\n", r: "\r", t: "\t" };
const FOUR = /u([0-9a-fA-F]{4})/y;
const MANY = /u\{([0-9a-fA-F\s]*)\}/y;
const LARGEST_CODE_POINT = 0x10ffff;

interface Escape {
  readonly text: string;
  readonly end: number;
}

function badEscape(at: number, end: number): Refusal {
  return new Refusal({
    code: "bad-escape",
    message: "This is no character: `\\u` takes four hexadecimal digits, or code points in braces.",
    fix: "Write `\\u00e9` or `\\u{1f600}`; a backslash itself is `\\\\`.",
    at: { start: at, end },
  });
}

/** `\u{H H …}`: code points of 1 to 6 hexadecimal digits. */
function several(digits: string, at: number, end: number): string {
  const words = digits.split(/\s+/).filter((word) => word !== "");
  const codes = words.map((word) => Number.parseInt(word, 16));
  if (words.length === 0 || words.some((word) => word.length > 6) || codes.some((code) => code > LARGEST_CODE_POINT)) {
    throw badEscape(at, end);
  }
  return String.fromCodePoint(...codes);
}

/** @param at the offset behind the backslash */
function escape(text: string, at: number, base: number): Escape {
  const character = text[at] ?? "";
  if (character !== "u") {
    const whole = String.fromCodePoint(text.codePointAt(at) ?? 0);
    return { text: SIMPLE[character] ?? whole, end: at + whole.length };
  }
  FOUR.lastIndex = at;
  const four = FOUR.exec(text);
  if (four?.[1] !== undefined) return { text: String.fromCharCode(Number.parseInt(four[1], 16)), end: at + 5 };
  MANY.lastIndex = at;
  const many = MANY.exec(text);
  const end = at + (many?.[0].length ?? 1);
  if (many?.[1] === undefined) throw badEscape(base + at - 1, base + end);
  return { text: several(many[1], base + at - 1, base + end), end };
}

/** @param open offset of the opening quote @returns the value and the offset behind the closing quote */
export function readString(text: string, open: number, base: number): Escape {
  let value = "";
  let from = open + 1;
  for (let at = from; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return { text: value + text.slice(from, at), end: at + 1 };
    if (isLineEnd(code)) break;
    if (code !== 0x5c) {
      at++;
      continue;
    }
    if (at + 1 >= text.length || isLineEnd(text.charCodeAt(at + 1))) break;
    const escaped = escape(text, at + 1, base);
    value += text.slice(from, at) + escaped.text;
    from = at = escaped.end;
  }
  throw new Refusal({
    code: "unclosed-string",
    message: "This string does not end on its line.",
    fix: 'Close it with `"`; a line end in a string is written `\\n`.',
    at: { start: base + open, end: base + open + 1 },
  });
}
