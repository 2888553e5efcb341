import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkPublishable,
  checkRoyaltyRule,
  compareVersions,
  formatVersion,
  parseVersion,
  resolve,
  type VersionEntry,
  type VersionError,
} from "../../worker/market/semver.ts";
import type { Result } from "../../worker/market/result.ts";
import cases from "./cases/semver.json" with { type: "json" };

const BUILD_DIGITS = 64;
/** The case file names a build by its first two digits. */
const versions: VersionEntry[] = cases.versions.map((entry) => ({
  ...entry,
  build: entry.build.padEnd(BUILD_DIGITS, "0"),
}));

function answer(result: Result<VersionEntry, VersionError>): string {
  return result.ok ? result.value.version : result.error.reason;
}

describe("resolve", () => {
  it.each(cases.resolve)("$title", (item) => {
    const selector = item.selector ?? item.build.padEnd(item.digits, "0");
    for (const order of [versions, [...versions].reverse()]) {
      expect(answer(resolve(selector, order, false))).toBe(item.stranger);
      expect(answer(resolve(selector, order, true))).toBe(item.owner);
    }
  });

  it("means the newest private one by `latest` while there is no public one", () => {
    const hidden = versions.filter((entry) => !entry.public);
    expect(answer(resolve("latest", hidden, true))).toBe("2.0.0");
    expect(answer(resolve("", hidden, true))).toBe("2.0.0");
    expect(answer(resolve("2", hidden, true))).toBe("no-such-version");
    expect(answer(resolve("latest", hidden, false))).toBe("no-such-version");
  });

  it("finds nothing where nothing is", () => {
    for (const selector of ["", "latest", "latestPrivate", "1", "1.0.0", "a".repeat(40)]) {
      expect(answer(resolve(selector, [], true))).toBe("no-such-version");
    }
  });

  it("tells a stranger of a private version what it tells of an absent one", () => {
    const hidden = resolve("1.3.0", versions, false);
    const absent = resolve("1.3.0", [], false);
    expect(hidden).toEqual(absent);
  });

  it("does not echo a long selector", () => {
    const result = resolve("9".repeat(100_000), versions, true);
    expect(result.ok ? "" : result.error.message.length).toBeLessThan(300);
  });
});

describe("publishing", () => {
  it.each(cases.publish)("$next: $answer", ({ next, answer }) => {
    const result = checkPublishable(versions, next);
    expect(result.ok ? "ok" : result.error.reason).toBe(answer);
  });

  it.each(cases.royalty)("$title", ({ previous, next, answer, says }) => {
    const spell = ([version, royalty]: (string | number)[]) => ({ version: String(version), royalty: Number(royalty) });
    const result = checkRoyaltyRule(previous.map(spell), spell(next));
    expect(result.ok ? "ok" : result.error.reason).toBe(answer);
    if (!result.ok) expect(result.error.message).toContain(says);
  });
});

describe("comparison", () => {
  const number = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 999_999 }));
  const version = fc.tuple(number, number, number);

  it("reads what it writes", () => {
    fc.assert(
      fc.property(version, (v) => {
        expect(parseVersion(formatVersion(v))).toEqual({ ok: true, value: v });
      }),
    );
  });

  it("orders as one integer in base 10^6 would", () => {
    const rank = ([a, b, c]: [number, number, number]): bigint =>
      (BigInt(a) * 10n ** 6n + BigInt(b)) * 10n ** 6n + BigInt(c);
    fc.assert(
      fc.property(version, version, (a, b) => {
        const expected = rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b));
        expect(Math.sign(compareVersions(a, b))).toBe(expected);
      }),
    );
  });
});
