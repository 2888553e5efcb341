// `Vclock(order) >> e` is no call but a form of its own (orc.md §6), known by the site its name stands for.
import type { Kinded } from "../syntax/ast.ts";
import type { ConstantPool } from "./constants.ts";
import type { Meaning } from "./names.ts";

/** The host site whose call left of `>>` makes a clock zone. */
export const CLOCK_SITE = "Vclock";

/** Does the chain begin with a call of the clock's name? */
export function isClockCall(
  { base, steps }: Kinded<"chain">,
  meanings: readonly (Meaning | undefined)[],
  pool: ConstantPool,
): boolean {
  if (base.kind !== "variable" || steps[0]?.kind !== "arguments") return false;
  const meaning = meanings[base.occurrence.number];
  if (meaning?.kind !== "constant") return false;
  const constant = pool.at(meaning.constant);
  return constant?.type === "site" && constant.name === CLOCK_SITE;
}
