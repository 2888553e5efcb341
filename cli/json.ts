// JSON as it was written: numbers that a double cannot hold (i64, 1e999, 1.0) keep their digits from the wire to the terminal.

/** The third argument of a reviver (TC39 "JSON.parse source text access"), not yet in TypeScript's library. */
interface Source {
  readonly source?: string;
}
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** Parses JSON; a number whose digits would be lost stays a raw JSON value, which `JSON.stringify` writes unchanged. */
export function parseExact(text: string): unknown {
  const keep = (_key: string, value: unknown, context?: Source): unknown =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? JSON.rawJSON(context.source)
      : value;
  return JSON.parse(text, keep);
}

/** An object with string keys, or undefined for anything else. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

export const asString = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
export const asNumber = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
