// Doc comments of the author: the first paragraph is a description, some tags are schema keywords.
import type { Json } from "./diagnostic.ts";
import type { Doc } from "./shapes.ts";

/** Tags whose value is a number or another JSON value. */
const KEYWORDS = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
]);

/** What may stand between a doc comment and the name it is about. */
const BETWEEN =
  /^(?:\s|@\w+(?:\([^)]*\))?|export\b|default\b|abstract\b|public\b|override\b|readonly\b|\/\/[^\n]*\n)*$/;

/** The doc comment that ends before `offset`, with nothing but modifiers in between. */
export function docBefore(source: string, offset: number): Doc {
  const end = source.lastIndexOf("*/", offset);
  const start = end < 0 ? -1 : source.lastIndexOf("/**", end);
  if (start < 0 || source.indexOf("*/", start) !== end || !BETWEEN.test(source.slice(end + 2, offset))) {
    return { keywords: {} };
  }
  const lines = source.slice(start + 3, end).split("\n");
  return parseDoc(lines.map((line) => line.replace(/^\s*\* ?/, "").trimEnd()));
}

function parseDoc(lines: readonly string[]): Doc {
  const firstTag = lines.findIndex((line) => /^\s*@\w/.test(line));
  const prose = (firstTag < 0 ? lines : lines.slice(0, firstTag)).map((line) => line.trim());
  const begin = prose.findIndex((line) => line !== "");
  const paragraph = begin < 0 ? [] : prose.slice(begin, endOfParagraph(prose, begin));
  const keywords = readTags(firstTag < 0 ? [] : lines.slice(firstTag));
  return paragraph.length === 0 ? { keywords } : { description: paragraph.join(" "), keywords };
}

function endOfParagraph(lines: readonly string[], begin: number): number {
  const blank = lines.indexOf("", begin);
  return blank < 0 ? lines.length : blank;
}

function readTags(lines: readonly string[]): Record<string, Json> {
  const keywords: Record<string, Json> = {};
  for (const line of lines) {
    const [, tag = "", rest = ""] = /^\s*@(\w+)\s*(.*)$/.exec(line) ?? [];
    if (KEYWORDS.has(tag) && rest.trim() !== "" && Number.isFinite(Number(rest))) keywords[tag] = Number(rest);
    if (tag === "enum") keywords["enum"] = parseList(rest);
    if (tag === "example") keywords["examples"] = [parseOne(rest)];
  }
  return keywords;
}

/** `"sparse" "dense"`, `sparse | dense` or `1, 2`: JSON values, or words that stand for strings. */
function parseList(text: string): Json[] {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|[^\s,|]+/g) ?? [];
  return parts.map(parseOne);
}

function parseOne(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text.trim();
  }
}
