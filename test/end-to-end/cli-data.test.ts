// `orcade data` against a running server: there and back, patterns, parts, and going on after an interruption.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, orcade, temporaryFolder } from "../cli/harness.ts";
import { type System, startSystem, untilHealthy } from "../support/server.ts";

const MiB = 1024 * 1024;
let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

const run = (cwd: string, ...argv: string[]): Promise<Ran> =>
  orcade(argv, { cwd, env: { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key } });

test("files go there and back, by name, by pattern and by folder", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "in"));
  const names = ["a.fa", "b.fa", "ä+ %.txt"];
  for (const name of names) writeFileSync(join(folder, "in", name), randomBytes(1_000));
  const up = await run(folder, "data", "cp", "-r", "in", "data://.my/first");
  expect([up.code, up.stdout.split("\n").length]).toEqual([0, 4]);
  expect(up.stderr).toContain("3,000 bytes");
  const listed = await run(folder, "data", "ls", "data://.my/first/*.fa");
  expect(listed.stdout.match(/\S+\.fa$/gm)).toEqual(["a.fa", "b.fa"]);
  expect((await run(folder, "data", "cp", "-r", "data://.my/first", "out")).code).toBe(0);
  for (const name of names)
    expect(readFileSync(join(folder, "out", name))).toEqual(readFileSync(join(folder, "in", name)));
  expect(readdirSync(join(folder, "out")).toSorted()).toEqual(names.toSorted());
  const one = await run(folder, "data", "cp", "data://.my/first/a.fa", "copy.fa");
  expect([one.code, readFileSync(join(folder, "copy.fa"))]).toEqual([0, readFileSync(join(folder, "in", "a.fa"))]);
  const cat = await run(folder, "data", "cat", "data://.my/first/b.fa");
  expect(Buffer.from(cat.bytes)).toEqual(readFileSync(join(folder, "in", "b.fa")));
  expect((await run(folder, "data", "rm", "data://.my/first/*.fa")).stdout).toBe(
    "deleted data://.my/first/a.fa\ndeleted data://.my/first/b.fa\n",
  );
  expect((await run(folder, "data", "rm", "data://.my/first")).code).toBe(1);
  expect((await run(folder, "data", "rm", "-r", "data://.my/first")).code).toBe(0);
  expect((await run(folder, "data", "ls", "--json")).stdout).toContain('"folders": []');
});

test.each([
  ["cp a line with nothing on the server", ["data", "cp", "a", "b"], 2, "One side must be on the server"],
  ["cp of what is not there", ["data", "cp", "nowhere", "data://.my/c"], 2, "There is no file"],
  ["cp of a folder without -r", ["data", "cp", ".", "data://.my/c"], 2, "Give -r"],
  ["cp to no collection", ["data", "cp", "x", "data://.my"], 2, "is no collection"],
  ["cat of a collection", ["data", "cat", "data://.my/c"], 2, "is no file"],
  ["cat of what is not there", ["data", "cat", "data://.my/c/f"], 1, "path not found"],
  ["a pattern that nothing fits", ["data", "cp", "data://.my/empty/*.x", "."], 1, "Nothing fits"],
  ["mkdir of a wrong name", ["data", "mkdir", "data://.my/1st"], 1, "begins with a letter"],
  ["mkdir with a wrong acl", ["data", "mkdir", "data://.my/c", "--acl", "all"], 2, "--acl is"],
  ["cp of two files with one name", ["data", "cp", "x", "sub/x", "data://.my/c"], 2, "Two of these files would become"],
  [
    "cp of two remote files with one name",
    ["data", "cp", "data://.my/one/x", "data://.my/two/x", "."],
    2,
    "Two of these",
  ],
  ["a path too deep", ["data", "ls", "data://.my/a/b/c"], 2, "is not a path of data"],
])("%s is refused", async (_, argv, code, sentence) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "x"), "x");
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub", "x"), "another x");
  for (const name of ["empty", "one", "two"]) await system.ada.post("/v1/data/.my", { name });
  for (const name of ["one", "two"])
    await system.fetch(`/v1/data/.my/${name}/x`, {
      method: "PUT",
      body: name,
      headers: { Authorization: system.ada.key },
    });
  const ran = await run(folder, ...argv);
  expect([ran.code, ran.stderr]).toEqual([code, expect.stringContaining(sentence)]);
});

test("a long file goes in parts; killed on the way, the same command goes on", async () => {
  const folder = temporaryFolder();
  const bytes = randomBytes(150 * MiB);
  writeFileSync(join(folder, "long"), bytes);
  const first = run(folder, "data", "cp", "long", "data://.my/long");
  await new Promise((resolve) => setTimeout(resolve, 700));
  process.kill(system.server.workerdPid() ?? 0, "SIGKILL");
  const broken = await first;
  await untilHealthy(system.fetch);
  const second = broken.code === 0 ? broken : await run(folder, "data", "cp", "long", "data://.my/long");
  expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("157,286,400 bytes")]);
  const down = run(folder, "data", "cp", "data://.my/long/long", "back");
  await new Promise((resolve) => setTimeout(resolve, 150));
  process.kill(system.server.workerdPid() ?? 0, "SIGKILL");
  const cut = await down;
  await untilHealthy(system.fetch);
  if (cut.code !== 0) expect((await run(folder, "data", "cp", "data://.my/long/long", "back")).code).toBe(0);
  expect(statSync(join(folder, "back")).size).toBe(bytes.length);
  expect(readFileSync(join(folder, "back")).equals(bytes)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.startsWith("back"))).toEqual(["back"]);
});
