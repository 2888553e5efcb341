// Canonical JSON against the vectors of RFC 8785 itself: §3.2.2, §3.2.3 and the numbers of Appendix B.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "../../../worker/market/receipt/canonical.ts";
import vectors from "./rfc8785.json" with { type: "json" };

const text = (value: unknown): string => {
  const made = canonical(value);
  return made.ok ? made.value : `refused: ${made.error}`;
};

/** The double with these bits. */
function double(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}

describe("RFC 8785", () => {
  test("§3.2.2: the sample becomes exactly these bytes (§3.2.4)", () => {
    const bytes = Buffer.from(vectors.bytes.join(""), "hex");
    expect(Buffer.from(text(JSON.parse(vectors.sample)), "utf8")).toEqual(bytes);
  });

  test("§3.2.3: members are sorted by UTF-16 code units", () => {
    const sorted = text(JSON.parse(vectors.unsorted));
    expect(new Set(Object.values(JSON.parse(sorted) as object))).toEqual(new Set(vectors.order));
    let at = -1;
    for (const value of vectors.order) {
      const found = sorted.indexOf(JSON.stringify(value));
      expect(found, value).toBeGreaterThan(at);
      at = found;
    }
  });

  test.each(vectors.numbers)("Appendix B: %s is %s", (hex, expected) => {
    expect(text(double(hex ?? ""))).toBe(expected ?? "refused: not-finite");
  });
});

test("lone surrogates and what is not JSON are refused, in names too", () => {
  for (const value of ["\ud800", { "\udc00": 1 }, ["\ud800a"]]) expect(text(value)).toBe("refused: lone-surrogate");
  for (const value of [undefined, 1n, () => 1, { a: undefined }]) expect(text(value)).toBe("refused: not-json");
});

test("the order in which members were written does not matter, and reading gives the value back", () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const once = canonical(value);
      if (!once.ok) return;
      const reversed = (each: unknown): unknown =>
        Array.isArray(each)
          ? each.map(reversed)
          : typeof each === "object" && each !== null
            ? Object.fromEntries(
                Object.entries(each)
                  .toReversed()
                  .map(([name, inner]) => [name, reversed(inner)]),
              )
            : each;
      expect(text(reversed(value))).toBe(once.value);
      expect(text(JSON.parse(once.value))).toBe(once.value);
    }),
  );
});
