// Scopes: which algorithms a pattern allows, and that a key can hand on no more than it has.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../worker/limits.ts";
import {
  ALL_SCOPES,
  DEFAULT_SCOPES,
  type Scopes,
  mayCall,
  scopesShape,
  within,
} from "../../../worker/market/access/scopes.ts";

const calls = (...call: string[]): Scopes => ({ ...DEFAULT_SCOPES, call });

describe("which algorithms a key may call", () => {
  test.for([
    [["*"], "ada", "echo", true],
    [["ada/*"], "ada", "echo", true],
    [["ada/*"], "Ada", "ECHO", true],
    [["ADA/echo"], "ada", "Echo", true],
    [["ada/echo"], "ada", "echo2", false],
    [["ada/echo"], "bob", "echo", false],
    [["ada/*"], "adam", "echo", false],
    [["bob/x", "ada/*"], "ada", "echo", true],
    [[], "ada", "echo", false],
  ] as const)("%j, %s/%s: %s", ([patterns, owner, name, allowed]) => {
    expect(mayCall(calls(...patterns), owner, name)).toBe(allowed);
  });

  test.for(["", "ada", "/", "*/*", "*/echo", "ada/", "ada/ec*", "ada/echo/1.0.0", " ada/echo", "ada/échо", "1ada/x"])(
    "%j is no pattern",
    (pattern) => {
      expect(scopesShape.safeParse(calls(pattern)).success).toBe(false);
    },
  );

  test("as many patterns as the limit, and one more", () => {
    const many = (count: number): boolean =>
      scopesShape.safeParse(calls(...Array<string>(count).fill("ada/echo"))).success;
    expect([many(LIMITS.keyPatterns), many(LIMITS.keyPatterns + 1)]).toEqual([true, false]);
  });
});

describe("a key hands on only what it has", () => {
  test.for([
    [calls("ada/echo"), calls("ada/*"), true],
    [calls("ada/*"), calls("ada/echo"), false],
    [calls("*"), calls("ada/*", "bob/*"), false],
    [calls("ada/*"), calls("*"), true],
    [calls("ada/Echo"), calls("ADA/echo"), true],
    [{ ...DEFAULT_SCOPES, data: "write" }, { ...DEFAULT_SCOPES, data: "read" }, false],
    [{ ...DEFAULT_SCOPES, data: "none" }, { ...DEFAULT_SCOPES, data: "read" }, true],
    [{ ...DEFAULT_SCOPES, manage: true }, DEFAULT_SCOPES, false],
    [{ ...DEFAULT_SCOPES, admin: true }, { ...ALL_SCOPES, admin: false }, false],
    [ALL_SCOPES, ALL_SCOPES, true],
  ] as const)("%#: %j within %j: %s", ([inner, outer, expected]) => {
    expect(within(inner, outer)).toBe(expected);
  });

  const part = fc.constantFrom("ada", "Ada", "bob", "eve");
  const pattern = fc.oneof(
    fc.constant("*"),
    part.map((owner) => `${owner}/*`),
    fc.tuple(part, part).map(([owner, name]) => `${owner}/${name}`),
  );
  const patterns = fc.array(pattern, { maxLength: 4 });

  test("what lies within calls nothing that the other may not (500 pairs)", () => {
    fc.assert(
      fc.property(patterns, patterns, part, part, (inner, outer, owner, name) => {
        if (!within(calls(...inner), calls(...outer))) return;
        expect(mayCall(calls(...inner), owner, name) && !mayCall(calls(...outer), owner, name)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
