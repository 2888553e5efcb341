// An author's fault budget: failures that the author answers for are borne by the platform up to a limit a day, over all
// versions of all its algorithms (a new version brings no new budget), and up to a part of that for each caller (so that no
// caller computes for nothing, nor has an algorithm suspended alone, however many isolates it comes through). What is not
// borne, the caller pays; and the version whose faults of the day cost most is to be suspended.
import { faultStatements } from "../../../kv-schema/tables/faults.ts";
import type { Database } from "../../../kv-schema/database.ts";
import { LIMITS } from "../../limits.ts";

/** Failures of one version, provoked by one caller. */
export interface Faulty {
  /** `owner/name@1.2.3`, in lower case. */
  readonly version: string;
  /** Account that called. */
  readonly caller: string;
  /** Microcredits that each would have cost. */
  readonly costs: readonly number[];
}

export interface Borne {
  /** How many of them, from the first, are borne. */
  readonly calls: number;
  /** Microcredits up to which the caller's next failures are borne. */
  readonly left: number;
  /** `owner/name@1.2.3` that has used up the budget, and why it is suspended; null: there is budget left. */
  readonly suspend: { readonly version: string; readonly reason: string } | null;
}

const DAY_MS = 86_400_000;
const FAULT_DAYS = 7;

export class Faults {
  readonly #sql: ReturnType<typeof faultStatements>;

  constructor(db: Database) {
    this.#sql = faultStatements(db);
  }

  /** Counts failures, inside a transaction. */
  bear({ version, caller, costs }: Faulty, now: number): Borne {
    const day = Math.floor(now / DAY_MS);
    const who = caller.toLowerCase();
    this.#sql.sweep(day - FAULT_DAYS);
    const share = LIMITS.faultBudgetPerCaller - this.#sql.ofCaller(day, who);
    const left = LIMITS.faultBudget - this.#sql.all(day);
    const room = Math.min(share, left);
    const { calls, cost } = fitting(costs, room);
    if (calls > 0) this.#sql.add(day, version, who, calls, cost);
    const next = costs[calls];
    const over = next !== undefined && cost + next <= share;
    return { calls, left: room - cost, suspend: over ? this.#worst(day) : null };
  }

  #worst(day: number): Borne["suspend"] {
    const worst = this.#sql.worst(day);
    if (worst === undefined) return null;
    const reason = `${worst.calls} calls failed today by a fault of the algorithm's.`;
    return { version: worst.version, reason };
  }

  /** Forgets a version's faults: an operator lets it run again. */
  forgive(version: string): void {
    this.#sql.forgive(version);
  }
}

/** How many of some costs, from the first, fit into so much, and what they come to. */
function fitting(costs: readonly number[], room: number): { readonly calls: number; readonly cost: number } {
  let cost = 0;
  for (const [calls, each] of costs.entries()) {
    if (cost + each > room) return { calls, cost };
    cost += each;
  }
  return { calls: costs.length, cost };
}
