// What evaluating a durable run costs: its fuel, in pieces of one size and a last one, so that the bill is the same however
// often the run was begun anew; and one fee. What is not settled yet waits for the next piece, also while the run sleeps.
import { settlementOf } from "../calls/record.ts";
import type { Held } from "../calls/purse.ts";
import { settle } from "../calls/settle.ts";
import { LIMITS } from "../limits.ts";
import type { Failure } from "../market/failure.ts";
import { CALL_FEE, computePrice } from "../market/money/price.ts";
import { type Result, err, ok } from "../market/result.ts";
import type { Run } from "../orc/engine/index.ts";
import { fuelOf } from "../orc/engine/index.ts";
import { type Debts, isPassing, LedgerSilent, type Payer, reserved } from "./debts.ts";
import { evaluationRecord } from "./evaluation.ts";
import type { Stop } from "./journal.ts";
import type { Debt, Store } from "./store.ts";

/** Microcredits held ahead of what was used: at first, and at most. */
const FIRST_AHEAD = 20_000;
const AHEAD = 1_000_000;
/** Microcredits without which evaluation does not go on. */
const LEAST = 10_000;
/** Milliseconds for which money is held at a time. */
const HOLD_MS = 60_000;
/** Fuel of what is stored for a program: what it says, whom it calls, what it waits for. As a host function that asks an object. */
const STORED_FUEL = 70_000;

/** Fuel of a durable run so far: its steps, and what is stored for it. It follows from the run alone. */
export const durableFuel = (run: Run, outputs: number): number =>
  fuelOf(run) + STORED_FUEL * (outputs + run.nextCall - 1 + run.turn);

export interface Facts {
  /** Id of the run. */
  readonly id: string;
  /** Label of its key. */
  readonly key: string;
  readonly program: string;
  /** Milliseconds since 1970. */
  readonly made: number;
}

export class Pieces {
  readonly #payer: Payer;
  readonly #store: Store;
  readonly #debts: Debts;
  readonly #facts: Facts;
  #held: { readonly money: Held; readonly until: number } | null = null;
  #ahead = FIRST_AHEAD;
  #known: number | null = null;

  constructor(payer: Payer, store: Store, debts: Debts, facts: Facts) {
    this.#payer = payer;
    this.#store = store;
    this.#debts = debts;
    this.#facts = facts;
  }

  /** Pieces settled, which only this object settles. */
  get #pieces(): number {
    return (this.#known ??= this.#store.row?.pieces ?? 0);
  }

  /** Settles whole pieces and holds money for what follows. @returns why the run cannot go on */
  async pay(fuel: number): Promise<Stop | null> {
    if (fuel >= LIMITS.runFuel)
      return { state: "failed", code: "out-of-fuel", text: `More than ${LIMITS.runFuel} fuel` };
    while (fuel - this.#pieces * LIMITS.runPieceFuel >= LIMITS.runPieceFuel) {
      const paid = await this.#piece(this.#pieces);
      if (paid !== null) return paid;
    }
    const owed = computePrice(fuel - this.#pieces * LIMITS.runPieceFuel) + CALL_FEE;
    return this.#hold(owed);
  }

  async #hold(owed: number): Promise<Stop | null> {
    if (this.#held !== null && Date.now() > this.#held.until) this.close();
    if (this.#held === null) {
      const got = await reserved(this.#payer, owed + LEAST, owed + this.#ahead, 2 * HOLD_MS, false);
      if (!got.ok && isPassing(got.error)) throw new LedgerSilent();
      if (!got.ok) return this.#stopped(got.error);
      this.#held = { money: got.value, until: Date.now() + HOLD_MS };
    }
    const { money } = this.#held;
    if (money.amount >= owed + LEAST) return null;
    this.#ahead = Math.min(AHEAD, 2 * this.#ahead);
    await money.extend(this.#payer.env, owed + this.#ahead - money.amount);
    if (money.amount >= owed + LEAST) return null;
    return this.#stopped({ code: "insufficient-credits", message: "The account has no credits left for this run." });
  }

  #stopped({ code, message }: Failure): Stop {
    const { reached, limit } = this.#payer.ceiling;
    const mine = reached && code === "insufficient-credits";
    if (mine)
      return { state: "failed", code: "budget-exceeded", text: `The run may cost at most ${limit} microcredits` };
    return { state: "failed", code, text: message };
  }

  /** One whole piece. */
  async #piece(number: number): Promise<Stop | null> {
    const debt = this.#debt(`${this.#facts.id}.e${number}`, LIMITS.runPieceFuel, 0, null);
    const paid = await this.#settled(debt);
    if (paid.ok) return null;
    return this.#stopped(paid.error);
  }

  async #settled(debt: Debt): Promise<Result<null, Failure>> {
    this.close();
    this.#known = null;
    this.#store.prepare(debt, null);
    await this.#store.sync();
    const { total } = debt.settlement;
    const got = await reserved(this.#payer, total, total, HOLD_MS, false);
    if (!got.ok) {
      if (isPassing(got.error)) throw new LedgerSilent();
      this.#store.unsettled(debt.id);
      return got;
    }
    const done = await settle(this.#payer.env, this.#payer.account, got.value.lease, debt.settlement);
    got.value.close(done.ok ? total : 0);
    if (done.ok) this.#store.settled(debt.id);
    else if ((await this.#debts.send(debt)) !== "settled")
      return err({ code: "settlement-refused", message: "The run's evaluation could not be settled." });
    return ok(null);
  }

  /** The rest and the fee, once: when the run has ended. */
  async finish(fuel: number, calls: number, error: string | null): Promise<void> {
    const whole = Math.floor(fuel / LIMITS.runPieceFuel);
    while (this.#pieces < whole) if ((await this.#piece(this.#pieces)) !== null) return this.close();
    if (this.#pieces > whole) return this.close();
    const rest = fuel - whole * LIMITS.runPieceFuel;
    await this.#settled(this.#debt(this.#facts.id, rest, CALL_FEE, error, calls));
  }

  /** Gives back what is held: a run that sleeps holds no money. */
  close(): void {
    this.#held?.money.close(0);
    this.#held = null;
  }

  #debt(id: string, fuel: number, fee: number, error: string | null, calls = 0): Debt {
    const { key, program, made } = this.#facts;
    const record = evaluationRecord({
      id,
      account: this.#payer.account,
      key,
      program,
      began: made,
      ended: Date.now(),
      fuel,
      fee,
      calls,
      outputBytes: 0,
      output: null,
      error,
    });
    return { id, call: null, settlement: settlementOf(record, error !== null) };
  }
}
