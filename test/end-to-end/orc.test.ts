// Programs in Orc against the real server, as a person runs them: from files, by the command line, on algorithms; and a
// client that goes away.
import { request } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orcade, type Ran } from "../cli/harness.ts";
import { testModule } from "../support/modules.ts";
import { type System, startSystem } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "orcade-orc-"));
let system: System;

beforeAll(async () => {
  system = await startSystem();
  await system.ada.publish("ada", { name: "text", input: "text", output: "text" }, testModule("echo"));
  await system.ada.publish("ada", { name: "work", output: "void" }, testModule("work"));
});
afterAll(async () => {
  await system.end();
  rmSync(folder, { recursive: true, force: true });
});

function remote(program: string, ...options: readonly string[]): Promise<Ran> {
  writeFileSync(join(folder, "story.orc"), program);
  const argv = ["orc", "run", "story.orc", "--remote", "--address", system.server.url, "--key", system.ada.key];
  return orcade([...argv, ...options], { cwd: folder });
}

test("a program with a file it includes and arguments, on an algorithm", async () => {
  writeFileSync(join(folder, "sites.inc"), 'def Fetch(title) = algo("ada/text")(title)');
  const story = `include "sites.inc"
each(arguments().titles) >t> Fetch(t) >text> Println("got " + text) >> Rwait(10) >> text.length()`;
  const ran = await remote(story, "--arguments", '{"titles": ["Alice"]}');
  expect([ran.code, ran.stdout]).toEqual([0, "got Alice\n5\n"]);
  expect(ran.stderr).toMatch(/1 publications?, 1 calls?, /);
});

test("what does not compile, what fails and what costs too much, with their exit codes", async () => {
  const wrong = await remote("1 |\n  nobody");
  expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
  expect(wrong.stderr).toContain("2:3");
  const failed = await remote('algo("ada/none")(1) ; "instead"');
  expect(failed.stdout).toMatch(/^Error: unknown-algorithm: ada\/none: .*\n"instead"\n$/);
  const endless = await remote("def loop() = loop()  loop()", "--max-cost", "60000");
  expect([endless.code, endless.stderr]).toEqual([1, expect.stringContaining("out-of-fuel")]);
  expect((await remote("1", "--simulated-clock")).code).toBe(2);
});

/** Begins a run, reads its first line, and hangs up. @returns the run's id */
const hangUp = (program: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { Authorization: `Simple ${system.ada.key}`, "Content-Type": "text/plain" };
    const sent = request(`${system.server.url}/v1/orc`, { method: "POST", headers, agent: false }, (answer) => {
      answer.once("data", () => {
        resolve(String(answer.headers["x-orcade-call"]));
        sent.destroy();
      });
      answer.on("error", () => undefined);
    });
    sent.on("error", reject);
    sent.end(program);
  });

test("a client that hangs up ends its run and the call in flight, which are settled", async () => {
  const input = Buffer.from(new Uint8Array(Uint32Array.of(4_000_000_000).buffer)).toString("base64");
  const id = await hangUp(`"here" | algo("ada/work")("${input}") | Rwait(100000)`);
  const began = Date.now();
  for (;;) {
    const answer = await system.ada.get(`/v1/calls/${id}`);
    if (answer.status === 200) {
      expect(await answer.json()).toMatchObject({
        algorithm: "orcade/orc",
        status: "failed",
        root: { error: "Cancelled" },
      });
      break;
    }
    expect(Date.now() - began, "settled within ten seconds").toBeLessThan(10_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const call = await (await system.ada.get(`/v1/calls/${id}.1`)).json();
  expect(call).toMatchObject({ algorithm: "ada/work", root: { error: "Cancelled" } });
});

test("a durable run by the command line: begun, listed, shown, signalled, watched, its result, another cancelled", async () => {
  writeFileSync(join(folder, "sites.inc"), 'def Fetch(title) = algo("ada/text")(title)');
  writeFileSync(
    join(folder, "durable.orc"),
    'include "sites.inc"\nFetch("Alice") >t> Println(t) >> signal("go") >x> (t, x)',
  );
  const runs = (...argv: readonly string[]): Promise<Ran> =>
    orcade(["runs", ...argv, "--address", system.server.url, "--key", system.ada.key], { cwd: folder });
  const started = await runs("start", "durable.orc", "--name", "story", "--once", "key-1", "--timeout", "600");
  const id = started.stdout.trim();
  expect([started.code, id]).toEqual([0, expect.stringMatching(/^run-/)]);
  expect(
    (await runs("start", "durable.orc", "--name", "story", "--once", "key-1", "--timeout", "600")).stdout.trim(),
  ).toBe(id);
  expect((await runs("ls", "--name", "story")).stdout).toContain(id);
  await expect.poll(async () => (await runs("show", id)).stdout, { timeout: 10_000 }).toMatch(/waits for\s+go/);
  expect((await runs("show", id)).stdout).toMatch(/ada\/text\s+answered/);
  expect((await runs("signal", id, "go", '{"n": 1.50}')).code).toBe(0);
  const watched = await runs("watch", id);
  expect([watched.code, watched.stdout]).toEqual([0, 'Alice\n("Alice", {. n = 1.50 .})\n']);
  expect((await runs("watch", id, "--after", "1")).stdout).toBe('("Alice", {. n = 1.50 .})\n');
  const result = await runs("result", id, "--wait", "--json");
  expect(JSON.parse(result.stdout)).toMatchObject({ state: "halted", publications: [["Alice", { n: 1.5 }]] });
  writeFileSync(join(folder, "endless.orc"), "Rwait(1000000)");
  const endless = (await runs("start", "endless.orc")).stdout.trim();
  expect((await runs("cancel", endless)).stdout.trim()).toBe("cancelled");
  expect([(await runs("result", endless)).code, (await runs("show", "run-none")).code]).toEqual([1, 1]);
});
