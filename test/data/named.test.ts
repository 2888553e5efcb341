// Which collection an input names: cases as data, and the longest input that is looked into.
import { describe, expect, test } from "vitest";
import { namedCollection } from "../../worker/data/named.ts";
import { LIMITS } from "../../worker/limits.ts";
import cases from "./named.json" with { type: "json" };

const encoder = new TextEncoder();

function shown(input: Uint8Array): string | null {
  const place = namedCollection(input, "ada");
  return place === null ? null : `${place.owner.toLowerCase()}/${place.collection}`;
}

describe("the collection that an input names", () => {
  test.for(cases as [string, string | null][])("%j: %s", ([input, place]) => {
    expect(shown(encoder.encode(input))).toBe(place);
  });

  test("is looked for in LIMITS.nearInputBytes, and not in one more", () => {
    const input = encoder.encode(`data://bob/mine/${" ".repeat(LIMITS.nearInputBytes - 16)}`);
    expect([input.length, shown(input)]).toEqual([LIMITS.nearInputBytes, "bob/mine"]);
    expect(shown(Uint8Array.of(...input, 32))).toBeNull();
  });

  test("is found in linear time, whatever the input", () => {
    for (const piece of ["data://", "data://a/", "data://bob/mine", "data://.algo/a/", "a", "data://a/b "]) {
      const input = encoder.encode(piece.repeat(LIMITS.nearInputBytes).slice(0, LIMITS.nearInputBytes));
      const began = performance.now();
      namedCollection(input, "ada");
      expect(performance.now() - began).toBeLessThan(200);
    }
  });
});
