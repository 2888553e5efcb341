// The examples that are told as pages: every line of their shells is run by the command line against one server, and prints what
// the page shows; `…` stands for what differs each time. examples/podcast and examples/orc have tests of their own.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import wabt from "wabt";
import { CHECKOUT } from "../../cli/io.ts";
import { type Ran, orcade, temporaryFolder } from "../cli/harness.ts";
import { invited } from "../support/invited.ts";
import type { Client } from "../support/client.ts";
import { ours } from "../support/ours.ts";
import { type System, startSystem } from "../support/server.ts";

const FOLDER = join(CHECKOUT, "examples");
const PAGES = ["closed", "compose", "loop", "market", "ride", "seventeen"];
const OURS = ["text/from-html", "text/summary", "text/tags"];
let system: System;
let demo: Client;

beforeAll(async () => {
  const built = await Promise.all(OURS.map(ours));
  system = await startSystem();
  const text = await invited(system.ada, "text");
  for (const { manifest, module } of built) {
    const path = `/v1/algorithms/text/${manifest.name}/versions/${manifest.version}`;
    expect((await text.upload(path, JSON.stringify(manifest), module)).status).toBe(201);
  }
  demo = await invited(system.ada, "demo", 10_000_000_000);
});
afterAll(() => system.end());

interface Step {
  /** The lines of a shell, each as words. */
  readonly lines: readonly (readonly string[])[];
  /** What the page shows that they print. */
  readonly shown: string;
}

function stepsOf(page: string): Step[] {
  const blocks = page.matchAll(/```sh\n([^]*?)```\n\n```\n([^]*?)```/g);
  return [...blocks].map(([, shell = "", shown = ""]) => {
    const lines = shell
      .replaceAll(/\\\n */g, "")
      .trim()
      .split("\n");
    const words = (line: string): string[] =>
      Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, a, b, c]) => a ?? b ?? c ?? "");
    return { lines: lines.map(words), shown };
  });
}

const pattern = (shown: string): RegExp =>
  new RegExp(`^${shown.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/ *…/g, ".*")}$`);

/** Each line that is shown was printed, in any order, since calls that run side by side end in any; no other was, unless one shown is "…". */
function holds(shown: string, said: string): void {
  const rest = said.trim().split("\n");
  for (const line of shown.trim().split("\n")) {
    const place = rest.findIndex((each) => pattern(line).test(each));
    expect(place, `${line}\nis not among\n${rest.join("\n")}`).toBeGreaterThanOrEqual(0);
    if (line !== "…") rest.splice(place, 1);
    else rest.length = 0;
  }
  expect(rest).toEqual([]);
}

/** One line of a page, as a shell runs it. @param scratch where files of the current folder go */
async function run(words: readonly string[], scratch: string): Promise<Ran> {
  const arrow = words.indexOf(">");
  const argv = words
    .slice(0, arrow < 0 ? words.length : arrow)
    .map((word) => (word.startsWith("my-") ? join(scratch, word) : word));
  const { key } = words[0] === "admin" ? system.ada : demo;
  const env = { ORCADE_ADDRESS: system.server.url, ORCADE_API_KEY: key };
  for (const end = Date.now() + 20_000; ;) {
    const ran = await orcade(argv, { cwd: CHECKOUT, env });
    if (arrow >= 0) writeFileSync(join(scratch, words[arrow + 1] ?? ""), ran.stdout);
    // Profiles and flags come behind the calls.
    if (!/^nothing was flagged|from 0 calls/.test(ran.stdout) || Date.now() > end)
      return arrow < 0 ? ran : { ...ran, stdout: "" };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test("every page is run here, and every example has a page", () => {
  const folders = readdirSync(FOLDER).filter((name) => name !== "orc" && name !== "podcast");
  expect(folders.sort((a, b) => (a < b ? -1 : 1))).toEqual(PAGES);
});

test.each(PAGES)(
  "examples/%s prints what its page shows",
  async (name) => {
    const page = readFileSync(join(FOLDER, name, "README.md"), "utf8");
    const steps = stepsOf(page);
    // No shell of the page goes unseen.
    expect(steps).toHaveLength((page.match(/^```sh$/gm) ?? []).length);
    expect(steps.length).toBeGreaterThan(0);
    const scratch = temporaryFolder();
    const known: Record<string, string> = {};
    for (const { lines, shown } of steps) {
      let said = "";
      for (const [npx, command, ...words] of lines) {
        expect([npx, command]).toEqual(["npx", "orcade"]);
        const ran = await run(
          words.map((word) => known[word] ?? word),
          scratch,
        );
        const text = ran.stdout + ran.stderr;
        known["RUN"] = /\brun-[0-9a-f-]+/.exec(text)?.[0] ?? known["RUN"] ?? "";
        known["CALL"] = /\breq-[0-9a-f-]+/.exec(text)?.[0] ?? known["CALL"] ?? "";
        // A call that fails says why beside its result.
        said += words[0] === "call" && ran.code !== 0 ? text : ran.stdout;
      }
      holds(shown, said);
    }
  },
  120_000,
);

test("modules are what their texts say", async () => {
  const tools = await wabt();
  for (const path of ["loop/loop", "market/plain/brighten", "market/fast/brighten", "market/miner/brighten"]) {
    const text = tools.parseWat(`${path}.wat`, readFileSync(join(FOLDER, `${path}.wat`), "utf8"));
    expect(Buffer.from(text.toBinary({}).buffer).equals(readFileSync(join(FOLDER, `${path}.wasm`)))).toBe(true);
  }
});
