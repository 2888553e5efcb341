// Whether something is JSON of a bounded size, found out without trusting it: it may be cyclic, shared or huge.
import { err, ok, type Result } from "../result.ts";

export interface MeasureError {
  readonly reason: "too-large" | "too-deep" | "not-json";
}

/**
 * @param bytes most bytes of its serialised form, in UTF-8 without white space
 * @param depth most arrays and objects within one another
 * @returns its serialised form; work stops as soon as a bound is passed
 */
export function measureJson(value: unknown, bytes: number, depth: number): Result<string, MeasureError> {
  const budget = { left: bytes };
  const reason = spend(value, depth, budget);
  if (reason !== undefined) return err({ reason });
  const text = JSON.stringify(value);
  return new TextEncoder().encode(text).length > bytes ? err({ reason: "too-large" }) : ok(text);
}

/** Spends for each value and character one byte, which is less than its serialised form takes. */
function spend(value: unknown, depth: number, budget: { left: number }): MeasureError["reason"] | undefined {
  if (--budget.left < 0) return "too-large";
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "not-json";
  if (typeof value === "string") return (budget.left -= value.length) < 0 ? "too-large" : undefined;
  if (typeof value !== "object") return "not-json";
  if (depth === 0) return "too-deep";
  if (Array.isArray(value)) return spendAll(value, depth, budget);
  const keys = Object.keys(value);
  for (const key of keys) budget.left -= key.length;
  return spendAll(Object.values(value), depth, budget);
}

function spendAll(
  values: readonly unknown[],
  depth: number,
  budget: { left: number },
): MeasureError["reason"] | undefined {
  for (const value of values) {
    const reason = spend(value, depth - 1, budget);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
