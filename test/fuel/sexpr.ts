// Reads the text of scripts as nested lists, with where each stands in the text.

export interface Node {
  /** A word or a string in its quotes; "" for a list. */
  readonly text: string;
  readonly items: readonly Node[];
  readonly from: number;
  readonly to: number;
}

const TOKEN = /\s+|;;[^\n]*|"(?:[^"\\]|\\.)*"|[()]|[^\s()";]+/gsy;

/** Skips a block comment, which may hold others. */
function afterComment(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text.startsWith("(;", at)) depth++;
    else if (text.startsWith(";)", at) && --depth === 0) return at + 2;
  }
  return text.length;
}

/** The lists of a text. @throws SyntaxError */
export function parse(text: string): Node[] {
  const root: Node[] = [];
  const open: { items: Node[]; from: number }[] = [{ items: root, from: 0 }];
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("(;", at)) {
      at = afterComment(text, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) throw new SyntaxError(`at ${at}: ${text.slice(at, at + 20)}`);
    const to = at + token.length;
    if (token === "(") open.push({ items: [], from: at });
    else if (token === ")") {
      const list = open.pop();
      open.at(-1)?.items.push({ text: "", items: list?.items ?? [], from: list?.from ?? 0, to });
    } else if (token.trim() !== "" && !token.startsWith(";;"))
      open.at(-1)?.items.push({ text: token, items: [], from: at, to });
    at = to;
  }
  if (open.length !== 1) throw new SyntaxError("parentheses do not match");
  return root;
}

/** The word at a position of a list; "" where there is none. */
export const word = (node: Node, at: number): string => node.items[at]?.text ?? "";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", '"': '"', "'": "'", "\\": "\\" };

/** The bytes of a string in its quotes. */
export function bytesOf({ text }: Node): Uint8Array {
  const out: number[] = [];
  const part = /\\u\{([0-9a-fA-F_]+)\}|\\([0-9a-fA-F]{2})|\\(.)|[^\\]+/gs;
  for (const [whole, point, byte, escaped] of text.slice(1, -1).matchAll(part)) {
    if (byte !== undefined) out.push(Number.parseInt(byte, 16));
    else if (point !== undefined) out.push(...Buffer.from(String.fromCodePoint(Number.parseInt(point, 16))));
    else out.push(...Buffer.from(escaped === undefined ? whole : (ESCAPES[escaped] ?? escaped)));
  }
  return Uint8Array.from(out);
}
