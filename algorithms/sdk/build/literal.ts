// The value of an initialiser, when it is a literal: it becomes the schema's `default`.
import type { Node } from "assemblyscript";
import type { Json } from "./diagnostic.ts";

/** Kinds of asc's syntax nodes. */
const CALL = 10;
const FALSE = 14;
const LITERAL = 17;
const NEW = 18;
const NULL = 19;
const TRUE = 26;
const UNARY_PREFIX = 28;

const textOf = (node: Node): string => node.range.source.text.slice(node.range.start, node.range.end);

/** @returns the JSON value of a literal, undefined when it is none or JSON numbers cannot be relied on to carry it */
export function literalOf(node: Node): Json | undefined {
  switch (node.kind as number) {
    case TRUE:
      return true;
    case FALSE:
      return false;
    case NULL:
      return null;
    case LITERAL:
      return literalValue(node as Node & { value?: unknown; elementExpressions?: readonly Node[] });
    case UNARY_PREFIX:
      return /^-\s*[\d.]/.test(textOf(node)) ? numberOf(textOf(node)) : undefined;
    case NEW:
      return emptyOf(textOf(node));
    case CALL:
      return utf8Of(node as Node & { args: readonly Node[] });
    default:
      return undefined;
  }
}

function literalValue(node: Node & { value?: unknown; elementExpressions?: readonly Node[] }): Json | undefined {
  if (typeof node.value === "string") return node.value;
  if (node.elementExpressions === undefined) return numberOf(textOf(node));
  const items = node.elementExpressions.map(literalOf);
  return items.includes(undefined) ? undefined : (items as Json[]);
}

function numberOf(text: string): number | undefined {
  const plain = text.replaceAll("_", "").replaceAll(/\s/g, "");
  const value = plain.startsWith("-") ? -Number(plain.slice(1)) : Number(plain);
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
}

function emptyOf(text: string): Json | undefined {
  if (/^new Utf8\(\s*\)$/.test(text)) return "";
  if (/^new Map<.*>\(\s*\)$/s.test(text)) return {};
  return /^new (?:Array<.*>|[A-Z]\w*\d+Array)\(\s*0?\s*\)$/s.test(text) ? [] : undefined;
}

function utf8Of(node: Node & { args: readonly Node[] }): Json | undefined {
  const [argument] = node.args;
  return /^Utf8\.from\(/.test(textOf(node)) && argument !== undefined ? literalOf(argument) : undefined;
}
