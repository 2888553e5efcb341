// Amounts and prices: whole microcredits or nothing; what is split adds up again, exactly, at every size.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  inCredits,
  isAmount,
  isPosting,
  microcredits,
  negative,
  total,
} from "../../../worker/market/money/amount.ts";
import {
  CALL_FEE,
  PLATFORM,
  authorPart,
  computePrice,
  fuelUnder,
  platformPart,
  priceOf,
} from "../../../worker/market/money/price.ts";
import { byBeneficiary, sharesOf } from "../../../worker/market/money/shares.ts";

const MOST = Number.MAX_SAFE_INTEGER;
const NO_AMOUNTS = [-1, 0.5, -0.5, -0, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 1e300];

describe("an amount", () => {
  test("is a whole number of microcredits from 0 to 2^53 - 1", () => {
    for (const amount of [0, 1, 20_000, MOST]) expect([isAmount(amount), microcredits(amount)]).toEqual([true, amount]);
    for (const amount of NO_AMOUNTS) {
      expect(isAmount(amount)).toBe(false);
      expect(() => microcredits(amount)).toThrow(RangeError);
    }
    for (const value of ["5", null, undefined, 5n, [5]]) expect(isAmount(value)).toBe(false);
  });

  test("that is posted may be negative, not more", () => {
    for (const posting of [0, -1, 1, MOST, -MOST]) expect(isPosting(posting)).toBe(true);
    for (const posting of [0.5, -0, 2 ** 53, -(2 ** 53), Number.NaN]) expect(isPosting(posting)).toBe(false);
    expect(Object.is(negative(0), 0)).toBe(true);
    expect([negative(5), negative(-5)]).toEqual([-5, 5]);
  });

  test("adds up, or is refused", () => {
    expect(add(MOST - 1, 1)).toEqual({ ok: true, value: MOST });
    expect(add(MOST, 1)).toEqual({ ok: false, error: "overflow" });
    expect(add(-MOST, -1)).toEqual({ ok: false, error: "overflow" });
    expect(total([])).toBe(0);
    expect(total([MOST - 3, 1, 2])).toBe(MOST);
    expect(total([MOST, 1])).toBeNull();
    for (const amount of NO_AMOUNTS) expect(total([5, amount])).toBeNull();
  });

  test.each([
    [0, "0.000000"],
    [1, "0.000001"],
    [-1, "-0.000001"],
    [1_234_567, "1.234567"],
    [-20_000, "-0.020000"],
    [MOST, "9007199254.740991"],
  ])("of %i microcredits is written %s credits", (amount, text) => {
    expect(inCredits(amount)).toBe(text);
  });
});

describe("a price", () => {
  test("of fuel is rounded up to a microcredit: 10^9 are a credit", () => {
    expect([0, 1, 999, 1_000, 1_001, 1_000_000_000].map(computePrice)).toEqual([0, 1, 1, 1, 2, 1_000_000]);
    expect(priceOf(1_000_000_000, 50_000)).toBe(1_000_000 + CALL_FEE + 50_000);
  });

  test("bounds fuel to the last microcredit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.nat(1_000_000), (ceiling, royalty) => {
        const fuel = fuelUnder(ceiling, royalty);
        if (fuel < 0) return ceiling < CALL_FEE + royalty;
        return priceOf(fuel, royalty) <= ceiling && priceOf(fuel + 1, royalty) > ceiling;
      }),
    );
  });

  test("gives the author royalty - floor(0.3 × royalty), exactly, whatever its size", () => {
    expect([0, 1, 3, 4, 20_001, 50_000].map(authorPart)).toEqual([0, 1, 3, 3, 14_001, 35_000]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MOST }), (royalty) => {
        expect(BigInt(platformPart(royalty))).toBe((BigInt(royalty) * 3n) / 10n);
        expect(authorPart(royalty) + platformPart(royalty)).toBe(royalty);
      }),
    );
  });
});

describe("shares", () => {
  test("of a node are the platform's and the author's, and sum to its charge", () => {
    const node = { algorithm: "alice/tags", version: "1.0.0" };
    const charge = { compute: 7, call: 20_000, royalty: 50_000, payer: "caller" } as const;
    expect(sharesOf({ ...node, charge })).toEqual([
      { to: PLATFORM, amount: 35_007, for: { ...node, kind: "platform" } },
      { to: "alice", amount: 35_000, for: { ...node, kind: "royalty" } },
    ]);
    expect(sharesOf({ ...node, charge: { compute: 0, call: 0, royalty: 0, payer: "author" } })).toEqual([]);
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000_000), (compute, royalty) => {
        const shares = sharesOf({ ...node, charge: { ...charge, compute, royalty } });
        return total(shares.map(({ amount }) => amount)) === compute + 20_000 + royalty;
      }),
    );
  });

  test("are added up by beneficiary, in any case of letters", () => {
    const sums = byBeneficiary([
      { to: "Alice", amount: 5 },
      { to: "orcade", amount: 1 },
      { to: "alice", amount: -2 },
    ]);
    expect([...sums]).toEqual([
      ["alice", 3],
      ["orcade", 1],
    ]);
  });
});
