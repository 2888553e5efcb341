// Modules that other tools built, by the command line against a running server: a C program for WASI and an Extism plug-in.
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, orcade, temporaryFolder } from "../cli/harness.ts";
import { buildShout, buildWords } from "../foreign/build.ts";
import { type System, startSystem } from "../support/server.ts";

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

const run = (cwd: string, ...argv: string[]): Promise<Ran> =>
  orcade(argv, { cwd, env: { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key } });

/** A folder with a module and what is said of it. */
function folderOf(module: Uint8Array, manifest: object): string {
  const folder = join(temporaryFolder(), "algorithm");
  mkdirSync(folder);
  writeFileSync(join(folder, "program.wasm"), module);
  const said = {
    version: "1.0.0",
    summary: "A module of the tests.",
    module: "program.wasm",
    visibility: "public",
    ...manifest,
  };
  writeFileSync(join(folder, "algorithm.json"), JSON.stringify(said));
  return folder;
}

const TEXT = { input: { kind: "text" }, output: { kind: "text" } };

test("a C program: published, called, metered, and refused what it may not", async () => {
  const folder = folderOf(buildWords().bytes, {
    name: "words",
    language: "c",
    args: ["env"],
    environ: { GREETING: "hi" },
    ...TEXT,
  });
  const published = await run(folder, "publish");
  expect([published.code, published.stderr]).toEqual([0, expect.anything()]);
  const called = await run(folder, "call", "ada/words", "-d", "one two");
  expect(called.stdout).toContain("0 2 7\nGREETING=hi");
  expect((await run(folder, "publish")).code).toBe(0);
  const reply = await system.ada.fetch("/v1/algo/ada/words", {
    method: "POST",
    headers: { Authorization: system.ada.key, "Content-Type": "text/plain" },
    body: "x",
  });
  expect(Number(reply.headers.get("X-Orcade-Fuel"))).toBeGreaterThan(1_000);
});

test("an Extism plug-in: its entry by name, its config, its errors", async () => {
  const { bytes } = await buildShout();
  const unnamed = folderOf(bytes, { name: "loud", ...TEXT });
  const refused = await run(unnamed, "publish");
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("entry")]);
  const folder = folderOf(bytes, { name: "loud", entry: "shout", config: { end: "?!" }, ...TEXT });
  expect((await run(folder, "publish")).code).toBe(0);
  expect((await run(folder, "call", "ada/loud", "-d", "grüße")).stdout).toContain("GRÜSSE?!1");
  const failed = await run(folder, "call", "ada/loud", "-d", "fail");
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("it was told to fail")]);
});

test("a brought module that is not there, or of which too little is said", async () => {
  const folder = folderOf(buildWords().bytes, { name: "words2" });
  const silent = await run(folder, "build");
  expect([silent.code, silent.stderr]).toEqual([2, expect.stringContaining('needs "input" and "output"')]);
  const empty = join(temporaryFolder(), "empty");
  cpSync(folder, empty, { recursive: true, filter: (path) => !path.endsWith(".wasm") });
  const missing = await run(empty, "build");
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("is not there")]);
});
