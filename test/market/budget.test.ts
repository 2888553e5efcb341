// The ceiling of a call tree: over random trees, with failures of every kind, cancellations and time-outs, what is charged
// and held never passes it, at no moment, and at the end nothing is held.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "../../worker/limits.ts";
import { type Allowance, Budget, type Charge } from "../../worker/market/budget.ts";
import { CALL_FEE, computePrice } from "../../worker/market/money/price.ts";

/** How an invocation goes: it burns and calls by turns, then ends. */
interface Node {
  readonly royalty: number;
  /** Fuel burned before each child and at the end. */
  readonly burns: readonly number[];
  readonly children: readonly Node[];
  readonly end: "completed" | "failed" | "free";
}

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    royalty: fc.oneof(fc.constant(0), fc.nat(100_000), fc.nat(50_000_000)),
    burns: fc.array(fc.oneof(fc.nat(5_000_000), fc.nat(3_000_000_000)), { minLength: 1, maxLength: 5 }),
    children: fc.oneof({ maxDepth: 8 }, fc.constant([]), fc.array(tie("node"), { maxLength: 4 })),
    end: fc.constantFrom("completed", "completed", "completed", "failed", "free"),
  }),
})).node;
/** A tree, and after how many steps it is cancelled, if it is. */
const plan = fc.record({ node, at: fc.option(fc.nat(12)) });
const TORTURE = process.env["ORCADE_TORTURE"] === "1";

const sum = (charges: readonly Charge[]): number =>
  charges.reduce((total, { compute, call, royalty }) => total + compute + call + royalty, 0);

/** Plays a tree against a budget as the calls engine does, looking at the invariants after every step. */
class Play {
  readonly budget: Budget;
  readonly charges: Charge[] = [];
  readonly #piece: number;
  readonly #kept = 20_000_000;
  readonly #cancelAt: number | null;
  #steps = 0;
  stopped = false;

  constructor(ceiling: number, piece: number, cancelAt: number | null) {
    this.budget = new Budget(ceiling);
    this.#piece = piece;
    this.#cancelAt = cancelAt;
  }

  #look(): void {
    expect(this.budget.committed).toBeLessThanOrEqual(this.budget.ceiling);
    expect(this.budget.free).toBeGreaterThanOrEqual(0);
    expect(this.budget.charged).toBe(sum(this.charges));
    if (this.#cancelAt !== null && ++this.#steps > this.#cancelAt) this.stopped = true;
  }

  /** @returns whether all of it could be burned */
  #burn(allowance: Allowance, burned: number): boolean {
    while (allowance.fuel < burned && !this.stopped) {
      if (allowance.grow(this.#piece) === 0) this.stopped = true;
      this.#look();
    }
    return allowance.fuel >= burned;
  }

  run({ royalty, burns, children, end }: Node, depth: number): void {
    const allowance = depth < LIMITS.callDepth ? this.budget.open(royalty) : null;
    if (allowance === null) return;
    this.#look();
    let burned = 0;
    for (const [turn, amount] of burns.entries()) {
      burned += amount;
      if (!this.#burn(allowance, burned)) break;
      const child = children[turn];
      if (child === undefined) continue;
      allowance.keep(burned + this.#kept);
      this.#look();
      this.run(child, depth + 1);
      this.#look();
    }
    const fuel = Math.min(burned, allowance.fuel);
    const charge = allowance.close(fuel, this.stopped ? "failed" : end);
    this.charges.push(charge);
    if (charge.call > 0) expect(charge.compute).toBe(computePrice(fuel));
    this.#look();
  }
}

test("a tree never passes its ceiling, at no moment, and holds nothing when it is over", () => {
  fc.assert(
    fc.property(
      plan,
      fc.oneof(fc.nat(200_000), fc.nat(20_000_000), fc.nat(2_000_000_000)),
      fc.integer({ min: 100_000, max: 2_000_000 }),
      ({ node: tree, at }, ceiling, piece) => {
        const play = new Play(ceiling, piece, at);
        play.run(tree, 0);
        expect(play.budget.committed).toBe(play.budget.charged);
        expect(sum(play.charges)).toBeLessThanOrEqual(ceiling);
      },
    ),
    { numRuns: TORTURE ? 20_000 : 600 },
  );
});

test("an invocation closes once", () => {
  const budget = new Budget(1_000_000);
  const allowance = budget.open(7);
  expect(allowance?.grow(10)).toBe(10);
  expect(allowance?.close(9_001, "completed")).toEqual({ compute: 10, call: CALL_FEE, royalty: 7 });
  expect(allowance?.close(9_001, "completed")).toEqual({ compute: 0, call: 0, royalty: 0 });
  expect(allowance?.grow(10)).toBe(0);
  expect(budget.committed).toBe(CALL_FEE + 17);
});

test("fee and royalty must leave room for some fuel", () => {
  expect(new Budget(CALL_FEE + 7).open(7)).toBeNull();
  expect(new Budget(CALL_FEE + 8).open(7)).not.toBeNull();
});

test("one invocation holds no more than the platform's limit of fuel", () => {
  const budget = new Budget(Number.MAX_SAFE_INTEGER);
  const allowance = budget.open(0);
  allowance?.grow(Number.MAX_SAFE_INTEGER);
  expect(allowance?.fuel).toBe(LIMITS.callFuel);
  expect(allowance?.full).toBe(true);
  expect(allowance?.grow(1)).toBe(0);
});
