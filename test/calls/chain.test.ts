// The chain that a refused call's message names: what its reader may know, and no longer than a message should be.
import { describe, expect, test } from "vitest";
import { chainOf } from "../../worker/calls/chain.ts";
import { LIMITS } from "../../worker/limits.ts";

type Link = Parameters<typeof chainOf>[0];

/** The innermost of invocations that called one another; a name with `!` is private. */
function callerOf(names: readonly string[]): Link {
  let link: Link | null = null;
  for (const name of names) {
    const manifest = { visibility: name.endsWith("!") ? "private" : "public" } as Link["release"]["manifest"];
    link = { parent: link, release: { algorithm: name.replace("!", ""), manifest } };
  }
  return link as unknown as Link;
}

describe("a chain of calls", () => {
  test("names everybody from the root down, a cycle as often as it was gone through", () => {
    expect(chainOf(callerOf(["ada/a"]), "ada/a")).toBe("ada/a > ada/a");
    expect(chainOf(callerOf(["ada/a", "bob/b", "ada/a"]), "bob/b/1.0.0")).toBe("ada/a > bob/b > ada/a > bob/b/1.0.0");
  });

  test("tells the module that reads it of private algorithms only what its author may know", () => {
    expect(chainOf(callerOf(["bob/secret!", "Ada/own!", "ada/a"]), "x/y")).toBe(
      "(a private algorithm) > Ada/own > ada/a > x/y",
    );
    expect(chainOf(callerOf(["ada/own!", "bob/b"]), "x/y")).toBe("(a private algorithm) > bob/b > x/y");
  });

  test("loses its middle where it would be too long, never its ends", () => {
    const long = (n: number): string => `${"o".repeat(LIMITS.calleeBytes - 20)}/a${n}`;
    const names = Array.from({ length: LIMITS.callDepth }, (_, n) => long(n));
    const chain = chainOf(callerOf(names), "x".repeat(LIMITS.calleeBytes));
    expect(chain.length).toBeLessThanOrEqual(600);
    expect(chain.startsWith(`${long(0)} > (11 more) > ${long(12)} > `)).toBe(true);
    expect(chain.endsWith(`${long(15)} > ${"x".repeat(LIMITS.calleeBytes)}`)).toBe(true);
  });
});
