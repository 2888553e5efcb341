// The schemas that the build derives: each case of schemas/*.txt holds sources and `input` and `output` of the manifest.
import { describe, expect, it } from "vitest";
import { compileSchema } from "../../worker/market/schema/compile.ts";
import { built, readTextCases } from "./support.ts";

describe("schemas follow from the types", () => {
  const cases = readTextCases("schemas");
  it("has cases", () => expect(cases.length).toBeGreaterThan(8));
  for (const { title, files, expected } of cases) {
    it(title, async () => {
      const { manifest } = await built(files);
      const { input, output } = manifest;
      expect({ input, output }).toEqual(JSON.parse(expected));
      for (const { schema } of [input, output]) {
        if (schema !== undefined) expect(compileSchema(schema)).toMatchObject({ ok: true });
      }
    });
  }
});
