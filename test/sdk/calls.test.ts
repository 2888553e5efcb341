// Whole algorithms: each case of calls/*.txt holds sources, then lines `input => output`.
import { describe, expect, it } from "vitest";
import { built, jsonCaller, readTextCases } from "./support.ts";

describe("an algorithm answers", () => {
  const cases = readTextCases("calls");
  it("has cases", () => expect(cases.length).toBeGreaterThan(7));
  for (const { title, files, expected } of cases) {
    it(title, async () => {
      const call = jsonCaller(await built(files));
      const lines = expected.split("\n").map((line) => line.split(" => "));
      expect(lines.map(([input = ""]) => `${input} => ${call(input)}`)).toEqual(lines.map((line) => line.join(" => ")));
    });
  }
});
