// What one call tree may cost, and what of it is spoken for at this moment. Pure. Every invocation holds what it may still
// come to; children draw from the same purse as their parents, and what one does not use goes back when it ends. So
// charges and holds together never pass the ceiling, whatever order things happen in.
import { LIMITS } from "../limits.ts";
import { CALL_FEE, FUEL_PER_MICROCREDIT, computePrice } from "./money/price.ts";

/** What one invocation was charged: parts of a NodeCharge. */
export interface Charge {
  readonly compute: number;
  readonly call: number;
  readonly royalty: number;
}

export const NO_CHARGE: Charge = { compute: 0, call: 0, royalty: 0 };

const sumOf = (charge: Charge): number => charge.compute + charge.call + charge.royalty;

/** Microcredits that the fuel of one invocation can come to at most. */
const COMPUTE_MAX = LIMITS.callFuel / FUEL_PER_MICROCREDIT;

/** The money of one call tree. */
export class Budget {
  /** Microcredits the whole tree may cost at most. */
  readonly ceiling: number;
  #held = 0;
  #charged = 0;

  constructor(ceiling: number) {
    this.ceiling = ceiling;
  }

  /** Microcredits that closed invocations were charged. */
  get charged(): number {
    return this.#charged;
  }

  /** Microcredits spoken for: charged, or held by open invocations. This is what must be reserved of the payer's money. */
  get committed(): number {
    return this.#held + this.#charged;
  }

  get free(): number {
    return this.ceiling - this.committed;
  }

  /** Opens an invocation with its fee and royalty held, but no fuel; null when they and any fuel at all pass the ceiling. */
  open(royalty: number): Allowance | null {
    const fixed = CALL_FEE + royalty;
    if (fixed >= this.free) return null;
    this.#held += fixed;
    return new Allowance(royalty, {
      hold: (amount) => {
        this.#held += amount;
      },
      free: () => this.free,
      charge: (amount) => {
        this.#charged += amount;
      },
    });
  }
}

interface Pool {
  hold(amount: number): void;
  free(): number;
  charge(amount: number): void;
}

/** What one invocation holds of its tree's budget. */
export class Allowance {
  readonly #royalty: number;
  readonly #pool: Pool;
  #compute = 0;
  #open = true;

  constructor(royalty: number, pool: Pool) {
    this.#royalty = royalty;
    this.#pool = pool;
  }

  /** Fuel the invocation may burn in all. */
  get fuel(): number {
    return this.#compute * FUEL_PER_MICROCREDIT;
  }

  /** Holds more for compute, as much as fits. @returns microcredits added: 0 when nothing does */
  grow(amount: number): number {
    const added = this.#open ? Math.max(0, Math.min(amount, this.#pool.free(), COMPUTE_MAX - this.#compute)) : 0;
    this.#compute += added;
    this.#pool.hold(added);
    return added;
  }

  /** Gives back what `grow` added and nobody could pay for. */
  shrink(amount: number): void {
    this.#compute -= amount;
    this.#pool.hold(-amount);
  }

  /** Whether the platform's own limit, not the ceiling, keeps it from growing. */
  get full(): boolean {
    return this.#compute >= COMPUTE_MAX;
  }

  /**
   * Holds no more than so much fuel, and no less where it fits, so that children may have the rest; `grow` takes it again.
   * What is left then does not depend on when it grew.
   */
  keep(fuel: number): void {
    const wanted = computePrice(fuel);
    if (this.#compute > wanted) this.shrink(this.#compute - wanted);
    else this.grow(wanted - this.#compute);
  }

  /**
   * Ends the invocation; what is held and not charged goes back.
   * @param fuel burned, at most `fuel` of the allowance
   * @param paid completed: compute, fee and royalty; failed: compute and fee; free: nothing
   */
  close(fuel: number, paid: "completed" | "failed" | "free"): Charge {
    if (!this.#open) return NO_CHARGE;
    this.#open = false;
    const compute = Math.min(computePrice(fuel), this.#compute);
    const royalty = paid === "completed" ? this.#royalty : 0;
    const charge = paid === "free" ? NO_CHARGE : { compute, call: CALL_FEE, royalty };
    this.#pool.hold(-(this.#compute + CALL_FEE + this.#royalty));
    this.#pool.charge(sumOf(charge));
    return charge;
  }
}
