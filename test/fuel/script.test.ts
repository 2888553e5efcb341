// Scripts of linked modules, as they are and metered, with plenty of fuel and with little at a time. Runs those here and,
// where they have been put beside the repository (a folder of .wast files) or ORCADE_SPEC names it, the specification's own.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScript } from "./script.ts";

const OWN = join(import.meta.dirname, "scripts");
const SPECIFICATION = process.env["ORCADE_SPEC"] ?? join(import.meta.dirname, "../../../shared/spec");

const scriptsIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".wast"))
        .toSorted()
    : [];

function expectSame(text: string): void {
  const raw = runScript(text, null);
  for (const slice of [1n << 50n, 1000n]) {
    const metered = runScript(text, { slice });
    expect(metered.lines).toEqual(raw.lines);
    expect(metered.failures).toEqual(raw.failures);
  }
}

describe("scripts", () => {
  it.each(scriptsIn(OWN))("%s", (file) => {
    const text = readFileSync(join(OWN, file), "utf8");
    expect(runScript(text, null).failures).toEqual([]);
    expectSame(text);
  });
});

describe("the specification's own scripts", () => {
  const found = scriptsIn(SPECIFICATION);
  it.skipIf(found.length > 0)(`SKIPPED: ${SPECIFICATION} holds no .wast files`, () => undefined);
  it.skipIf(found.length === 0).each(found)("%s", (file) =>
    expectSame(readFileSync(join(SPECIFICATION, file), "utf8")),
  );
});
