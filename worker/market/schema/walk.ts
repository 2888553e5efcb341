// Tells a JsonVisitor about a value in memory, as the scanner does about bytes.
import type { JsonVisitor } from "../json/scan.ts";

/** @returns why the value cannot be told as JSON: `undefined`, NaN, functions and cycles cannot */
export function walk(value: unknown, visitor: JsonVisitor, depth: number): "not-json" | "too-deep" | undefined {
  if (value === null || typeof value === "boolean") visitor.literal(value);
  else if (typeof value === "string") visitor.string(codePoints(value), () => value);
  else if (typeof value === "number" && !Number.isNaN(value)) visitor.number(value);
  else if (typeof value !== "object") return "not-json";
  else if (depth === 0) return "too-deep";
  else if (Array.isArray(value)) return walkArray(value, visitor, depth);
  else return walkObject(value as Readonly<Record<string, unknown>>, visitor, depth);
  return undefined;
}

function walkArray(items: readonly unknown[], visitor: JsonVisitor, depth: number): ReturnType<typeof walk> {
  visitor.openArray();
  for (const item of items) {
    const problem = walk(item, visitor, depth - 1);
    if (problem !== undefined) return problem;
  }
  visitor.close();
  return undefined;
}

/** Own keys only, and each is read only because it is own: `__proto__` and `constructor` are names like any other. */
function walkObject(
  object: Readonly<Record<string, unknown>>,
  visitor: JsonVisitor,
  depth: number,
): ReturnType<typeof walk> {
  visitor.openObject();
  for (const key of Object.keys(object)) {
    visitor.key(() => key);
    const problem = walk(object[key], visitor, depth - 1);
    if (problem !== undefined) return problem;
  }
  visitor.close();
  return undefined;
}

function codePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    count++;
    if ((text.codePointAt(at) ?? 0) > 0xffff) at++;
  }
  return count;
}
