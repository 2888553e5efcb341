// The committed modules of C programs are those of their sources: where no compiler is, they are what the tests run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { C_PROGRAMS, moduleOf, sourceOf, staleness } from "./build.ts";

test.each(C_PROGRAMS)("%s.wasm is of %s.c as it stands", (name) => {
  expect(staleness(name)).toBeNull();
});

test("a source, or a module, that was changed without the other is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "orcade-committed-"));
  try {
    const source = join(folder, "words.c");
    const text = readFileSync(sourceOf("words"), "utf8");
    writeFileSync(source, text.replaceAll("\n", "\r\n"));
    expect(staleness("words", source)).toBeNull();
    writeFileSync(source, `${text}\n`);
    expect(staleness("words", source)).toContain("words.wasm");
    expect(staleness("words", sourceOf("words"), moduleOf("relay"))).toContain("words.wasm");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
