// What evaluating a program costs: its steps as fuel, and one fee, paid like a call of the platform's own algorithm
// `orcade/orc`, so that it stands in the books, the lists of calls and the receipts like every other.
import { createHash } from "node:crypto";
import { commit } from "../calls/commit.ts";
import { settlementOf } from "../calls/record.ts";
import type { Held } from "../calls/purse.ts";
import type { Env } from "../env.ts";
import { LIMITS } from "../limits.ts";
import type { Grant } from "../market/access/grant.ts";
import { sha256OfText } from "../market/hash.ts";
import { CALL_FEE, computePrice, FUEL_PER_MICROCREDIT, PLATFORM } from "../market/money/price.ts";
import type { CallNode, CallRecord } from "../market/record.ts";

/** The dialect, and the version of the engine: a program that ran under it runs the same under it again. */
const VERSION = "2.1.0";
const ALGORITHM = `${PLATFORM}/orc`;
const BUILD = sha256OfText(`${ALGORITHM}@${VERSION}`);
/** A step costs FUEL.step (orc/engine/index.ts). */
const COST_TABLE = "orc-steps-1";

/**
 * Microcredits set aside at a time: 50 ms of evaluation at first, then twice as much each time, a second at most, so that
 * little of a small ceiling is kept from calls; and those without which it does not begin.
 */
const FIRST_PIECE = 50_000;
const PIECE = 1_000_000;
export const LEAST = CALL_FEE + 10_000;
export const FIRST = CALL_FEE + FIRST_PIECE;
/** Fuel that is set aside ahead of what was used. */
const AHEAD = 10_000_000;

interface Facts {
  readonly id: string;
  readonly grant: Grant;
  readonly program: string;
  readonly began: number;
}

export class Evaluation {
  readonly #env: Env;
  readonly #held: Held;
  readonly #facts: Facts;
  /** Running hash of what was sent. */
  readonly #sent = createHash("sha256");
  #bytes = 0;
  #piece = FIRST_PIECE;

  constructor(env: Env, held: Held, facts: Facts) {
    this.#env = env;
    this.#held = held;
    this.#facts = facts;
  }

  /** Fuel that is paid for. */
  get #paid(): number {
    return (this.#held.amount - CALL_FEE) * FUEL_PER_MICROCREDIT;
  }

  /** Sets more aside where it runs short. @returns fuel the run may have used in all */
  async allow(fuel: number): Promise<number> {
    if (this.#paid < Math.min(fuel + AHEAD, LIMITS.orcFuel)) {
      this.#piece = Math.min(2 * this.#piece, PIECE);
      await this.#held.extend(this.#env, this.#piece);
    }
    return Math.min(this.#paid, LIMITS.orcFuel);
  }

  /** Notes what is sent to the client. */
  sends(chunk: Uint8Array): void {
    this.#sent.update(chunk);
    this.#bytes += chunk.length;
  }

  /** @returns the microcredits charged; null if the ledger refused: nothing is charged then */
  async settle(fuel: number, calls: number, error: string | null): Promise<number | null> {
    const record = this.#record(Math.min(fuel, this.#paid), calls, error);
    const { grant, id } = this.#facts;
    let spent = 0;
    try {
      const { lease } = this.#held;
      const done = await commit(this.#env, grant.account, lease, settlementOf(record, error !== null), []);
      if (done.ok) spent = record.cost;
      else console.error(JSON.stringify({ event: "settlement-refused", call: id, reason: done.error }));
      return done.ok ? spent : null;
    } finally {
      this.#held.close(spent);
    }
  }

  #record(fuel: number, calls: number, error: string | null): CallRecord {
    const { id, grant, program, began } = this.#facts;
    return evaluationRecord({
      id,
      account: grant.account,
      key: grant.key.label,
      program,
      began,
      ended: Date.now(),
      fuel,
      fee: CALL_FEE,
      calls,
      outputBytes: this.#bytes,
      output: error === null ? this.#sent.digest("hex") : null,
      error,
    });
  }
}

/** What is known of an evaluation, or of a piece of one. */
export interface Evaluated {
  readonly id: string;
  readonly account: string;
  /** Label of the key. */
  readonly key: string;
  readonly program: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly fuel: number;
  /** Microcredits beside the fuel. */
  readonly fee: number;
  readonly calls: number;
  readonly outputBytes: number;
  /** SHA-256 of what was said. */
  readonly output: string | null;
  readonly error: string | null;
}

/** The record of an evaluation, as of a call of the platform's own algorithm. */
export function evaluationRecord(of: Evaluated): CallRecord {
  const { id, account, key, program, began, fuel, error } = of;
  const charge = { compute: computePrice(fuel), call: of.fee, royalty: 0, payer: "caller" } as const;
  const node: CallNode = {
    id,
    parent: null,
    algorithm: ALGORITHM,
    version: VERSION,
    build: BUILD,
    costTable: COST_TABLE,
    closed: true,
    status: error === null ? "completed" : "failed",
    error,
    fuel,
    fuelTotal: fuel,
    hostCalls: of.calls,
    inputBytes: new TextEncoder().encode(program).length,
    outputBytes: of.outputBytes,
    memoryPages: 0,
    started: began,
    duration: of.ended - began,
    input: sha256OfText(program),
    output: of.output,
    answers: null,
    charge,
  };
  return { id, account, key, at: began, cost: charge.compute + charge.call, nodes: [node] };
}
