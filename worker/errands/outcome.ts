// What a call came to, as an errand remembers it. Pure.
import type { Called } from "../calls/call.ts";
import type { Commission, Outcome } from "../objects/errand/protocol.ts";

/** What pure computing beyond one attempt is told. */
const JOBS =
  "Work that needs more than one call may burn is what jobs are for: they split it over the records of a collection.";

/** A call's answer as an errand remembers it. @param settled the id it is in the ledger under */
export function outcomeOf<Id extends string | null>(
  { answer, fuel, cost }: Called,
  { version, build }: Pick<Commission, "version" | "build">,
  duration: number,
  settled: Id,
): Outcome & { readonly settled: Id } {
  const common = { failure: null, version, build, fuel, cost, duration, settled };
  if (answer.ok) return { ...common, status: "completed", kind: answer.value.kind, error: null };
  const { type, message } = answer.error;
  const error = { type, message: type === "FuelExhausted" ? `${message} ${JOBS}` : message };
  return { ...common, status: "failed", kind: null, error };
}
