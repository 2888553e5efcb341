// `orcade jobs` against a running server: run, quoted, detached, stopped and gone on with; what fails exits with 1 and prints
// no result.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Ran, orcade, temporaryFolder } from "../cli/harness.ts";
import { wrongInBooks } from "../support/books.ts";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

const TEXT = Array.from({ length: 200 }, (_, index) => `record ${index} ${"z".repeat(index % 50)}`).join("\n");
/** A line with `!` is one that the mapper `tally` fails on. */
const BAD = TEXT.replace("record 123", "record 123!");
const SAME = ["--reduce", "ada/join@1.0.0", "--chunk", "512"];
const ID = /^job-[0-9a-f-]{36}$/;

let system: System;
beforeAll(async () => {
  system = await startSystem();
  const bytes = { input: "bytes", output: "bytes" };
  await system.ada.publish("ada", { name: "same", ...bytes }, testModule("echo"));
  await system.ada.publish("ada", { name: "join", ...bytes }, testModule("join"));
  await system.ada.publish("ada", { name: "tally", ...bytes, memory: 16 }, testModule("tally"));
  await system.ada.publish("ada", { name: "sum", ...bytes }, testModule("tally-reduce"));
  await system.ada.publish("ada", { name: "json", input: "json", output: "json" }, testModule("echo"));
  await system.ada.post("/v1/data/.my", { name: "texts" });
  const headers = { Authorization: `Simple ${system.ada.key}` };
  for (const [name, body] of Object.entries({ "all.txt": TEXT, "bad.txt": BAD }))
    await system.fetch(`/v1/data/.my/texts/${name}`, { method: "PUT", headers, body });
});
afterAll(() => system.end());
afterEach(async () => expect(await wrongInBooks(system.ada)).toEqual([]));

const run = (...argv: string[]): Promise<Ran> => runIn(temporaryFolder(), ...argv);
const runIn = (cwd: string, ...argv: string[]): Promise<Ran> =>
  orcade(["jobs", ...argv], { cwd, env: { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: system.ada.key } });
const over = (name: string): string => `data://.my/texts/${name}`;

test("a job is run, and its result printed", async () => {
  const ran = await run("run", "ada/same@1.0.0", over("all.txt"), ...SAME);
  expect([ran.code, ran.stdout]).toEqual([0, TEXT]);
  const tasks = Math.ceil(TEXT.length / 512);
  expect(ran.stderr).toContain(`done. ${tasks} of ${tasks} tasks done, 0 failed`);
});

test("quoted first, then started; the result goes to a file", async () => {
  const folder = temporaryFolder();
  const quoted = await run("run", "ada/same@1.0.0", over("all.txt"), ...SAME, "--seconds", "0.2", "--quote");
  const id = quoted.stdout.trim();
  expect([quoted.code, id, quoted.stderr]).toEqual([
    0,
    expect.stringMatching(ID),
    expect.stringMatching(/^About .* tasks of 512/m),
  ]);
  const started = await runIn(folder, "start", id, "-o", "result.txt");
  expect([started.code, started.stdout, readFileSync(join(folder, "result.txt"), "utf8")]).toEqual([0, "", TEXT]);
});

test("begun over integers, then watched and listed; answers come line by line where nothing is reduced", async () => {
  const begun = await run("run", "ada/json@1.0.0", "0..1000", "--items", "300", "--detach");
  const id = begun.stdout.trim();
  expect([begun.code, id]).toEqual([0, expect.stringMatching(ID)]);
  const watched = await run("watch", id);
  const lines = watched.stdout.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { from: number }).from)).toEqual([0, 300, 600, 900]);
  expect((await run("list")).stdout.split("\n")[1]).toMatch(new RegExp(`^${id} .* done .*ada/json@1.0.0`));
  const late = await run("cancel", id);
  expect([late.code, late.stderr]).toEqual([
    1,
    expect.stringContaining("The job is done: there is nothing to cancel."),
  ]);
  expect([(await run("delete", id)).code, (await run("watch", id)).code]).toEqual([0, 1]);
  expect((await run("list")).stdout).not.toContain(id);
});

test("with tasks that fail there is no result, but with --partial", async () => {
  const tally = ["run", "ada/tally@1.0.0", over("bad.txt"), "--reduce", "ada/sum@1.0.0", "--chunk", "512"];
  const strict = await run(...tally);
  expect([strict.code, strict.stdout, strict.stderr]).toEqual([1, "", expect.stringMatching(/failed\. .* 1 failed/)]);
  const partial = await run(...tally, "--partial");
  expect([partial.code, partial.bytes.length]).toEqual([0, 16]);
});

test("stopped by its cap, it goes on with a higher one", async () => {
  const chunk = ["--reduce", "ada/join@1.0.0", "--chunk", "64", "--max-cost", "25000"];
  const stopped = await run("run", "ada/same@1.0.0", over("all.txt"), ...chunk);
  expect([stopped.code, stopped.stdout]).toEqual([1, ""]);
  const id = /job-[0-9a-f-]{36}/.exec(stopped.stderr)?.[0] ?? "";
  expect(stopped.stderr).toContain(`${id}: stopped.`);
  const on = await run("retry", id, "--max-cost", "1000000000");
  expect([on.code, on.stdout]).toEqual([0, TEXT]);
});

const NO_JOB = "job-00000000-0000-4000-8000-000000000000";

test.each([
  ["no mapper", ["run"], 2, "missing required argument 'map'"],
  ["no source", ["run", "ada/same@1.0.0"], 2, "missing required argument 'source'"],
  ["a mapper that is not there", ["run", "ada/absent@1.0.0", "0..10"], 1, "ada/absent"],
  [
    "a file that is not there",
    ["run", "ada/same@1.0.0", over("absent.txt")],
    1,
    "There is no data://.my/texts/absent.txt",
  ],
  ["a range that is empty", ["run", "ada/json@1.0.0", "10..10"], 1, "from must be below to"],
  ["seconds that are none", ["run", "ada/json@1.0.0", "0..10", "--seconds", "soon"], 2, "--seconds soon"],
  ["arguments that are no JSON", ["run", "ada/json@1.0.0", "0..10", "--arguments", "{"], 2, "--arguments takes JSON"],
  ["an id that is none", ["watch", "7"], 2, "Which job?"],
  ["a job that is not there: watch", ["watch", NO_JOB], 1, "job"],
  ["a job that is not there: start", ["start", NO_JOB], 1, "job"],
  ["a job that is not there: cancel", ["cancel", NO_JOB], 1, "job"],
  ["a job that is not there: retry", ["retry", NO_JOB], 1, "job"],
])("%s is refused", async (_, argv, code, sentence) => {
  const ran = await run(...argv);
  expect([ran.code, ran.stdout, ran.stderr]).toEqual([code, "", expect.stringContaining(sentence)]);
});
