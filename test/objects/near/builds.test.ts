// Which builds run batches in one object: four at once, one batch of each, and each gets its turn.
import { describe, expect, test } from "vitest";
import { Builds, type Turn } from "../../../worker/objects/near/builds.ts";

const FOUR = ["a", "b", "c", "d"];
const LATER = 1_000_000;

/** Four run. */
function full(): { builds: Builds; turns: Map<string, Turn> } {
  const builds = new Builds();
  const turns = new Map<string, Turn>();
  for (const id of FOUR) {
    expect(builds.may(id, 0)).toBe(true);
    turns.set(id, builds.enter(id, 0, LATER));
  }
  return { builds, turns };
}

describe("builds in one object", () => {
  test("are four at once", () => {
    const { builds } = full();
    expect(builds.may("e", 0)).toBe(false);
  });

  test("are as many at once as they are told", () => {
    const builds = new Builds(Number.POSITIVE_INFINITY);
    for (let build = 0; build < 100; build++) {
      expect(builds.may(String(build), 0)).toBe(true);
      builds.enter(String(build), 0, LATER);
    }
  });

  test("have one batch after the other, and one more beside one that takes a second", () => {
    const builds = new Builds();
    const first = builds.enter("a", 0, LATER);
    expect(builds.may("a", 999)).toBe(false);
    expect(builds.may("a", 1_000)).toBe(true);
    builds.enter("a", 1_000, LATER);
    expect(builds.may("a", 1_999)).toBe(false);
    expect(builds.may("a", 2_000)).toBe(true);
    builds.leave(first);
    builds.leave(builds.enter("b", 1_500, LATER));
    expect(builds.may("b", 1_500)).toBe(true);
  });

  test("that have run longest make room for those that wait, as many as these are, in the order in which they came", () => {
    const { builds, turns } = full();
    const more = builds.enter("a", 0, LATER);
    const now = 1_000;
    expect(builds.may("e", now)).toBe(false);
    expect(FOUR.map((id) => builds.may(id, now))).toEqual([false, true, true, true]);
    expect(builds.may("f", now)).toBe(false);
    expect(FOUR.map((id) => builds.may(id, now))).toEqual([false, false, true, true]);
    builds.leave(more);
    expect(builds.may("e", now)).toBe(false);
    builds.leave(turns.get("a") as Turn);
    // It comes after those that were there before it.
    expect(["a", "f", "e"].map((id) => builds.may(id, now))).toEqual([false, false, true]);
    builds.enter("e", now, LATER);
    builds.leave(turns.get("b") as Turn);
    expect(["a", "f"].map((id) => builds.may(id, now))).toEqual([false, true]);
  });

  test("that are not heard of any more keep nobody waiting", () => {
    const { builds } = full();
    builds.may("gone", 2_000);
    expect(builds.may("a", 5_000)).toBe(false);
    expect(builds.may("a", 5_001)).toBe(true);
    // Batches that ended without a word.
    expect(builds.may("e", LATER + 10_000)).toBe(false);
    expect(builds.may("e", LATER + 10_001)).toBe(true);
  });

  test.each([5, 9])("%d of them get their turn over and over, whose batches overlap without end", (count) => {
    const builds = new Builds();
    const ids = Array.from({ length: count }, (_, index) => `build ${index}`);
    const begun = new Map(ids.map((id) => [id, 0]));
    const out: { turn: Turn; end: number }[] = [];
    for (let now = 0; now < 240_000; now += 300) {
      for (const one of out.filter(({ end }) => end <= now)) {
        builds.leave(one.turn);
        out.splice(out.indexOf(one), 1);
      }
      for (const [index, id] of ids.entries()) {
        // Each has two batches out wherever it may, which take long and end at different times.
        const mine = out.filter(({ turn }) => turn.id === id).length;
        if (mine >= 2 || !builds.may(id, now)) continue;
        const ms = 1_200 + 600 * ((index + mine) % 4);
        out.push({ turn: builds.enter(id, now, now + LATER), end: now + ms });
        begun.set(id, (begun.get(id) ?? 0) + 1);
      }
      expect(new Set(out.map(({ turn }) => turn.id)).size).toBeLessThanOrEqual(4);
    }
    const fewest = Math.min(...begun.values());
    expect(fewest).toBeGreaterThan(20);
    expect(Math.max(...begun.values())).toBeLessThan(6 * fewest);
  });
});
