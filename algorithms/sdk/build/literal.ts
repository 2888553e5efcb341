// The value of an initialiser, when it is a literal: it becomes the schema's `default`.
import type { Node } from "assemblyscript";
import type { Json } from "./diagnostic.ts";
import { isNode, textOf } from "./syntax.ts";

/** @returns the JSON value of a literal; undefined when it is none or is an integer that doubles do not carry */
export function literalOf(node: Node): Json | undefined {
  if (isNode(node, "True")) return true;
  if (isNode(node, "False")) return false;
  if (isNode(node, "Null")) return null;
  if (isNode(node, "Literal")) return literalValue(node);
  if (isNode(node, "UnaryPrefix")) return /^-\s*[\d.]/.test(textOf(node)) ? numberOf(textOf(node)) : undefined;
  if (isNode(node, "New")) return emptyOf(textOf(node));
  return isNode(node, "Call") ? utf8Of(node) : undefined;
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
  if (plain === "" || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
}

function emptyOf(text: string): Json | undefined {
  if (/^new Utf8\(\s*\)$/.test(text)) return "";
  if (/^new Map<.*>\(\s*\)$/s.test(text)) return {};
  return /^new (?:Array<.*>|(?:Ui|I)nt\d+Array|Uint8ClampedArray|Float\d+Array)\(\s*0?\s*\)$/s.test(text)
    ? []
    : undefined;
}

function utf8Of(node: Node & { args?: readonly Node[] }): Json | undefined {
  const argument = node.args?.[0];
  return textOf(node).startsWith("Utf8.from(") && argument !== undefined ? literalOf(argument) : undefined;
}
