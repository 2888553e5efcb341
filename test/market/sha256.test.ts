// SHA-256 of short inputs against Node's, at every length around the edges of blocks, and the examples of FIPS 180-4.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256Short } from "../../worker/market/sha256.ts";

const nodes = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("SHA-256 of short inputs", () => {
  test("gives the examples that NIST publishes", () => {
    const text = new TextEncoder();
    expect(sha256Short(text.encode("abc"))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(sha256Short(text.encode(""))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Short(text.encode("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))).toBe(
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    );
  });

  test("is Node's at every length up to three blocks", () => {
    for (let length = 0; length <= 192; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 197 + length * 31) & 255);
      expect(sha256Short(bytes), `${length} bytes`).toBe(nodes(bytes));
    }
  });

  test("is Node's for any bytes, also where they are a part of others", () => {
    const cases = fc.tuple(fc.uint8Array({ maxLength: 5_000 }), fc.nat(64));
    fc.assert(fc.property(cases, ([bytes, from]) => sha256Short(bytes.subarray(from)) === nodes(bytes.subarray(from))));
  });
});
